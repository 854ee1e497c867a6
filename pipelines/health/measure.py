"""Indicators measured: SQL per member, verdicts over the matrix, long rows again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import numpy as np
import polars as pl

from pipelines import registry
from pipelines.health.indicator import Indicator
from pipelines.health.series import BIN, BoolArray, SeriesSet, matrix
from pipelines.health.verdict import HISTORY_DAYS, Judged, judge
from pipelines.model.schema import TIMESTAMP
from pipelines.model.tables import INDICATOR
from pipelines.model.window import Window

ROW = pl.Schema(
    {
        "window_start": TIMESTAMP,
        "entity_kind": pl.String(),
        "entity_id": pl.String(),
        "value": pl.Float64(),
        "exposure": pl.Float64(),
    }
)
PAST = ("window_start", "entity_kind", "entity_id", "value", "exposure", "indicator", "is_bad")


@dataclass(frozen=True)
class Measured:
    """One row per indicator, series and bin of the window, also where there is no value: what the score adds up.

    Columns of INDICATOR, plus is_expected and is_fresh (does the series report as it used to), hit (0 to 1: how much of
    the entity) and weighs (counts in the network's score).
    """

    cells: pl.DataFrame

    def rows(self) -> pl.DataFrame:
        """The rows of health.indicator: cells that have a value."""
        named = self.cells.filter(pl.col("value").is_not_null()).select(INDICATOR.polars.names())
        return INDICATOR.conform(named.lazy()).collect().sort(INDICATOR.order)


def measured(con: duckdb.DuckDBPyConnection, window: Window, history: pl.DataFrame | None) -> Measured:
    """All indicators in ``window``; ``history`` holds earlier rows of health.indicator."""
    past = INDICATOR.empty() if history is None else history
    oldest = window.start - timedelta(days=HISTORY_DAYS)
    past = past.select(PAST).filter(pl.col("window_start") >= oldest, pl.col("window_start") < window.start)
    frames = [_cells(con, indicator, window, past) for indicator in registry.members("indicators")]
    return Measured(pl.concat(frames))


def read(con: duckdb.DuckDBPyConnection, sql: str, window: Window) -> pl.DataFrame:
    """What an indicator's SQL returns, typed and in UTC."""
    bounds = {"window_start": window.start, "window_end": window.end}
    cursor = con.cursor()
    cursor.execute("set TimeZone = 'UTC'")  # a cursor starts with the machine's zone
    rows: pl.DataFrame = cursor.sql(sql, params=bounds).pl()
    return rows.select(pl.col(name).cast(kind) for name, kind in ROW.items())


def _cells(con: duckdb.DuckDBPyConnection, indicator: Indicator, window: Window, past: pl.DataFrame) -> pl.DataFrame:
    earlier = past.filter(pl.col("indicator") == indicator.name)
    rows = pl.concat([earlier.select(ROW.keys()), read(con, indicator.sql, window).select(ROW.keys())])
    began: datetime = earlier.select(pl.col("window_start").min()).item() or window.start
    start = window.start - _whole_hours(window.start - began)
    series = matrix(rows, start, window.end)
    first = series.index(window.start)
    return _long(indicator, series, first, judge(indicator, series, first, _known_bad(earlier, series)))


def _whole_hours(span: timedelta) -> timedelta:
    return -(-span // timedelta(hours=1)) * timedelta(hours=1)


def _known_bad(earlier: pl.DataFrame, series: SeriesSet) -> BoolArray:
    flags = earlier.with_columns(pl.col("is_bad").cast(pl.Float64).alias("value")).select(ROW.keys())
    end = series.start + BIN * series.value.shape[1]
    known_bad: BoolArray = matrix(pl.concat([flags, _absent(series)]), series.start, end).value == 1.0
    return known_bad


def _absent(series: SeriesSet) -> pl.DataFrame:
    """A row without value per series, so that two matrices have the same rows."""
    nothing = pl.lit(None, pl.Float64)
    return series.keys.select(
        pl.lit(series.start, TIMESTAMP).alias("window_start"),
        "entity_kind",
        "entity_id",
        nothing.alias("value"),
        nothing.alias("exposure"),
    )


def _long(indicator: Indicator, series: SeriesSet, first: int, judged: Judged) -> pl.DataFrame:
    """The matrices of the window, one row per series and bin."""
    size, bins = judged.is_bad.shape
    at = pl.Series("window_start", [series.start + BIN * (first + i) for i in range(bins)], TIMESTAMP)
    columns = {
        "value": series.value[:, first:],
        "exposure": series.exposure[:, first:],
        "baseline": judged.baseline,
        "weight": judged.weight,
        "is_bad": judged.is_bad,
        "is_expected": judged.is_expected,
        "is_fresh": judged.is_fresh,
    }
    flat = pl.DataFrame({name: array.reshape(-1) for name, array in columns.items()})
    index = pl.DataFrame({"series": np.repeat(np.arange(size), bins), "bin": np.tile(np.arange(bins), size)})
    frame = pl.concat([index, flat], how="horizontal").with_columns(
        series.keys["entity_kind"].gather(index["series"]).alias("entity_kind"),
        series.keys["entity_id"].gather(index["series"]).alias("entity_id"),
        at.gather(index["bin"]).alias("window_start"),
    )
    return _verdicts(indicator, frame.drop("series", "bin").with_columns(pl.selectors.float().fill_nan(None)))


def _verdicts(indicator: Indicator, frame: pl.DataFrame) -> pl.DataFrame:
    """Adds what follows from the indicator: names, state, and null for a verdict that cannot be given."""
    blind = pl.col("value").is_null()
    if indicator.judge != "verdict":
        blind |= pl.col("baseline").is_null()
    severe = pl.col("value") * indicator.sign >= indicator.bad * indicator.sign
    state = (
        pl.when(blind).then(pl.lit("unknown")).when(~pl.col("is_bad")).then(pl.lit("good"))
        .when(severe).then(pl.lit("bad")).otherwise(pl.lit("warn"))
    )  # fmt: skip
    return frame.with_columns(
        (pl.col("window_start") + BIN).alias("window_end"),
        pl.lit(indicator.name).alias("indicator"),
        pl.lit(indicator.family).alias("family"),
        state.alias("state"),
        _hit(indicator).alias("hit"),
        pl.col("entity_kind").is_in(indicator.weighs).alias("weighs"),
    )


def _hit(indicator: Indicator) -> pl.Expr:
    """How much of an entity is hit: all or nothing for a leaf; of a coarser kind, a share of what lies below it."""
    share = indicator.unit == "share" and indicator.higher_is_worse
    leaf = pl.col("entity_kind").is_in(indicator.weighs) if share else pl.lit(True)
    excess = (pl.col("value") - pl.col("baseline").fill_null(0.0)).clip(0.0, 1.0)
    return pl.col("is_bad").cast(pl.Float64) * pl.when(leaf).then(1.0).otherwise(excess)
