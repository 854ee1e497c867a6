"""The ledger: which object was ingested, when, with what result. What makes every delivery count exactly once.

A group of objects becomes visible through an *intent*: a small file that lists every data file to commit, staged rows,
rejects and ledger lines alike. Before it is there nothing has happened; once it is there the group will be committed,
by this process or by the next one, because committing a file twice is harmless.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines.ingest.transport import StoredObject
from pipelines.lake import table_io
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Table
from pipelines.model.tables import INGESTED_OBJECT, REJECT


@dataclass(frozen=True)
class Known:
    """What the ledger knows: places already read, and contents by ``object_id``, source and number of records."""

    places: frozenset[StoredObject]
    contents: Mapping[str, Mapping[str, int]]


def known(lake: Lake) -> Known:
    """The ledger as of now."""
    lines = table_io.read(lake, INGESTED_OBJECT)
    columns = ["uri", "size", "modified_at", "object_id", "source", "rows_in", "state"]
    contents: dict[str, dict[str, int]] = {}
    places = set()
    for uri, size, modified_at, object_id, source, rows_in, state in lines.select(columns).collect().iter_rows():
        places.add(StoredObject(uri, size, modified_at.astimezone(UTC)))
        if state != "duplicate":
            contents.setdefault(object_id, {})[source] = rows_in
    return Known(frozenset(places), contents)


def commit(lake: Lake, staged: Mapping[Table, Sequence[str]], lines: pl.DataFrame, rejects: pl.DataFrame) -> None:
    """Commits a group: its staged files, rejects and ledger lines. Call it with the write lock held.

    ``lines`` lacks ``ingested_at``, ``rejects`` lacks ``rejected_at``: that is now, while nobody else can commit, so a
    build that starts later sees the group as newer than any build that cannot have seen its rows.
    """
    now = datetime.now(UTC)
    batch_id = lines["batch_id"][0]
    paths = {table.full_name: list(files) for table, files in staged.items()}
    for table, rows in (
        (REJECT, rejects.with_columns(rejected_at=pl.lit(now))),
        (INGESTED_OBJECT, lines.with_columns(ingested_at=pl.lit(now))),
    ):
        if rows.height:
            ordered = table.conform(rows.lazy()).sort(table.order, maintain_order=True).collect()
            # The same objects may come twice, as new and as known: the name must tell the two apart.
            paths[table.full_name] = [table_io.write(lake, table, ordered, batch_id + "-{content}")]
    intent = lake.root / ".intent" / f"{batch_id}.json"
    intent.parent.mkdir(exist_ok=True)
    temporary = intent.with_suffix(".part")
    temporary.write_text(json.dumps(paths))
    temporary.replace(intent)
    _carry_out(lake, intent, {table.full_name: table for table in (*staged, REJECT, INGESTED_OBJECT)})


def recover(lake: Lake, tables: Mapping[str, Table]) -> int:
    """Carries out intents that a dead process left behind; how many. Call it with the write lock held."""
    left = sorted((lake.root / ".intent").glob("*.json"))
    for intent in left:
        _carry_out(lake, intent, tables)
    return len(left)


def _carry_out(lake: Lake, intent: Path, tables: Mapping[str, Table]) -> None:
    for full_name, paths in json.loads(intent.read_text()).items():
        table_io.append(lake, tables[full_name], paths)
    intent.unlink()
