"""Tables as files: replaced, appended and read by window, by many at once, and whole again after any interruption."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from pyiceberg.exceptions import CommitFailedException

from pipelines import steps
from pipelines.errors import LakeError, SchemaError
from pipelines.ingest import ledger
from pipelines.lake import catalog, engine, publish, table_io
from pipelines.lake.catalog import MARKER, Lake
from pipelines.model.schema import Field, Table
from pipelines.model.tables import INGESTED_OBJECT, REJECT
from pipelines.model.window import HOUR, Window
from pipelines.settings import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = (
    Field("event_at", "time", "when", required=True),
    Field("who", "text", "who"),
    Field("bytes", "long", "bytes"),
    Field("names", "texts", "names"),
)
SEEN = Table("core", "seen", "What was seen.", "one sight", FIELDS, order=("event_at", "who"))
WIDER = replace(SEEN, fields=(*FIELDS, Field("vpc_id", "text", "VPC")))
FLOWS = "srcaddr dstaddr bytes end\n10.0.0.1 10.0.0.2 40 1772409600\n10.0.0.1 10.0.0.3 60 1772413200\n"


def hours(first: int, last: int) -> Window:
    return Window(NOON + first * HOUR, NOON + last * HOUR)


def rows(*offsets: float, who: str = "a", size: int = 1) -> pl.DataFrame:
    """A row per offset, in hours after noon."""
    made = [{"event_at": NOON + timedelta(hours=o), "who": who, "bytes": size, "names": [who, "x"]} for o in offsets]
    return pl.DataFrame(made, schema=SEEN.polars)


def put(lake: Lake, *offsets: float, who: str = "a") -> None:
    cuts = table_io.by_hour(SEEN, rows(*offsets, who=who)).values()
    table_io.append(lake, SEEN, [table_io.write(lake, SEEN, cut, "{content}") for cut in cuts])


def held(lake: Lake, *windows: Window, table: Table = SEEN) -> list[tuple[float, str]]:
    """What the lake holds: (hours after noon, who), sorted."""
    found = table_io.read(lake, table, windows).collect().sort("event_at", "who")
    return [((at - NOON) / HOUR, who) for at, who in found.select("event_at", "who").iter_rows()]


def test_table_that_was_never_written_is_empty(lake: Lake) -> None:
    assert held(lake) == []
    assert table_io.files(lake, SEEN) == []
    assert table_io.hours(lake, SEEN) == []
    with engine.connect(lake, [SEEN]) as con:
        assert engine.query(con, "select * from core.seen").schema == SEEN.polars


def test_file_counts_from_the_commit_on(lake: Lake) -> None:
    path = table_io.write(lake, SEEN, rows(0), "one")
    assert held(lake) == []
    table_io.append(lake, SEEN, [path])
    assert held(lake) == [(0, "a")]
    assert table_io.files(lake, SEEN) == [path]


def test_append_of_a_known_file_changes_nothing(lake: Lake) -> None:
    path = table_io.write(lake, SEEN, rows(0), "one")
    other = table_io.write(lake, SEEN, rows(1), "other")
    table_io.append(lake, SEEN, [path])
    table_io.append(lake, SEEN, [path, other])
    table_io.append(lake, SEEN, [])
    assert held(lake) == [(0, "a"), (1, "a")]


def test_replace_touches_its_windows_only(lake: Lake) -> None:
    put(lake, 0, 0.5)
    put(lake, 1, 1.999_999)
    put(lake, 2, 5)
    files, written = table_io.replace(lake, SEEN, [hours(1, 2), hours(5, 6)], [rows(1.25, who="b")])
    assert (files, written) == (1, 1)
    assert held(lake) == [(0, "a"), (0.5, "a"), (1.25, "b"), (2, "a")]


def test_replace_with_nothing_empties_the_window(lake: Lake) -> None:
    put(lake, 0)
    put(lake, 1)
    table_io.replace(lake, SEEN, [hours(0, 1)], [SEEN.empty()])
    assert held(lake) == [(1, "a")]


def test_replace_with_the_same_rows_commits_nothing_new(lake: Lake) -> None:
    everything = pl.concat([rows(2, 0), rows(1, who="b")])
    table_io.replace(lake, SEEN, [hours(0, 3)], [everything])
    before = lake.catalog.load_table(SEEN.full_name).metadata_location, table_io.files(lake, SEEN)
    table_io.replace(lake, SEEN, [hours(0, 3)], [everything.reverse()])
    assert (lake.catalog.load_table(SEEN.full_name).metadata_location, table_io.files(lake, SEEN)) == before


def test_replace_refuses_columns_the_table_does_not_know(lake: Lake) -> None:
    with pytest.raises(SchemaError, match="stranger"):
        table_io.replace(lake, SEEN, [hours(0, 1)], [rows(0).with_columns(stranger=pl.lit(1))])
    assert held(lake) == []


def test_windows_are_half_open(lake: Lake) -> None:
    put(lake, 0, 0.999_999, 1, 2)
    assert held(lake, hours(0, 1)) == [(0, "a"), (0.999_999, "a")]
    assert held(lake, hours(1, 2)) == [(1, "a")]
    assert held(lake, hours(0, 1), hours(2, 3)) == [(0, "a"), (0.999_999, "a"), (2, "a")]
    assert held(lake, hours(7, 9)) == []
    assert table_io.hours(lake, SEEN) == [NOON, NOON + HOUR, NOON + 2 * HOUR]


def test_read_of_a_window_opens_files_of_that_window_only(lake: Lake) -> None:
    table_io.replace(lake, SEEN, [hours(0, 3)], [rows(0, 1, 2)])
    assert len(table_io.files(lake, SEEN)) == 3
    assert [Path(path).name[:13] for path in table_io.files(lake, SEEN, [hours(1, 2)])] == ["2026-03-01T13"]


def test_duckdb_sees_what_was_committed(lake: Lake) -> None:
    put(lake, 0, 1)
    with engine.connect(lake, [SEEN]) as con:
        found = engine.query(con, "select count(*) as n, sum(bytes) as b, max(event_at) as at from core.seen")
        assert found.rows() == [(2, 2, NOON + HOUR)]
        windowed = "select who from core.seen where event_at >= $window_start and event_at < $window_end"
        assert engine.query(con, windowed, hours(1, 2)).height == 1


def test_threads_that_append_at_once_lose_nothing(lake: Lake) -> None:
    def append(number: int) -> None:
        put(catalog.open_existing(lake.settings), number, who=f"w{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(8)))
    assert held(lake) == [(number, f"w{number}") for number in range(8)]


APPENDER = """
import sys
sys.path.insert(0, {here!r})
import test_lake
from pathlib import Path
from pipelines.lake import catalog
from pipelines.settings import Settings
lake = catalog.create(Settings(lake=Path({lake!r})))
for number in range(3):
    test_lake.put(lake, number, who=sys.argv[1])
"""


def test_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    """The first of them makes the lake, whichever that is."""
    script = APPENDER.format(here=str(Path(__file__).parent), lake=str(tmp_path / "lake"))
    running = [
        subprocess.Popen([sys.executable, "-c", script, who], stderr=subprocess.PIPE, text=True) for who in "abc"
    ]
    told = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], "\n".join(told)
    lake = catalog.open_existing(Settings(lake=tmp_path / "lake"))
    assert held(lake) == sorted((number, who) for number in range(3) for who in "abc")


def test_commit_that_loses_the_race_is_run_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    put(lake, 0)
    real, lost = table_io._add, []

    def lose_twice(tx: object, paths: object) -> None:
        if len(lost) < 2:
            lost.append(1)
            raise CommitFailedException("somebody else was faster")
        real(tx, paths)  # type: ignore[arg-type]

    monkeypatch.setattr(table_io, "_add", lose_twice)
    monkeypatch.setattr(table_io.time, "sleep", lambda seconds: None)
    put(lake, 1)
    assert held(lake) == [(0, "a"), (1, "a")]
    assert len(lost) == 2


def test_commit_that_always_loses_gives_up_with_one_sentence(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(tx: object, paths: object) -> None:
        raise CommitFailedException("somebody else was faster")

    put(lake, 0)
    monkeypatch.setattr(table_io, "_add", lose)
    monkeypatch.setattr(table_io.time, "sleep", lambda seconds: None)
    with pytest.raises(LakeError, match="core.seen.*commits lost"):
        put(lake, 1)
    assert held(lake) == [(0, "a")]


def test_snapshots_do_not_pile_up(lake: Lake) -> None:
    for number in range(2 * table_io.KEPT_SNAPSHOTS + 5):
        table_io.replace(lake, SEEN, [hours(0, 1)], [rows(0, size=number)])
    assert len(lake.catalog.load_table(SEEN.full_name).snapshots()) < 2 * table_io.KEPT_SNAPSHOTS
    assert table_io.read(lake, SEEN).collect()["bytes"].to_list() == [2 * table_io.KEPT_SNAPSHOTS + 4]


def test_new_column_of_a_later_release_is_null_in_rows_of_before(lake: Lake) -> None:
    put(lake, 0)
    later = rows(1, who="b").with_columns(vpc_id=pl.lit("vpc-1"))
    table_io.append(lake, WIDER, [table_io.write(lake, WIDER, later, "{content}")])
    found = table_io.read(lake, WIDER).collect().sort("event_at")
    assert found["vpc_id"].to_list() == [None, "vpc-1"]
    assert found["names"].to_list() == [["a", "x"], ["b", "x"]]
    with engine.connect(lake, [WIDER]) as con:
        assert engine.query(con, "select vpc_id from core.seen order by event_at").rows() == [(None,), ("vpc-1",)]
    assert held(lake, table=SEEN) == [(0, "a"), (1, "b")]


def test_lake_of_another_format_is_refused(lake: Lake) -> None:
    (lake.root / MARKER).write_text(json.dumps({"format": 999}))
    for opened in (catalog.open_existing, catalog.create):
        with pytest.raises(LakeError, match="format 999"):
            opened(lake.settings)


@pytest.mark.parametrize("marker", ["", "{", "[]", '{"version": 1}', "\x00\xff"])
def test_lake_with_a_broken_marker_is_refused(lake: Lake, marker: str) -> None:
    (lake.root / MARKER).write_text(marker)
    with pytest.raises(LakeError, match=MARKER):
        catalog.open_existing(lake.settings)


def test_folder_that_holds_something_else_is_not_made_a_lake(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(LakeError, match="not empty"):
        catalog.create(Settings(lake=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_lake_that_does_not_exist_is_not_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="there is no lake"):
        catalog.open_existing(Settings(lake=tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()


def test_broken_catalog_is_told(lake: Lake) -> None:
    put(lake, 0)
    (lake.root / "catalog.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(LakeError, match="catalog"):
        held(catalog.open_existing(lake.settings))


# ---------------------------------------------------------------- interruptions


def flows(lake: Lake) -> int:
    return table_io.read(lake, VPC_FLOW).collect().height


VPC_FLOW = next(table for table in steps.tables() if table.full_name == "staged.vpc_flow")


class Killed(BaseException):
    """What no handler of the program catches, like a kill."""


def _kill(*_: object, **__: object) -> None:
    raise Killed


@pytest.fixture
def place(tmp_path: Path) -> str:
    """An object with two flow records and one that is none."""
    (tmp_path / "flows.log").write_text(FLOWS + "10.0.0.1 10.0.0.2 forty 1772409600\n")
    return str(tmp_path / "flows.log")


def test_crash_before_the_intent_leaves_nothing_visible(
    lake: Lake, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(ledger.Path, "replace", _kill)
        with pytest.raises(Killed):
            steps.ingest(lake, [place])
    assert flows(lake) == 0
    assert table_io.read(lake, INGESTED_OBJECT).collect().is_empty()
    assert_finished_once(lake, place)


@pytest.mark.parametrize("committed", [0, 1, 2])
def test_crash_after_the_intent_is_finished_by_the_next_run(
    lake: Lake, place: str, monkeypatch: pytest.MonkeyPatch, committed: int
) -> None:
    """Killed after ``committed`` of three commits: staged rows, rejects and the ledger."""
    real, done = table_io.append, []

    def append_some(*args: object) -> None:
        if len(done) == committed:
            raise Killed
        done.append(1)
        real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(ledger.table_io, "append", append_some)
        with pytest.raises(Killed):
            steps.ingest(lake, [place])
    assert len(list((lake.root / ".intent").glob("*.json"))) == 1
    assert_finished_once(lake, place)


def test_crash_before_the_intent_is_removed_repeats_nothing(
    lake: Lake, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(ledger.Path, "unlink", _kill)
        with pytest.raises(Killed):
            steps.ingest(lake, [place])
    assert flows(lake) == 2
    assert_finished_once(lake, place)


def assert_finished_once(lake: Lake, place: str) -> None:
    """However it was left, after the next run the lake is that of one clean run."""
    steps.ingest(lake, [place])
    steps.ingest(lake, [place])
    assert flows(lake) == 2
    assert table_io.read(lake, REJECT).collect().height == 1
    ledger_lines = table_io.read(lake, INGESTED_OBJECT).collect()
    assert ledger_lines.select("rows_in", "rows_out", "rows_rejected", "state").rows() == [(3, 2, 1, "ingested")]
    assert not list((lake.root / ".intent").iterdir())


def test_crash_within_replace_leaves_the_old_rows(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    put(lake, 0)
    with monkeypatch.context() as broken:
        broken.setattr(table_io, "_add", _kill)
        with pytest.raises(Killed):
            table_io.replace(lake, SEEN, [hours(0, 1)], [rows(0.5, who="b")])
    assert held(lake) == [(0, "a")]
    table_io.replace(lake, SEEN, [hours(0, 1)], [rows(0.5, who="b")])
    assert held(lake) == [(0.5, "b")]


def test_two_runs_over_the_same_objects_stage_them_once(lake: Lake, place: str) -> None:
    def ingest(_: int) -> None:
        steps.ingest(catalog.open_existing(lake.settings), [place])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(ingest, range(3)))
    assert flows(lake) == 2
    states = table_io.read(lake, INGESTED_OBJECT).collect()["state"].to_list()
    assert states.count("ingested") == 1


# ---------------------------------------------------------------- the published file


def test_published_file_is_swapped_in_under_readers(lake: Lake) -> None:
    put(lake, 0)
    publish.publish(lake, [SEEN])
    with duckdb.connect(str(lake.database), read_only=True) as reader:
        put(lake, 1)
        assert publish.publish(lake, [SEEN]) == 1
        assert reader.execute("select count(*) from core.seen").fetchall() == [(1,)]
    assert publish.ask(lake, "select count(*) as n from core.seen") == [{"n": 2}]
    assert not list(lake.root.glob(".*.duckdb*"))


def test_published_file_cannot_be_used_to_read_or_write_elsewhere(lake: Lake, tmp_path: Path) -> None:
    put(lake, 0)
    publish.publish(lake, [SEEN])
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for statement in (
        f"select * from read_csv('{secret}')",  # noqa: S608
        f"copy (select 1) to '{tmp_path / 'out.csv'}'",
        "create table core.mine as select 1 as x",
        "drop view core.seen",
        f"attach '{tmp_path / 'new.duckdb'}'",
        "set enable_external_access = true",
        "install httpfs",
    ):
        with pytest.raises(LakeError):
            publish.ask(lake, statement)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lake", "secret.csv"]
    assert publish.ask(lake, "select count(*) as n from core.seen") == [{"n": 1}]


def test_unpublished_lake_says_what_to_do(lake: Lake) -> None:
    with pytest.raises(LakeError, match="netlake build"):
        publish.ask(lake, "select 1")
