"""The score: percent of baseline-weighted traffic that is not hit, and what hits it most.

Weights of different indicators have different units (flows, queries, packets, probes), so each indicator's weights are
first made to add up to 1; a family's score is the mean over its indicators, each counting the share of its weight that
is hit. The state is the worst of all: a mean would hide one dead signal among ten.
"""

from __future__ import annotations

import json

import duckdb
import polars as pl

from pipelines.health.measure import Measured, measured
from pipelines.model.tables import SCORE
from pipelines.model.window import Window

BAD_SHARE = 0.05  # Internet Monitor opens a health event when more than 5 % of traffic is hit
COVERED_PERCENT = 80.0  # below, too little is seen to call anything good
TOP = 3
DIGITS = 6  # sums over threads differ in the last ones
LEAVES = ("interface", "probe")  # too many and too small for a score of their own; their parent has one
NETWORK = "network"
RANK = {"good": 0, "warn": 1, "bad": 2}
BIN_KEYS = ("window_start", "window_end", "entity_kind", "entity_id")


def measure(
    con: duckdb.DuckDBPyConnection, window: Window, history: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of health.indicator and health.score in ``window``.

    ``history``: earlier rows of health.indicator (up to 14 days are used), the source of baselines; None: the baseline
    is what the window itself has shown so far, and is null for its first hour.
    """
    cells = measured(con, window, history)
    return cells.rows(), scores(cells)


def scores(cells: Measured) -> pl.DataFrame:
    """Rows of health.score: the network as a whole, then every entity that is not a leaf."""
    rows = _scoped(cells.cells)
    if rows.is_empty():
        return SCORE.empty()
    per_indicator = _per_indicator(rows)
    combined = _combined(per_indicator).join(_contributors(rows), on=BIN_KEYS, how="left")
    named = combined.with_columns(pl.col("contributors").fill_null("[]")).select(SCORE.polars.names())
    return SCORE.conform(named.lazy()).collect().sort(SCORE.order)


def _scoped(cells: pl.DataFrame) -> pl.DataFrame:
    """Every cell once per entity whose score it counts in; its own entity moves to ``source_id``."""
    of_probe = pl.col("entity_kind") == "probe"
    source = cells.with_columns(pl.col("entity_id").alias("source_id"))
    monitor = pl.col("entity_id").str.split("/").list.first()  # probe ids read <Monitor>/<Probe>
    return pl.concat(
        [
            source.filter("weighs").with_columns(entity_kind=pl.lit(NETWORK), entity_id=pl.lit(NETWORK)),
            source.filter(of_probe).with_columns(entity_kind=pl.lit("monitor"), entity_id=monitor),
            source.filter(~pl.col("entity_kind").is_in(LEAVES)),
        ]
    )


def _per_indicator(rows: pl.DataFrame) -> pl.DataFrame:
    """Per scope, bin and indicator: share of weight that is hit, share that is covered, rank of its state."""
    judged = pl.col("state") != "unknown"
    of_logs = pl.col("family") == "coverage"
    awaited = pl.when(of_logs).then(judged).otherwise(pl.col("is_expected"))
    present = pl.when(of_logs).then(1.0 - pl.col("hit")).otherwise(pl.col("is_fresh").cast(pl.Float64))
    worst = pl.col("state").replace_strict(RANK, default=None, return_dtype=pl.Int8).max()
    grouped = rows.group_by(*BIN_KEYS, "indicator", "family").agg(
        _share(pl.col("hit"), judged).alias("hit"), _share(present, awaited).alias("covered"), worst.alias("worst")
    )
    mild = pl.min_horizontal("worst", pl.lit(RANK["warn"]))  # a gap of the log is no fault of the network either
    is_mild = (pl.col("hit") < BAD_SHARE) | of_logs
    rank = pl.when(pl.col("hit").is_null()).then(None).when(is_mild).then(mild).otherwise("worst")
    return grouped.with_columns(rank.alias("rank"))


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Mean of ``part`` by weight over the rows of ``whole``, plain where nothing weighs; null where there is none."""
    weight = pl.col("weight").fill_null(0.0).filter(whole)
    by_weight = (part.filter(whole) * weight).sum() / weight.sum()
    return pl.when(weight.sum() > 0).then(by_weight).otherwise(part.filter(whole).mean())


def _combined(per_indicator: pl.DataFrame) -> pl.DataFrame:
    """One row per scope and bin."""
    hit, family = pl.col("hit"), pl.col("family")
    combined = (
        per_indicator.sort("indicator")
        .group_by(BIN_KEYS, maintain_order=True)
        .agg(
            (100.0 * (1.0 - hit.filter(family == "availability").mean())).round(DIGITS).alias("availability"),
            (100.0 * (1.0 - hit.filter(family == "performance").mean())).round(DIGITS).alias("performance"),
            (100.0 * pl.col("covered").mean()).round(DIGITS).alias("coverage"),
            pl.col("rank").max().alias("rank"),
        )
    )
    known = pl.col("rank").replace_strict({rank: state for state, rank in RANK.items()}, return_dtype=pl.String)
    blind = pl.col("rank").is_null() | (pl.col("coverage") < COVERED_PERCENT)
    return combined.with_columns(pl.when(blind).then(pl.lit("unknown")).otherwise(known).alias("state"))


def _contributors(rows: pl.DataFrame) -> pl.DataFrame:
    """The three bad cells with the largest share of their indicator's weight, as JSON, where there are any."""
    total = pl.col("weight").sum().over(*BIN_KEYS, "indicator")
    ranked = (
        rows.with_columns((pl.col("weight") / total).alias("share"))
        .filter("is_bad")
        .sort("share", "indicator", "source_id", descending=[True, False, False], nulls_last=True)
        .group_by(BIN_KEYS, maintain_order=True)
        .agg(pl.struct("indicator", pl.col("source_id").alias("entity_id"), "share", "value").head(TOP).alias("top"))
    )
    texts = [json.dumps([_rounded(item) for item in top], sort_keys=True) for top in ranked["top"].to_list()]
    return ranked.select(BIN_KEYS).with_columns(pl.Series("contributors", texts, pl.String))


def _rounded(item: dict[str, object]) -> dict[str, object]:
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in item.items()}
