"""Legends as HTML: they wrap on narrow screens, the keyboard reaches them, and a click hides or shows a series."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

_DASHES: Mapping[str, str] = {"dash": "5 3", "dot": "2 2.5", "dashdot": "6 2 2 2", "longdash": "8 3"}
_SYMBOLS: Mapping[str, Markup] = {
    "circle": Markup('<circle cx="9" cy="6" r="4.5"/>'),
    "circle-open": Markup('<circle cx="9" cy="6" r="4" class="open"/>'),
    "square": Markup('<path d="M5 2h8v8H5z"/>'),
    "triangle-up": Markup('<path d="M9 1.5 14 10.5H4z"/>'),
    "diamond": Markup('<path d="M9 .5 14 6 9 11.5 4 6z"/>'),
    "star": Markup('<path d="m9 .4 1.6 3.7 4 .4-3 2.7.9 3.9L9 9.1 5.5 11.1l.9-3.9-3-2.7 4-.4z"/>'),
}


def legend(figure: go.Figure, ident: str) -> Markup:
    """One button per named trace; nothing when there is only one."""
    named = [(i, trace) for i, trace in enumerate(figure.data) if trace.name and trace.showlegend is not False]
    if len(named) < 2:
        return Markup("")
    keys = Markup("").join(_key(i, trace) for i, trace in named)
    return Markup(
        '<div class="keys" role="group" aria-label="Series, click to hide or show" data-for="{}">{}</div>'
    ).format(ident, keys)


def _key(position: int, trace: Any) -> Markup:  # noqa: ANN401
    name = html.unescape(
        trace.name
    )  # names are written for Plotly, which wants markup escaped; format() escapes for HTML
    return Markup('<button type="button" aria-pressed="true" data-trace="{}">{}{}</button>').format(
        position, _swatch(trace), name
    )


def _swatch(trace: Any) -> Markup:  # noqa: ANN401
    marker = trace.marker
    if trace.type == "bar" or getattr(trace, "stackgroup", None):
        color = marker.color if trace.type == "bar" else trace.line.color
        return _svg(color, Markup('<rect x="3" y="1" width="11" height="10" rx="2.5"/>'))
    if trace.mode == "markers":
        return _svg(marker.color, _SYMBOLS.get(str(marker.symbol), _SYMBOLS["circle"]))
    line = Markup('<path class="open" d="M1 6h16" stroke-dasharray="{}"/>').format(
        _DASHES.get(str(trace.line.dash), "none")
    )
    return _svg(trace.line.color, line)


def _svg(color: str, shape: Markup) -> Markup:
    return Markup('<svg viewBox="0 0 18 12" aria-hidden="true" style="color:{}">{}</svg>').format(color, shape)
