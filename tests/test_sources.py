"""Every source against its cases: an object as AWS delivers it, next to the rows and rejects that must come of it.

A case is a folder ``cases/sources/<source>/<case>`` with ``input.*``, ``staged.jsonl``, ``rejects.jsonl`` (none: no
rejects) and ``core.jsonl``. Rows hold what is not null; JSON columns stand as JSON. ``--rewrite-cases`` writes the
answers anew, to be read as a diff.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import registry
from pipelines.ingest import intake, transport
from pipelines.ingest.source import Source
from pipelines.lake import catalog, table_io
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Field, Table
from pipelines.model.tables import REJECT
from pipelines.settings import Settings
from pipelines.transforms import core

CASES = sorted(folder for folder in Path(__file__).parent.glob("cases/sources/*/*") if folder.is_dir())
FEWEST_CASES = 3

Row = dict[str, Any]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake that has ingested the inputs of all cases at once, so that objects share batches as they do in life."""
    made = catalog.create(Settings(lake=tmp_path_factory.mktemp("cases") / "lake"))
    intake.ingest(made, [str(_input(case)) for case in CASES], None, lambda done, total: None)
    return made


@pytest.mark.parametrize("name", registry.names("sources"))
def test_source_has_cases(name: str) -> None:
    assert len([case for case in CASES if case.parent.name == name]) >= FEWEST_CASES


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}/{case.name}" for case in CASES])
def test_case(case: Path, lake: Lake, request: pytest.FixtureRequest) -> None:
    found = _answers(case, lake)
    if request.config.getoption("--rewrite-cases", default=False):
        for name, rows in found.items():
            _save(case / name, rows)
    for name, rows in found.items():
        assert rows == _load(case / name), f"{case.name}/{name}"


def _answers(case: Path, lake: Lake) -> dict[str, list[Row]]:
    """What the lake holds of the case's input, by the name of the file that says what it must hold."""
    source: Source = registry.load("sources", case.parent.name)
    is_its_own = pl.col("object_id") == transport.content_id(_input(case).read_bytes())
    staged = table_io.read(lake, source.table).filter(is_its_own)
    rejects = table_io.read(lake, REJECT).filter(is_its_own).select("line", "reason").collect().to_dicts()
    fed = [
        {"table": feed.table.full_name} | row
        for feed in source.feeds
        for row in _rows(feed.table, core.conform(feed.table, staged, feed.columns, feed.where))
    ]
    rows = _rows(source.table, staged)
    return {"staged.jsonl": rows, "rejects.jsonl": _ordered(rejects), "core.jsonl": _ordered(fed)}


def _rows(table: Table, frame: pl.LazyFrame) -> list[Row]:
    """Rows as a case writes them: without nulls and the hash of the object, in order."""
    kept = ({name: value for name, value in row.items() if value is not None} for row in frame.collect().to_dicts())
    return _ordered(
        {name: _plain(table.by_name[name], value) for name, value in row.items() if name != "object_id"} for row in kept
    )


def _plain(field: Field, value: Any) -> Any:
    if isinstance(value, datetime):
        written = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        return written.replace("+00:00", "Z")
    if field.type == "json":
        return json.loads(value)
    if field.type == "map":  # stays text, and so disagrees, if its keys are not sorted
        known = json.loads(value)
        return known if json.dumps(known, sort_keys=True, separators=(",", ":")) == value else value
    return value


def _ordered(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.get("line") or 0, json.dumps(row, sort_keys=True)))


def _input(case: Path) -> Path:
    return next(case.glob("input.*"))


def _load(path: Path) -> list[Row]:
    if not path.exists():
        return []
    return _ordered(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def _save(path: Path, rows: list[Row]) -> None:
    if not rows and path.name == "rejects.jsonl":
        path.unlink(missing_ok=True)
        return
    told_first = ({name: row[name] for name in ("table", "line") if name in row} | row for row in rows)
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in told_first)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
