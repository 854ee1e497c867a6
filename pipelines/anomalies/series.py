"""Series x time: what a detector's SQL returns, as two small matrices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.model.schema import TIMESTAMP

BIN = timedelta(minutes=5)
BINS_PER_HOUR = 12
BINS_PER_DAY = 288
KEYS = ("entity_kind", "entity_id")
ROW = pl.Schema(
    {
        "bin_at": TIMESTAMP,
        "entity_kind": pl.String(),
        "entity_id": pl.String(),
        "parent_id": pl.String(),
        "value": pl.Float64(),
        "exposure": pl.Float64(),
    }
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SeriesSet:
    """``value`` and ``exposure`` of S series in T bins from ``start`` on: float64 (S, T), NaN where there is no row.

    ``keys`` has S rows (entity_kind, entity_id, parent_id), sorted.
    """

    start: datetime
    keys: pl.DataFrame
    value: FloatArray
    exposure: FloatArray

    def at(self, index: int) -> datetime:
        """When bin ``index`` begins."""
        return self.start + BIN * index


def read(con: duckdb.DuckDBPyConnection, sql: str, start: datetime, end: datetime) -> SeriesSet:
    """The series of one detector; the grid begins with the first hour that has data, so a young lake costs little."""
    bounds: dict[str, Any] = {"window_start": start, "window_end": end}
    cursor = con.cursor()
    cursor.execute("set TimeZone = 'UTC'")  # a cursor starts with the machine's zone
    return matrix(_typed(cursor.sql(sql, params=bounds).pl()), start, end)


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(kind) for name, kind in ROW.items())


def matrix(rows: pl.DataFrame, start: datetime, end: datetime) -> SeriesSet:
    """``rows`` on the grid from the first hour with data, not before ``start``, to ``end``."""
    rows = rows.filter(pl.col("bin_at").is_between(start, end, closed="left"), pl.col("entity_id").is_not_null())
    first = rows.select(pl.col("bin_at").dt.truncate("1h").min()).item() or start
    keys = rows.group_by(KEYS).agg(pl.col("parent_id").min()).sort(KEYS)
    number = (pl.col("bin_at") - pl.lit(first, TIMESTAMP)).dt.total_seconds() // int(BIN.total_seconds())
    placed = rows.join(keys.select(KEYS).with_row_index("series"), on=KEYS).with_columns(number.alias("bin"))
    value = np.full((keys.height, (end - first) // BIN), np.nan)
    exposure = value.copy()
    cell = placed["series"].to_numpy(), placed["bin"].to_numpy()
    value[cell] = placed["value"].fill_null(float("nan")).to_numpy()
    exposure[cell] = placed["exposure"].fill_null(float("nan")).to_numpy()
    return SeriesSet(first, keys, value, exposure)
