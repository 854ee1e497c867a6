"""JSON records become staged rows: unwrapped, given to the source whose marks they bear, fields picked by path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

import polars as pl

from pipelines.ingest.envelopes import Piece
from pipelines.ingest.json_texts import REJECTS, json_records, over, unwrap
from pipelines.ingest.readers import UNRECOGNISED, Parsed, default_layout, read_text, typed
from pipelines.ingest.source import Json, Source
from pipelines.model.schema import TIMESTAMP

_TOP_KEY = re.compile(r'^\$\.(?:"([^"]+)"|([^.\[]+))')


def read_json(pieces: Sequence[Piece], sources: Sequence[Source]) -> list[Parsed]:
    """Records of all pieces by source; what no source claims is rejected under ``unrecognised``."""
    found, broken = json_records(pieces)
    records, texts = unwrap(found)
    stored_at = {piece.object_id: piece.stored_at for piece in pieces}
    routed = _route(records, [s for s in sources if isinstance(s.reader, Json)])
    parsed = [
        _read_source(source, claimed, stored_at)
        for source in sources
        if (claimed := routed.filter(pl.col("source") == source.name)).height
    ]
    strangers = routed.filter(pl.col("source").is_null()).with_columns(reason=pl.lit("no source knows this record"))
    plain = list(_plain_text(texts, stored_at, sources))
    return [*parsed, *plain, *_unread(pl.concat([broken, strangers.select(REJECTS.keys())]))]


def _route(records: pl.DataFrame, sources: Sequence[Source]) -> pl.DataFrame:
    """``records`` with the name of the first source whose marks a record bears (null: none)."""
    claims = [f"when {_bears(source)} then {_quoted(source.name)}" for source in sources]
    case = f"case {' '.join(claims)} end" if claims else "cast(null as varchar)"
    query = f"select object_id, line, record, {case} as source from numbered order by nth"  # noqa: S608
    return over(query, numbered=records.with_row_index("nth"))


def _bears(source: Source) -> str:
    assert isinstance(source.reader, Json)  # noqa: S101 (only JSON sources are routed)
    tests = (
        f"regexp_matches(coalesce({_first(paths.split('|'))}, ''), {_quoted(regex)})"
        for paths, regex in source.reader.marks.items()
    )
    return " and ".join(tests)


def _first(paths: Iterable[str]) -> str:
    return ", ".join(f"json_extract_string(record, {_quoted(path)})" for path in paths)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _read_source(source: Source, claimed: pl.DataFrame, stored_at: Mapping[str, datetime]) -> Parsed:
    times = pl.DataFrame(
        {"object_id": list(stored_at), "stored_at": list(stored_at.values())},
        schema={"object_id": pl.String, "stored_at": TIMESTAMP},
    )
    return typed(source, _fields(source, claimed).join(times, on="object_id", how="left", maintain_order="left"))


def _fields(source: Source, claimed: pl.DataFrame) -> pl.DataFrame:
    """One text column ``<field>__raw`` per field: the first of its paths that holds something, one parse a record."""
    paths = [(field.name, path) for field in source.fields for path in field.path or (f"$.{field.name}",)]
    listed = ", ".join(_quoted(path) for _, path in paths)
    columns = []
    for field in source.fields:
        places = [f"v[{i}]" for i, (name, _) in enumerate(paths, start=1) if name == field.name]
        columns.append(f'coalesce({", ".join(places)}) as "{field.name}__raw"')
    query = f"""
        select object_id, line, record, {_extra(source)} as extra, {", ".join(columns)}
        from (select *, json_extract_string(record, [{listed}]) as v from numbered) order by nth"""  # noqa: S608
    return over(query, numbered=claimed.with_row_index("nth"))


def _extra(source: Source) -> str:
    """Top-level keys that no field reads, as JSON; null where there is none, as is usual."""
    paths = chain.from_iterable(field.path or (f"$.{field.name}",) for field in source.fields)
    envelope = source.reader.envelope if isinstance(source.reader, Json) else ()
    known = sorted({*envelope, *(next(filter(None, m.groups())) for p in paths if (m := _TOP_KEY.match(p)))})
    listed = ", ".join(_quoted(key) for key in known)
    without_known = _quoted(json.dumps(dict.fromkeys(known)))  # a merge patch takes away what it says is null
    is_strange = f"len(list_filter(json_keys(record), lambda k: k not in ({listed}))) > 0"
    return f"case when {is_strange} then cast(json_merge_patch(record, {without_known}) as varchar) end"


def _plain_text(texts: pl.DataFrame, stored_at: Mapping[str, datetime], sources: Sequence[Source]) -> Iterable[Parsed]:
    """Lines that came inside JSON have no header: AWS's default format, or none of ours."""
    for (object_id,), lines in texts.group_by("object_id", maintain_order=True):
        records = [record.replace("\n", " ") for record in lines["record"]]
        layout = default_layout(records[:20], sources)
        if layout is None:
            reason = pl.lit("no source knows this record")
            yield from _unread(lines.with_columns(reason=reason).select(REJECTS.keys()))
            continue
        data = "\n".join(records).encode()
        yield from read_text(layout, [Piece(object_id, stored_at[object_id], 1, data, tuple(lines["line"]))], sources)


def _unread(rejects: pl.DataFrame) -> list[Parsed]:
    if rejects.is_empty():
        return []
    counts = dict(rejects.group_by("object_id").len().iter_rows())
    return [Parsed(UNRECOGNISED, counts, pl.DataFrame(), rejects)]
