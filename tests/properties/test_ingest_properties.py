"""What ingest promises for any input: nothing lost, nothing counted twice, nothing that stops it, no matter the order.

Examples are the same in every run. ``NETLAKE_EXAMPLES=20 pytest tests/properties`` looks at twenty times as many, at
random.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from pipelines import registry, steps
from pipelines.ingest.envelopes import Piece
from pipelines.ingest.readers import _exact, _fast, header_layout
from pipelines.ingest.source import Source
from pipelines.lake import catalog, engine, table_io
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Field, Table
from pipelines.model.tables import CORE, DNS_QUERY, FLOW, INGESTED_OBJECT, METRIC_POINT, REJECT
from pipelines.report import Report
from pipelines.settings import Settings

MORE = int(os.environ.get("NETLAKE_EXAMPLES", "1"))
SOURCES = registry.members("sources")
STAGED = [source.table for source in SOURCES]
TEXT_SOURCES = [registry.load("sources", name) for name in ("vpc_flow", "transit_gateway_flow")]
START = 1_772_409_600  # 2026-03-02T00:00:00Z
HOURS = 3
LIMITS: list[dict[str, int]] = [{}, {"batch_bytes": 300, "commit_objects": 7}, {"batch_bytes": 5_000}]


def steady(examples: int) -> Callable[[Any], Any]:
    """The same ``examples`` in every run; more of them, random and made small, where the surroundings ask for it."""
    return settings(
        phases=(Phase.explicit, Phase.generate, *([Phase.shrink] if MORE > 1 else [])),
        max_examples=examples * MORE,
        derandomize=MORE == 1,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


# ---------------------------------------------------------------- flow logs, as lines of texts between blanks


def value_of(field: Field) -> st.SearchStrategy[str]:
    """Texts that AWS might write in the field, ``-`` included."""
    low, high = int(field.low or 0), field.high
    by_type: dict[str, st.SearchStrategy[str]] = {
        "int": st.integers(low, int(high) if high is not None else 2**31 - 1).map(str),
        "long": st.integers(low, 10**12).map(str),
        "epoch": st.integers(START, START + HOURS * 3600 - 1).map(str),
        "ip": st.sampled_from(["10.0.0.1", "192.0.2.77", "198.51.100.4", "2001:db8::1", "2001:db8:0:1::f"]),
        "tag": st.sampled_from(["blue", "prod%20blue", "web%2Fapi", "%C3%A9t%C3%A9", "100%25"]),
    }
    words = field.allowed or ("eni-0aa11", "vpc-0bb22", "use1-az4", "x", "IPv4")
    return by_type.get(field.type, st.sampled_from(words)) | st.just("-")


@st.composite
def flow_tables(draw: st.DrawFn, fewest_rows: int = 0) -> tuple[Source, list[Field], list[list[str]]]:
    """A source, any subset of its fields in any order, and rows of valid values; only formats that tell the source."""
    source = draw(st.sampled_from(TEXT_SOURCES))
    count = draw(st.integers(1, len(source.fields)))
    fields = draw(st.permutations(source.fields))[:count]
    layout = header_layout(header(fields), SOURCES)
    assume(layout is not None and layout.source is source)
    rows = st.tuples(*(value_of(field) for field in fields)).map(list)
    return source, fields, draw(st.lists(rows, min_size=fewest_rows, max_size=5))


def header(fields: Iterable[Field]) -> str:
    return " ".join(field.name.replace("_", "-") for field in fields)


def written(fields: Iterable[Field], rows: Iterable[Sequence[str]]) -> bytes:
    return "".join(f"{line}\n" for line in (header(fields), *map(" ".join, rows))).encode()


FLOW_OBJECTS = flow_tables().map(lambda table: written(*table[1:]))

# ---------------------------------------------------------------- JSON records of every other source, and their wraps

_AT = st.integers(START, START + HOURS * 3600 - 1)
_ISO = _AT.map(lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
_NAME = st.sampled_from(["a.example.com.", "B.Example.org.", "_x._tcp.internal.", "."])

RECORDS = st.one_of(
    st.fixed_dictionaries(
        {
            "version": st.just("1.100000"),
            "account_id": st.just("001122334455"),
            "vpc_id": st.just("vpc-0aa11bb22cc33dd44"),
            "query_timestamp": _ISO,
            "query_name": _NAME,
            "query_type": st.sampled_from(["A", "AAAA", "TXT"]),
            "rcode": st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL"]),
            "answers": st.lists(st.fixed_dictionaries({"Rdata": st.sampled_from(["192.0.2.1", '"v=1 x"'])})),
            "srcaddr": st.just("10.0.0.9"),
            "srcport": st.integers(0, 65_535).map(str),
        }
    ),
    st.fixed_dictionaries(
        {
            "namespace": st.just("AWS/NATGateway"),
            "metric_name": st.sampled_from(["ErrorPortAllocation", "PacketsDropCount"]),
            "account_id": st.just("001122334455"),
            "region": st.just("eu-west-1"),
            "dimensions": st.fixed_dictionaries({"NatGatewayId": st.sampled_from(["nat-1", "nat-2"])}),
            "timestamp": _AT.map(lambda at: at * 1000),
            "value": st.fixed_dictionaries({"count": st.integers(0, 9).map(float), "sum": st.floats(0, 1e6)}),
            "unit": st.just("Count"),
        }
    ),
    st.fixed_dictionaries(
        {
            "version": st.just("0"),
            "id": st.uuids().map(str),
            "detail-type": st.just("Network Manager Routing Update"),
            "source": st.just("aws.networkmanager"),
            "account": st.just("001122334455"),
            "time": _ISO,
            "detail": st.just({"changeType": "TGW_ROUTE_INSTALLED", "sequenceNumber": 7}),
        }
    ),
    st.fixed_dictionaries(
        {
            "eventTime": _ISO,
            "eventSource": st.sampled_from(["ec2.amazonaws.com", "s3.amazonaws.com"]),
            "eventName": st.sampled_from(["DeleteRoute", "GetObject"]),
            "eventID": st.uuids().map(str),
            "requestParameters": st.sampled_from([None, {"routeTableId": "rtb-0123456789abcdef0"}]),
        }
    ),
    st.fixed_dictionaries(
        {
            "version": st.just(1),
            "timestamp": _AT,
            "clientLocation": st.fixed_dictionaries({"city": st.sampled_from(["Ulm", "Graz"]), "asn": st.just(64_512)}),
            "serviceLocation": st.just("eu-central-1"),
            "internetHealth": st.just({"availability": {"experienceScore": 100.0}}),
        }
    ),
)


def _dumped(value: object) -> str:
    return json.dumps(value)


WRAPS: list[Callable[[list[Any]], str]] = [
    lambda records: "\n".join(map(_dumped, records)),
    lambda records: "".join(map(_dumped, records)),
    _dumped,
    lambda records: json.dumps(records, indent=1),
    lambda records: _dumped({"Records": records}),
    lambda records: _dumped({"events": [{"message": _dumped(record)} for record in records]}),
    lambda records: _dumped(
        {
            "messageType": "DATA_MESSAGE",
            "logGroup": "g",
            "logEvents": [{"id": "1", "timestamp": 1, "message": _dumped(record)} for record in records],
        }
    ),
    lambda records: "".join(_dumped({"message": _dumped(record)}) for record in records),
]
JSON_OBJECTS = st.builds(lambda wrap, records: wrap(records).encode(), st.sampled_from(WRAPS), st.lists(RECORDS))
CLEAN_OBJECTS = FLOW_OBJECTS | JSON_OBJECTS

# ---------------------------------------------------------------- what goes wrong on the way

_HOSTILE = [b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n", b"\n\n", b" ", b"\t", b"{", b"]", b'"']
_HOSTILE += [b"\\", b"\\ud800", b"NaN", b"9" * 5_000, b"[" * 3_000, b"-", "\u2028".encode(), b"\x1f\x8b", b"PAR1"]


def _insert(text: bytes, at: int, what: bytes) -> bytes:
    return text[: at % (len(text) + 1)] + what + text[at % (len(text) + 1) :]


def _cut(text: bytes, at: int, _: bytes) -> bytes:
    return text[: at % (len(text) + 1)]


def _drop(text: bytes, at: int, _: bytes) -> bytes:
    return text[: at % (len(text) + 1)] + text[at % (len(text) + 1) + 7 :]


def _with_carriage_returns(text: bytes, _: int, __: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


EDITS = st.lists(
    st.tuples(
        st.sampled_from([_insert, _insert, _cut, _drop, _with_carriage_returns]),
        st.integers(0, 5_000),
        st.sampled_from(_HOSTILE),
    ),
    max_size=3,
)
PACKINGS: list[Callable[[bytes], bytes]] = [
    lambda text: text,
    lambda text: text,
    gzip.compress,
    lambda text: gzip.compress(gzip.compress(text)),
    lambda text: gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(text))))),
    lambda text: gzip.compress(text[: len(text) // 2]) + gzip.compress(text[len(text) // 2 :]),
    lambda text: gzip.compress(text)[:-9],
    lambda text: gzip.compress(text) + b"\0" * 64,
    lambda text: gzip.compress(text) + b"junk",
    lambda text: b"\x1f\x8b" + text,
]


def _spoiled(text: bytes, edits: Iterable[Any], pack: Callable[[bytes], bytes]) -> bytes:
    for edit, at, what in edits:
        text = edit(text, at, what)
    return pack(text)


SPOILED_OBJECTS = st.builds(_spoiled, CLEAN_OBJECTS, EDITS, st.sampled_from(PACKINGS))
JUNK_OBJECTS = st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
ANY_OBJECTS = CLEAN_OBJECTS | SPOILED_OBJECTS | SPOILED_OBJECTS | JUNK_OBJECTS

# ---------------------------------------------------------------- lakes


@contextmanager
def workshop(objects: Sequence[bytes]) -> Iterator[tuple[Path, Callable[..., Lake]]]:
    """A folder ``in`` with the objects, and a maker of new lakes beside it."""
    with tempfile.TemporaryDirectory() as home:
        place = Path(home, "in")
        place.mkdir()
        for number, content in enumerate(objects):
            (place / f"{number:04}").write_bytes(content)
        made: list[Lake] = []

        def new_lake(**limits: int) -> Lake:
            made.append(catalog.create(Settings(lake=Path(home, f"lake{len(made)}"), **limits)))  # type: ignore[arg-type]
            return made[-1]

        yield place, new_lake
        for lake in made:
            lake.catalog.close()


def rows_of(lake: Lake, table: Table) -> pl.DataFrame:
    return table_io.read(lake, table).collect()


def sorted_rows(lake: Lake, table: Table, *without: str) -> pl.DataFrame:
    rows = rows_of(lake, table).drop(*without)
    return rows.sort(rows.columns, nulls_last=True)


def files_of(lake: Lake, tables: Iterable[Table]) -> dict[str, bytes]:
    """Names of committed files with their bytes."""
    paths = (Path(path) for table in tables for path in table_io.files(lake, table))
    return {f"{path.parent.parent.name}/{path.name}": path.read_bytes() for path in paths}


def assert_adds_up(reports: Sequence[Report]) -> None:
    for report in reports:
        assert report.rows_in == report.rows_out + report.rows_rejected + report.rows_duplicate


def assert_lake_holds(lake: Lake, reports: Sequence[Report]) -> None:
    """What the reports claim is what the lake's tables hold, no more and no less."""
    out = {report.source: report.rows_out for report in reports}
    assert {t.name: rows_of(lake, t).height for t in STAGED} == {t.name: out.get(t.name, 0) for t in STAGED}
    assert rows_of(lake, REJECT).height == sum(report.rows_rejected for report in reports)


@steady(4)
@given(st.lists(ANY_OBJECTS, min_size=12, max_size=30), st.sampled_from(LIMITS))
def test_any_objects_are_taken_in_and_every_record_is_accounted_for(
    objects: list[bytes], limits: dict[str, int]
) -> None:
    with workshop(objects) as (place, new_lake):
        lake = new_lake(**limits)
        reports = steps.ingest(lake, [str(place)])
        assert_adds_up(reports)
        assert_lake_holds(lake, reports)
        ledger = rows_of(lake, INGESTED_OBJECT)
        assert sorted(set(ledger["uri"])) == sorted(str(path) for path in place.iterdir())
        assert ledger["rows_in"].sum() == sum(report.rows_in for report in reports)
        assert rows_of(lake, REJECT)["reason"].null_count() == 0
        assert sum(report.bytes for report in reports) == sum(map(len, objects))


@steady(4)
@given(st.lists(ANY_OBJECTS, min_size=5, max_size=20), st.sampled_from(LIMITS))
def test_objects_delivered_again_add_nothing(objects: list[bytes], limits: dict[str, int]) -> None:
    with workshop(objects) as (place, new_lake):
        lake = new_lake(**limits)
        steps.ingest(lake, [str(place)])
        everything = [*STAGED, REJECT, INGESTED_OBJECT]
        before = files_of(lake, everything)
        assert steps.ingest(lake, [str(place)]) == []
        assert files_of(lake, everything) == before
        for path in list(place.iterdir()):
            path.rename(place / f"copy-{path.name}")
        again = steps.ingest(lake, [str(place)])
        assert_adds_up(again)
        assert [report.rows_out for report in again] == [0] * len(again)
        assert files_of(lake, STAGED).keys() == {name for name in before if name.split("/")[0] in out_names()}


def out_names() -> set[str]:
    return {table.name for table in STAGED}


@steady(2)
@given(st.lists(CLEAN_OBJECTS | SPOILED_OBJECTS, min_size=6, max_size=9), st.randoms(use_true_random=False))
def test_neither_order_nor_batches_change_the_core_tables(objects: list[bytes], random: Any) -> None:
    with workshop(objects) as (place, new_lake):
        at_once, in_turn = new_lake(), new_lake(**LIMITS[1])
        steps.ingest(at_once, [str(place)])
        paths = sorted(map(str, place.iterdir()))
        random.shuffle(paths)
        for part in (paths[:1], paths[1:4], paths[4:]):
            steps.ingest(in_turn, part)
        for lake in (at_once, in_turn):
            steps.build(lake, steps.fresh(lake))
        assert files_of(in_turn, CORE) == files_of(at_once, CORE)
        rejects = [sorted_rows(lake, REJECT, "rejected_at", "uri") for lake in (at_once, in_turn)]
        assert rejects[0].equals(rejects[1])


@steady(6)
@given(st.lists(flow_tables(fewest_rows=1), min_size=2, max_size=6))
def test_values_arrive_as_they_were_written(tables: list[tuple[Source, list[Field], list[list[str]]]]) -> None:
    """Every column of every source, as plain Python reads it from the lines, is the column that is staged."""
    with workshop([written(fields, rows) for _, fields, rows in tables]) as (place, new_lake):
        lake = new_lake()
        steps.ingest(lake, [str(place)])
        assert rows_of(lake, REJECT).is_empty()
        distinct = {written(fields, rows): (source, fields, rows) for source, fields, rows in tables}
        for source in TEXT_SOURCES:
            held = [(fields, rows) for which, fields, rows in distinct.values() if which is source]
            staged = rows_of(lake, source.table)
            assert staged.height == sum(len(rows) for _, rows in held)
            for field in source.fields:
                wrote = Counter(
                    plain(field, row[fields.index(field)]) if field in fields else None
                    for fields, rows in held
                    for row in rows
                )
                assert Counter(staged[field.name].to_list()) == wrote, field.name


def plain(field: Field, text: str) -> object:
    """The value of a token, read without the code under test."""
    from urllib.parse import unquote

    if text == "-":
        return None
    if field.type == "epoch":
        return datetime.fromtimestamp(int(text), UTC)
    if field.type in ("int", "long"):
        return int(text)
    return unquote(text) if field.type == "tag" else text


ODD_VALUES = [
    "+5", "007", "1e3", "5.0", "0x5", "-0", "-1", "nan", "inf", "1_000", "--", "\"x\"", "'", "true",
    "9999999999999999999", "2147483648", "65536", "12345678901234", "1.5", ".5", "%41%zz", "%ff", "1,2", "#x",
    "1.2.3.4", "OK", "ACCEPT", "a\tb", "5\r", "\x00", "NULL", "é", "\xa0", "\u2028", "\u0660",
]  # fmt: skip


@steady(120)
@given(flow_tables(fewest_rows=1), st.data())
def test_fast_way_equals_exact_way(table: tuple[Source, list[Field], list[list[str]]], data: st.DataObject) -> None:
    """On valid bodies the fast way answers; on odd ones it answers the same as the exact way or not at all."""
    source, fields, rows = table
    is_odd = data.draw(st.booleans())
    if is_odd:
        rows.insert(0, list(rows[0]))  # a row whole, as the first one sets the width
        row = data.draw(st.sampled_from(rows[1:]))
        spoil = data.draw(st.sampled_from(["value", "value", "short", "long"]))
        if spoil == "value":
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.sampled_from([*ODD_VALUES, "", " ", "\n"]))
        elif spoil == "short":
            del row[-1]
        else:
            row.append("x")
    body = "\n".join(map(" ".join, rows)).encode() + data.draw(st.sampled_from([b"", b"\n"]))
    cut = data.draw(st.integers(0, len(rows)))
    bodies = [body] if is_odd else [written([], rows[:cut])[1:], body]
    pieces = [Piece(f"o{n}", datetime.fromtimestamp(START, UTC), 2, text) for n, text in enumerate(bodies) if text]
    layout = header_layout(header(fields), SOURCES)
    assert layout is not None
    fast = _fast(layout, pieces)
    if fast is None:
        assert is_odd, f"the fast way gave up on {bodies}"
        return
    exact = [part for piece in pieces for part in _exact(layout, piece, SOURCES)]
    assert [part.rejects.height for part in exact] == [0] * len(exact)
    assert pl.concat([part.rows for part in exact]).equals(fast.rows)
    assert sum((Counter(part.counts) for part in exact), Counter()) == Counter(fast.counts)


@steady(2)
@given(st.lists(flow_tables(fewest_rows=1).map(lambda t: written(*t[1:])) | JSON_OBJECTS, min_size=5, max_size=12))
def test_rollups_add_up_to_the_records_and_a_second_build_changes_nothing(objects: list[bytes]) -> None:
    with workshop(objects) as (place, new_lake):
        lake = new_lake()
        steps.ingest(lake, [str(place)])
        windows = steps.fresh(lake)
        assert_adds_up(steps.build(lake, windows))
        built = [table for table in steps.tables() if table.schema in ("core", "rollup")]
        first = files_of(lake, built)
        with engine.connect(lake, built) as con:
            summed = "cast(coalesce(sum(bytes), 0) as bigint), cast(coalesce(sum(packets), 0) as bigint)"
            (raw,) = engine.query(con, f"select count(*), {summed} from core.flow").rows()  # noqa: S608
            for rollup in ("flow_1m", "flow_1h"):
                counted = f"select cast(coalesce(sum(flow_count), 0) as bigint), {summed} from rollup.{rollup}"  # noqa: S608
                assert engine.query(con, counted).rows() == [raw], rollup
            asked = "select cast(coalesce(sum(query_count), 0) as bigint) from rollup.dns_5m"
            assert engine.query(con, asked).item() == rows_of(lake, DNS_QUERY).height
        steps.build(lake, windows)
        assert files_of(lake, built) == first


@steady(2)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 4))
def test_each_flow_counts_once_however_often_it_was_logged(ports: list[int], copies: int) -> None:
    """Overlapping flow logs deliver a record in several objects; core.flow has it once, with its bytes."""
    names = "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
    lines = {f"eni-1 10.0.0.1 10.0.0.2 {p} 443 6 {p + 1} {p * 100} {START} {START + 60} ACCEPT OK" for p in ports}
    objects = [f"{names}\n{'-' * n if n else ''}\n".encode() + "\n".join(lines).encode() for n in range(copies)]
    with workshop(objects) as (place, new_lake):
        lake = new_lake()
        staged = steps.ingest(lake, [str(place)])
        assert sum(report.rows_out for report in staged) == copies * len(lines)
        (flow,) = [report for report in steps.build(lake, steps.fresh(lake)) if report.source == FLOW.full_name]
        assert (flow.rows_out, flow.rows_duplicate) == (len(lines), (copies - 1) * len(lines))
        assert rows_of(lake, FLOW)["bytes"].sum() == sum(port * 100 for port in set(ports))


@steady(2)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_of_a_data_point_delivered_again_the_fullest_is_kept(counts: list[int], random: Any) -> None:
    """CloudWatch sends a point again when late samples have changed it, in objects of any order."""
    point = {
        "namespace": "AWS/VPN",
        "metric_name": "TunnelState",
        "timestamp": START * 1000,
        "dimensions": {"VpnId": "v"},
    }
    objects = [json.dumps(point | {"value": {"count": count, "sum": count * 2}}).encode() for count in counts]
    random.shuffle(objects)
    with workshop(objects) as (place, new_lake):
        lake = new_lake()
        steps.ingest(lake, [str(place)])
        steps.build(lake, steps.fresh(lake))
        kept = rows_of(lake, METRIC_POINT).select("sample_count", "sum").rows()
        assert kept == [(max(counts), max(counts) * 2)]


NASTY = {
    "nothing": b"",
    "a million characters in one line": b"x" * 1_000_000,
    "a header with a name of a million characters": b"version " + b"a" * 1_000_000 + b"\n2 3\n",
    "a name of a million characters in JSON": b'{"query_timestamp":"2026-03-02T00:00:00Z","query_name":"'
    + b"x" * 1_000_000
    + b'"}',
    "a million NULs": bytes(1_000_000),
    "deep JSON without an end": b"[" * 200_000,
    "deep JSON": b"[" * 100_000 + b"]" * 100_000,
    "deep JSON in an unknown key": b'{"query_timestamp":"2026-03-02T00:00:00Z","query_name":"x.","z":'
    + b"[" * 5_000
    + b"]" * 5_000
    + b"}",
    "deep dimensions": b'{"namespace":"n","metric_name":"m","timestamp":1772409600000,"dimensions":'
    + b'{"a":' * 5_000
    + b"1"
    + b"}" * 5_000
    + b"}",
    "an integer of 5,000 digits": b'{"query_timestamp":"2026-03-02T00:00:00Z","query_name":"x.","z":'
    + b"9" * 5_000
    + b"}",
    "half a surrogate pair": rb'{"query_timestamp":"2026-03-02T00:00:00Z","query_name":"\ud800"}',
    "a time in the year 99999": b'{"query_timestamp":"99999-03-02T00:00:00Z","query_name":"x."}',
    "times beyond 64 bits": b"srcaddr start end\n10.0.0.1 9223372036854775807 99999999999999999999\n10.0.0.1 -1 -5\n",
    "a header behind junk": b"# exported\nversion account-id srcaddr dstaddr end\n2 1 10.0.0.1 10.0.0.2 1772409600\n",
    "a byte order mark twice": b"\xef\xbb\xbf\xef\xbb\xbfversion account-id srcaddr dstaddr end\n",
    "a header alone": b"version account-id srcaddr dstaddr end",
    "the same name twice in a header": b"version version srcaddr dstaddr\n2 2 10.0.0.1 10.0.0.2\n",
    "a Parquet file": b"PAR1" + bytes(20),
    "gzip of nothing": gzip.compress(b""),
    "half a gzip header": b"\x1f\x8b\x08",
    "gzip that claims another size": gzip.compress(b"version account-id\n")[:-4] + b"\xff\xff\xff\xff",
    "UTF-16": '{"query_timestamp":"2026-03-02T00:00:00Z","query_name":"x."}'.encode("utf-16"),
}
BOMB = 200 << 20  # bytes of blanks in 200 kB, in 800 bytes of gzip


@pytest.mark.parametrize("nature", NASTY)
def test_nasty_object_stops_nobody(nature: str, lake: Lake, tmp_path: Path) -> None:
    """A good object read in the same batch is staged, and the nasty one is accounted for."""
    place = tmp_path / "in"
    place.mkdir()
    (place / "nasty").write_bytes(NASTY[nature])
    (place / "zgood").write_bytes(b"srcaddr dstaddr bytes end\n10.1.2.3 10.0.0.2 77 1772409600\n")
    reports = steps.ingest(lake, [str(place)])
    assert_adds_up(reports)
    assert_lake_holds(lake, reports)
    good = rows_of(lake, registry.load("sources", "vpc_flow").table).filter(pl.col("srcaddr") == "10.1.2.3")
    assert good["bytes"].to_list() == [77]
    assert {Path(uri).name for uri in rows_of(lake, INGESTED_OBJECT)["uri"]} == {"nasty", "zgood"}


def test_gzip_bomb_is_refused_within_bounds(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(gzip.compress(b" " * BOMB)))
    (report,) = steps.ingest(lake, [str(tmp_path / "bomb.gz")])
    assert (report.rows_in, report.rows_rejected) == (1, 1)
    assert "bomb" in rows_of(lake, REJECT)["reason"].item()


def test_records_of_all_hours_are_found_by_fresh(lake: Lake, tmp_path: Path) -> None:
    """The windows to build are exactly the hours that the records fall into."""
    hours = [0, 1, 7, 30]
    lines = "".join(f"10.0.0.1 10.0.0.2 {START + hour * 3600 + 5}\n" for hour in hours)
    (tmp_path / "flows").write_text(f"srcaddr dstaddr end\n{lines}")
    steps.ingest(lake, [str(tmp_path / "flows")])
    found = [hour.start for window in steps.fresh(lake) for hour in window.hours()]
    assert found == [datetime.fromtimestamp(START, UTC) + timedelta(hours=hour) for hour in hours]
