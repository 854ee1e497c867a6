"""Reports add up, or are not made."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.report import Report, merge

COUNTS = st.integers(0, 10**12)
REPORTS = st.builds(
    lambda source, out, rejected, twice, size: Report(
        source, 1, out + rejected + twice, out, rejected, twice, size, size / 7
    ),
    st.sampled_from(["a", "b", "c"]),
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
)


@pytest.mark.parametrize("counts", [(1, 0, 0, 0), (3, 1, 1, 2), (0, 0, 0, 1), (2, 3, -1, 1)])
def test_a_report_that_does_not_add_up_is_refused(counts: tuple[int, int, int, int]) -> None:
    total, out, rejected, twice = counts
    if total == out + rejected + twice:
        total += 1
    with pytest.raises(ValueError, match="do not add up"):
        Report("x", 1, total, out, rejected, twice)


@settings(derandomize=True, database=None, deadline=None)
@given(st.lists(REPORTS, min_size=1))
def test_merged_reports_keep_every_row(reports: list[Report]) -> None:
    merged = merge(reports)
    assert [report.source for report in merged] == sorted({report.source for report in reports})
    for name in ("objects", "rows_in", "rows_out", "rows_rejected", "rows_duplicate", "bytes"):
        assert sum(getattr(r, name) for r in merged) == sum(getattr(r, name) for r in reports)
    assert merge(reversed(reports))[0].rows_in == merged[0].rows_in


def test_reports_of_different_sources_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot add"):
        Report("a") + Report("b")


def test_a_report_is_ready_for_json() -> None:
    told = Report("vpc_flow", 2, 10, 7, 2, 1, 99, 0.123456).as_dict()
    assert json.loads(json.dumps(told)) == {
        "source": "vpc_flow",
        "objects": 2,
        "rows_in": 10,
        "rows_out": 7,
        "rows_rejected": 2,
        "rows_duplicate": 1,
        "bytes": 99,
        "seconds": 0.123,
    }
