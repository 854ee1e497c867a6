"""HTML fragments. Every value goes through ``Markup.format``, which escapes it: logs are written by strangers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from markupsafe import Markup

from dashboards import words
from dashboards.data import Answer
from dashboards.legend import legend

_ICONS: Mapping[str, Markup] = {
    "good": Markup('<circle cx="8" cy="8" r="7"/><path class="cut" d="M4.6 8.2 7 10.6l4.4-4.8"/>'),
    "warn": Markup('<path d="M8 1.2 15.4 14.5H.6z"/><path class="cut" d="M8 6v4M8 12v.6"/>'),
    "bad": Markup(
        '<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z"/><path class="cut" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2"/>'
    ),
    "unknown": Markup(
        '<circle cx="8" cy="8" r="6.4" class="hollow"/>'
        '<path class="line" d="M6 6.4a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1V9.7M8 11.6v.5"/>'
    ),
}
_EMPTY_ICON = Markup(
    '<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M4 24h24M6 20c4 0 4-8 8-8s4 5 7 5 3-6 6-6"/></svg>'
)
State = str


@dataclass(frozen=True)
class Column:
    """A table's column: the row's ``key``, its head, how to write a value, and how it looks."""

    key: str
    head: str
    write: Callable[[object], str | Markup] = words.text
    kind: str = "text"  # text, prose, numeric, time, id, share: what the column holds decides its look
    hint: str = ""
    optional: bool = False  # left out when no row has a value


def icon(state: State) -> Markup:
    """The shape of a state: circle, triangle, octagon, hollow circle."""
    known = state if state in _ICONS else "unknown"
    return Markup('<svg class="icon {}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>').format(known, _ICONS[known])


def badge(state: State, word: str) -> Markup:
    """A state as shape and word, coloured."""
    known = state if state in _ICONS else "unknown"
    return Markup('<span class="badge {}">{}{}</span>').format(known, icon(known), word)


def tag(kind: str, word: str) -> Markup:
    """A small label that is no state."""
    return Markup('<span class="tag {}">{}</span>').format(kind, word)


def tile(
    label: str, value: str, *, unit: str = "", badge_: Markup | str = "", note: str = "", extra: Markup | str = ""
) -> Markup:
    """One big number."""
    return Markup(
        '<div class="tile"><div class="tile-label">{}</div><div class="tile-value">{}<span class="unit">{}</span></div>'
        '<div class="tile-state">{}</div>{}<div class="tile-note">{}</div></div>'
    ).format(label, value, unit, badge_, extra, note)


def facts(pairs: Sequence[tuple[str, str | Markup]]) -> Markup:
    """A row of small numbers with their names."""
    items = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, value) for name, value in pairs)
    return Markup('<dl class="facts">{}</dl>').format(items)


def sparkline(values: Sequence[float | None], low: float, high: float) -> Markup:
    """A small line of a score; a gap where it is unknown."""
    width, height, step = 200.0, 34.0, 200.0 / max(len(values) - 1, 1)
    runs: list[list[str]] = [[]]
    for i, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{i * step:.1f},{height - 2 - (height - 4) * (value - low) / max(high - low, 1e-9):.1f}")
    lines = Markup("").join(Markup('<polyline points="{}"/>').format(" ".join(run)) for run in runs if len(run) > 1)
    box = f"0 0 {width:.0f} {height:.0f}"
    return Markup('<svg class="spark" viewBox="{}" preserveAspectRatio="none" aria-hidden="true">{}</svg>').format(
        box, lines
    )


def meter(share: object, written: str) -> Markup:
    """A value with a bar behind it, ``share`` of the cell's width."""
    amount = min(max(words.number(share) or 0.0, 0.0), 1.0)
    return Markup('<span class="meter"><i style="width:{}%"></i></span>{}').format(f"{amount * 100:.1f}", written)


def table(columns: Sequence[Column], rows: Sequence[Mapping[str, object]], caption: str, *, most: int = 60) -> Markup:
    """A table with an escaped cell per value; it scrolls sideways inside its own box."""
    columns = [
        column for column in columns if not column.optional or any(row.get(column.key) is not None for row in rows)
    ]
    head = Markup("").join(
        Markup('<th scope="col" class="{}" title="{}">{}</th>').format(column.kind, column.hint, column.head)
        for column in columns
    )
    body = Markup("").join(Markup("<tr>{}</tr>").format(_cells(columns, row)) for row in rows[:most])
    more = f"Showing {most} of {len(rows)} rows; the query returns all." if len(rows) > most else ""
    return Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table><caption>{}</caption>'
        "<thead><tr>{}</tr></thead>"
        "<tbody>{}</tbody></table></div>{}"
    ).format(caption, caption, head, body, Markup('<p class="more">{}</p>').format(more) if more else "")


def chart(
    figure: go.Figure, ident: str, description: str, *, aspect: float | None = None, on_time: bool = True
) -> Markup:
    """A figure as data for the page's script, under its legend; ``description`` is what a screen reader says."""
    height = int(figure.layout.height or 260)
    return Markup(
        '{}<div class="plot" role="img" aria-label="{}" data-chart="{}" data-aspect="{}" data-time="{}"'
        ' style="height:{}px"></div>'
        '<script type="application/json" id="{}">{}</script>'
    ).format(
        legend(figure, ident),
        description,
        ident,
        aspect or "",
        int(on_time),
        height,
        ident,
        script_json(figure.to_plotly_json()),
    )


def script_json(value: object) -> Markup:
    """JSON that cannot end its <script>, start a comment in it, or break a line of it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, default=_plain, allow_nan=False)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704 - no markup character is left in it


def panel(
    title: str,
    body: Markup | str,
    *,
    about: str = "",
    answers: Sequence[Answer] = (),
    wide: bool = True,
    more: Markup | str = "",
) -> Markup:
    """A card: title, what one sees, the content, then folded: ``more`` and the queries behind it."""
    note = Markup('<p class="about">{}</p>').format(about) if about else ""
    behind = Markup("{}{}").format(more, Markup("").join(query(answer) for answer in answers))
    foot = Markup('<div class="behind">{}</div>').format(behind) if behind else ""
    return Markup('<article class="panel{}"><header><h3>{}</h3>{}</header>{}{}</article>').format(
        "" if wide else " half", title, note, body, foot
    )


def query(answer: Answer) -> Markup:
    """The SQL behind a chart, folded."""
    return Markup(
        '<details class="sql"><summary>Query: {}</summary><pre tabindex="0"><code>{}</code></pre></details>'
    ).format(answer.query.name.replace("_", " "), answer.sql)


def folded(summary: str, body: Markup) -> Markup:
    """Content that opens on demand, such as the table of a chart."""
    return Markup('<details class="data"><summary>{}</summary>{}</details>').format(summary, body)


def empty(what: str, hint: str, answer: Answer | None = None) -> Markup:
    """A friendly nothing: what would be here, what fills it, and the problem if the lake could not be asked."""
    problem = (
        Markup('<p class="problem">The lake could not answer: {}</p>').format(answer.problem)
        if answer and answer.problem
        else ""
    )
    return Markup('<div class="empty">{}<p class="empty-what">{}</p><p>{}</p>{}</div>').format(
        _EMPTY_ICON, what, _inline(hint), problem
    )


def _inline(text: str) -> Markup:
    """Text in which `backticks` mark code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else Markup("{}").format(part)
        for i, part in enumerate(text.split("`"))
    )


def _cells(columns: Sequence[Column], row: Mapping[str, object]) -> Markup:
    written = ((column.kind, column.write(row.get(column.key))) for column in columns)
    return Markup("").join(
        Markup('<td class="{}">{}</td>').format(_look(kind, value), value) for kind, value in written
    )


def _look(kind: str, value: str) -> str:
    """Ids that fit a line stay on one."""
    return "id long" if kind == "id" and len(value) > 44 else kind


def _plain(value: object) -> object:
    """What json does not know: arrays of numbers."""
    to_list = getattr(value, "tolist", None)
    return to_list() if callable(to_list) else str(value)
