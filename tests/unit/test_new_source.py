"""A new log type is one new file: dropped into a copy of the package, everything else follows from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import pipelines

ROOT = Path(pipelines.__file__).parents[1]
NAME = "lighthouse_beam"
SOURCE = '''
"""Beams of a lighthouse: a made-up log type."""

import polars as pl

from pipelines.ingest.source import Feed, Json, Source
from pipelines.model.schema import Field
from pipelines.model.tables import METRIC_POINT

SOURCE = Source(
    name="lighthouse_beam",
    about="Beams of a lighthouse.",
    grain="one turn of the lamp",
    reference="https://lighthouse.example/beams",
    reader=Json(marks={"$.lighthouse": ".", "$.beam": "^[0-9]+$"}),
    keys=("lighthouses/",),
    event_at=("turned_at",),
    fields=(
        Field("turned_at", "time", "when the lamp turned", required=True),
        Field("lighthouse", "text", "name of the lighthouse", allowed=("north", "south")),
        Field("beam", "int", "number of the beam", low=1, high=12),
        Field("range_km", "double", "how far it was seen", unit="km", path=("$.seen.range",)),
    ),
    feeds=(
        Feed(
            METRIC_POINT,
            {
                "event_at": pl.col("event_at"),
                "namespace": pl.lit("Lighthouse"),
                "metric_name": pl.lit("range"),
                "entity_id": pl.col("lighthouse"),
                "sum": pl.col("range_km"),
                "sample_count": pl.lit(1.0),
                "object_id": pl.col("object_id"),
                "line": pl.col("line"),
            },
        ),
    ),
)
'''
BEAMS = (
    '{"turned_at":"2026-03-02T00:10:00Z","lighthouse":"north","beam":3,"seen":{"range":17.5},"keeper":"Ada"}\n'
    '{"turned_at":"2026-03-02T01:10:00Z","lighthouse":"south","beam":4,"seen":{"range":21}}\n'
    '{"turned_at":"2026-03-02T01:20:00Z","lighthouse":"west","beam":5}\n'
    '{"turned_at":"2026-03-02T01:30:00Z","lighthouse":"south","beam":13}\n'
)


@dataclass(frozen=True)
class Copy:
    """A copy of the package with one file more, and a folder to work in."""

    package: Path
    home: Path

    def run(self, *arguments: str) -> str:
        env = os.environ | {"PYTHONPATH": str(self.package), "COLUMNS": "250", "TERM": "dumb", "NO_COLOR": "1"}
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=self.home, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def netlake(self, *arguments: str) -> str:
        return self.run("-m", "pipelines", "--lake", "lake", *arguments)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.netlake(*arguments, "--json"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    package, home = tmp_path_factory.mktemp("package"), tmp_path_factory.mktemp("home")
    for folder in ("pipelines", "sql"):
        shutil.copytree(ROOT / folder, package / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "pipelines" / "ingest" / "sources" / f"{NAME}.py").write_text(SOURCE)
    (home / "beams.json").write_text(BEAMS)
    made = Copy(package, home)
    assert made.run("-c", "import pipelines; print(pipelines.__file__)").startswith(str(package))
    made.netlake("ingest", "beams.json")
    made.netlake("build")
    return made


def test_records_are_recognised_staged_and_rejected(copy: Copy) -> None:
    asked = f"select lighthouse, beam, range_km, event_at, extra from staged.{NAME} order by line"  # noqa: S608
    rows = [tuple(row.values()) for row in copy.json("sql", asked)]
    assert [row[:4] for row in rows] == [
        ("north", 3, 17.5, "2026-03-02T00:10:00Z"),
        ("south", 4, 21.0, "2026-03-02T01:10:00Z"),
    ]
    assert [row[4] and json.loads(row[4]) for row in rows] == [{"keeper": "Ada"}, None]
    rejects = copy.json("sql", "select line, reason from ops.reject order by line")
    assert rejects == [
        {"line": 3, "reason": "lighthouse is none of north, south"},
        {"line": 4, "reason": "beam is over 12"},
    ]


def test_records_feed_the_core_table(copy: Copy) -> None:
    rows = copy.json("sql", "select entity_id, sum, namespace from core.metric_point order by event_at")
    assert [tuple(row.values()) for row in rows] == [("north", 17.5, "Lighthouse"), ("south", 21.0, "Lighthouse")]


def test_command_line_lists_it(copy: Copy) -> None:
    listed = {row["source"]: row for row in copy.json("sources")}
    assert listed[NAME]["table"] == f"staged.{NAME}"
    assert listed[NAME]["about"] == "Beams of a lighthouse."
    assert NAME in copy.netlake("ingest", "--help")


def test_command_line_takes_it_as_the_source(copy: Copy) -> None:
    (copy.home / "more.json").write_text('{"turned_at":"2026-03-02T02:00:00Z","lighthouse":"north","beam":1}\n')
    (report,) = copy.json("ingest", "more.json", "--source", NAME)
    assert (report["source"], report["rows_out"]) == (NAME, 1)


def test_dictionary_has_its_page(copy: Copy) -> None:
    page = copy.netlake("sources", NAME)
    assert page.startswith(f"### `staged.{NAME}`")
    assert "| `range_km` | double | km | how far it was seen |" in page
    assert "One row: one turn of the lamp." in page


def test_published_table_is_commented(copy: Copy) -> None:
    asked = f"select column_name, comment from duckdb_columns() where table_name = '{NAME}'"  # noqa: S608
    comments = {row["column_name"]: row["comment"] for row in copy.json("sql", asked)}
    assert comments["beam"] == "number of the beam"
    assert comments["range_km"] == "how far it was seen [km]"


def test_expectations_follow(copy: Copy) -> None:
    script = (
        "from pipelines import registry\n"
        "from pipelines.quality.expectations import expectations\n"
        f"print([e.about for e in expectations(registry.load('sources', '{NAME}').table)])"
    )
    promises = copy.run("-c", script)
    for promise in ("turned_at is never null", "lighthouse is one of north, south", "beam is at most 12"):
        assert promise in promises
