"""What deliveries are wrapped in: gzip (several members, nested, bounded) and the JSON of CloudWatch Logs and Firehose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import duckdb
import polars as pl
from isal import isal_zlib

from pipelines.errors import SourceError

MAGIC = b"\x1f\x8b"
PIECE = 32 << 20  # bytes handed on at a time: what bounds memory
LARGEST_LINE = 256 << 20  # Firehose may write 128 MiB of records without a line end; more than twice that is no log
LARGEST_RATIO = 1_100  # deflate cannot do better than 1,032 : 1, nested gzip can: that is a bomb
DEPTH = 3  # a CloudWatch subscription through a compressing Firehose is gzip in gzip


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
    except isal_zlib.error as error:
        raise SourceError(uri, f"broken gzip: {error}") from error
    if fed:
        raise SourceError(uri, "truncated gzip: the end is missing")


@dataclass(frozen=True)
class Piece:
    """Some whole lines of one object: ``data`` starts at line ``first_line`` (from 1).

    ``stored_at`` is the best guess at the records' time where they do not tell it: the time in the key, else the store's.
    ``lines`` numbers the lines where they are not consecutive.
    """

    object_id: str
    stored_at: datetime
    first_line: int
    data: bytes
    lines: tuple[int, ...] | None = None


RECORDS = {"object_id": pl.String, "line": pl.Int64, "record": pl.String}
REJECTS = {"object_id": pl.String, "line": pl.Int64, "reason": pl.String, "record": pl.String}


def json_records(pieces_of_json: Sequence[Piece]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """JSON texts, however they are laid out: one a line, concatenated without a break, printed over several lines.

    Returns records ``(object_id, line, record)`` and rejects ``(object_id, line, reason, record)``; ``line`` is where
    a record starts. Lines that are JSON are taken as they are; only what is not is decoded value by value.
    """
    texts: dict[tuple[str, int], str] = {}
    for object_id, held in groupby(pieces_of_json, key=lambda piece: piece.object_id):
        first, *more = held
        texts[object_id, first.first_line] = _text(b"".join(piece.data for piece in (first, *more)))
    lines = _lines(texts)
    layout = lines.group_by("object_id", "first_line").agg(over_lines=pl.col("valid").mean() < 0.5)
    lines = lines.join(layout, on=["object_id", "first_line"], maintain_order="left")
    good = lines.filter(pl.col("valid") & ~pl.col("over_lines")).select(RECORDS.keys())
    odd = lines.filter(~pl.col("valid") & ~pl.col("over_lines")).select(RECORDS.keys()).rows()
    printed = layout.filter("over_lines").sort("object_id", "first_line").select("object_id", "first_line").rows()
    decoded, rejects = _decoded(odd + [(*key, texts[key]) for key in printed])
    return pl.concat([good, decoded]).sort("object_id", "line", maintain_order=True), rejects


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace").removeprefix("\ufeff")


# AWS has printed `"asn": 00000`, which is a number to nobody.
_LEADING_ZEROS = re.compile(r'(?<!\\)(":\s*-?)0+(?=\d)')
_NEXT_RECORD = re.compile(r"\n(?=[{\[])")


def _lines(texts: Mapping[tuple[str, int], str]) -> pl.DataFrame:
    """``(object_id, first_line, line, record, valid)``: lines that are not blank, and whether each is JSON."""
    frames = [
        pl.DataFrame({"record": text.split("\n")}, schema={"record": pl.String}).select(
            pl.lit(object_id).alias("object_id"),
            pl.lit(first, pl.Int64).alias("first_line"),
            pl.int_range(first, pl.len() + first, dtype=pl.Int64).alias("line"),
            pl.col("record").str.strip_chars(),
        )
        for (object_id, first), text in texts.items()
    ]
    lines = pl.concat(frames).filter(pl.col("record") != "").with_row_index("nth")  # noqa: F841 (DuckDB reads it)
    return duckdb.connect().sql("select * exclude (nth), json_valid(record) as valid from lines order by nth").pl()


def _decoded(texts: Sequence[tuple[str, int, str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The slow way, value by value, for what is not one record a line; a broken record costs only itself."""
    good: list[tuple[str, int, str]] = []
    bad: list[tuple[str, int, str, str]] = []
    for object_id, line, text in texts:
        for offset, value, reason in _values(_LEADING_ZEROS.sub(r"\1", text)):
            at = line + text.count("\n", 0, offset)
            if reason is None:
                good.append((object_id, at, value))
            else:
                bad.append((object_id, at, reason, value))
    return pl.DataFrame(good, schema=RECORDS, orient="row"), pl.DataFrame(bad, schema=REJECTS, orient="row")


def _values(text: str) -> Iterator[tuple[int, str, str | None]]:
    """``(offset, JSON text, None)`` for each value in ``text``, ``(offset, text, reason)`` for what is none."""
    decoder, at = json.JSONDecoder(), 0
    while (at := _after_blank(text, at)) < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
            yield at, text[at:end], None
        except (ValueError, RecursionError) as error:
            reason = "JSON nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
            following = _NEXT_RECORD.search(text, at)
            end = following.start() if following else len(text)
            yield at, text[at:end], reason
        at = end


def _after_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


# One level of wrapping: JSON arrays, CloudTrail files, CloudWatch Logs (subscription, GetLogEvents, FilterLogEvents)
# and Firehose. A reachability probe (CONTROL_MESSAGE) carries no record.
_LEVEL = """
with shaped as (
    select nth, object_id, line, record, json_type(record) as kind, json_extract_string(record, '$.messageType') as message_type,
           json_type(record, '$.Records') as records, json_type(record, '$.logEvents') as log_events,
           json_type(record, '$.events') as events, json_type(record, '$.message') as message,
           len(list_filter(json_keys(record), lambda k: k not in (
               'message', 'timestamp', 'ingestionTime', 'eventId', 'id', 'logStreamName', 'logGroupName'))) = 0 as bare
    from level
),
opened as (
    select nth, object_id, line, record, case
        when message_type = 'CONTROL_MESSAGE' then []
        when kind = 'ARRAY' then json_extract_string(record, '$[*]')
        when records = 'ARRAY' then json_extract_string(record, '$.Records[*]')
        when log_events = 'ARRAY' then json_extract_string(record, '$.logEvents[*].message')
        when events = 'ARRAY' then json_extract_string(record, '$.events[*].message')
        when message = 'VARCHAR' and bare then [json_extract_string(record, '$.message')]
    end as inside
    from shaped
)
select object_id, line, unnest(coalesce(inside, [record])) as record, inside is not null as was_wrapped
from opened order by nth
"""

_SORT_OUT = """
select object_id, line, record,
       case when json_valid(record) then json_type(record) in ('OBJECT', 'ARRAY') else false end as is_json
from wrapped order by nth
"""


def unwrap(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """JSON records and plain text lines ``(object_id, line, record)`` that the transport's JSON held.

    ``line`` stays that of the outermost record.
    """
    done, texts, rest = [pl.DataFrame(schema=RECORDS)], [pl.DataFrame(schema=RECORDS)], records
    for _ in range(DEPTH + 2):
        if rest.is_empty():
            break
        level = rest.with_row_index("nth")  # noqa: F841 (DuckDB reads it)
        opened = duckdb.connect().sql(_LEVEL).pl()
        done.append(opened.filter(~pl.col("was_wrapped")).select(RECORDS.keys()))
        inside = opened.filter("was_wrapped").select(RECORDS.keys()).with_columns(pl.col("record").fill_null(""))
        wrapped = inside.with_row_index("nth")  # noqa: F841 (DuckDB reads it)
        checked = duckdb.connect().sql(_SORT_OUT).pl()
        texts.append(checked.filter(~pl.col("is_json")).select(RECORDS.keys()))
        rest = checked.filter("is_json").select(RECORDS.keys())
    done.append(rest)
    by_place = {"by": ["object_id", "line"], "maintain_order": True}
    return pl.concat(done).sort(**by_place), pl.concat(texts).sort(**by_place)
