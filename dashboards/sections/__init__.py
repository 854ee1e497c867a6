"""The parts of the page, in reading order. A part names its queries, the report asks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from dashboards.data import Answer, Span
from dashboards.queries import Query


@dataclass(frozen=True)
class Context:
    """What a section may read."""

    span: Span
    answers: Mapping[str, Answer]
    now: datetime

    def __getitem__(self, query: Query) -> Answer:
        """The answer to ``query``."""
        return self.answers[query.name]


@dataclass(frozen=True)
class Section:
    """One part of the page: anchor, name in the navigation, title, one line under it, its queries and its content."""

    ident: str
    name: str
    title: str
    about: str
    queries: tuple[Query, ...]
    body: Callable[[Context], Markup]
