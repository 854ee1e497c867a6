"""Series x time: long rows of 5-minute bins as two small matrices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.model.schema import TIMESTAMP

BIN = timedelta(minutes=5)
BINS_PER_HOUR = 12
BINS_PER_DAY = 288
KEYS = ("entity_kind", "entity_id")

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SeriesSet:
    """``value`` and ``exposure`` of S series in T bins from ``start`` on: float64 (S, T), NaN where there is no row.

    ``keys`` has S rows (entity_kind, entity_id), sorted.
    """

    start: datetime
    keys: pl.DataFrame
    value: FloatArray
    exposure: FloatArray

    def index(self, at: datetime) -> int:
        """Number of the bin that begins at ``at``."""
        return (at - self.start) // BIN


def matrix(rows: pl.DataFrame, start: datetime, end: datetime) -> SeriesSet:
    """``rows`` (window_start, entity_kind, entity_id, value, exposure) on the grid ``[start, end)``; no others."""
    rows = rows.filter(pl.col("window_start").is_between(start, end, closed="left"), pl.col("entity_id").is_not_null())
    keys = rows.select(KEYS).unique().sort(KEYS)
    placed = rows.join(keys.with_row_index("series"), on=KEYS).with_columns(
        ((pl.col("window_start") - pl.lit(start, TIMESTAMP)).dt.total_seconds() // BIN.total_seconds())
        .cast(pl.Int64)
        .alias("bin")
    )
    at = placed["series"].to_numpy(), placed["bin"].to_numpy()
    shape = (keys.height, (end - start) // BIN)
    return SeriesSet(start, keys, _placed(placed["value"], at, shape), _placed(placed["exposure"], at, shape))


def _placed(column: pl.Series, at: tuple[npt.NDArray[np.int64], ...], shape: tuple[int, int]) -> FloatArray:
    cells = np.full(shape, np.nan)
    cells[at] = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return cells


def quantile(sample: FloatArray, q: float) -> FloatArray:
    """Quantile ``q`` of each row of ``sample`` (S, N) without NaNs, the lower neighbour: (S,); NaN where all are."""
    ordered = np.sort(sample, axis=1)  # NaN goes last
    count = np.sum(~np.isnan(ordered), axis=1)
    if not ordered.shape[1]:
        return np.full(len(ordered), np.nan)
    at = np.floor(q * np.maximum(count - 1, 0)).astype(np.int64)
    return np.take_along_axis(ordered, at[:, None], axis=1)[:, 0]
