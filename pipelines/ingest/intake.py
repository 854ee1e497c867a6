"""The way in: objects are read ahead, recognised, parsed many at a time, written by hour and committed in groups."""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from pipelines import registry
from pipelines.errors import SourceError
from pipelines.ingest import ledger, transport
from pipelines.ingest.envelopes import REJECTS, Piece, pieces
from pipelines.ingest.readers import UNRECOGNISED, Layout, Parsed, default_layout, header_layout, read_text
from pipelines.ingest.records import read_json
from pipelines.ingest.source import Source
from pipelines.ingest.transport import StoredObject
from pipelines.lake import table_io
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Table
from pipelines.model.tables import INGESTED_OBJECT, REJECT
from pipelines.report import Report

READ_AHEAD = 4  # deliveries inflated before they are asked for
SNIFFED_LINES = 20
RECORD_KEPT = 1_000  # characters of a rejected record
_KEY_TIME = re.compile(r"_(\d{8}T\d{4})Z_")


@dataclass(frozen=True)
class Delivery:
    """Text of one object, or the first or a later part of one too large for a batch; or why it cannot be read."""

    stored: StoredObject
    object_id: str
    pieces: tuple[Piece, ...] = ()
    is_last: bool = True
    error: str | None = None


@dataclass
class Batch:
    """Pieces that will be parsed together, by layout; JSON pieces apart."""

    texts: dict[Layout, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    jsons: list[Piece] = field(default_factory=list)
    size: int = 0

    def parse(self, sources: Sequence[Source]) -> list[Parsed]:
        """Everything in the batch as staged rows and rejects."""
        found = [part for layout, held in self.texts.items() for part in read_text(layout, held, sources)]
        return [*found, *(read_json(self.jsons, sources) if self.jsons else ())]

    @property
    def name(self) -> str:
        """Hash of what the batch is made of: the same pieces give the same file names."""
        held = [piece for group in (*self.texts.values(), self.jsons) for piece in group]
        parts = "\n".join(sorted(f"{piece.object_id}:{piece.first_line}" for piece in held))
        return hashlib.blake2b(parts.encode(), digest_size=12).hexdigest()


@dataclass
class Group:
    """Objects that will be committed together, the files already written for them, and what to say of them."""

    objects: list[Delivery] = field(default_factory=list)
    duplicates: list[Delivery] = field(default_factory=list)
    files: dict[Table, list[str]] = field(default_factory=lambda: defaultdict(list))
    tallies: list[pl.DataFrame] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)


Progress = Callable[[int, int], None]


def ingest(lake: Lake, places: Iterable[str], source: str | None, progress: Progress) -> list[Report]:
    """Stages every object under ``places`` that the ledger does not know; one report per object and source.

    ``source`` overrules recognition. ``progress(done, total)`` counts objects. ConfigError for a place that is none;
    what is wrong with an object or a record is told in ``ops.reject`` instead.
    """
    sources = [registry.load("sources", source)] if source else list(registry.members("sources"))
    with lake.writing():
        ledger.recover(lake, _tables(sources))
        known = ledger.known(lake)
    new = [stored for stored in _distinct(places) if stored not in known.places]
    lines: list[pl.DataFrame] = []
    done = 0
    for group in _groups(lake, _ahead(new, lake.settings.batch_bytes), sources, known):
        lines.append(_commit(lake, group, sources))
        done += len(group.objects) + len(group.duplicates)
        progress(done, len(new))
    return [report for part in lines for report in _reports(part)]


def _distinct(places: Iterable[str]) -> list[StoredObject]:
    return sorted({stored for place in places for stored in transport.listing(place)})


def _tables(sources: Iterable[Source]) -> dict[str, Table]:
    return {table.full_name: table for table in (*(s.table for s in sources), REJECT, INGESTED_OBJECT)}


def _ahead(objects: Sequence[StoredObject], limit: int) -> Iterator[Delivery]:
    """Deliveries of all objects, in order, read and inflated by a thread of their own."""
    ready: queue.Queue[Delivery | BaseException | None] = queue.Queue(READ_AHEAD)
    stop = threading.Event()

    def read() -> None:
        try:
            for stored in objects:
                for delivery in _deliver(stored, limit):
                    while not stop.is_set():
                        try:
                            ready.put(delivery, timeout=0.2)
                            break
                        except queue.Full:
                            continue
                    if stop.is_set():
                        return
            ready.put(None)
        except BaseException as error:  # noqa: BLE001 (raised again by the consumer)
            ready.put(error)

    thread = threading.Thread(target=read, name="read-ahead", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()


def _deliver(stored: StoredObject, limit: int) -> Iterator[Delivery]:
    """One delivery for an object within ``limit`` inflated bytes, several for a larger one, checked whole first."""
    object_id = ""
    try:
        raw = transport.read(stored)
        object_id = transport.content_id(raw)
        held: list[Piece] = []
        is_checked = False
        for piece in _pieces(stored, object_id, raw):
            held.append(piece)
            if sum(len(p.data) for p in held) > limit:
                if not is_checked:
                    is_checked = all(True for _ in pieces(raw, stored.uri))
                yield Delivery(stored, object_id, tuple(held), is_last=False)
                held = []
        yield Delivery(stored, object_id, tuple(held))
    except SourceError as error:
        yield Delivery(stored, object_id or _id_of(stored), error=error.reason)


def _pieces(stored: StoredObject, object_id: str, raw: bytes) -> Iterator[Piece]:
    stored_at, line = _stored_at(stored), 1
    for data in pieces(raw, stored.uri):
        yield Piece(object_id, stored_at, line, data)
        line += data.count(b"\n")


def _stored_at(stored: StoredObject) -> datetime:
    """When AWS published the object, by its key; else when it was stored."""
    if match := _KEY_TIME.search(stored.uri):
        try:
            return datetime.strptime(match[1], "%Y%m%dT%H%M").replace(tzinfo=UTC)
        except ValueError:
            return stored.modified_at
    return stored.modified_at


def _id_of(stored: StoredObject) -> str:
    return hashlib.blake2b(f"{stored.uri}:{stored.size}".encode(), digest_size=12).hexdigest()


def _groups(
    lake: Lake, deliveries: Iterable[Delivery], sources: Sequence[Source], known: ledger.Known
) -> Iterator[Group]:
    """Groups of objects, their rows already in files; a batch is parsed when full, a group given away when large."""
    group, batch, seen = Group(), Batch(), set(known.contents)
    layouts: dict[str, Layout | str] = {}
    for delivery in deliveries:
        if delivery.object_id in seen and delivery.object_id not in layouts:
            group.duplicates.append(delivery)
            continue
        _add(group, batch, delivery, sources, layouts)
        if delivery.is_last:
            group.objects.append(delivery)
            seen.add(delivery.object_id)
            layouts.pop(delivery.object_id, None)
        if batch.size >= lake.settings.batch_bytes:
            _flush(lake, group, batch, sources)
            batch = Batch()
        if delivery.is_last and len(group.objects) >= lake.settings.commit_objects:
            _flush(lake, group, batch, sources)
            yield group
            group, batch = Group(), Batch()
    _flush(lake, group, batch, sources)
    if group.objects or group.duplicates:
        yield group


def _add(group: Group, batch: Batch, delivery: Delivery, sources: Sequence[Source], layouts: dict[str, Layout | str]) -> None:
    """Puts the delivery's pieces where they belong; an object nobody knows is a reject of its own."""
    found = layouts.get(delivery.object_id) or (delivery.error or _recognise(delivery, sources))
    first = delivery.object_id not in layouts
    layouts[delivery.object_id] = found
    if isinstance(found, Layout):
        held = [*delivery.pieces]
        if first and (head := _header(held[0], sources)):
            held[0] = _after_header(held[0], head)
        batch.texts[found] += held
    elif found == "json":
        batch.jsons += delivery.pieces
    elif first and found:
        group.rejects.append(_dead(delivery, found))
    batch.size += sum(len(piece.data) for piece in delivery.pieces)


def _recognise(delivery: Delivery, sources: Sequence[Source]) -> Layout | str:
    """The layout of a text object, ``json``, ``""`` for an object without records, or why nobody knows it."""
    if not delivery.pieces or not delivery.pieces[0].data.strip():
        return ""
    data = delivery.pieces[0].data
    if data.startswith(b"PAR1"):
        return "a Parquet file: only text and JSON deliveries are read"
    lines = _first_lines(data)
    if lines[0][:1] in "{[":
        return "json"
    return header_layout(lines[0], sources) or default_layout(lines, sources) or "no source knows this kind of object"


def _first_lines(data: bytes) -> list[str]:
    text = data[: 1 << 20].decode("utf-8", errors="replace").removeprefix("\ufeff").lstrip()
    return [line.strip() for line in text.split("\n")[:SNIFFED_LINES]]


def _header(piece: Piece, sources: Sequence[Source]) -> bytes | None:
    """The piece up to the end of its header line, or None if it starts with a record."""
    body = piece.data.removeprefix(b"\xef\xbb\xbf")
    start = len(piece.data) - len(body.lstrip())
    end = piece.data.find(b"\n", start) + 1 or len(piece.data)
    line = piece.data[start:end].decode("utf-8", errors="replace").strip()
    return piece.data[:end] if header_layout(line, sources) else None


def _after_header(piece: Piece, head: bytes) -> Piece:
    return Piece(piece.object_id, piece.stored_at, piece.first_line + head.count(b"\n"), piece.data[len(head) :])


def _dead(delivery: Delivery, reason: str) -> pl.DataFrame:
    row = {"object_id": delivery.object_id, "line": None, "reason": reason, "record": None, "source": UNRECOGNISED}
    return pl.DataFrame([row], schema=REJECTS | {"source": pl.String})


def _flush(lake: Lake, group: Group, batch: Batch, sources: Sequence[Source]) -> None:
    """Parses the batch, writes its rows as files of the group, and keeps count."""
    tables, name = {source.name: source.table for source in sources}, batch.name
    for source, parts in _by_source(batch.parse(sources)).items():
        group.rejects += [p.rejects.with_columns(source=pl.lit(source)) for p in parts if p.rejects.height]
        rows = [part.rows for part in parts if part.rows.height]
        group.tallies.append(_tally(source, parts, rows))
        if rows:
            for hour, cut in table_io.by_hour(tables[source], pl.concat(rows)).items():
                group.files[tables[source]].append(table_io.write(lake, tables[source], cut, f"{hour}-{name}"))


def _by_source(parsed: Iterable[Parsed]) -> dict[str, list[Parsed]]:
    by_source: dict[str, list[Parsed]] = {}
    for part in parsed:
        by_source.setdefault(part.source, []).append(part)
    return by_source


def _tally(source: str, parts: Sequence[Parsed], rows: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Per object: records counted as they were read, rows staged and the hours they fall into."""
    read = [(object_id, n) for part in parts for object_id, n in part.counts.items()]
    counted = pl.DataFrame(read, schema={"object_id": pl.String, "rows_in": pl.Int64}, orient="row")
    counted = counted.group_by("object_id").agg(pl.col("rows_in").sum())
    hour = pl.col("event_at").dt.truncate("1h")
    staged = pl.concat([_NO_ROWS, *(r.select("object_id", hour.alias("hour")) for r in rows)])
    hours = staged.group_by("object_id").agg(
        pl.len().cast(pl.Int64).alias("rows_out"),
        pl.col("hour").unique().sort().dt.strftime("%Y-%m-%dT%H").alias("hours"),
    )
    return counted.join(hours, on="object_id", how="left").with_columns(
        pl.col("rows_out").fill_null(0), source=pl.lit(source)
    )


_NO_ROWS = pl.DataFrame(schema={"object_id": pl.String, "hour": pl.Datetime("us", "UTC")})


def _commit(lake: Lake, group: Group, sources: Sequence[Source]) -> pl.DataFrame:
    """Makes the group visible, less what another process ingested meanwhile; its ledger lines."""
    rejects = pl.concat([pl.DataFrame(schema=REJECTS | {"source": pl.String}), *group.rejects])
    with lake.writing():
        known = ledger.known(lake)
        overtaken = {d.object_id for d in group.objects} & known.contents.keys()
        files = _without(lake, group.files, overtaken) if overtaken else group.files
        rejects = rejects.filter(~pl.col("object_id").is_in(list(overtaken)))
        lines = _lines(group, rejects, overtaken, known)
        uris = {d.object_id: d.stored.uri for d in group.objects}
        named = rejects.with_columns(
            uri=pl.col("object_id").replace_strict(uris, default=None, return_dtype=pl.String),
            record=pl.col("record").str.slice(0, RECORD_KEPT),
        )
        ledger.commit(lake, files, lines, named)
    return lines


def _without(lake: Lake, files: Mapping[Table, Sequence[str]], overtaken: set[str]) -> dict[Table, list[str]]:
    """The files again without the rows of objects that somebody else has committed first."""
    kept: dict[Table, list[str]] = {}
    for table, paths in files.items():
        rows = pl.read_parquet(list(paths)).filter(~pl.col("object_id").is_in(list(overtaken)))
        kept[table] = [table_io.write(lake, table, cut, hour + "-{content}") for hour, cut in table_io.by_hour(table, rows).items()] if rows.height else []
    return kept


def _lines(group: Group, rejects: pl.DataFrame, overtaken: set[str], known: ledger.Known) -> pl.DataFrame:
    """Ledger lines of the group: one per object and source."""
    tallies = pl.concat([_NO_TALLY, *(t.select(_NO_TALLY.columns) for t in group.tallies)])
    tallies = tallies.group_by("object_id", "source").agg(
        pl.col("rows_in", "rows_out").sum(), pl.col("hours").list.explode().drop_nulls().unique().sort()
    )
    rejected = rejects.group_by("object_id", "source").agg(pl.len().cast(pl.Int64).alias("rows_rejected"))
    by_object = defaultdict(list)
    counted = tallies.join(rejected, on=["object_id", "source"], how="full", coalesce=True).sort("object_id", "source")
    for row in counted.iter_rows(named=True):
        by_object[row["object_id"]].append(row)
    batch_id = _batch_id(group)
    contents = dict(known.contents) | {
        object_id: {row["source"]: row["rows_in"] or 1 for row in rows} for object_id, rows in by_object.items()
    }
    found = []
    for delivery in group.objects:
        if delivery.object_id in overtaken:
            found += _duplicate(delivery, contents)
        else:
            found += [_line(delivery, row) for row in by_object.get(delivery.object_id, [_EMPTY])]
    found += [line for delivery in group.duplicates for line in _duplicate(delivery, contents)]
    return pl.DataFrame(
        [line | {"batch_id": batch_id} for line in found],
        schema={n: t for n, t in INGESTED_OBJECT.polars.items() if n != "ingested_at"},
    )


_NO_TALLY = pl.DataFrame(
    schema={"object_id": pl.String, "source": pl.String, "rows_in": pl.Int64, "rows_out": pl.Int64, "hours": pl.List(pl.String)}
)
_EMPTY: Mapping[str, object] = {"source": UNRECOGNISED, "rows_in": 0, "rows_out": 0, "rows_rejected": 0, "hours": []}


def _line(delivery: Delivery, row: Mapping[str, object]) -> dict[str, object]:
    is_dead = row["rows_in"] is None  # a reject without records: the object itself
    return _place(delivery) | {
        "source": row["source"],
        "state": "dead" if is_dead else "ingested",
        "reason": delivery.error,
        "rows_in": row["rows_rejected"] if is_dead else row["rows_in"],
        "rows_out": row["rows_out"] or 0,
        "rows_rejected": row["rows_rejected"] or 0,
        "rows_duplicate": 0,
        "hours": row["hours"] or [],
    }


def _duplicate(delivery: Delivery, contents: Mapping[str, Mapping[str, int]]) -> list[dict[str, object]]:
    return [
        _place(delivery) | {"source": source, "state": "duplicate", "reason": None, "rows_in": n, "rows_out": 0}
        | {"rows_rejected": 0, "rows_duplicate": n, "hours": []}
        for source, n in contents[delivery.object_id].items()
    ]  # fmt: skip


def _place(delivery: Delivery) -> dict[str, object]:
    stored = delivery.stored
    return {"object_id": delivery.object_id, "uri": stored.uri, "size": stored.size, "modified_at": stored.modified_at}


def _batch_id(group: Group) -> str:
    parts = "\n".join(sorted(f"{d.object_id} {d.stored}" for d in (*group.objects, *group.duplicates)))
    return hashlib.blake2b(parts.encode(), digest_size=12).hexdigest()


def _reports(lines: pl.DataFrame) -> Iterator[Report]:
    """One report per ledger line; an object's bytes count once."""
    charged: set[str] = set()
    for line in lines.iter_rows(named=True):
        is_first = line["uri"] not in charged
        charged.add(line["uri"])
        counts = {name: line[name] for name in ("rows_in", "rows_out", "rows_rejected", "rows_duplicate")}
        yield Report(line["source"], objects=1, bytes=line["size"] if is_first else 0, **counts)
