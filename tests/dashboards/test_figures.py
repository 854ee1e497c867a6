"""Figures: pure, bounded, honest about gaps, and deaf to markup in names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import plotly.graph_objects as go
import polars as pl
import pytest
from synthetic_core import HOSTILE

from dashboards import land, theme
from dashboards.data import Span
from dashboards.figures.health import EvidenceBin, evidence, scores, strip
from dashboards.figures.layout import BITS, ticks
from dashboards.figures.ranked import ranked
from dashboards.figures.series import Line, gaps, lines_of, over_time
from dashboards.figures.timeline import timeline
from dashboards.figures.world import score_state, world
from dashboards.words import label

START = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = Span(START, START + timedelta(hours=1))
MOST_POINTS = 2000


def series(names: list[str], bins: int = 60, missing: range = range(0)) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"bin_at": START + timedelta(minutes=i), "series": name, "bits_per_s": float(i * 1000)}
            for name in names
            for i in range(bins)
            if i not in missing
        ]
    )


def points(figure: go.Figure) -> int:
    return sum(len(trace.x or ()) for trace in figure.data if trace.hoverinfo != "skip")


def test_over_time_is_pure_and_bounded() -> None:
    rows = series(["a", "b"])
    before = rows.clone()
    lines = lines_of(rows)
    first, second = (over_time(rows, SPAN, 60, "bits_per_s", BITS, lines) for _ in range(2))
    assert first.to_json() == second.to_json()
    assert rows.equals(before)
    assert 0 < points(first) <= MOST_POINTS


def test_a_gap_stays_a_gap_and_is_shaded() -> None:
    rows = series(["a"], missing=range(20, 30))
    figure = over_time(rows, SPAN, 60, "bits_per_s", BITS, lines_of(rows))
    assert figure.data[0].y[25] is None
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [("2026-03-01 00:20:00", "2026-03-01 00:30:00")]
    assert [note.text for note in figure.layout.annotations] == ["no data"]


def test_a_stack_fills_zero_only_where_others_have_data() -> None:
    rows = pl.concat([series(["a"], missing=range(20, 30)), series(["b"], missing=range(10, 30))])
    figure = over_time(rows, SPAN, 60, "bits_per_s", BITS, lines_of(rows), stacked=True)
    assert figure.data[1].y[15] == 0
    assert figure.data[1].y[25] is None


def test_sparse_series_have_no_gaps() -> None:
    grid = SPAN.grid(60)
    assert gaps(grid, set(grid[:20]), 60) == []
    assert gaps(grid, set(), 60) == []


def test_strange_series_get_lines_and_the_rest_comes_last() -> None:
    rows = series(["all others", "known", HOSTILE[0]], bins=2)
    lines = lines_of(rows, (Line("known", "Known", "blue"), Line("all others", "All others", "grey")))
    assert [line.key for line in lines] == ["known", HOSTILE[0], "all others"]
    assert "<" not in lines[1].name


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_cannot_be_markup(hostile: str) -> None:
    event = {
        "event_at": START,
        "event_id": "1",
        "provider": "cloudtrail",
        "change_type": hostile,
        "description": hostile,
    }
    place = {"city": hostile, "country": hostile, "network_name": hostile, "asn": 1, "latitude": 1.0, "longitude": 2.0}
    rows = series([hostile], bins=3)
    figures = [
        timeline([event], SPAN),
        world([place]),
        over_time(rows, SPAN, 60, "bits_per_s", BITS, lines_of(rows)),
        ranked([label(hostile)], {"bytes": [1.0]}, BITS, ["1 B"], ["blue"]),
        evidence([EvidenceBin(START, 1.0, 2.0), EvidenceBin(SPAN.until, 1.0, 2.0)], hostile, START, None),
    ]
    for figure in figures:
        text = json.dumps(figure.to_plotly_json(), default=list)
        for bad in ("<script", "<a ", "<img", "%{customdata} <"):
            assert bad not in text


def test_evidence_marks_onset_change_and_end() -> None:
    bins = [EvidenceBin(START + timedelta(minutes=5 * i), float(i), 1.0) for i in range(12)]
    figure = evidence(bins, "share", bins[5].at, bins[9].at, bins[4].at)
    assert [note.text for note in figure.layout.annotations] == ["onset 00:25", "change 00:20"]
    assert len(figure.layout.shapes) == 3


def test_scores_survive_unknown_values() -> None:
    rows = pl.DataFrame(
        {
            "bin_at": [START, START + timedelta(minutes=5)],
            "availability": [None, 99.0],
            "performance": pl.Series([None, None], dtype=pl.Float64),
            "coverage": [100.0, 100.0],
        }
    )
    assert scores(rows, SPAN).data[0].y[0] is None


def test_strip_has_a_cell_per_bin() -> None:
    grid = SPAN.grid(300)
    figure = strip({"a": {grid[0]: (3, "bad")}, "b": {}}, grid, SPAN)
    assert len(figure.data[0].z) == 2
    assert len(figure.data[0].z[0]) == len(grid) == 12
    assert len(figure.data[0].x) == 13


def test_timeline_puts_rare_kinds_into_one_row() -> None:
    events = [
        {
            "event_at": START,
            "event_id": str(i),
            "provider": "cloudtrail",
            "change_type": f"Kind{i % 15}",
            "is_failed": i % 2 == 0,
        }
        for i in range(60)
    ]
    figure = timeline(events, SPAN, frozenset({"3"}))
    assert {trace.name for trace in figure.data} == {"Change (CloudTrail)", "Failed call", "Explains an incident"}
    assert [note.text for note in figure.layout.annotations][-1] == "other kinds"
    assert len(figure.layout.annotations) == 10


@pytest.mark.parametrize(
    ("availability", "performance", "state"),
    [
        (100.0, 99.0, "good"),
        (95.0, 100.0, "warn"),
        (100.0, 60.0, "bad"),
        (None, None, "unknown"),
        (float("nan"), 99.0, "good"),
    ],
)
def test_city_networks_are_judged_by_the_lower_score(availability: float, performance: float, state: str) -> None:
    assert score_state(availability, performance) == state


def test_land_is_a_bounded_projected_outline() -> None:
    xs, ys = land.outlines()
    x, y = (np.array([value for value in values if value is not None]) for values in (xs, ys))
    assert len(xs) == len(ys) > 3000
    assert np.abs(x).max() <= land.X_MAX + 0.01
    assert np.abs(y).max() <= land.Y_MAX + 0.01
    assert (land._LAND.stat().st_size) < 60_000


def test_projection_keeps_the_equator_and_symmetry() -> None:
    x, y = land.project([0, 180, -180], [0, 45, -45])
    assert x[0] == y[0] == 0
    assert x[1] == pytest.approx(-x[2])
    assert y[1] == pytest.approx(-y[2])


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 7), (0, 1234567), (90, 100), (0, 1e-9), (0, 0.053)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    marks = ticks(low, high)
    assert 1 <= len(marks) <= 6
    assert all(low - 1e-12 <= mark <= high * (1 + 1e-9) for mark in marks)


def test_every_colour_of_a_figure_is_in_the_palette() -> None:
    rows = series(["a", "b", "c"])
    figure = over_time(rows, SPAN, 60, "bits_per_s", BITS, lines_of(rows))
    for is_dark in (False, True):
        assert "var(--" not in json.dumps(theme.resolved(figure.to_plotly_json(), is_dark=is_dark), default=list)
