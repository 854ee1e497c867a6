"""What a table promises, as expectations on a profile of it: one row of counts that DuckDB computes in one pass.

Great Expectations has no DuckDB engine and takes seconds to import, so it is given the profile, not the rows, and it is
imported where a suite is made. This module is the only one that knows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import QualityError
from pipelines.lake import engine
from pipelines.model.schema import Field, Table
from pipelines.model.window import Window


@dataclass(frozen=True)
class Expectation:
    """No row may meet ``broken`` (SQL over the table); ``name`` is its column in the profile."""

    name: str
    about: str
    broken: str


def expectations(table: Table) -> tuple[Expectation, ...]:
    """Everything ``table`` promises: required, allowed and bounded values, and rows that can be told apart."""
    found = [promise for field in table.fields for promise in _of_field(field)]
    if table.identity and table.schema != "staged":
        columns = ", ".join(f'"{column}"' for column in table.identity)
        twice = f"row_number() over (partition by {columns}) > 1"
        found.append(Expectation("is_unique", f"no two rows agree on {', '.join(table.identity)}", twice))
    return tuple(found)


def profile(con: duckdb.DuckDBPyConnection, table: Table, window: Window | None = None) -> pl.DataFrame:
    """One row: ``row_count`` and, per expectation, the rows that break it. ``con`` has the table as a view."""
    promises = expectations(table)
    marks = ", ".join(f'({p.broken}) as "{p.name}"' for p in promises) or "false as none"
    counts = ", ".join(f'cast(count(*) filter ("{p.name}") as bigint) as "{p.name}"' for p in promises)
    within = f'where "{table.time}" >= $window_start and "{table.time}" < $window_end' if window and table.time else ""
    query = f"""
        select cast(count(*) as bigint) as row_count{", " if counts else ""}{counts}
        from (select {marks} from {engine.name(table)} {within}) as marked"""  # noqa: S608 (names are ours)
    return engine.query(con, query, window if within else None)


def validate(table: Table, profiled: pl.DataFrame) -> Sequence[Any]:
    """Great Expectations' verdict on a profile, one result per expectation. QualityError if it could not judge one."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.core.expect_column_max_to_be_between import ExpectColumnMaxToBeBetween

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = context.data_sources.add_pandas("profile").add_dataframe_asset(table.full_name)
    definition = batch.add_batch_definition_whole_dataframe("window")
    suite = gx.ExpectationSuite(name=table.full_name)
    for promise in expectations(table):
        suite.add_expectation(ExpectColumnMaxToBeBetween(column=promise.name, max_value=0, notes=promise.about))
    frame = profiled.to_pandas()
    judged = definition.get_batch({"dataframe": frame}).validate(suite)
    for result in judged.results:
        if result.exception_info.get("raised_exception"):  # it raises nothing itself
            raise QualityError(f"{table.full_name}: {result.expectation_config}", 0, [])
    return list(judged.results)


def _of_field(field: Field) -> list[Expectation]:
    column, found = f'"{field.name}"', []
    if field.required:
        found.append(Expectation(f"{field.name}_is_there", f"{field.name} is never null", f"{column} is null"))
    if field.allowed:
        listed = ", ".join(engine.quoted(value) for value in field.allowed)
        about = f"{field.name} is one of {', '.join(field.allowed)}"
        found.append(Expectation(f"{field.name}_is_allowed", about, f"coalesce({column} not in ({listed}), false)"))
    for bound, sign, word in ((field.low, "<", "least"), (field.high, ">", "most")):
        if bound is not None:
            name = f"{field.name}_is_at_{word}_{bound:g}".replace("-", "minus_")
            broken = f"coalesce({column} {sign} {bound!r}, false)"
            found.append(Expectation(name, f"{field.name} is at {word} {bound:g}", broken))
    return found
