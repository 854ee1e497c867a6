"""Ranked bars: the name stands above its bar, the value at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboards import theme
from dashboards.figures.layout import Axis, figure, hover

_ROW = 40


def ranked(
    names: Sequence[str], parts: Mapping[str, Sequence[float]], axis: Axis, totals: Sequence[str], colors: Sequence[str]
) -> go.Figure:
    """Horizontal bars, stacked when there are several ``parts``; names and totals are safe labels, largest first."""
    rows = list(range(len(names)))
    traces = [
        go.Bar(
            x=list(values),
            y=rows,
            orientation="h",
            name=part,
            width=0.3,
            customdata=[f"{name}<br>{axis.write(value)}" for name, value in zip(names, values, strict=True)],
            marker={"color": theme.color(colors[i]), "cornerradius": 3},
            hovertemplate=hover(part),
        )
        for i, (part, values) in enumerate(parts.items())
    ]
    font = {"size": 11.5, "color": theme.color("ink")}
    notes = [
        {
            "xref": "paper",
            "yref": "y",
            "x": side,
            "xanchor": anchor,
            "y": row,
            "yshift": 14,
            "showarrow": False,
            "text": words[row],
            "font": font,
        }
        for row in rows
        for side, anchor, words in ((0, "left", names), (1, "right", totals))
    ]
    return figure(
        traces,
        height=_ROW * len(names) + 12,
        barmode="stack",
        annotations=notes,
        hovermode="closest",
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        xaxis={"visible": False, "rangemode": "tozero", "fixedrange": True},
        yaxis={"range": [len(names) - 0.55, -0.75], "visible": False, "fixedrange": True},
    )
