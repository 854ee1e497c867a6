"""Bytes become staged rows: which source they belong to, how their fields are laid out, typed or rejected.

Text has a fast way (Polars parses typed columns straight from the bytes of many objects at once) and an exact way for
whatever the fast one cannot vouch for. Both give the same rows; only the exact one rejects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import groupby

import numpy as np
import polars as pl

from pipelines.ingest import casting
from pipelines.ingest.envelopes import Piece
from pipelines.ingest.json_texts import REJECTS
from pipelines.ingest.source import Source, Text, squash
from pipelines.model.schema import TIMESTAMP

UNRECOGNISED = "unrecognised"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
LONGEST_HEADER = 10_000  # characters: all fields of a source are a tenth of it
LARGE = 4 << 20  # bytes: joining pieces of this size costs more than parsing them one by one
_RAW = "{}__raw"
_BLANKS = " \t\r\v\f"  # what separates values; other white space of Unicode is part of them
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Layout:
    """How the lines of a text object are laid out: columns in order, those the source does not know as ``?<token>``."""

    source: Source
    columns: tuple[str, ...]
    separator: str = " "

    @property
    def strangers(self) -> tuple[str, ...]:
        """Columns that the source does not know."""
        return tuple(column for column in self.columns if column.startswith("?"))


@dataclass(frozen=True)
class Parsed:
    """Records of one source: how many there were, the staged rows and the rejects (see ``envelopes.REJECTS``)."""

    source: str
    counts: Mapping[str, int]  # object_id -> records
    rows: pl.DataFrame
    rejects: pl.DataFrame


def header_layout(line: str, sources: Sequence[Source]) -> Layout | None:
    """The layout that a header line declares, or None if the line is not a header.

    The source that knows most of the names has it. A subset that two know equally (VPC and transit gateway logs share
    fields) belongs to the one with more fields.
    """
    return _header_layout(line, tuple(sources)) if len(line) <= LONGEST_HEADER else None


@lru_cache(1_000)  # a format's header comes with every one of its objects
def _header_layout(line: str, sources: tuple[Source, ...]) -> Layout | None:
    separator = "," if "," in line else " "
    tokens = line.replace(",", " ").split()
    if not tokens or not all(_NAME.fullmatch(token) for token in tokens):
        return None
    known = {s: sum(squash(t) in s.spellings for t in tokens) for s in sources if isinstance(s.reader, Text)}
    source = max(known, key=lambda s: (known[s], len(s.fields), s.name), default=None)
    if source is None or known[source] * 2 < len(tokens):
        return None
    columns = tuple(source.spellings.get(squash(token), f"?{token}") for token in tokens)
    return Layout(source, columns, separator) if len(set(columns)) == len(columns) else None


def default_layout(lines: Sequence[str], sources: Sequence[Source]) -> Layout | None:
    """The default format under which one of the lines is a valid record of its source; for text without a header."""
    sample = Piece("", _EPOCH, 1, "\n".join(lines).encode())
    for source in sources:
        if isinstance(source.reader, Text) and source.reader.default:
            layout = Layout(source, source.reader.default)
            holds = [pl.col(name).cast(pl.String) == value for name, value in source.reader.default_holds.items()]
            parts = (part for part in _exact(layout, sample, sources) if part.source == source.name)
            if any(part.rows.filter(*holds).height for part in parts):
                return layout
    return None


def read_text(layout: Layout, pieces: Sequence[Piece], sources: Sequence[Source]) -> list[Parsed]:
    """Records of pieces of one layout, in order: small pieces together, large ones alone, unfit ones exactly."""
    parsed: list[Parsed] = []
    for is_large, group in groupby(pieces, key=lambda piece: len(piece.data) >= LARGE):
        for held in [[piece] for piece in group] if is_large else [list(group)]:
            parsed += _read_together(layout, held, sources)
    return parsed


def _read_together(layout: Layout, pieces: Sequence[Piece], sources: Sequence[Source]) -> list[Parsed]:
    """Fast for all at once; if that fails, halved until the odd piece is alone."""
    if (parsed := _fast(layout, pieces)) is not None:
        return [parsed]
    if len(pieces) == 1:
        return _exact(layout, pieces[0], sources)
    half = len(pieces) // 2
    return [*_read_together(layout, pieces[:half], sources), *_read_together(layout, pieces[half:], sources)]


def _fast(layout: Layout, pieces: Sequence[Piece]) -> Parsed | None:
    """All pieces as typed columns in one pass, or None if any row might need the exact way."""
    shapes = [piece.shape for piece in pieces]
    counts = [shape.lines for shape in shapes]
    # Polars refuses a row that is too long but fills a short one with nulls: blanks tell whether there is one.
    is_whole = sum(shape.blanks for shape in shapes) == sum(counts) * (len(layout.columns) - 1)
    if layout.separator != " " or not is_whole or not all(shape.is_plain for shape in shapes):
        return None
    try:
        rows = pl.read_csv(
            _body(pieces),
            has_header=False,
            separator=" ",
            schema=_csv_schema(layout),
            null_values=list(layout.source.nulls),
            quote_char=None,
        )
    except (pl.exceptions.PolarsError, ValueError):
        return None
    if rows.height != sum(counts):
        return None
    rows = rows.with_columns(_from_csv(layout)).with_columns(*_lineage(pieces, counts))
    rows = _with_event_at(layout.source, rows)
    if rows.select(_any_out_of_bounds(layout.source, layout.columns)).item():
        return None
    return Parsed(layout.source.name, _tally(pieces, counts), _staged(layout, rows), pl.DataFrame(schema=REJECTS))


def _body(pieces: Sequence[Piece]) -> bytes:
    if len(pieces) == 1:
        return pieces[0].data
    return b"".join(piece.data if piece.data.endswith(b"\n") else piece.data + b"\n" for piece in pieces)


@cache
def _csv_schema(layout: Layout) -> pl.Schema:
    kinds = {"int": pl.Int32, "long": pl.Int64, "epoch": pl.Int64, "double": pl.Float64}
    known = layout.source.table.by_name
    return pl.Schema({c: kinds.get(known[c].type, pl.String) if c in known else pl.String for c in layout.columns})


def _from_csv(layout: Layout) -> list[pl.Expr]:
    """What is left to do for columns that the CSV parser has not typed for good."""
    found = []
    for field in (layout.source.table.by_name[c] for c in layout.columns if c in layout.source.table.by_name):
        if field.type == "epoch":
            found.append(casting.epoch(pl.col(field.name)).alias(field.name))
        elif field.type not in ("int", "long", "double", "text", "ip", "json"):
            found.append(casting.parse(field, pl.col(field.name)).alias(field.name))
    return found


def _any_out_of_bounds(source: Source, columns: Sequence[str]) -> pl.Expr:
    fields = [f for f in source.table.fields if f.name in columns or f.required or f.name == "event_at"]
    # Addresses repeat: looking at each once is cheaper than matching a pattern on every row.
    broken = [
        condition
        for f in fields
        for condition, _ in casting.out_of_bounds(f, pl.col(f.name).unique() if f.type == "ip" else pl.col(f.name))
    ]
    return pl.any_horizontal(condition.any() for condition in broken)


def _lineage(pieces: Sequence[Piece], counts: Sequence[int]) -> list[pl.Series]:
    """``object_id``, ``line`` and ``stored_at`` of every row of the joined pieces."""
    which = np.repeat(np.arange(len(pieces)), counts)
    offsets = np.concatenate(([0], np.cumsum(counts)[:-1]))
    first = np.array([piece.first_line for piece in pieces])
    line = np.arange(len(which)) - offsets[which] + first[which]
    if any(piece.numbers for piece in pieces):
        numbers = [p.numbers or range(p.first_line, p.first_line + n) for p, n in zip(pieces, counts, strict=True)]
        line = np.concatenate([np.asarray(n, dtype=np.int64) for n in numbers])
    return [
        pl.Series("object_id", [piece.object_id for piece in pieces], dtype=pl.String).gather(which),
        pl.Series("line", line, dtype=pl.Int64),
        pl.Series("stored_at", [piece.stored_at for piece in pieces], dtype=TIMESTAMP).gather(which),
    ]


def _exact(layout: Layout, piece: Piece, sources: Sequence[Source]) -> list[Parsed]:
    """Line by line: blanks in runs, headers anywhere (a new header changes the layout), every unfit row rejected."""
    text = piece.data.decode("utf-8", errors="replace").removeprefix("\ufeff")
    records = text.removesuffix("\n").split("\n")
    numbers = piece.numbers or range(piece.first_line, piece.first_line + len(records))
    lines = pl.DataFrame({"line": numbers, "record": records}, schema={"line": pl.Int64, "record": pl.String})
    lines = lines.with_columns(pl.col("record").str.strip_chars(_BLANKS)).filter(pl.col("record") != "")
    headers = _headers(lines, sources)
    bounds = [(-1, layout), *headers, (lines.height, layout)]
    spans = zip(bounds, bounds[1:], strict=False)
    parts = [_typed(laid, piece, lines.slice(at + 1, to - at - 1)) for (at, laid), (to, _) in spans]
    return [part for part in parts if part.counts[piece.object_id] or len(parts) == 1]


def _headers(lines: pl.DataFrame, sources: Sequence[Source]) -> list[tuple[int, Layout]]:
    """Row numbers of header lines and the layouts they declare."""
    wordy = lines.with_row_index("at").filter(pl.col("record").str.contains(r"^[A-Za-z][A-Za-z0-9_, \t-]*$"))
    found = ((at, header_layout(record, sources)) for at, record in wordy.select("at", "record").iter_rows())
    return [(at, layout) for at, layout in found if layout is not None]


def _typed(layout: Layout, piece: Piece, lines: pl.DataFrame) -> Parsed:
    record = pl.col("record")
    tokens = record.str.split(",") if layout.separator == "," else record.str.extract_all(rf"[^{_BLANKS}]+")
    split = lines.with_columns(tokens=tokens.list.eval(pl.element().str.strip_chars(_BLANKS)))
    whole = pl.col("tokens").list.len() == len(layout.columns)
    short = split.filter(~whole).select(
        pl.lit(piece.object_id).alias("object_id"),
        "line",
        pl.format("{} values for " + str(len(layout.columns)) + " fields", pl.col("tokens").list.len()).alias("reason"),
        "record",
    )
    values = {c: pl.col("tokens").list.get(i) for i, c in enumerate(layout.columns)}
    texts = split.filter(whole).select(
        "line", "record", *(text.alias(_RAW.format(c)) for c, text in values.items()),
        pl.lit(piece.object_id).alias("object_id"), pl.lit(piece.stored_at, TIMESTAMP).alias("stored_at"),
    )  # fmt: skip
    parsed = typed(layout.source, texts, layout.strangers)
    rejects = pl.concat([short, parsed.rejects]).sort("line", maintain_order=True)
    return Parsed(layout.source.name, {piece.object_id: lines.height}, parsed.rows, rejects)


def typed(source: Source, texts: pl.DataFrame, strangers: Sequence[str] = ()) -> Parsed:
    """Texts in ``<field>__raw`` columns (with object_id, line, stored_at, record) as staged rows and rejects."""
    fields = [f for f in source.fields if _RAW.format(f.name) in texts.columns or f.required]
    nulls = pl.lit(list(source.nulls), pl.List(pl.String))
    raw = [c for c in texts.columns if c.endswith("__raw")]
    missing = [pl.lit(None, pl.String).alias(_RAW.format(f.name)) for f in fields if _RAW.format(f.name) not in raw]
    texts = texts.with_columns(*missing)
    texts = texts.with_columns(pl.when(~pl.col(c).is_in(nulls)).then(pl.col(c)).alias(c) for c in raw)
    rows = texts.with_columns(casting.parse(f, pl.col(_RAW.format(f.name))).alias(f.name) for f in fields)
    rows = _with_event_at(source, rows.with_columns(pl.col(_RAW.format(s)).alias(s) for s in strangers))
    checked = [*fields, source.table.by_name["event_at"]]
    rows = rows.with_columns(_reason=casting.complaints(checked, _RAW))
    rejects = rows.filter(pl.col("_reason").is_not_null()).select(
        "object_id", "line", pl.col("_reason").alias("reason"), "record"
    )
    good = rows.filter(pl.col("_reason").is_null())
    counts = dict(rows.group_by("object_id").len().iter_rows())
    return Parsed(source.name, counts, _staged(Layout(source, (*(f.name for f in fields), *strangers)), good), rejects)


def _with_event_at(source: Source, rows: pl.DataFrame) -> pl.DataFrame:
    told = [name for name in source.event_at if name in rows.columns]
    if told and not rows[told[0]].null_count():  # as is usual: nothing to fall back on
        return rows.with_columns(event_at=pl.col(told[0]))
    return rows.with_columns(event_at=pl.coalesce(*told, "stored_at"))


def _staged(layout: Layout, rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` as the staged table has them; values of unknown columns become the JSON of ``extra``."""
    if layout.strangers and "extra" not in rows.columns:
        named = (pl.col(stranger).alias(stranger[1:]) for stranger in layout.strangers)
        rows = rows.with_columns(extra=pl.struct(named).struct.json_encode())
    present = set(rows.columns) & set(layout.source.table.by_name)
    return layout.source.table.conform(rows.lazy().select(sorted(present))).collect()


def _tally(pieces: Sequence[Piece], counts: Sequence[int]) -> dict[str, int]:
    tally: dict[str, int] = {}
    for piece, count in zip(pieces, counts, strict=True):
        tally[piece.object_id] = tally.get(piece.object_id, 0) + count
    return tally
