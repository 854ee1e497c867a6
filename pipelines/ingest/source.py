"""Source: the contract of one log type. A source is literals; everything that runs is elsewhere.

A source says how its records are recognised (``reader``), what their fields are, when they happened, and how they
become core rows (``feeds``). Its staged table, command-line name, documentation and expectations follow from that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from pipelines.model.schema import Field, Table
from pipelines.model.vocabulary import EVENT_AT, LINEAGE


@dataclass(frozen=True)
class Text:
    """Lines of values between blanks (or commas), fields named by a header line in any order.

    ``default`` is AWS's own format, used where there is no header and the record holds what ``default_holds`` says;
    ``alias`` maps other spellings to field names.
    """

    default: tuple[str, ...] = ()
    default_holds: Mapping[str, str] = field(default_factory=dict)
    alias: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Json:
    """JSON objects. A record belongs to the source if every path in ``marks`` holds a text that its regex finds.

    A path may name alternatives between bars: ``$.eventName|$.detail.eventName``. ``envelope`` names top-level keys
    that belong to the delivery, not to the record: they are not worth keeping as ``extra``.
    """

    marks: Mapping[str, str]
    envelope: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """How staged rows become rows of a core table: column name -> expression over staged columns.

    ``where`` picks the rows (null counts as no); a core column that is not named is null.
    """

    table: Table
    columns: Mapping[str, pl.Expr]
    where: pl.Expr | None = None


@dataclass(frozen=True, eq=False)  # a source is itself: hashable, and equal to nothing else
class Source:
    """One log type.

    ``keys`` are regexes of the object keys AWS delivers it under; ``nulls`` the texts that mean
    null; ``event_at`` the fields that say when a record happened, best first; ``reference`` the page of AWS's guide.
    """

    name: str
    about: str
    grain: str
    reference: str
    reader: Text | Json
    fields: tuple[Field, ...]
    event_at: tuple[str, ...]
    keys: tuple[str, ...]
    feeds: tuple[Feed, ...] = ()
    nulls: tuple[str, ...] = ("-",)

    @cached_property
    def table(self) -> Table:
        """The staged table: the source's fields, then when and where from."""
        columns = (*self.fields, EVENT_AT, *LINEAGE)
        return Table("staged", self.name, self.about, self.grain, columns, order=("event_at", "object_id", "line"))

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Squashed spelling of a header token -> field name; ``account-id`` and ``accountId`` are one."""
        own = {squash(f.name): f.name for f in self.fields}
        aliases = self.reader.alias if isinstance(self.reader, Text) else {}
        return own | {squash(other): name for other, name in aliases.items()}


def squash(token: str) -> str:
    """A field's name without case, hyphens and underscores, in which its three spellings agree."""
    return token.replace("-", "").replace("_", "").lower()
