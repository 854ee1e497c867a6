"""Internet weather on a world map: size is traffic, colour and symbol are the worse of the two scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboards import land, theme
from dashboards.figures.layout import figure
from dashboards.words import at, label, milliseconds, number, percent

ASPECT = 2.3
# Internet Monitor's own default thresholds: 95 for all traffic, 60 for one city-network.
WARN_SCORE, BAD_SCORE = 95.0, 60.0
_LOOKS = (
    ("good", "circle", "over 95 %"),
    ("warn", "triangle-up", "60–95 %"),
    ("bad", "diamond", "60 % or less"),
    ("unknown", "circle-open", "no score"),
)


def score_state(availability: object, performance: object) -> str:
    """State of a city-network by the lower of its scores."""
    known = [score for value in (availability, performance) if (score := number(value)) is not None]
    if not known:
        return "unknown"
    return "bad" if min(known) <= BAD_SCORE else "warn" if min(known) <= WARN_SCORE else "good"


def world(places: Sequence[Mapping[str, Any]]) -> go.Figure:
    """``places`` as rows of the city-network query; those without coordinates are left to the table."""
    located = [
        place
        for place in places
        if number(place.get("latitude")) is not None and number(place.get("longitude")) is not None
    ]
    traces = [_graticule(), _land()]
    for state, symbol, words in _LOOKS:
        own = [
            place
            for place in located
            if score_state(place.get("availability_score"), place.get("performance_score")) == state
        ]
        if own:
            traces.append(_places(own, state, symbol, words))
    return figure(
        traces,
        height=420,
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis={"visible": False, "range": [-land.X_MAX, land.X_MAX], "constrain": "domain", "fixedrange": True},
        yaxis={"visible": False, "range": [-0.98, 1.3], "scaleanchor": "x", "constrain": "domain", "fixedrange": True},
    )


def _land() -> Any:  # noqa: ANN401
    xs, ys = land.outlines()
    return go.Scatter(
        x=list(xs),
        y=list(ys),
        mode="lines",
        fill="toself",
        fillcolor=theme.color("land"),
        hoverinfo="skip",
        line={"color": theme.color("land"), "width": 0.5},
        showlegend=False,
    )


def _graticule() -> Any:  # noqa: ANN401
    xs, ys = land.graticule()
    line = {"color": theme.color("grid"), "width": 1}
    return go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip", showlegend=False)


def _places(own: Sequence[Mapping[str, Any]], state: str, symbol: str, words: str) -> Any:  # noqa: ANN401
    xs, ys = land.project([place["longitude"] for place in own], [place["latitude"] for place in own])
    sizes = [round(min(44.0, 6 + 9 * (number(place.get("traffic_percent")) or 0) ** 0.5), 1) for place in own]
    return go.Scatter(
        x=xs.round(3).tolist(),
        y=ys.round(3).tolist(),
        mode="markers",
        name=words,
        customdata=[_words(place) for place in own],
        hovertemplate="%{customdata}<extra></extra>",
        marker={
            "symbol": symbol,
            "size": sizes,
            "color": theme.color(state),
            "opacity": 0.85,
            "line": {"width": 1, "color": theme.color("card")},
        },
    )


def _words(place: Mapping[str, Any]) -> str:
    lines = [
        f"<b>{label(place.get('city'), 30)}, {label(place.get('country'), 30)}</b>",
        f"{label(place.get('network_name'), 34)} (AS{label(place.get('asn'))})",
        f"availability {percent(place.get('availability_score'))}",
        f"performance {percent(place.get('performance_score'))}",
        f"lowest hour {at(place.get('worst_at'))} UTC",
        f"{percent(place.get('traffic_percent'))} of traffic, RTT p50 {milliseconds(place.get('rtt_p50_ms'))}",
    ]
    return "<br>".join(lines)
