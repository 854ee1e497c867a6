"""What all charts share: margins, axes, hover, the look of a line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from dashboards import theme, words
from dashboards.data import Span
from dashboards.words import stamp

HEIGHT = 260
_ROUND = re.compile(r"(?<=\d)\.0+(?=\D|$)|(?<=\.\d)0+(?=\D|$)")  # 5.00 Mbit/s -> 5 Mbit/s, 2.50 -> 2.5
CLEAR = "rgba(0,0,0,0)"


@dataclass(frozen=True)
class Axis:
    """How a quantity is written at ticks and in hovers, and whether its axis starts at zero."""

    write: Callable[[object], str]
    from_zero: bool = True


def unit(name: str, digits: int = 4) -> Axis:
    """An axis of plain numbers with a unit behind them."""

    def write(value: object) -> str:
        amount = words.number(value)
        return words.NONE if amount is None else f"{amount:,.{digits}g} {name}".strip()

    return Axis(write)


def scaled(name: str) -> Axis:
    """An axis of SI-scaled numbers: ``12.3 Mbit/s``."""
    return Axis(lambda value: words.scaled(value, name))


BITS = scaled("bit/s")
BYTES = scaled("B")
QUERIES = unit("queries/s")
PACKETS = unit("packets/s")
MILLISECONDS = unit("ms")
PERCENT = unit("%")
SCORE = Axis(lambda value: words.percent(value, 2), from_zero=False)
SHARE = Axis(lambda value: words.share(value, 2))


def figure(traces: Sequence[Any], *, height: int = HEIGHT, **layout: Any) -> go.Figure:  # noqa: ANN401
    """A figure in the house style; ``layout`` overrides."""
    style: dict[str, Any] = {
        "template": "none",
        "height": height,
        "margin": {"l": 64, "r": 14, "t": 10, "b": 44},
        "font": {"family": theme.FONT, "size": 12, "color": theme.color("muted")},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": theme.color("card"),
            "bordercolor": theme.color("line"),
            "font": {"family": theme.FONT, "size": 12, "color": theme.color("ink")},
            "align": "left",
            "namelength": 44,
        },
        "showlegend": False,  # the page writes legends itself: they wrap, and the keyboard reaches them
        "bargap": 0.25,
    }
    return go.Figure(data=list(traces), layout={**style, **layout})


def time_axis(span: Span) -> dict[str, Any]:
    """The same time on every chart: from the first to the last moment shown, UTC."""
    return {
        "type": "date",
        "range": [stamp(span.since), stamp(span.until)],
        "showgrid": False,
        "zeroline": False,
        "linecolor": theme.color("line"),
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": theme.color("line"),
        "hoverformat": "%a %d %b %Y, %H:%M UTC",
        "nticks": 9,
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": theme.color("grey"),
        "automargin": False,
    }


def value_axis(axis: Axis, low: float, high: float) -> dict[str, Any]:
    """A quantity upwards, with round ticks between ``low`` and ``high`` and its unit at every one."""
    bottom = 0.0 if axis.from_zero else low
    marks = ticks(bottom, max(high, bottom + 1e-9))
    return {
        "tickvals": marks,
        "ticktext": [_ROUND.sub("", axis.write(each)) for each in marks],
        "ticklabelstandoff": 6,
        "range": [bottom, bottom + (max(high, marks[-1]) - bottom) * 1.06],
        "gridcolor": theme.color("grid"),
        "zeroline": False,
        "fixedrange": True,
        "automargin": "left",
    }


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """At most ``most`` round numbers from ``low`` to ``high``, both within."""
    rough = (high - low) / max(most - 1, 1)
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{step * i:.10g}") for i in range(first, last + 1)] or [low]


def written(axis: Axis, values: Sequence[object]) -> list[str]:
    """Hover words of values."""
    return [axis.write(value) for value in values]


def hover(name: str) -> str:
    """Hover of one line: the words of its value, then the name (already a safe label)."""
    return f"%{{customdata}}<extra>{name}</extra>"


def band(start: datetime, end: datetime, color: str) -> dict[str, Any]:
    """A vertical band behind the data."""
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "layer": "below",
        "line": {"width": 0},
        "x0": stamp(start),
        "x1": stamp(end),
        "y0": 0,
        "y1": 1,
        "fillcolor": theme.color(color),
    }


def mark(at: datetime, color: str, style: str = "dash") -> dict[str, Any]:
    """A vertical line at one moment."""
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": stamp(at),
        "x1": stamp(at),
        "y0": 0,
        "y1": 1,
        "line": {"color": theme.color(color), "width": 1.5, "dash": style},
    }


def note(
    at: datetime, words: str, color: str, *, y: float = 1.0, anchor: str = "left", angle: float = 0
) -> dict[str, Any]:
    """Words at one moment, above the data; ``words`` is a safe label."""
    return {
        "xref": "x",
        "yref": "paper",
        "x": stamp(at),
        "y": y,
        "yanchor": "bottom" if y == 1 else "middle",
        "xanchor": anchor,
        "textangle": angle,
        "text": words,
        "showarrow": False,
        "font": {"size": 11, "color": theme.color(color)},
    }
