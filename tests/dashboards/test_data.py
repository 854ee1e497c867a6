"""Questions and answers: every query runs, is bounded, and is shown as it ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from synthetic_lake import build

from dashboards.data import Answer, Span, open_lake
from dashboards.queries import Query
from dashboards.report import SECTIONS

QUERIES = {query.name: query for section in SECTIONS for query in section.queries}
SPAN = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
MOST_ROWS = 2000


@pytest.fixture(params=sorted(QUERIES))
def query(request: pytest.FixtureRequest) -> Query:
    return QUERIES[request.param]


def test_there_are_queries() -> None:
    assert len(QUERIES) > 20


def test_query_answers_the_full_lake_within_bounds(query: Query, full_lake: Path) -> None:
    with open_lake(full_lake) as lake:
        answer = lake.ask(query, SPAN)
    assert answer.problem is None
    assert 0 < answer.rows.height <= MOST_ROWS
    assert not [column for column, kind in answer.rows.schema.items() if kind == pl.Object]


def test_query_has_the_same_columns_on_an_empty_lake(query: Query, full_lake: Path, empty_lake: Path) -> None:
    with open_lake(full_lake) as full, open_lake(empty_lake) as empty:
        assert full.ask(query, SPAN).rows.columns == empty.ask(query, SPAN).rows.columns


def test_the_sql_that_is_shown_is_the_sql_that_ran(query: Query, full_lake: Path) -> None:
    with open_lake(full_lake) as lake:
        answer = lake.ask(query, SPAN)
        shown = lake.connection.cursor().sql(answer.sql).pl()
    assert "$" not in answer.sql
    assert_frame_equal(answer.rows, shown, check_row_order=False, rel_tol=1e-9)


@pytest.mark.parametrize("hours", [1, 6, 24, 100, 24 * 7, 24 * 90, 24 * 3000])
def test_bins_are_round_and_bounded(hours: int) -> None:
    span = Span(SPAN.since + timedelta(minutes=17), SPAN.since + timedelta(hours=hours, minutes=43))
    for query in QUERIES.values():
        if "$bin_s" not in query.sql:
            continue
        bin_s = span.bin_s(query.bins, query.finest_s)
        grid = span.grid(bin_s)
        assert len(grid) <= max(query.bins, 2)
        assert bin_s >= query.finest_s
        assert all(int(at.timestamp()) % bin_s == 0 for at in grid)


def test_span_is_whole_hours_of_what_the_lake_holds(full_lake: Path) -> None:
    with open_lake(full_lake) as lake:
        span, extents = lake.span(days=7)
    assert (span.since, span.until) == (SPAN.since, SPAN.until)
    assert "core_flow" in extents


def test_a_missing_table_is_a_problem_of_one_answer(tmp_path: Path) -> None:
    lake_file = build(tmp_path / "lake.duckdb", without=("health.score",))
    with open_lake(lake_file) as lake:
        missing, present = lake.ask(QUERIES["score_series"], SPAN), lake.ask(QUERIES["traffic_series"], SPAN)
    assert missing.problem is not None
    assert "score" in missing.problem
    assert missing.is_empty
    assert present.problem is None


def test_a_lake_is_opened_read_only(full_lake: Path) -> None:
    with open_lake(full_lake) as lake, pytest.raises(Exception, match="read-only"):
        lake.connection.execute("drop table core.flow")


def test_an_empty_answer_has_no_first_row() -> None:
    assert Answer(QUERIES["events"], "select 1").first() == {}
