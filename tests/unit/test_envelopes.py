"""What deliveries are wrapped in: gzip of every shape, and the JSON of Firehose, CloudWatch Logs and EventBridge."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import SourceError
from pipelines.ingest import envelopes
from pipelines.ingest.envelopes import Piece, pieces
from pipelines.ingest.json_texts import json_records, unwrap

TEXT = b"one\ntwo\nthree\n"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FLOW = "2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1772409600 1772409660 ACCEPT OK"


def read(raw: bytes) -> bytes:
    return b"".join(pieces(raw, "s3://bucket/key"))


@pytest.mark.parametrize(
    "pack",
    [
        bytes,
        gzip.compress,
        lambda text: gzip.compress(gzip.compress(text)),
        lambda text: gzip.compress(gzip.compress(gzip.compress(text))),
        lambda text: gzip.compress(text[:5]) + gzip.compress(text[5:]),
        lambda text: gzip.compress(b"") + gzip.compress(text) + gzip.compress(b""),
        lambda text: gzip.compress(gzip.compress(text[:5]) + gzip.compress(text[5:])),
        lambda text: gzip.compress(text) + b"\0" * 1_000,
        lambda text: gzip.compress(text, compresslevel=0),
    ],
    ids=["plain", "gzip", "twice", "thrice", "members", "empty members", "members in gzip", "padded", "stored"],
)
def test_text_is_found_in_its_wrapping(pack: Callable[[bytes], bytes]) -> None:
    assert read(pack(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (gzip.compress(TEXT)[:-4], "truncated"),
        (gzip.compress(TEXT)[:12], "truncated"),
        (gzip.compress(TEXT)[:3], "truncated"),
        (gzip.compress(TEXT) + gzip.compress(TEXT)[:9], "truncated"),
        (gzip.compress(TEXT) + b"junk", "junk"),
        (gzip.compress(TEXT)[:-8] + b"\0" * 8, "broken gzip"),
        (b"\x1f\x8b" + TEXT, "broken gzip"),
        (gzip.compress(gzip.compress(TEXT)[:-6]), "truncated"),
    ],
)
def test_broken_gzip_is_named(raw: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=f"s3://bucket/key: .*{reason}"):
        read(raw)


def test_endless_nesting_is_refused() -> None:
    raw = TEXT
    for _ in range(envelopes.DEPTH + 1):
        raw = gzip.compress(raw)
    with pytest.raises(SourceError, match="deep"):
        read(raw)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_pieces_end_with_a_line_and_lose_nothing(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "PIECE", size)
    text = b"".join(b"x" * (n % 17) + b"\n" for n in range(60)) + b"no end"
    for raw in (text, gzip.compress(text)):
        found = list(pieces(raw, "key"))
        assert b"".join(found) == text
        assert len(found) > 1
        assert all(piece.endswith(b"\n") for piece in found[:-1])


def test_line_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelopes, "PIECE", 1_000)
    monkeypatch.setattr(envelopes, "LARGEST_LINE", 10_000)
    assert read(b"x" * 9_000) == b"x" * 9_000
    with pytest.raises(SourceError, match="no line end"):
        read(b"x" * 20_000)


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 300), st.booleans())
def test_any_bytes_are_read_or_refused_by_name(raw: bytes, cut: int, is_packed: bool) -> None:
    try:
        found = read(gzip.compress(raw)[: cut + 1] if is_packed else raw)
    except SourceError:
        return
    assert raw.startswith(b"\x1f\x8b") or found == raw or (is_packed and cut == 0)


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(st.binary(max_size=2_000), st.integers(0, 9), st.lists(st.integers(0, 2_000), max_size=4))
def test_members_of_any_size_are_joined(text: bytes, level: int, cuts: list[int]) -> None:
    bounds = sorted({0, *(cut % (len(text) + 1) for cut in cuts), len(text)})
    parts = [text[a:b] for a, b in zip(bounds, bounds[1:], strict=False)] or [b""]
    if not text.startswith(b"\x1f\x8b"):
        assert read(b"".join(gzip.compress(part, level) for part in parts)) == text


def test_checksum_of_gzip_is_checked() -> None:
    raw = bytearray(gzip.compress(TEXT * 50))
    raw[-8:-4] = zlib.crc32(b"something else").to_bytes(4, "little")
    with pytest.raises(SourceError):
        read(bytes(raw))


# ---------------------------------------------------------------- JSON


def records(text: str | bytes) -> tuple[list[tuple[int, object]], list[tuple[int, str]], list[int]]:
    """JSON records with their lines, plain texts with their lines, lines of what is no JSON."""
    raw = text if isinstance(text, bytes) else text.encode()
    found, broken = json_records([Piece("o", NOON, 1, raw)])
    inside, texts = unwrap(found)
    plain = [(line, record) for line, record in texts.select("line", "record").iter_rows()]
    return (
        [(line, json.loads(record)) for line, record in inside.select("line", "record").iter_rows()],
        plain,
        broken["line"].to_list(),
    )


ONE, TWO = {"a": 1}, {"b": "}{"}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a":1}\n{"b":"}{"}', [1, 2]),
        ('{"a":1}\r\n\r\n{"b":"}{"}\r\n', [1, 3]),
        ('{"a":1}{"b":"}{"}', [1, 1]),
        ('{"a":1} , {"b":"}{"}', [1, 1]),
        ('{"a":1}{"b":\n"}{"}', [1, 1]),
        ('[{"a":1},{"b":"}{"}]', [1, 1]),
        ('{\n "a": 1\n}\n{\n "b": "}{"\n}\n', [1, 4]),
        ('\ufeff{"a":1}\n{"b":"}{"}', [1, 2]),
        ('{"Records":[{"a":1},{"b":"}{"}]}', [1, 1]),
        ('{"message":"{\\"a\\":1}"}{"message":"{\\"b\\":\\"}{\\"}"}', [1, 1]),
        ('{"events":[{"message":"{\\"a\\":1}","timestamp":1},{"message":"{\\"b\\":\\"}{\\"}"}]}', [1, 1]),
    ],
)
def test_records_are_found_however_they_are_laid_out(text: str, lines: list[int]) -> None:
    found, plain, broken = records(text)
    assert found == list(zip(lines, [ONE, TWO], strict=True))
    assert (plain, broken) == ([], [])


def test_subscription_is_opened_and_its_probe_is_no_record() -> None:
    probe = {"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL MESSAGE: health"}]}
    events = [{"id": "1", "timestamp": 1, "message": FLOW}, {"id": "2", "timestamp": 2, "message": '{"a":1}'}]
    data = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logEvents": events}
    found, plain, broken = records(f"{json.dumps(probe)}\n{json.dumps(data)}\n")
    assert (found, plain, broken) == ([(2, ONE)], [(2, FLOW)], [])


def test_wraps_within_wraps_are_opened() -> None:
    inner = json.dumps({"logEvents": [{"message": json.dumps({"message": FLOW})}], "messageType": "DATA_MESSAGE"})
    assert records(json.dumps([{"message": inner}])) == ([], [(1, FLOW)], [])


def test_message_of_a_record_with_other_fields_is_no_wrap() -> None:
    found, plain, _ = records('{"message":"down","severity":3}')
    assert (found, plain) == ([(1, {"message": "down", "severity": 3})], [])


def test_broken_record_costs_only_itself() -> None:
    found, _, broken = records('{"a":1}\n{"broken":\n{"b":"}{"}\n')
    assert found == [(1, ONE), (3, TWO)]
    assert broken == [2]


def test_zeros_before_a_number_are_forgiven() -> None:
    found, _, broken = records('{"asn": 00064512, "text": "\\"x\\": 007", "zero": 0, "small": 0.5}')
    assert found == [(1, {"asn": 64512, "text": '"x": 007', "zero": 0, "small": 0.5})]
    assert broken == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KNOWN_WRAPS = {"Records", "logEvents", "events", "message", "messageType"}


@settings(derandomize=True, database=None, deadline=None, max_examples=25)
@given(
    st.lists(st.dictionaries(st.text(max_size=5), _JSON, min_size=1, max_size=4), min_size=1, max_size=5),
    st.sampled_from(["\n", "", " ", ",\n", "\r\n\r\n"]),
    st.sampled_from([None, 2]),
    st.booleans(),
)
def test_records_survive_any_layout(
    values: list[dict[str, object]], between: str, indent: int | None, ascii_: bool
) -> None:
    values = [value for value in values if not _KNOWN_WRAPS & value.keys()]
    found, plain, broken = records(between.join(json.dumps(v, indent=indent, ensure_ascii=ascii_) for v in values))
    assert [value for _, value in found] == values
    assert (plain, broken) == ([], [])
