"""Objects as text: gzip of several members, nested, truncated or hostile, in pieces that bound memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
from isal import isal_zlib

from pipelines.errors import SourceError

MAGIC = b"\x1f\x8b"
PIECE = 16 << 20  # bytes handed on at a time: what bounds memory
FED = 64 << 10  # compressed bytes inflated at a time
LARGEST_LINE = 256 << 20  # Firehose may write 128 MiB of records without a line end; more than twice that is no log
LARGEST_RATIO = 1_100  # deflate cannot do better than 1,032 : 1, nested gzip can: that is a bomb
BLANK, END = ord(" "), ord("\n")
CACHED = 1 << 18  # bytes: counting is fastest on what the processor's cache holds
DEPTH = 3  # a CloudWatch subscription through a compressing Firehose is gzip in gzip


class Shape(NamedTuple):
    """What the bytes of a piece say without being parsed: lines, blanks, and whether it ``is_plain``.

    Plain text has one blank or one line end between any two values and no other control character, so that lines x
    fields can be counted: such text may be parsed in one go.
    """

    lines: int
    blanks: int
    is_plain: bool


@dataclass(frozen=True)
class Piece:
    """Some whole lines of one object: ``data`` starts at line ``first_line`` (from 1).

    ``stored_at`` is the best guess at the records' time where they do not tell it: the time in the key, else the
    store's. ``numbers`` are the lines' numbers where they are not consecutive.
    """

    object_id: str
    stored_at: datetime
    first_line: int
    data: bytes
    numbers: tuple[int, ...] | None = None

    @cached_property
    def shape(self) -> Shape:
        """See ``Shape``; counted by NumPy, which lets other threads work meanwhile."""
        text = np.frombuffer(self.data, np.uint8)
        blanks = ends = gaps = 0
        # A value is missing before a gap that comes first, and after a blank that comes last.
        touching = bool(len(text)) and bool(text[0] <= BLANK or text[-1] == BLANK)
        for at in range(0, len(text), CACHED):
            part = text[at : at + CACHED + 1]  # one more, to see gaps that touch across the cut
            is_gap = part <= BLANK
            touching = touching or bool((is_gap[1:] & is_gap[:-1]).any())
            blanks += int(np.count_nonzero(part[:CACHED] == BLANK))
            ends += int(np.count_nonzero(part[:CACHED] == END))
            gaps += int(np.count_nonzero(is_gap[:CACHED]))
        is_open = bool(self.data) and not self.data.endswith(b"\n")
        return Shape(ends + is_open, blanks, not touching and gaps == blanks + ends)


def pieces(raw: bytes, uri: str) -> Iterator[bytes]:
    """The object's text in pieces of about ``PIECE`` bytes, each but the last ending with a line end.

    SourceError if the gzip is truncated, followed by junk, a bomb, or a line is absurdly long.
    """
    held: list[bytes] = []
    size = 0
    for chunk in _plain(raw, uri):
        cut = chunk.rfind(b"\n") + 1 if size + len(chunk) >= PIECE else 0
        if cut:
            yield b"".join((*held, chunk[:cut]))
            held, size, chunk = [], 0, chunk[cut:]  # noqa: PLW2901 (the rest of it)
        held.append(chunk)
        size += len(chunk)
        if size > LARGEST_LINE:
            raise SourceError(uri, f"no line end within {size:,} bytes: this is not a log")
    if size:
        yield b"".join(held)


def _plain(raw: bytes, uri: str) -> Iterator[bytes]:
    if not raw.startswith(MAGIC):
        yield from (raw[at : at + PIECE] for at in range(0, len(raw), PIECE))
        return
    budget = len(raw) * LARGEST_RATIO + PIECE
    chunks: Iterator[bytes] = _inflate(_sliced(raw), uri, budget)
    for _ in range(DEPTH):
        head = next(chunks, b"")
        if not head.startswith(MAGIC):
            yield head
            yield from chunks
            return
        chunks = _inflate(chain((head,), chunks), uri, budget)
    raise SourceError(uri, f"gzip within gzip more than {DEPTH} deep")


def _sliced(raw: bytes) -> Iterator[memoryview]:
    # What is fed at a time bounds what comes out (deflate: 1,032 times as much), and what a call has to copy.
    view = memoryview(raw)
    return (view[at : at + FED] for at in range(0, len(view), FED))


def _inflate(compressed: Iterable[bytes | memoryview], uri: str, budget: int) -> Iterator[bytes]:
    """All members of a gzip stream, inflated slice by slice; ``budget`` bounds the sum."""
    member, is_open = isal_zlib.decompressobj(wbits=31), False
    try:
        for data in compressed:
            while data:
                if not is_open and not _may_begin_member(data, uri):
                    break
                is_open = True
                chunk = member.decompress(data)
                budget -= len(chunk)
                if budget < 0:
                    raise SourceError(uri, "inflates without end: refused as a gzip bomb")
                if chunk:
                    yield chunk
                data = member.unused_data
                if member.eof:
                    member, is_open = isal_zlib.decompressobj(wbits=31), False
    except isal_zlib.error as error:  # type: ignore[misc]  # its stub does not say that it is an exception
        raise SourceError(uri, f"broken gzip: {error}") from error
    if is_open:
        raise SourceError(uri, "truncated gzip: the end is missing")


def _may_begin_member(data: bytes | memoryview, uri: str) -> bool:
    """Whether another gzip member follows; zeros that pad the file are nothing. SourceError for anything else."""
    rest = bytes(data).lstrip(b"\0")
    if not rest:
        return False
    if not rest.startswith(MAGIC[: len(rest)]) or len(rest) < len(data):
        raise SourceError(uri, "junk follows the gzip data")
    return True
