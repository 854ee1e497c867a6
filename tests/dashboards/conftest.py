"""A full lake, an empty one, and the report of the full one, made once."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the fixture's modules lie beside the tests

from synthetic_lake import build

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def full_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("full") / "lake.duckdb")


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("empty") / "lake.duckdb", is_empty=True)


@pytest.fixture(scope="session")
def report(full_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from dashboards.report import render

    out = tmp_path_factory.mktemp("report") / "report.html"
    render(full_lake, out, now=NOW)
    return out
