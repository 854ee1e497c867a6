"""The way in: objects are recognised, parsed many at a time, written by hour and committed in groups."""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib import import_module

import polars as pl

from pipelines import registry
from pipelines.ingest import accounts, ledger, transport
from pipelines.ingest.deliveries import Delivery, ahead
from pipelines.ingest.envelopes import Piece
from pipelines.ingest.json_texts import REJECTS
from pipelines.ingest.readers import UNRECOGNISED, Layout, Parsed, read_text
from pipelines.ingest.recognise import JSON, after_header, recognise
from pipelines.ingest.records import read_json
from pipelines.ingest.source import Source
from pipelines.ingest.transport import StoredObject
from pipelines.lake import table_io
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Table
from pipelines.model.tables import INGESTED_OBJECT, REJECT
from pipelines.report import Report

WORKERS = 2  # batches in work at a time: parsing is threaded itself, so two keep a machine busy between its phases
JSON_WEIGHT = 4  # memory that JSON takes while it is taken apart, relative to text
RECORD_KEPT = 1_000  # characters of a rejected record
REJECTED = REJECTS | {"source": pl.String}
Progress = Callable[[int, int], None]


@dataclass
class Batch:
    """Pieces that will be parsed together: text by layout, JSON apart."""

    texts: dict[Layout, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    jsons: list[Piece] = field(default_factory=list)
    size: int = 0

    def parse(self, sources: Sequence[Source]) -> Mapping[str, Sequence[Parsed]]:
        """Everything in the batch as staged rows and rejects, by source."""
        parts = [part for layout, held in self.texts.items() for part in read_text(layout, held, sources)]
        parts += read_json(self.jsons, sources) if self.jsons else []
        by_source: dict[str, list[Parsed]] = defaultdict(list)
        for part in parts:
            by_source[part.source].append(part)
        return by_source

    @property
    def name(self) -> str:
        """Hash of what the batch is made of: the same pieces give the same file names."""
        held = [piece for group in (*self.texts.values(), self.jsons) for piece in group]
        parts = "\n".join(sorted(f"{piece.object_id}:{piece.first_line}" for piece in held))
        return hashlib.blake2b(parts.encode(), digest_size=12).hexdigest()


@dataclass
class Group:
    """Objects that will be committed together: the files already written for them and what was counted."""

    read: list[Delivery] = field(default_factory=list)
    known_already: list[Delivery] = field(default_factory=list)
    files: dict[Table, list[str]] = field(default_factory=lambda: defaultdict(list))
    tallies: list[pl.DataFrame] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)

    def absorb(self, part: Group) -> None:
        """Takes over files, tallies and rejects of ``part``."""
        for table, paths in part.files.items():
            self.files[table] += paths
        self.tallies += part.tallies
        self.rejects += part.rejects


def ingest(lake: Lake, places: Iterable[str], source: str | None, progress: Progress) -> list[Report]:
    """Stages every object under ``places`` that the ledger does not know; one report per object and source.

    ``source`` overrules recognition. ``progress(done, total)`` counts objects. ConfigError for a place that is none;
    what is wrong with an object or a record is told in ``ops.reject`` instead.
    """
    sources = [registry.load("sources", source)] if source else list(registry.members("sources"))
    with lake.writing():
        ledger.recover(lake, _tables())
        known = ledger.known(lake)
    objects = sorted({stored for place in places for stored in transport.listing(place)} - known.places)
    reports: list[Report] = []
    done = 0
    for group in _groups(lake, _counted(objects, lake.settings.batch_bytes, progress), sources, set(known.contents)):
        reports += accounts.reports(_commit(lake, group))
        done += len(group.read) + len(group.known_already)
    progress(done, len(objects))
    return reports


def _tables() -> dict[str, Table]:
    staged = (source.table for source in registry.members("sources"))
    return {table.full_name: table for table in (*staged, REJECT, INGESTED_OBJECT)}


def _counted(objects: Sequence[StoredObject], limit: int, progress: Progress) -> Iterator[Delivery]:
    done = 0
    for delivery in ahead(objects, limit):
        yield delivery
        done += delivery.is_last
        progress(done, len(objects))


def _groups(lake: Lake, deliveries: Iterable[Delivery], sources: Sequence[Source], seen: set[str]) -> Iterator[Group]:
    """Groups of objects, their rows already in files; a batch is parsed when full, a group given away when large."""
    open_object: Layout | str | None = None  # what an object is that comes in parts
    with ThreadPoolExecutor(WORKERS + 1) as pool:
        pool.submit(import_module, "pyiceberg.io.pyarrow")  # the commit needs it: let it load while others parse
        group, batch, work = Group(), Batch(), _Work(lake, sources, pool)
        for delivery in deliveries:
            if delivery.object_id in seen:
                group.known_already.append(delivery)
                continue
            open_object = _add(group, batch, delivery, sources, open_object)
            if delivery.is_last:
                open_object = None
                group.read.append(replace(delivery, pieces=()))
                seen.add(delivery.object_id)
            if batch.size >= lake.settings.batch_bytes:
                work.start(batch)
                batch = Batch()
            if delivery.is_last and len(group.read) >= lake.settings.commit_objects:
                yield work.finish(batch, group)
                group, batch = Group(), Batch()
        if group.read or group.known_already:
            yield work.finish(batch, group)


class _Work:
    """Batches being parsed and written by other threads, a bounded number at a time, gathered in order."""

    def __init__(self, lake: Lake, sources: Sequence[Source], pool: ThreadPoolExecutor) -> None:
        self.lake, self.sources, self.pool = lake, sources, pool
        self.running: deque[Future[Group]] = deque()
        self.done: list[Group] = []

    def start(self, batch: Batch) -> None:
        """Hands a batch to a thread; waits for the oldest one if all threads are busy, which bounds memory."""
        self.running.append(self.pool.submit(_flush, self.lake, batch, self.sources))
        if len(self.running) > WORKERS:
            self.done.append(self.running.popleft().result())

    def finish(self, last: Batch, group: Group) -> Group:
        """``group`` with the outcome of all batches, the last one included."""
        self.start(last)
        self.done += [future.result() for future in self.running]
        for part in self.done:
            group.absorb(part)
        self.running.clear()
        self.done.clear()
        return group


def _add(
    group: Group, batch: Batch, delivery: Delivery, sources: Sequence[Source], continued: Layout | str | None
) -> Layout | str | None:
    """Puts the delivery's pieces where they belong and tells what the object is; one nobody knows is a reject."""
    pieces = list(delivery.pieces)
    if not delivery.error and not any(piece.data.strip() for piece in pieces):
        return continued  # an object without records is fine
    what = continued or delivery.error or recognise(pieces[0], sources)
    if not continued and pieces:
        pieces[0] = after_header(pieces[0], what, sources)
    if isinstance(what, Layout):
        batch.texts[what] += pieces
    elif what == JSON:
        batch.jsons += pieces
    elif not continued:
        group.rejects.append(_dead(delivery, what))
    batch.size += sum(len(piece.data) for piece in pieces) * (JSON_WEIGHT if what == JSON else 1)
    return what


def _dead(delivery: Delivery, reason: str) -> pl.DataFrame:
    row = {"object_id": delivery.object_id, "line": None, "reason": reason, "record": None, "source": UNRECOGNISED}
    return pl.DataFrame([row], schema=REJECTED)


def _flush(lake: Lake, batch: Batch, sources: Sequence[Source]) -> Group:
    """The batch parsed, its rows written as files, and counted."""
    group, tables, name = Group(), {source.name: source.table for source in sources}, batch.name
    for source, parts in batch.parse(sources).items():
        group.rejects += [part.rejects.with_columns(source=pl.lit(source)) for part in parts if part.rejects.height]
        group.tallies.append(accounts.tally(source, parts))
        rows = [part.rows for part in parts if part.rows.height]
        if rows:
            group.files[tables[source]] += _write(lake, tables[source], pl.concat(rows), f"-{name}")
    return group


def _write(lake: Lake, table: Table, rows: pl.DataFrame, suffix: str) -> list[str]:
    # A format has some of the fields a source knows: writing the rest as nulls would take a third of the time.
    delivered = [column for column in rows.columns if rows[column].null_count() < rows.height]
    cuts = table_io.by_hour(table, rows.select(delivered))
    return [table_io.write(lake, table, cut, hour + suffix) for hour, cut in cuts.items()]


def _commit(lake: Lake, group: Group) -> pl.DataFrame:
    """Makes the group visible, less what another process ingested meanwhile; its ledger lines."""
    rejects = pl.concat([pl.DataFrame(schema=REJECTED), *group.rejects])
    with lake.writing():
        contents = ledger.known(lake).contents
        overtaken = [delivery for delivery in group.read if delivery.object_id in contents]
        if overtaken:
            _leave_out(lake, group, {delivery.object_id for delivery in overtaken})
            rejects = rejects.filter(~pl.col("object_id").is_in([d.object_id for d in overtaken]))
        counts = accounts.count(group.tallies, rejects)
        lines = accounts.lines(group.read, [*overtaken, *group.known_already], counts, contents)
        ledger.commit(lake, group.files, lines, _named(rejects, group.read))
    return lines


def _leave_out(lake: Lake, group: Group, overtaken: set[str]) -> None:
    """The group without objects that somebody else has committed first: its files again, without their rows."""
    group.read = [delivery for delivery in group.read if delivery.object_id not in overtaken]
    group.tallies = [tally.filter(~pl.col("object_id").is_in(list(overtaken))) for tally in group.tallies]
    for table, paths in group.files.items():
        rows = pl.read_parquet(paths).filter(~pl.col("object_id").is_in(list(overtaken)))
        group.files[table] = _write(lake, table, rows, "-{content}")


def _named(rejects: pl.DataFrame, read: Sequence[Delivery]) -> pl.DataFrame:
    uris = {delivery.object_id: delivery.stored.uri for delivery in read}
    return rejects.with_columns(
        uri=pl.col("object_id").replace_strict(uris, default=None, return_dtype=pl.String),
        record=pl.col("record").str.slice(0, RECORD_KEPT),
    )
