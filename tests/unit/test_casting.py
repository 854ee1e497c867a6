"""Texts become typed values or null, with a reason; no text raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest import casting
from pipelines.model.schema import TYPES, Field

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = int(NOON.timestamp())
TEXTS = st.text(max_size=40) | st.from_regex(r"[-+]?[0-9]{0,25}(\.[0-9]*)?([eE][-+]?[0-9]{1,3})?", fullmatch=True)


def typed(kind: str, *texts: str | None) -> pl.Series:
    frame = pl.DataFrame({"raw": texts}, schema={"raw": pl.String})
    return frame.select(casting.parse(Field("x", kind, "x"), pl.col("raw"))).to_series()


def parsed(kind: str, *texts: str | None) -> list[object]:
    return typed(kind, *texts).to_list()


def complaint(field: Field, text: str | None) -> str | None:
    frame = pl.DataFrame({"x__raw": [text]}, schema={"x__raw": pl.String})
    typed = frame.with_columns(casting.parse(field, pl.col("x__raw")).alias("x"))
    found: str | None = typed.select(casting.complaints([field], "{}__raw")).item()
    return found


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "443", 443),
        ("int", "23.0", 23),
        ("int", "-1", -1),
        ("int", "2147483647", 2_147_483_647),
        ("int", "2147483648", None),
        ("int", "1.5", None),
        ("int", "0x10", None),
        ("int", "", None),
        ("int", "nan", None),
        ("int", "1_000", None),
        ("long", "9223372036854775807", 2**63 - 1),
        ("long", "9223372036854775808", None),
        ("long", "1e3", 1_000),
        ("double", "1.100000", 1.1),
        ("double", "abc", None),
        ("bool", "true", True),
        ("bool", "FALSE", False),
        ("bool", "yes", None),
        ("text", " as it is ", " as it is "),
        ("tag", "prod%20blue%2Fgreen", "prod blue/green"),
        ("tag", "%C3%A9", "é"),
        ("tag", "100%", "100%"),
        ("tag", "%zz", "%zz"),
        ("tag", "a+b", "a+b"),
        ("map", '{"b": 1, "a": {"d": 2, "c": 3}}', '{"a":{"c":3,"d":2},"b":1}'),
        ("map", "{", None),
    ],
)
def test_text_becomes_a_value(kind: str, text: str, value: object) -> None:
    assert parsed(kind, text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (str(SECONDS), NOON),
        (str(SECONDS * 1000), NOON),
        (f"{SECONDS}.0", NOON),
        ("1.7723664e9", NOON),
        ("2147483647", datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)),
        ("noon", None),
        ("", None),
    ],
)
def test_unix_times_in_seconds_or_milliseconds(text: str, value: datetime | None) -> None:
    assert parsed("epoch", text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T12:00:00.000Z", NOON),
        ("2026-03-01T12:00:00+00:00", NOON),
        ("2026-03-01T14:00:00+02:00", NOON),
        ("2026-03-01 12:00:00.000", NOON),
        ("2026-03-01 12:00:00", NOON),
        ("2026-03-01T12:00:00.25Z", NOON.replace(microsecond=250_000)),
        ("2026-03-01T12:00:007Z", NOON.replace(microsecond=700_000)),
        (str(SECONDS * 1000), NOON),
        ("2026-02-30T12:00:00Z", None),
        ("2026-03-01T25:00:00Z", None),
        ("yesterday", None),
    ],
)
def test_times_as_aws_writes_them(text: str, value: datetime | None) -> None:
    assert parsed("time", text) == [value]


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        (Field("x", "int", "x"), "abc", "x is not 32-bit integer"),
        (Field("x", "int", "x"), None, None),
        (Field("x", "int", "x", required=True), None, "x is missing"),
        (Field("x", "int", "x", low=0, high=65_535), "65536", "x is over 65535"),
        (Field("x", "int", "x", low=0, high=65_535), "65535", None),
        (Field("x", "int", "x", low=0), "-1", "x is under 0"),
        (Field("x", "text", "x", allowed=("A", "B")), "C", "x is none of A, B"),
        (Field("x", "text", "x", allowed=("A", "B")), "B", None),
        (Field("x", "text", "x", allowed=("A", "B")), None, None),
        (Field("x", "ip", "x"), "10.0.0.1", None),
        (Field("x", "ip", "x"), "2001:db8::1", None),
        (Field("x", "ip", "x"), "host.example", "x is not an IP address"),
        (Field("x", "epoch", "x"), "-5", "x is not a time between 2000 and 2100"),
        (Field("x", "epoch", "x"), "946684799", "x is not a time between 2000 and 2100"),
        (Field("x", "epoch", "x"), "946684800", None),
        (Field("x", "time", "x"), "2100-01-01T00:00:00Z", "x is not a time between 2000 and 2100"),
        (Field("x", "time", "x"), "2099-12-31T23:59:59Z", None),
        (Field("x", "map", "x"), "{", "x is not JSON object, keys sorted"),
    ],
)
def test_unfit_value_has_a_reason(field: Field, text: str | None, reason: str | None) -> None:
    assert complaint(field, text) == reason


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(st.sampled_from(sorted(TYPES)), st.lists(TEXTS | st.none(), min_size=1, max_size=20))
def test_no_text_raises_and_rows_keep_their_places(kind: str, texts: list[str | None]) -> None:
    together = typed(kind, *texts)
    assert len(together) == len(texts)
    assert together.filter([text is None for text in texts]).null_count() == texts.count(None)
    assert together.equals(pl.concat([typed(kind, text) for text in texts]))


@settings(derandomize=True, database=None, deadline=None)
@given(st.lists(st.integers(-(2**70), 2**70), min_size=1))
def test_integers_are_exact_or_null(numbers: list[int]) -> None:
    for kind, bits in (("int", 31), ("long", 63)):
        expected = [number if -(2**bits) <= number < 2**bits else None for number in numbers]
        assert parsed(kind, *map(str, numbers)) == expected


@settings(derandomize=True, database=None, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(-9, 9), max_size=5))
def test_maps_that_say_the_same_are_the_same_text(mapping: dict[str, object]) -> None:
    turned = dict(reversed(list(mapping.items())))
    one, other = parsed("map", json.dumps(mapping), json.dumps(turned, indent=2))
    assert one == other
    assert json.loads(str(one)) == mapping
