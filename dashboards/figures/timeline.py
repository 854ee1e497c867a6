"""Events on a line per kind: hollow when the call failed, a star when one explains an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboards import theme
from dashboards.data import Span
from dashboards.figures.layout import figure, time_axis
from dashboards.words import label, stamp

_ROW = 40
_KINDS = 10
# name, symbol, colour, does the event belong?
_LOOKS = (
    ("Change (CloudTrail)", "square", "blue"),
    ("State (Network Manager)", "circle", "orange"),
    ("Failed call", "circle-open", "grey"),
    ("Explains an incident", "star", "bad"),
)


def timeline(events: Sequence[Mapping[str, Any]], span: Span, causes: frozenset[str] = frozenset()) -> go.Figure:
    """``events`` as rows of core.network_event."""
    rows = _rows(events)
    traces = []
    for look, (name, symbol, color) in enumerate(_LOOKS):
        own = [event for event in events if _look(event, causes) == look]
        if own:
            traces.append(_trace(own, rows, name, symbol, color))
    names = list(dict.fromkeys(rows.values()))
    titles = {row: kind for kind, row in reversed(rows.items())}
    shown = [titles[row] if list(rows.values()).count(row) == 1 else "other kinds" for row in names]
    notes = [
        {
            "xref": "paper",
            "yref": "y",
            "x": 0,
            "xanchor": "left",
            "y": row,
            "yshift": 15,
            "showarrow": False,
            "text": label(title, 44),
            "font": {"size": 11.5, "color": theme.color("ink")},
        }
        for row, title in zip(names, shown, strict=True)
    ]
    guides = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": "y",
            "y0": row,
            "y1": row,
            "layer": "below",
            "line": {"color": theme.color("grid"), "width": 1},
        }
        for row in names
    ]
    axis = {"range": [len(names) - 0.5, -0.9], "visible": False, "fixedrange": True}
    return figure(
        traces,
        height=_ROW * len(names) + 44,
        xaxis=time_axis(span) | {"showspikes": False},
        yaxis=axis,
        shapes=guides,
        annotations=notes,
        hovermode="closest",
        margin={"l": 14, "r": 14, "t": 6, "b": 44},
    )


def _look(event: Mapping[str, Any], causes: frozenset[str]) -> int:
    if event.get("event_id") in causes:
        return 3
    if event.get("is_failed"):
        return 2
    return 0 if event.get("provider") == "cloudtrail" else 1


def _rows(events: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Row of every kind of change, the most frequent first; what does not fit shares the last row."""
    counts: dict[str, int] = {}
    for event in events:
        kind = str(event.get("change_type") or event.get("kind") or "unknown")
        counts[kind] = counts.get(kind, 0) + 1
    ordered = sorted(counts, key=lambda kind: (-counts[kind], kind))
    return {kind: min(i, _KINDS - 1) for i, kind in enumerate(ordered)}


def _trace(own: Sequence[Mapping[str, Any]], rows: Mapping[str, int], name: str, symbol: str, color: str) -> Any:  # noqa: ANN401
    kinds = [str(event.get("change_type") or event.get("kind") or "unknown") for event in own]
    return go.Scatter(
        x=[stamp(event["event_at"]) for event in own],
        y=[rows[kind] for kind in kinds],
        mode="markers",
        name=name,
        cliponaxis=False,
        marker={
            "symbol": symbol,
            "color": theme.color(color),
            "size": 15 if symbol == "star" else 10,
            "line": {"width": 1.5, "color": theme.color(color if "open" in symbol else "card")},
        },
        customdata=[_words(event) for event in own],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _words(event: Mapping[str, Any]) -> str:
    parts = [
        f"<b>{label(event.get('change_type') or event.get('kind'), 60)}</b>",
        f"{event['event_at']:%a %d %b, %H:%M:%S} UTC",
    ]
    parts += [label(event[name], 80) for name in ("description", "region", "actor", "error_code") if event.get(name)]
    return "<br>".join(parts)
