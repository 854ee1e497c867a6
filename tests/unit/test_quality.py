"""Expectations follow from tables, and Great Expectations judges profiles that DuckDB computes."""

from datetime import UTC, datetime

import duckdb
import polars as pl
import pytest

from pipelines import registry
from pipelines.model.tables import CORE, FLOW
from pipelines.quality.expectations import expectations, profile, validate

AT = datetime(2026, 3, 1, tzinfo=UTC)


def connection(rows: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute("create schema core")
    con.register("rows_of_test", rows)
    con.execute("create table core.flow as from rows_of_test")
    return con


def flows(**columns: list[object]) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    given = {"event_at": [AT] * size, "src_ip": [f"10.0.0.{n}" for n in range(size)]} | columns
    return FLOW.conform(pl.DataFrame(given).lazy()).collect()


@pytest.mark.parametrize("table", [*CORE, *(s.table for s in registry.members("sources"))], ids=lambda t: t.full_name)
def test_every_table_promises_something(table):
    names = [promise.name for promise in expectations(table)]
    assert "event_at_is_there" in names
    assert len(names) == len(set(names))


def test_profile_counts_rows_that_break_a_promise():
    con = connection(flows(src_port=[1, 70_000, -1, None], bytes=[1, 2, -3, 4]))
    found = profile(con, FLOW).row(0, named=True)
    assert found["row_count"] == 4
    assert found["src_port_is_at_most_65535"] == 1
    assert found["src_port_is_at_least_0"] == 1
    assert found["bytes_is_at_least_0"] == 1
    assert found["is_unique"] == 0
    assert found["event_at_is_there"] == 0


def test_profile_counts_repeated_records():
    con = connection(flows(src_ip=["10.0.0.1"] * 3, bytes=[5, 5, 6]))
    assert profile(con, FLOW)["is_unique"].item() == 1


@pytest.mark.filterwarnings("ignore")
def test_great_expectations_fails_exactly_the_broken_promises():
    good = profile(connection(flows(bytes=[1, 2])), FLOW)
    bad = profile(connection(flows(bytes=[1, -2])), FLOW)
    assert all(result.success for result in validate(FLOW, good))
    failed = [r.expectation_config.kwargs["column"] for r in validate(FLOW, bad) if not r.success]
    assert failed == ["bytes_is_at_least_0"]
