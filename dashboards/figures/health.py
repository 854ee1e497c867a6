"""Scores over time, the strip of the worst indicators, the evidence of an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboards import theme
from dashboards.data import Span
from dashboards.figures.layout import (
    BITS,
    BYTES,
    MILLISECONDS,
    PERCENT,
    SCORE,
    SHARE,
    Axis,
    band,
    figure,
    hover,
    mark,
    note,
    time_axis,
    unit,
    value_axis,
    written,
)
from dashboards.figures.series import short
from dashboards.words import NONE, label, number, sentence, stamp

_SCORES = (("availability", "blue", "solid"), ("performance", "orange", "dash"), ("coverage", "grey", "dot"))
_LEVELS = ("unknown", "good", "warn", "bad")
_ROW = 40
_EDGE = timedelta(minutes=10)  # a label left of a line needs this much room


@dataclass(frozen=True)
class EvidenceBin:
    """One bin of an incident's evidence."""

    at: datetime
    observed: float | None
    expected: float | None


def scores(rows: pl.DataFrame, span: Span, incidents: Sequence[tuple[datetime, datetime]] = ()) -> go.Figure:
    """The network's three scores over time; incidents are bands behind them."""
    lowest = min((low for name, _, _ in _SCORES if (low := number(rows[name].min())) is not None), default=95.0)
    floor = max(0.0, 5 * ((lowest - 2.5) // 5))
    traces = [
        go.Scatter(
            x=[stamp(at) for at in rows["bin_at"].to_list()],
            y=[short(value) for value in rows[name].to_list()],
            name=name.capitalize(),
            mode="lines",
            line={"color": theme.color(color), "width": 2, "dash": style, "shape": "hv"},
            customdata=written(SCORE, rows[name].to_list()),
            hovertemplate=hover(name.capitalize()),
            connectgaps=False,
        )
        for name, color, style in _SCORES
    ]
    shapes = [band(start, end, "band") for start, end in incidents]
    yaxis = value_axis(SCORE, floor, 100)
    return figure(traces, height=300, xaxis=time_axis(span), yaxis=yaxis, shapes=shapes)


def strip(cells: Mapping[str, Mapping[datetime, tuple[int, str]]], grid: Sequence[datetime], span: Span) -> go.Figure:
    """One row per key (a safe label), one cell per bin: level 0 unknown … 3 bad, and words for the hover."""
    names = list(cells)
    levels = [[cells[name].get(at, (None, ""))[0] for at in grid] for name in names]
    words = [[f"{at:%a %d %b, %H:%M} UTC<br>{cells[name].get(at, (None, NONE))[1]}" for at in grid] for name in names]
    return strip_of(names, levels, words, grid, span, [theme.color(f"heat_{level}") for level in _LEVELS])


def strip_of(
    names: Sequence[str],
    levels: Sequence[Sequence[float | None]],
    words: Sequence[Sequence[str]],
    grid: Sequence[datetime],
    span: Span,
    colors: Sequence[str],
) -> go.Figure:
    """A heat strip in discrete ``colors``; names stand above their rows, so that narrow screens keep their width."""
    steps, width = len(colors), grid[1] - grid[0] if len(grid) > 1 else span.until - span.since
    scale = [[(i + edge) / steps, color] for i, color in enumerate(colors) for edge in (0, 1)]
    trace = go.Heatmap(
        x=[stamp(at) for at in (*grid, grid[-1] + width)],
        y=list(range(len(names))),
        z=levels,
        customdata=words,
        colorscale=scale,
        zmin=-0.5,
        zmax=steps - 0.5,
        showscale=False,
        xgap=1,
        ygap=_ROW * 0.62,
        hoverongaps=False,
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    above = [
        {
            "xref": "paper",
            "yref": "y",
            "x": 0,
            "y": i,
            "yshift": 16,
            "xanchor": "left",
            "text": name,
            "showarrow": False,
            "font": {"size": 11.5, "color": theme.color("ink")},
        }
        for i, name in enumerate(names)
    ]
    rows = {"range": [len(names) - 0.5, -0.75], "visible": False, "fixedrange": True}
    axis = time_axis(span) | {"showspikes": False}
    margin = {"l": 8, "r": 14, "t": 4, "b": 44}
    height = _ROW * len(names) + 58
    return figure([trace], height=height, xaxis=axis, yaxis=rows, annotations=above, margin=margin, hovermode="closest")


def evidence(
    bins: Sequence[EvidenceBin],
    unit_name: str,
    start: datetime | None,
    end: datetime | None,
    cause_at: datetime | None = None,
) -> go.Figure:
    """Observed against expected, with the onset marked, and the explaining change when it lies in view."""
    axis = axis_of(unit_name)
    x = [stamp(each.at) for each in bins]
    wanted, seen = [each.expected for each in bins], [each.observed for each in bins]
    expected = go.Scatter(
        x=x,
        y=[short(value) for value in wanted],
        name="Expected",
        mode="lines",
        customdata=written(axis, wanted),
        line={"color": theme.color("grey"), "width": 1.6, "dash": "dash"},
        hovertemplate=hover("Expected"),
    )
    observed = go.Scatter(
        x=x,
        y=[short(value) for value in seen],
        name="Observed",
        mode="lines",
        customdata=written(axis, seen),
        line={"color": theme.color("blue"), "width": 2},
        hovertemplate=hover("Observed"),
        fill="tonexty",
        fillcolor=theme.color("bad_soft"),
    )
    first, last = bins[0].at, bins[-1].at
    shapes, notes = _marks(first, last, start, end, cause_at)
    known = [value for value in (*wanted, *seen) if value is not None]
    yaxis = value_axis(axis, min(known, default=0), max(known, default=1))
    return figure(
        [expected, observed],
        height=236,
        xaxis=time_axis(Span(first, last)) | {"nticks": 5},
        yaxis=yaxis,
        shapes=shapes,
        annotations=notes,
        margin={"l": 64, "r": 14, "t": 22, "b": 44},
    )


def axis_of(name: str) -> Axis:
    """How a detector's unit is drawn: by its first word; a long stranger is left to the words above the chart."""
    known = {"percent": PERCENT, "share": SHARE, "ms": MILLISECONDS, "bits_per_s": BITS, "bytes": BYTES}
    return known.get(name.split(" ")[0]) or unit(label(name) if len(name) <= 12 else "")


def cell_words(value: object, baseline: object, level: int) -> str:
    """Hover of one strip cell."""
    usual = f", usually {short(baseline):,}" if short(baseline) is not None else ""
    now = f"{short(value):,}" if short(value) is not None else NONE
    return f"<b>{sentence(theme.STATE_WORDS[_LEVELS[level]])}</b>: {now}{usual}"


def _marks(
    first: datetime, last: datetime, start: datetime | None, end: datetime | None, cause_at: datetime | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    is_change_first = cause_at is not None and start is not None and cause_at <= start
    if start and first <= start <= last:
        shapes.append(mark(start, "bad", "solid"))
        is_right = start < first + (last - first) * 0.8 and (is_change_first or not cause_at or start - first < _EDGE)
        notes.append(note(start, f"onset {start:%H:%M}", "bad", anchor="left" if is_right else "right"))
    if cause_at and first <= cause_at <= last:
        shapes.append(mark(cause_at, "purple", "dot"))
        notes.append(
            note(cause_at, f"change {cause_at:%H:%M}", "purple", anchor="right" if is_change_first else "left")
        )
    if end and first < end < last:
        shapes.append(mark(end, "grey", "dot"))
    return shapes, notes
