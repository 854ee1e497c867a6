"""Whole cards made of an answer: a chart over time or a ranked list, with its table, its query and its empty state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboards import words
from dashboards.components import Column, chart, empty, folded, panel, table
from dashboards.data import Answer, Span
from dashboards.figures.layout import HEIGHT, Axis
from dashboards.figures.series import Line, lines_of, over_time


@dataclass(frozen=True)
class SeriesPanel:
    """A chart over time: its name, which column it draws in which unit, and what to say when there is nothing."""

    ident: str
    title: str
    about: str
    value: str
    axis: Axis
    unit: str
    lines: tuple[Line, ...]
    nothing: str
    hint: str
    stacked: bool = False
    wide: bool = True
    height: int = HEIGHT
    shade_gaps: bool = True

    def render(self, answer: Answer, span: Span) -> Markup:
        """The card for ``answer``."""
        rows = answer.rows
        if answer.is_empty or rows[self.value].drop_nulls().is_empty():
            return panel(self.title, empty(self.nothing, self.hint, answer), answers=(answer,), wide=self.wide)
        drawn = over_time(
            rows,
            span,
            answer.bin_s,
            self.value,
            self.axis,
            lines_of(rows, self.lines),
            stacked=self.stacked,
            height=self.height,
            shade_gaps=self.shade_gaps,
        )
        about = f"{self.about} One value per {words.width(answer.bin_s)}."
        body = chart(drawn, self.ident, f"{self.title}: {self.about}")
        return panel(
            self.title, body, about=about, answers=(answer,), wide=self.wide, more=self._table(rows.to_dicts())
        )

    def _table(self, rows: Sequence[dict[str, object]]) -> Markup:
        """Largest values first: what somebody who cannot see the chart would ask for."""
        largest = sorted(rows, key=lambda row: -(words.number(row.get(self.value)) or 0))[:40]
        columns = (
            Column("bin_at", "From (UTC)", words.at, "time"),
            Column("series", "Series", kind="id"),
            Column(self.value, f"Value ({self.unit})", _plain, "numeric"),
        )
        return folded("The largest as a table", table(columns, largest, f"{self.title}, largest values"))


def listing(
    title: str,
    answer: Answer,
    columns: Sequence[Column],
    nothing: str,
    hint: str,
    *,
    about: str = "",
    wide: bool = True,
    before: Markup | str = "",
) -> Markup:
    """A card with a table of the answer."""
    if answer.is_empty:
        return panel(title, empty(nothing, hint, answer), answers=(answer,), wide=wide)
    return panel(
        title,
        Markup("{}{}").format(before, table(columns, answer.dicts(), title)),
        about=about,
        answers=(answer,),
        wide=wide,
    )


def _plain(value: object) -> str:
    amount = words.number(value)
    return words.NONE if amount is None else f"{amount:,.4g}" if abs(amount) < 1000 else f"{amount:,.0f}"
