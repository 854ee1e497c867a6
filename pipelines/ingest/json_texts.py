"""JSON in whatever layout and wrapping: records one a line, concatenated or printed; CloudWatch Logs and Firehose."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import duckdb
import polars as pl

from pipelines.ingest.envelopes import DEPTH, Piece

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
    lines = pl.concat(frames).filter(pl.col("record") != "").with_row_index("nth")
    return over("select * exclude (nth), json_valid(record) as valid from lines order by nth", lines=lines)


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
    decoded = pl.DataFrame(good, schema=RECORDS, orient="row").with_row_index("nth")
    # Python takes what DuckDB does not, such as half of a surrogate pair.
    checked = over("select * exclude (nth), json_valid(record) as valid from decoded order by nth", decoded=decoded)
    refused = checked.filter(~pl.col("valid")).with_columns(reason=pl.lit("not JSON: not valid Unicode"))
    rejects = pl.concat([pl.DataFrame(bad, schema=REJECTS, orient="row"), refused.select(REJECTS.keys())])
    return checked.filter("valid").select(RECORDS.keys()), rejects


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
    select nth, object_id, line, record, json_type(record) as kind,
           json_extract_string(record, '$.messageType') as message_type,
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
        level = rest.with_row_index("nth")
        opened = over(_LEVEL, level=level)
        done.append(opened.filter(~pl.col("was_wrapped")).select(RECORDS.keys()))
        inside = opened.filter("was_wrapped").select(RECORDS.keys()).with_columns(pl.col("record").fill_null(""))
        wrapped = inside.with_row_index("nth")
        checked = over(_SORT_OUT, wrapped=wrapped)
        texts.append(checked.filter(~pl.col("is_json")).select(RECORDS.keys()))
        rest = checked.filter("is_json").select(RECORDS.keys())
    done.append(rest)
    return _in_place(done), _in_place(texts)


def _in_place(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames).sort("object_id", "line", maintain_order=True)


def over(query: str, **frames: pl.DataFrame) -> pl.DataFrame:
    """The result of an SQL query over ``frames``, which it knows by their names."""
    with duckdb.connect() as con:
        for name, frame in frames.items():
            con.register(name, frame)
        result: pl.DataFrame = con.sql(query).pl()
    return result
