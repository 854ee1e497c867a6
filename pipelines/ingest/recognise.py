"""What an object is, by its content: text with a header, text of a default format, JSON, or nothing we know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipelines.ingest.envelopes import Piece
from pipelines.ingest.readers import Layout, default_layout, header_layout
from pipelines.ingest.source import Source

JSON = "json"
BOM = b"\xef\xbb\xbf"
SNIFFED_LINES = 20
SNIFFED_BYTES = 1 << 20


def recognise(first: Piece, sources: Sequence[Source]) -> Layout | str:
    """The layout of a text object, ``json``, or the reason why nobody knows it; by the object's first piece."""
    if first.data.startswith(b"PAR1"):
        return "a Parquet file: only text and JSON deliveries are read"
    lines = _first_lines(first.data)
    if lines[0][:1] in "{[":
        return JSON
    return header_layout(lines[0], sources) or default_layout(lines, sources) or "no source knows this kind of object"


def after_header(piece: Piece, sources: Sequence[Source]) -> Piece:
    """The piece without its header line and what stands before it, if it starts with one."""
    body = piece.data.removeprefix(BOM)
    start = len(piece.data) - len(body.lstrip())
    end = piece.data.find(b"\n", start) + 1 or len(piece.data)
    if header_layout(piece.data[start:end].decode("utf-8", errors="replace"), sources) is None:
        return piece
    first_line = piece.first_line + piece.data.count(b"\n", 0, end)
    return replace(piece, first_line=first_line, data=piece.data[end:])


def _first_lines(data: bytes) -> list[str]:
    text = data[:SNIFFED_BYTES].decode("utf-8", errors="replace").removeprefix("\ufeff").lstrip()
    return [line.strip() for line in text.split("\n")[:SNIFFED_LINES]]
