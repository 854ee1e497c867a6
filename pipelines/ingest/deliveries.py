"""Objects read ahead: a thread reads and inflates while the rest of the machine parses."""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelines.errors import SourceError
from pipelines.ingest import transport
from pipelines.ingest.envelopes import Piece, pieces
from pipelines.ingest.transport import StoredObject

READ_AHEAD = 4  # deliveries inflated before they are asked for
_KEY_TIME = re.compile(r"_(\d{8}T\d{4})Z_")


@dataclass(frozen=True)
class Delivery:
    """Text of one object, or the first or a later part of one too large for a batch; or why it cannot be read."""

    stored: StoredObject
    object_id: str
    pieces: tuple[Piece, ...] = ()
    is_last: bool = True
    error: str | None = None


def ahead(objects: Sequence[StoredObject], limit: int) -> Iterator[Delivery]:
    """Deliveries of all objects, in order; an object beyond ``limit`` inflated bytes comes in several."""
    ready: queue.Queue[Delivery | Exception | None] = queue.Queue(READ_AHEAD)
    stop = threading.Event()

    def hand_over(item: Delivery | Exception | None) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.2)
                break
            except queue.Full:
                continue

    def read() -> None:
        try:
            for delivery in (part for stored in objects for part in deliver(stored, limit)):
                hand_over(delivery)
                if stop.is_set():
                    return
            hand_over(None)
        except Exception as error:  # noqa: BLE001 (raised again where the deliveries are consumed)
            hand_over(error)

    threading.Thread(target=read, name="read-ahead", daemon=True).start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        stop.set()


def deliver(stored: StoredObject, limit: int) -> Iterator[Delivery]:
    """One delivery for an object within ``limit`` inflated bytes; a larger one in parts, checked whole first."""
    object_id = ""
    try:
        raw = transport.read(stored)
        object_id = transport.content_id(raw)
        held: list[Piece] = []
        size, is_checked = 0, False
        for piece in _pieces(stored, object_id, raw):
            held.append(piece)
            size += len(piece.data)
            if size > limit:
                # Its first rows will be in files before its end is read: it must not turn out to be broken then.
                is_checked = is_checked or all(True for _ in pieces(raw, stored.uri))
                yield Delivery(stored, object_id, tuple(held), is_last=False)
                held, size = [], 0
        yield Delivery(stored, object_id, tuple(held))
    except SourceError as error:
        yield Delivery(stored, object_id or _place_id(stored), error=error.reason)


def _pieces(stored: StoredObject, object_id: str, raw: bytes) -> Iterator[Piece]:
    stored_at, line = _stored_at(stored), 1
    for data in pieces(raw, stored.uri):
        piece = Piece(object_id, stored_at, line, data)
        line += piece.shape.lines  # counted here, in the reading thread
        yield piece


def _stored_at(stored: StoredObject) -> datetime:
    """When AWS published the object, by its key; else when it was stored."""
    try:
        match = _KEY_TIME.search(stored.uri)
        return datetime.strptime(match[1], "%Y%m%dT%H%M").replace(tzinfo=UTC) if match else stored.modified_at
    except ValueError:
        return stored.modified_at


def _place_id(stored: StoredObject) -> str:
    return hashlib.blake2b(f"{stored.uri}:{stored.size}".encode(), digest_size=12).hexdigest()
