"""Texts become typed columns, or the row is rejected with a reason. Never an exception for a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import unquote

import polars as pl

from pipelines.model.schema import TIMESTAMP, Field

# A time outside is a wrong column or a broken clock, and would open a window of its own.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# Unix seconds stay below this until 2038; larger values are milliseconds (seen in the wild).
LARGEST_SECONDS = 2_147_483_647
ISO_FORMATS = ("%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f")


def parse(field: Field, text: pl.Expr) -> pl.Expr:
    """``text`` (String) as the field's type; null where it cannot be. Lists are for core tables: AWS delivers none."""
    match field.type:
        case "int" | "long":
            return _integer(text).cast(field.logical.polars, strict=False)
        case "double":
            return text.cast(pl.Float64, strict=False)
        case "bool":
            return text.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
        case "epoch":
            return epoch(text.cast(pl.Float64, strict=False))
        case "time":
            return _iso(text)
        case "tag":
            return by_value(text, unquote)
        case "map":
            return by_value(text, _sorted_keys)
        case _:
            return text


def epoch(number: pl.Expr) -> pl.Expr:
    """Unix seconds, or milliseconds where too large for seconds, as UTC timestamps."""
    micros = pl.when(number > LARGEST_SECONDS).then(number * 1_000).otherwise(number * 1_000_000)
    return micros.cast(pl.Int64, strict=False).cast(TIMESTAMP)


def by_value(text: pl.Expr, change: Callable[[str], str | None]) -> pl.Expr:
    """``change`` applied once to each distinct text: for columns with few values."""

    def distinct(values: pl.Series) -> pl.Series:
        known = values.drop_nulls().unique()
        new = pl.Series([change(v) for v in known], dtype=pl.String)
        return values.replace_strict(known, new, default=None, return_dtype=pl.String) if len(known) else values

    return text.map_batches(distinct, return_dtype=pl.String)


def complaints(fields: Sequence[Field], raw: str) -> pl.Expr:
    """First reason why a row is unfit, else null; typed columns by name, the texts they came from as ``raw`` says.

    A column without a text (there is none for ``event_at``) is only checked for its bounds.
    """
    reasons = [
        pl.when(broken).then(pl.lit(why))
        for f in fields
        for broken, why in (*_unparsed(f, raw), *out_of_bounds(f, pl.col(f.name)))
    ]
    return pl.coalesce(reasons)


def out_of_bounds(field: Field, value: pl.Expr) -> list[tuple[pl.Expr, str]]:
    """Conditions that no ``value`` of the typed field may meet, each with its reason."""
    found = []
    if field.required:
        found.append((value.is_null(), f"{field.name} is missing"))
    if field.allowed:
        found.append((~value.is_in(field.allowed), f"{field.name} is none of {', '.join(field.allowed)}"))
    if field.type in ("epoch", "time"):
        found.append(((value < EARLIEST) | (value >= LATEST), f"{field.name} is not a time between 2000 and 2100"))
    if field.type == "ip":
        found.append((~value.str.contains(r"^[0-9A-Fa-f:.]+$"), f"{field.name} is not an IP address"))
    if field.low is not None:
        found.append((value < field.low, f"{field.name} is under {field.low:g}"))
    if field.high is not None:
        found.append((value > field.high, f"{field.name} is over {field.high:g}"))
    return found


def _unparsed(field: Field, raw: str) -> list[tuple[pl.Expr, str]]:
    if field.name == "event_at" or (field.logical.polars == pl.String and field.type != "map"):
        return []
    text = pl.col(raw.format(field.name))
    return [(text.is_not_null() & pl.col(field.name).is_null(), f"{field.name} is not {field.logical.about}")]


def _integer(text: pl.Expr) -> pl.Expr:
    number = text.cast(pl.Int64, strict=False)
    real = text.cast(pl.Float64, strict=False)  # JSON writers may print 23 as 23.0
    whole = pl.when(real == real.floor()).then(real.cast(pl.Int64, strict=False))
    return pl.coalesce(number, whole)


def _iso(text: pl.Expr) -> pl.Expr:
    # AWS's own field description of Resolver logs shows seconds of three digits (19:20:177Z): tenths without a point.
    mended = text.str.replace(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\d)Z$", "$1.${2}Z")
    parsed = [
        mended.str.to_datetime(f, time_unit="us", strict=False).dt.replace_time_zone("UTC") for f in ISO_FORMATS[::2]
    ]
    zoned = mended.str.to_datetime(ISO_FORMATS[1], time_unit="us", strict=False).dt.convert_time_zone("UTC")
    return pl.coalesce(*parsed, zoned, epoch(text.cast(pl.Float64, strict=False))).cast(TIMESTAMP)


def _sorted_keys(text: str) -> str | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return json.dumps(value, sort_keys=True, separators=(",", ":")) if isinstance(value, dict) else None
