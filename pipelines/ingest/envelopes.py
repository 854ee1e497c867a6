"""Objects as text: gzip of several members, nested, truncated or hostile, in pieces that bound memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
from isal import isal_zlib

from pipelines.errors import SourceError

MAGIC = b"\x1f\x8b"
PIECE = 16 << 20  # bytes handed on at a time: what bounds memory
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
    held, rest = b"", b""
    for chunk in _plain(raw, uri):
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            rest += chunk
        else:
            if held:
                yield held
            held, rest = rest + chunk[:cut], chunk[cut:]
        if len(rest) > LARGEST_LINE:
            raise SourceError(uri, f"no line end within {len(rest):,} bytes: this is not a log")
    if held or rest:
        yield held + rest


def _plain(raw: bytes, uri: str) -> Iterator[bytes]:
    if not raw.startswith(MAGIC):
        yield from (raw[at : at + PIECE] for at in range(0, len(raw), PIECE)) if len(raw) > PIECE else (raw,)
        return
    budget = len(raw) * LARGEST_RATIO + PIECE
    chunks: Iterator[bytes] = _inflate(iter((raw,)), uri, budget)
    for _ in range(DEPTH):
        head = next(chunks, b"")
        if not head.startswith(MAGIC):
            yield head
            yield from chunks
            return
        chunks = _inflate(_chain(head, chunks), uri, budget)
    raise SourceError(uri, f"gzip within gzip more than {DEPTH} deep")


def _chain(head: bytes, tail: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from tail


def _inflate(compressed: Iterator[bytes], uri: str, budget: int) -> Iterator[bytes]:
    """All members of a gzip stream, inflated in pieces; ``budget`` bounds the sum."""
    member, data = isal_zlib.decompressobj(wbits=31), b""
    fed = False  # whether the open member has seen any byte
    try:
        for more in compressed:
            data += more
            while data:
                fed = True
                chunk = member.decompress(data, PIECE)
                budget -= len(chunk)
                if budget < 0:
                    raise SourceError(uri, "inflates without end: refused as a gzip bomb")
                if chunk:
                    yield chunk
                data = member.unused_data if member.eof else member.unconsumed_tail
                if member.eof:
                    data = data.lstrip(b"\0")  # some writers pad the file
                    if data and not data.startswith(MAGIC[: len(data)]):
                        raise SourceError(uri, "junk follows the gzip data")
                    member, fed = isal_zlib.decompressobj(wbits=31), False
    except isal_zlib.error as error:  # type: ignore[misc]  # its stub does not say that it is an exception
        raise SourceError(uri, f"broken gzip: {error}") from error
    if fed:
        raise SourceError(uri, "truncated gzip: the end is missing")
