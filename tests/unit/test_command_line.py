"""The ``netlake`` command: help with examples, JSON for machines, and one sentence where something is wrong."""

from __future__ import annotations

import gzip
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pipelines import steps
from pipelines.cli import app
from pipelines.lake import catalog, publish
from pipelines.lake.catalog import MARKER
from pipelines.settings import Settings

if TYPE_CHECKING:
    from conftest import Netlake, Ran

COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
PROMISED = {"demo", "simulate", "ingest", "build", "health", "detect", "run", "sql", "incidents", "report", "doctor"}
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
FLOW = "2 001122334455 eni-0a 10.0.{net}.{host} 10.0.9.9 {port} 443 6 3 {n}00 1772409600 1772409660 ACCEPT OK"
COUNTS = "select (select count(*) from staged.vpc_flow) as staged, (select count(*) from core.flow) as core"


def flows(count: int, first: int = 1) -> str:
    numbers = range(first, first + count)
    lines = (FLOW.format(n=n, net=n // 250 % 250, host=n % 250, port=40_000 + n % 20_000) for n in numbers)
    return "\n".join([HEADER, *lines]) + "\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with three flow records, built and published; tests use it in turn and must leave it unharmed."""
    home = tmp_path_factory.mktemp("filled")
    (home / "good.log").write_text(flows(3))
    lake = catalog.create(Settings(lake=home / "lake"))
    steps.ingest(lake, [str(home / "good.log")])
    steps.run(lake, steps.fresh(lake))
    return lake.root


@pytest.fixture
def own(tmp_path: Path, netlake_here: Netlake) -> Path:
    """A lake like ``filled`` of the test's own, not yet built."""
    (tmp_path / "good.log").write_text(flows(3))
    assert netlake_here("--lake", tmp_path / "lake", "ingest", "good.log").rc == 0
    return tmp_path / "lake"


def assert_one_sentence(ran: Ran, *words: str, code: int = 1) -> None:
    """A failure: its exit code, no traceback, nothing on standard output, and a sentence with the words in it."""
    assert ran.rc == code, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr + ran.stdout
    told = " ".join(ran.stderr.replace("│", " ").split())
    for word in words:
        assert word.lower() in told.lower()
    if code == 1:
        assert told.startswith("netlake: "), told
        assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr


def assert_unharmed(lake: Path, core: int = 3) -> None:
    (found,) = publish.ask(catalog.open_existing(Settings(lake=lake)), COUNTS)
    assert found == {"staged": 3, "core": core}


# ---------------------------------------------------------------- help and JSON


def test_promised_commands_are_there() -> None:
    assert set(COMMANDS) >= PROMISED


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_what_it_does_and_shows_examples(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}, prog_name="netlake")
    assert shown.exit_code == 0
    assert "Examples" in shown.output
    assert re.search(rf"netlake (--\S+ \S+ )?{command}\b", shown.output.split("Examples")[1])
    assert COMMANDS[command].help.strip()
    for option in COMMANDS[command].params:
        assert option.help or option.name == "help", f"{option.name} is not described"


def test_help_without_a_command_lists_all(netlake: Netlake) -> None:
    ran = netlake("--help")
    assert ran.rc == 0
    assert all(command in ran.stdout for command in COMMANDS)


def test_version(netlake: Netlake) -> None:
    assert re.fullmatch(r"netlake \d+\.\d+\.\d+\n", netlake("--version").stdout)


def test_every_command_that_answers_has_json() -> None:
    options = {name: {opt for option in command.params for opt in option.opts} for name, command in COMMANDS.items()}
    assert {name for name, known in options.items() if "--json" not in known} <= {"shell", "dashboard"}


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["build"], list),
        (["run"], list),
        (["health"], list),
        (["detect"], list),
        (["incidents"], list),
        (["sources"], list),
        (["sources", "vpc_flow"], list),
        (["doctor"], list),
        (["sql", "select 1 as one, null as nothing, timestamptz '2026-03-01 00:00:00+00' as at"], list),
        (["sql", "select * from core.flow where false"], list),
        (["report", "-o", "r.html"], dict),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_json_is_json_and_nothing_else(arguments: list[str], kind: type, filled: Path, netlake_here: Netlake) -> None:
    answer = netlake_here("--lake", filled, *arguments, "--json").json
    assert isinstance(answer, kind)
    if arguments[0] == "sql" and answer:
        assert answer == [{"one": 1, "nothing": None, "at": "2026-03-01T00:00:00Z"}]


def test_reports_in_json_have_the_promised_fields(tmp_path: Path, netlake_here: Netlake) -> None:
    (tmp_path / "good.log").write_text(flows(5) + "broken line\n")
    (report,) = netlake_here("--lake", "L", "ingest", "good.log", "--json").json
    counts = {name: report[name] for name in ("source", "objects", "rows_in", "rows_out", "rows_rejected")}
    assert counts == {"source": "vpc_flow", "objects": 1, "rows_in": 6, "rows_out": 5, "rows_rejected": 1}
    assert set(report) == {*counts, "rows_duplicate", "bytes", "seconds"}
    assert netlake_here("--lake", "L", "ingest", "good.log", "--json").json == []


def test_lake_is_named_by_option_or_surroundings_and_spoken_of_as_asked(tmp_path: Path, netlake: Netlake) -> None:
    (tmp_path / "good.log").write_text(flows(1))
    assert netlake("ingest", "good.log", env={"NETLAKE_LAKE": "elsewhere"}).rc == 0
    assert (tmp_path / "elsewhere" / MARKER).exists()
    assert netlake("ingest", "good.log").rc == 0
    assert (tmp_path / "lake" / MARKER).exists()


def test_simulate_is_repeatable(tmp_path: Path, netlake: Netlake) -> None:
    made = [netlake("simulate", name, "--hours", "1", "--scale", "0.05", "--json").json for name in ("a", "b")]
    assert made[0]["objects"] == made[1]["objects"] > 0
    files = [sorted(p for p in (tmp_path / name).rglob("*") if p.is_file()) for name in ("a", "b")]
    assert [p.read_bytes() for p in files[0]] == [p.read_bytes() for p in files[1]]


def test_output_into_a_pipe_that_closes_is_no_error(filled: Path) -> None:
    statement = "select range as n from range(100000)"
    command = f"{sys.executable} -m pipelines --lake {filled} sql '{statement}' --json | head -1"
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == "[\n"
    assert "Traceback" not in ran.stderr
    assert "BrokenPipe" not in ran.stderr


# ---------------------------------------------------------------- what is wrong is told, and harms nothing


def junk_folder(home: Path) -> None:
    (home / "in").mkdir()
    (home / "in" / "notes.txt").write_text("Dear diary,\n")
    (home / "in" / "photo.jpg").write_bytes(bytes(range(256)))


def not_what_its_name_says(home: Path) -> None:
    (home / "in.log.gz").write_text("<html><body>403 Forbidden</body></html>")


def truncated(home: Path) -> None:
    (home / "in.log.gz").write_bytes(gzip.compress(flows(50).encode())[:-20])


def bad_records(home: Path) -> None:
    (home / "in.log").write_text(HEADER + "\n" + "one two three\n" * 3)


NOTHING_USABLE: list[tuple[Callable[[Path], None], str, int, int]] = [
    (junk_folder, "in", 2, 2),
    (not_what_its_name_says, "in.log.gz", 1, 1),
    (truncated, "in.log.gz", 1, 1),
    (bad_records, "in.log", 1, 3),
]


@pytest.mark.parametrize(("prepare", "place", "objects", "rejects"), NOTHING_USABLE)
def test_nothing_usable(
    prepare: Callable[[Path], None], place: str, objects: int, rejects: int, own: Path, netlake_here: Netlake
) -> None:
    prepare(own.parent)
    ran = netlake_here("--lake", own, "ingest", place)
    assert_one_sentence(ran, "nothing usable", f"in {objects} object", "ops.reject")
    found = netlake_here("--lake", own, "sql", "select reason from ops.reject", "--json").json
    assert len(found) == rejects
    assert all(row["reason"] for row in found)
    assert_unharmed(own, core=0)


def test_one_bad_object_does_not_stop_the_good(own: Path, netlake_here: Netlake) -> None:
    place = own.parent / "in"
    place.mkdir()
    (place / "a.log.gz").write_bytes(gzip.compress(flows(50).encode())[:-20])
    (place / "b.log").write_text(flows(4, first=10))
    reports = netlake_here("--lake", own, "ingest", "in", "--json").json
    assert {r["source"]: (r["rows_out"], r["rows_rejected"]) for r in reports} == {
        "vpc_flow": (4, 0),
        "unrecognised": (0, 1),
    }


def test_unknown_field_of_a_header_is_kept(tmp_path: Path, netlake_here: Netlake) -> None:
    (tmp_path / "new.log").write_text("srcaddr dstaddr end quantum-state\n10.0.0.1 10.0.0.2 1772409600 entangled\n")
    (report,) = netlake_here("--lake", "L", "ingest", "new.log", "--json").json
    assert (report["rows_out"], report["rows_rejected"]) == (1, 0)
    (row,) = netlake_here("--lake", "L", "sql", "select srcaddr, extra from staged.vpc_flow", "--json").json
    assert (row["srcaddr"], json.loads(row["extra"])) == ("10.0.0.1", {"quantum-state": "entangled"})


COMMANDS_ON_A_LAKE = (["ingest", "."], ["build"], ["run"], ["sql", "select 1"], ["incidents"], ["report"])


@pytest.mark.parametrize("arguments", COMMANDS_ON_A_LAKE, ids=lambda arguments: arguments[0])
def test_lake_of_another_release(arguments: list[str], filled: Path, netlake_here: Netlake) -> None:
    marker = filled / MARKER
    before = marker.read_text()
    try:
        marker.write_text(json.dumps({"format": 999}))
        assert_one_sentence(netlake_here("--lake", filled, *arguments), "format 999", "new --lake")
    finally:
        marker.write_text(before)
    assert_unharmed(filled)


@pytest.mark.parametrize("arguments", [["ingest", "good.log"], ["sql", "select 1"]], ids=lambda arguments: arguments[0])
def test_lake_that_is_a_file(arguments: list[str], tmp_path: Path, netlake_here: Netlake) -> None:
    (tmp_path / "good.log").write_text(flows(1))
    (tmp_path / "thesis").write_text("years of work")
    assert_one_sentence(netlake_here("--lake", "thesis", *arguments), "thesis")
    assert (tmp_path / "thesis").read_text() == "years of work"


def test_folder_with_other_files_is_not_made_a_lake(tmp_path: Path, netlake_here: Netlake) -> None:
    (tmp_path / "good.log").write_text(flows(1))
    assert_one_sentence(netlake_here("--lake", ".", "ingest", "good.log"), "not empty", "--lake")
    assert [path.name for path in tmp_path.iterdir()] == ["good.log"]


@pytest.mark.parametrize("arguments", COMMANDS_ON_A_LAKE[1:], ids=lambda arguments: arguments[0])
def test_lake_that_does_not_exist(arguments: list[str], tmp_path: Path, netlake_here: Netlake) -> None:
    assert_one_sentence(netlake_here("--lake", "nowhere", *arguments), "there is no lake", "netlake demo")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ingest", "nowhere"], ["nowhere", "does not exist"]),
        (["ingest", "s3://bucket/AWSLogs"], ["s3://bucket/AWSLogs"]),
        (["sql", "select * from core.flows"], ["flows"]),
        (["sql", "selekt 1"], ["selekt"]),
        (["sql", "delete from core.flow"], ["read-only"]),
        (["sql", "copy core.flow to 'out.csv'"], ["read-only"]),
        (["sql", "select * from read_csv('/etc/passwd')"], ["passwd"]),
        (["report", "-o", "/proc/report.html"], ["/proc/"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], words: list[str], filled: Path, tmp_path: Path, netlake_here: Netlake
) -> None:
    assert_one_sentence(netlake_here("--lake", filled, *arguments), *words)
    assert not (tmp_path / "out.csv").exists()
    assert_unharmed(filled)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ingest", "good.log", "--source", "quantum_log"], ["--source", "quantum_log"]),
        (["ingest"], ["PATH"]),
        (["build", "--from", "yesterday", "--to", "2026-03-02"], ["yesterday"]),
        (["build", "--from", "2026-03-02"], ["--from", "--to"]),
        (["run", "--from", "2026-03-03", "--to", "2026-03-02"], ["2026-03-03"]),
        (["sources", "quantum_log"], ["quantum_log"]),
        (["simulate", "out", "--hours", "0"], ["--hours"]),
        (["simulate", "out", "--scale", "nan"], ["--scale"]),
        (["nonsense"], ["nonsense"]),
        (["build", "--nonsense"], ["--nonsense"]),
    ],
    ids=lambda value: " ".join(value)[:40],
)
def test_wrong_usage_is_exit_code_2(
    arguments: list[str], words: list[str], filled: Path, tmp_path: Path, netlake_here: Netlake
) -> None:
    assert_one_sentence(netlake_here("--lake", filled, *arguments), *words, code=2)
    assert not (tmp_path / "out").exists()
    assert_unharmed(filled)


def test_ingest_of_a_place_that_is_none_makes_no_lake(tmp_path: Path, netlake_here: Netlake) -> None:
    assert_one_sentence(netlake_here("--lake", "L", "ingest", "nowhere"), "nowhere")
    assert not (tmp_path / "L").exists()


@pytest.mark.parametrize("setting", ["NETLAKE_BATCH_BYTES", "NETLAKE_COMMIT_OBJECTS"])
def test_setting_that_is_no_number_is_told(setting: str, tmp_path: Path, netlake: Netlake) -> None:
    (tmp_path / "good.log").write_text(flows(1))
    ran = netlake("--lake", "L", "ingest", "good.log", env={setting: "plenty"})
    assert_one_sentence(ran, setting.removeprefix("NETLAKE_"))


def test_place_where_nothing_can_be_written(tmp_path: Path, netlake: Netlake) -> None:
    (tmp_path / "good.log").write_text(flows(1))
    assert_one_sentence(netlake("--lake", "/proc/lake", "ingest", "good.log"), "/proc/lake", "--lake")


def _refuse_large_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, 8_192))


def test_disk_that_refuses_is_told_and_the_lake_unharmed(own: Path, netlake: Netlake) -> None:
    """A limit on the size of files stands for a full disk: a write fails in the middle."""
    (own.parent / "large.log").write_text(flows(60_000, first=10))
    assert_one_sentence(netlake("--lake", own, "ingest", "large.log", preexec_fn=_refuse_large_files))
    assert_unharmed(own, core=0)
    assert not list(own.rglob("*.part"))
    (report,) = netlake("--lake", own, "ingest", "large.log", "--json").json
    assert report["rows_out"] == 60_000


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 3 MB; only root can make one."""
    place = Path(tempfile.mkdtemp())
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        place.rmdir()
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
    place.rmdir()


def test_full_disk_is_told_and_the_lake_unharmed(small_disk: Path, tmp_path: Path, netlake: Netlake) -> None:
    (tmp_path / "good.log").write_text(flows(3))
    lake, filler = small_disk / "lake", small_disk / "filler"
    assert netlake("--lake", lake, "ingest", "good.log").rc == 0
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 40_960))
    (tmp_path / "large.log").write_text(flows(200_000, first=10))
    assert_one_sentence(netlake("--lake", lake, "ingest", "large.log"), "space")
    assert_unharmed(lake, core=0)
    assert not list(lake.rglob("*.part"))
    filler.unlink()
    (tmp_path / "more.log").write_text(flows(5, first=10))
    (report,) = netlake("--lake", lake, "ingest", "more.log", "--json").json
    assert report["rows_out"] == 5


@pytest.mark.parametrize("limit", [3_072, 20_480, 65_536])
def test_disk_that_refuses_somewhere_on_the_way(limit: int, own: Path, netlake: Netlake) -> None:
    """Wherever it happens (data file, catalog, published file), it is told, and the next run completes the work."""

    def refuse() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    (own.parent / "more.log").write_text(flows(5, first=10))
    assert_one_sentence(netlake("--lake", own, "ingest", "more.log", preexec_fn=refuse))
    assert netlake("--lake", own, "ingest", "more.log").rc == 0
    (found,) = publish.ask(catalog.open_existing(Settings(lake=own)), COUNTS)
    assert found["staged"] == 8
