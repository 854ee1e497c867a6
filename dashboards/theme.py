"""Colours, as CSS variables: a figure says ``var(--blue)``, the page or ``resolved`` says which blue.

The hues follow Okabe and Ito (told apart with every common colour-vision deficiency), darkened or lightened until
they reach 3:1 against the card they lie on; text colours reach 4.5:1. Tests hold both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# name -> (light, dark)
PALETTE: Mapping[str, tuple[str, str]] = {
    "page": ("#f5f6f8", "#0c1016"),
    "card": ("#ffffff", "#151b23"),
    "sunken": ("#f0f2f5", "#10151c"),
    "ink": ("#16202b", "#e8ecf2"),
    "muted": ("#566270", "#9ba8b7"),
    "line": ("#e1e5ea", "#29313c"),
    "grid": ("#eceff2", "#222a34"),
    "focus": ("#0b63b0", "#7ab8ff"),
    "blue": ("#0b6bb0", "#5aa9e6"),
    "orange": ("#c06f00", "#f0a63c"),
    "green": ("#0a8763", "#2fc49a"),
    "vermilion": ("#c94b0c", "#ff8255"),
    "purple": ("#a8518a", "#e39bc9"),
    "sky": ("#3389bd", "#8fd0f7"),
    "gold": ("#8f7a00", "#e8d94a"),
    "grey": ("#7b8794", "#7f8b99"),
    "good": ("#087353", "#2fc49a"),
    "warn": ("#995800", "#f3b54a"),
    "bad": ("#b93a0e", "#ff8255"),
    "unknown": ("#5f6b78", "#9ba8b7"),
    "blue_soft": ("#0b6bb026", "#5aa9e62e"),
    "green_soft": ("#0a876326", "#2fc49a2e"),
    "bad_soft": ("#b93a0e1a", "#ff82552b"),
    "warn_soft": ("#99580018", "#f3b54a26"),
    "good_soft": ("#08735318", "#2fc49a24"),
    "unknown_soft": ("#5f6b7818", "#9ba8b724"),
    "band": ("#b93a0e14", "#ff82551c"),
    "gap": ("#16202b0d", "#e8ecf212"),
    "land": ("#dde2e8", "#28313d"),
    "heat_good": ("#cfe3dc", "#21463e"),
    "heat_warn": ("#e0a33a", "#b3822f"),
    "heat_bad": ("#b93a0e", "#ff8255"),
    "heat_unknown": ("#e7eaee", "#222a34"),
}
SERIES = ("blue", "orange", "green", "purple", "sky", "vermilion", "gold", "grey")
DASHES = ("solid", "solid", "solid", "solid", "dash", "dash", "dot", "dot")
STATES = ("good", "warn", "bad", "unknown")
STATE_WORDS = {"good": "healthy", "warn": "degraded", "bad": "unhealthy", "unknown": "unknown"}
FONT = 'system-ui, -apple-system, "Segoe UI", Inter, Roboto, "Helvetica Neue", Arial, sans-serif'
_VARIABLE = re.compile(r"var\(--(\w+)\)")


def color(name: str) -> str:
    """The CSS reference of a colour of the palette."""
    if name not in PALETTE:
        raise KeyError(name)
    return f"var(--{name})"


def series(position: int) -> str:
    """Colour of the n-th series of a chart."""
    return color(SERIES[position % len(SERIES)])


def dash(position: int) -> str:
    """Line style of the n-th series: colours that come late get help."""
    return DASHES[position % len(DASHES)]


def css() -> str:
    """The palette as a stylesheet: the system's preference unless the page's toggle says otherwise."""
    light, dark = (";".join(f"--{name}:{pair[mode]}" for name, pair in PALETTE.items()) for mode in (0, 1))
    return (
        f":root{{{light};color-scheme:light}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark};color-scheme:dark}}}}"
        f":root[data-theme=dark]{{{dark};color-scheme:dark}}"
        f"@media print{{:root:root:root{{{light};color-scheme:light}}}}"
    )


def resolved(node: Any, *, is_dark: bool) -> Any:  # noqa: ANN401 - a figure is nested JSON
    """A figure's JSON with every ``var(--name)`` replaced: for hosts that cannot read the stylesheet."""
    if isinstance(node, Mapping):
        return {key: resolved(value, is_dark=is_dark) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [resolved(value, is_dark=is_dark) for value in node]
    if isinstance(node, str):
        return _VARIABLE.sub(lambda match: PALETTE.get(match[1], ("#888888", "#888888"))[is_dark], node)
    return node
