"""Quantities over time: lines and stacked areas, with honest gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboards import theme
from dashboards.data import Span
from dashboards.figures.layout import HEIGHT, Axis, band, figure, hover, note, time_axis, value_axis, written
from dashboards.words import label, number, stamp

_MAX_GAPS = 40
REST = "all others"  # the series of what is not named; drawn last


@dataclass(frozen=True)
class Line:
    """One line of a chart: its ``key`` in the ``series`` column, and how it is named and drawn."""

    key: str
    name: str
    color: str
    dash: str = "solid"


def lines_of(rows: pl.DataFrame, known: Sequence[Line] = ()) -> list[Line]:
    """A line for every series in ``rows``: the known ones first, then strangers by name, the rest last."""
    present = sorted(str(key) for key in rows["series"].unique().to_list()) if rows.height else []
    named = [line for line in known if line.key in present]
    strange = [key for key in present if key not in {line.key for line in named}]
    start = sum(line.key != REST for line in named)
    found = [Line(key, label(key), theme.series(start + i), theme.dash(start + i)) for i, key in enumerate(strange)]
    return sorted([*named, *found], key=lambda line: line.key == REST)


def over_time(
    rows: pl.DataFrame,
    span: Span,
    bin_s: int,
    value: str,
    axis: Axis,
    lines: Sequence[Line],
    *,
    stacked: bool = False,
    height: int = HEIGHT,
    shade_gaps: bool = True,
) -> go.Figure:
    """``value`` of every line by time. Bins in which no line has data are shaded, never joined over."""
    grid = span.grid(bin_s)
    columns = [_column(rows, line.key, value) for line in lines]
    present = {at for column in columns for at in column}
    # In a stack a series without rows in a bin that others fill is zero; elsewhere it is unknown.
    values = [[column.get(at, 0 if stacked and at in present else None) for at in grid] for column in columns]
    traces = [_trace(line, own, grid, axis, stacked) for line, own in zip(lines, values, strict=True)]
    found = gaps(grid, present, bin_s) if shade_gaps else []
    return figure(
        traces,
        height=height,
        xaxis=time_axis(span),
        yaxis=value_axis(axis, *_reach(values, stacked)),
        shapes=[band(start, end, "gap") for start, end in found],
        annotations=_gap_notes(found, span),
    )


def _reach(values: Sequence[Sequence[float | None]], stacked: bool) -> tuple[float, float]:
    """Lowest and highest point of a chart."""
    if stacked:
        sums = [sum(each or 0 for each in bin_) for bin_ in zip(*values, strict=True)]
        return 0.0, max(sums, default=1.0)
    known = [each for own in values for each in own if each is not None]
    return min(known, default=0.0), max(known, default=1.0)


def _gap_notes(found: Sequence[tuple[datetime, datetime]], span: Span) -> list[dict[str, Any]]:
    wide = [gap for gap in found if (gap[1] - gap[0]) > (span.until - span.since) * 0.04]
    return [
        note(start + (end - start) / 2, "no data", "muted", y=0.5, anchor="center", angle=-90) for start, end in wide
    ]


def gaps(grid: Sequence[datetime], present: set[datetime], bin_s: int) -> list[tuple[datetime, datetime]]:
    """Stretches of two bins or more without any data, longest first, bounded. Sparse data has none worth shading."""
    if not present or len(present) * 2 < len(grid):
        return []
    found: list[tuple[datetime, datetime]] = []
    width = timedelta(seconds=bin_s)
    for at in grid:
        if at in present:
            continue
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + width)
        else:
            found.append((at, at + width))
    long = [gap for gap in found if gap[1] - gap[0] >= 2 * width]
    return sorted(long, key=lambda gap: gap[0] - gap[1])[:_MAX_GAPS]


def short(value: object) -> float | None:
    """Four significant digits: what a chart can show."""
    amount = number(value)
    return None if amount is None else float(f"{amount:.4g}")


def _column(rows: pl.DataFrame, key: str, value: str) -> Mapping[datetime, float | None]:
    own = rows.filter(pl.col("series") == key)
    return {at: short(amount) for at, amount in zip(own["bin_at"].to_list(), own[value].to_list(), strict=True)}


def _trace(line: Line, values: Sequence[float | None], grid: Sequence[datetime], axis: Axis, stacked: bool) -> Any:  # noqa: ANN401
    color = theme.color(line.color) if line.color in theme.PALETTE else line.color
    style = {"color": color, "width": 1 if stacked else 1.8, "dash": "solid" if stacked else line.dash}
    area = {"stackgroup": "one", "stackgaps": "infer zero", "fillcolor": color} if stacked else {"connectgaps": False}
    return go.Scatter(
        x=[stamp(at) for at in grid],
        y=values,
        name=line.name,
        mode="lines",
        line=style,
        customdata=written(axis, values),
        hovertemplate=hover(line.name),
        opacity=0.92 if stacked else 1,
        **area,
    )


def with_marks(drawn: go.Figure, rows: pl.DataFrame, value: str, axis: Axis, name: str) -> go.Figure:
    """``drawn`` with a diamond on every row of ``rows``."""
    known = rows.filter(pl.col(value).is_not_null())
    if known.is_empty():
        return drawn
    drawn.add_trace(
        go.Scatter(
            x=[stamp(at) for at in known["bin_at"].to_list()],
            y=[short(amount) for amount in known[value].to_list()],
            mode="markers",
            name=name,
            customdata=written(axis, known[value].to_list()),
            hovertemplate=hover(name),
            marker={
                "symbol": "diamond",
                "size": 7,
                "color": theme.color("bad"),
                "line": {"width": 1, "color": theme.color("card")},
            },
        )
    )
    return drawn
