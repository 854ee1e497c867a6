"""The only module that opens the lake: a question and a span in, a small frame and the SQL that made it out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from dashboards.queries import Query
from dashboards.queries.completeness import EXTENTS
from pipelines.errors import LakeError

_WIDTHS_S = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_WEEK_S = 604800
_PARAMETER = re.compile(r"\$(\w+)")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Span:
    """The time shown, ``since`` (inclusive) to ``until`` (exclusive), and the extent of the whole lake around it."""

    since: datetime
    until: datetime
    first_at: datetime | None = None
    last_at: datetime | None = None

    def bin_s(self, bins: int, finest_s: int) -> int:
        """The narrowest round width, in seconds, that cuts the span into at most ``bins``, two of them spare."""
        least = (self.until - self.since).total_seconds() / max(bins - 2, 1)
        weeks = math.ceil(least / _WEEK_S) * _WEEK_S
        return next((width for width in _WIDTHS_S if width >= max(least, finest_s)), weeks)

    def grid(self, bin_s: int) -> list[datetime]:
        """Start of every bin of the span."""
        first = int(self.since.timestamp()) // bin_s * bin_s
        return [datetime.fromtimestamp(at, UTC) for at in range(first, int(self.until.timestamp()), bin_s)]


@dataclass(frozen=True)
class Answer:
    """What a query returned. ``problem`` says why there are no rows, if the lake could not be asked."""

    query: Query
    sql: str
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)
    bin_s: int = 60
    problem: str | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing to show."""
        return self.rows.is_empty()

    def first(self) -> dict[str, object]:
        """The first row, or an empty dict."""
        return {} if self.is_empty else self.rows.row(0, named=True)

    def dicts(self) -> list[dict[str, object]]:
        """All rows."""
        return self.rows.to_dicts()


@dataclass(frozen=True)
class Lake:
    """An open lake.duckdb, read-only, in UTC."""

    connection: duckdb.DuckDBPyConnection

    def ask(self, query: Query, span: Span) -> Answer:
        """Run ``query`` over ``span``. An absent or broken table is a problem of this answer, never of the page."""
        bin_s = span.bin_s(query.bins, query.finest_s)
        values: dict[str, object] = {"since": span.since, "until": span.until, "bin_s": bin_s}
        used = {name: values[name] for name in _PARAMETER.findall(query.sql)}
        shown = _PARAMETER.sub(lambda match: _literal(values[match[1]]), query.sql.strip())
        try:
            rows = self.connection.cursor().sql(query.sql, params=used).pl()
        except duckdb.Error as error:
            return Answer(query, shown, bin_s=bin_s, problem=_in_short(error))
        return Answer(query, shown, rows, bin_s)

    def span(self, days: float) -> tuple[Span, Mapping[str, Answer]]:
        """The last ``days`` of the lake in whole hours, and the extent of every table by name."""
        anything = Span(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(0, UTC) + _HOUR)
        extents = {query.name.removeprefix("extent_"): self.ask(query, anything) for query in EXTENTS}
        found = [row for answer in extents.values() if isinstance((row := answer.first()).get("last_at"), datetime)]
        if not found:
            return anything, extents
        first_at, last_at = _extent(found)
        until = _next_hour(last_at)
        return Span(max(_hour(first_at), until - timedelta(days=days)), until, first_at, last_at), extents


@contextmanager
def open_lake(db: Path) -> Iterator[Lake]:
    """Open ``db`` read-only; LakeError when it is missing or not a DuckDB file."""
    if not db.is_file():
        raise LakeError(str(db), "no such file; build the lake first, for example with `netlake demo`")
    try:
        connection = duckdb.connect(str(db), read_only=True)
    except duckdb.Error as error:
        raise LakeError(str(db), _in_short(error)) from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield Lake(connection)
    finally:
        connection.close()


def _extent(rows: list[dict[str, object]]) -> tuple[datetime, datetime]:
    firsts = [row["first_at"] for row in rows]
    lasts = [row["last_at"] for row in rows]
    return min(at for at in firsts if isinstance(at, datetime)), max(at for at in lasts if isinstance(at, datetime))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _next_hour(at: datetime) -> datetime:
    return _hour(at - timedelta(microseconds=1)) + _HOUR


def _literal(value: object) -> str:
    """A parameter as SQL text, so that a reader can paste the query."""
    return f"timestamptz '{value:%Y-%m-%d %H:%M:%S}+00'" if isinstance(value, datetime) else str(value)


def _in_short(error: Exception) -> str:
    """The first line of a DuckDB error, bounded."""
    return (str(error).strip().splitlines() or ["unknown error"])[0][:300]
