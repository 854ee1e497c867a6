"""What an object is, by its content: text with a header, text of a default format, JSON, or nothing we know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    if _is_json(lines[0]):
        return JSON
    layout = header_layout(lines[0], sources) or default_layout(lines, sources)
    # AWS's own table for Internet Monitor exports skips a first line, whatever it may say. A header may follow junk.
    later: Iterator[Layout | str | None] = (
        JSON if _is_json(line) else header_layout(line, sources) for line in lines[1:]
    )
    return layout or next((what for what in later if what), "no source knows this kind of object")


def _is_json(line: str) -> bool:
    return line.startswith(("{", "["))


def after_header(piece: Piece, what: Layout | str, sources: Sequence[Source]) -> Piece:
    """The first piece of an object without its header line and what stands before it, if it starts with one."""
    body = piece.data.removeprefix(BOM)
    start = len(piece.data) - len(body.lstrip())
    end = piece.data.find(b"\n", start) + 1 or len(piece.data)
    line = piece.data[start:end].decode("utf-8", errors="replace").strip()
    if _is_json(line) if what == JSON else header_layout(line, sources) is None:
        return piece
    first_line = piece.first_line + piece.data.count(b"\n", 0, end)
    return replace(piece, first_line=first_line, data=piece.data[end:])


def _first_lines(data: bytes) -> list[str]:
    text = data[:SNIFFED_BYTES].decode("utf-8", errors="replace").removeprefix("\ufeff").lstrip()
    return [line.strip() for line in text.split("\n")[:SNIFFED_LINES]]
