"""What tests share: a fresh lake, the command line as a process, real samples, and one demo for the whole session.

Imports little at the top: most tests need only some of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pipelines.lake.catalog import Lake

SHARED = Path(__file__).parents[2] / "shared"
TIMEOUT = 600  # seconds after which a command counts as hanging


@dataclass(frozen=True)
class Ran:
    """A command that has ended: its exit code and what it printed."""

    rc: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output as JSON; fails with what was printed instead."""
        assert self.rc == 0, f"exit code {self.rc}: {self.stderr or self.stdout}"
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Demo:
    """A demo that has run: where its lake and files lie, what it printed, how long it took."""

    lake: Path
    root: Path
    printed: Mapping[str, Any]
    seconds: float

    @cached_property
    def labels(self) -> dict[str, Any]:
        """The truth that the simulator wrote beside the bucket."""
        found: dict[str, Any] = json.loads((self.root / "labels.json").read_text())
        return found


Netlake = Callable[..., Ran]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-cases", action="store_true", help="write the answers of cases anew; review the diff")


def run_netlake(*args: object, cwd: Path, **options: Any) -> Ran:
    """``netlake args…`` as a process of its own, without settings of the surroundings and with plain wide output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NETLAKE_")}
    env = kept | {"COLUMNS": "250", "TERM": "dumb", "NO_COLOR": "1"} | options.pop("env", {})
    command = [sys.executable, "-m", "pipelines", *map(str, args)]
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False, **options
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real records that nobody here wrote; they lie outside the project, so a checkout alone lacks them."""
    if not SHARED.exists():
        pytest.skip("the samples beside the project are not here")
    return SHARED / "samples"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A new, empty lake."""
    from pipelines.lake import catalog
    from pipelines.settings import Settings

    return catalog.create(Settings(lake=tmp_path / "lake"))


@pytest.fixture
def netlake(tmp_path: Path) -> Netlake:
    """The command line as a process in an empty folder: ``netlake("--lake", lake, "ingest", path)``."""

    def run(*args: object, **options: Any) -> Ran:
        return run_netlake(*args, **{"cwd": tmp_path} | options)

    return run


@pytest.fixture
def netlake_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Netlake:
    """The command line as in ``netlake``, but within this process: no start to wait for."""
    from pipelines.__main__ import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["netlake", *map(str, args)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else int(bool(done.code))
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The whole demo, run once; tests may read its lake and run what is harmless when repeated."""
    home = tmp_path_factory.mktemp("demo")
    started = time.perf_counter()
    ran = run_netlake("--lake", home / "lake", "demo", "--to", home / "files", "--json", cwd=home)
    return Demo(home / "lake", home / "files", ran.json, time.perf_counter() - started)
