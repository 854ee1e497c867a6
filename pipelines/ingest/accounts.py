"""Keeping count: per object and source, records read, staged, rejected and known already; they must add up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from pipelines.ingest.deliveries import Delivery
from pipelines.ingest.readers import UNRECOGNISED, Parsed
from pipelines.model.schema import TIMESTAMP
from pipelines.model.tables import INGESTED_OBJECT
from pipelines.report import Report

Line = dict[str, object]
Contents = Mapping[str, Mapping[str, int]]  # object_id -> source -> records

TALLY = pl.Schema(
    {
        "object_id": pl.String(),
        "source": pl.String(),
        "rows_in": pl.Int64(),
        "rows_out": pl.Int64(),
        "hours": pl.List(pl.String),
    }
)
LINE = pl.Schema({name: kind for name, kind in INGESTED_OBJECT.polars.items() if name != "ingested_at"})
_NO_RECORDS: Line = {"source": UNRECOGNISED, "rows_in": 0, "rows_out": 0, "rows_rejected": 0, "hours": []}


def tally(source: str, parts: Sequence[Parsed]) -> pl.DataFrame:
    """Per object, of one source: records counted as they were read, rows staged and the hours they fall into."""
    read = [(object_id, n) for part in parts for object_id, n in part.counts.items()]
    counted = pl.DataFrame(read, schema={"object_id": pl.String, "rows_in": pl.Int64}, orient="row")
    counted = counted.group_by("object_id").agg(pl.col("rows_in").sum())
    hour = pl.col("event_at").dt.truncate("1h").alias("hour")
    frames = (part.rows.lazy().group_by("object_id", hour).len("n") for part in parts if part.rows.height)
    cells = pl.concat([pl.LazyFrame(schema={"object_id": pl.String, "hour": TIMESTAMP, "n": pl.UInt32}), *frames])
    hours = cells.group_by("object_id").agg(
        pl.col("n").sum().cast(pl.Int64).alias("rows_out"),
        pl.col("hour").unique().sort().dt.strftime("%Y-%m-%dT%H").alias("hours"),
    )
    tallied = counted.join(hours.collect(), on="object_id", how="left").with_columns(source=pl.lit(source))
    return tallied.with_columns(pl.col("rows_out").fill_null(0)).select(TALLY.names())


def lines(
    read: Sequence[Delivery], known_already: Sequence[Delivery], counts: pl.DataFrame, contents: Contents
) -> pl.DataFrame:
    """Ledger lines (see ``LINE``) of one group: per object and source of what was read, and of what was known already.

    ``counts`` has the columns of ``TALLY`` and rows_rejected, one row per object and source; ``contents`` what the
    ledger knew before.
    """
    by_object: dict[str, list[Line]] = {}
    for row in counts.sort("object_id", "source").iter_rows(named=True):
        by_object.setdefault(row["object_id"], []).append(row)
    here = {o: {str(r["source"]): int(r["rows_in"] or 1) for r in rows} for o, rows in by_object.items()}  # type: ignore[call-overload]
    found = [_line(d, row) for d in read for row in by_object.get(d.object_id, [_NO_RECORDS])]
    found += [line for d in known_already for line in _duplicate(d, {**here, **contents}.get(d.object_id, {}))]
    batch_id = _batch_id((*read, *known_already))
    return pl.DataFrame([line | {"batch_id": batch_id} for line in found], schema=LINE)


def count(tallies: Iterable[pl.DataFrame], rejects: pl.DataFrame) -> pl.DataFrame:
    """Tallies of all batches and the rejects as one row per object and source; rows_in is null for a dead object."""
    summed = pl.concat([pl.DataFrame(schema=TALLY), *tallies])
    summed = summed.group_by("object_id", "source").agg(
        pl.col("rows_in", "rows_out").sum(), pl.col("hours").list.explode().drop_nulls().unique().sort()
    )
    rejected = rejects.group_by("object_id", "source").agg(pl.len().cast(pl.Int64).alias("rows_rejected"))
    return summed.join(rejected, on=["object_id", "source"], how="full", coalesce=True)


def reports(ledger_lines: pl.DataFrame) -> Iterator[Report]:
    """One report per ledger line; the bytes of an object count once."""
    charged: set[str] = set()
    for line in ledger_lines.iter_rows(named=True):
        is_first = line["uri"] not in charged
        charged.add(line["uri"])
        counts = {name: line[name] for name in ("rows_in", "rows_out", "rows_rejected", "rows_duplicate")}
        yield Report(line["source"], objects=1, bytes=line["size"] if is_first else 0, **counts)


def _line(delivery: Delivery, row: Line) -> Line:
    is_dead = row["rows_in"] is None  # a reject without records: the object itself
    return _place(delivery) | {
        "source": row["source"],
        "state": "dead" if is_dead else "ingested",
        "reason": delivery.error,
        "rows_in": row["rows_rejected"] if is_dead else row["rows_in"],
        "rows_out": row["rows_out"] or 0,
        "rows_rejected": row["rows_rejected"] or 0,
        "rows_duplicate": 0,
        "hours": row["hours"] or [],
    }


def _duplicate(delivery: Delivery, records: Mapping[str, int]) -> list[Line]:
    counts = {"rows_out": 0, "rows_rejected": 0, "hours": [], "state": "duplicate", "reason": None}
    return [
        _place(delivery) | counts | {"source": source, "rows_in": n, "rows_duplicate": n}
        for source, n in (records or {UNRECOGNISED: 0}).items()
    ]


def _place(delivery: Delivery) -> Line:
    stored = delivery.stored
    return {"object_id": delivery.object_id, "uri": stored.uri, "size": stored.size, "modified_at": stored.modified_at}


def _batch_id(deliveries: Sequence[Delivery]) -> str:
    parts = "\n".join(sorted(f"{d.object_id} {d.stored}" for d in deliveries))
    return hashlib.blake2b(parts.encode(), digest_size=12).hexdigest()
