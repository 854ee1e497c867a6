"""What the code is made of stays as it was agreed: who imports whom, names, sizes, no inheritance, comments."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import pipelines
from pipelines import steps
from pipelines.lake import publish
from pipelines.lake.catalog import Lake

ROOT = Path(pipelines.__file__).parents[1]
MODULES = sorted(ROOT.joinpath("pipelines").rglob("*.py"))
CODE = [*MODULES, *sorted(ROOT.joinpath("dashboards").rglob("*.py")), *sorted(ROOT.joinpath("dags").rglob("*.py"))]
EXTRAS = ("airflow", "dash", "plotly", "great_expectations", "boto3", "pyspark", "pandas")
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "types", "io", "misc", "manager", "shared", "lib"}
LONGEST_MODULE = 300
PARENTS = {"BaseSettings", "Protocol", "NamedTuple", "Enum", "StrEnum"}

BLOCKED = f"""
import importlib, pkgutil, sys
from importlib.machinery import PathFinder

class WithoutExtras(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in {EXTRAS!r} else PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutExtras
for name in {EXTRAS!r}:
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    raise SystemExit(name + " could be imported: this proves nothing")
import pipelines
names = ["pipelines"] + [found.name for found in pkgutil.walk_packages(pipelines.__path__, "pipelines.")]
for name in names:
    if name != "pipelines.__main__":
        importlib.import_module(name)
from pipelines.cli import app
print(len(names))
"""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def definitions(path: Path) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef))


def test_imports_keep_their_contracts() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " kept, 0 broken" in done.stdout


def test_everything_imports_without_the_extras(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    packages = {path.parent for path in MODULES if path.name == "__init__.py"}
    assert int(done.stdout) >= len([path for path in MODULES if path.parent in packages]) - 1


def test_core_does_not_import_the_extras_by_the_way(tmp_path: Path) -> None:
    """Starting the command line costs no second on what most commands do not need."""
    script = f"import sys, pipelines.cli; print([m for m in {EXTRAS!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_names_say_what_is_inside(path: Path) -> None:
    words = {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    assert not words & NO_NAMES
    assert path.name != "core.py" or path.parent.name == "transforms"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_is_short_and_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "a module begins with what it is"
    runs = any(isinstance(node, ast.FunctionDef | ast.For | ast.While) for node in ast.walk(tree))
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_MODULE or not runs, f"{lines} lines; only literals may be longer"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_inherits(path: Path) -> None:
    """But exceptions, settings and protocols."""
    for one in definitions(path):
        parents = {ast.unparse(parent).split(".")[-1].split("[")[0] for parent in one.bases}
        errors = {parent for parent in parents if parent.endswith(("Error", "Exception"))}
        assert parents <= PARENTS | errors, f"{one.name} inherits from {parents}"


@pytest.mark.parametrize("path", sorted(ROOT.joinpath("dags").glob("*.py")) or [None], ids=str)
def test_dag_is_thin(path: Path | None) -> None:
    assert path is None or len(path.read_text().splitlines()) <= 80


def test_published_views_and_columns_are_commented(lake: Lake) -> None:
    steps.publish_lake(lake)
    with duckdb.connect(str(lake.database), read_only=True) as con:
        views = con.execute(
            "select schema_name || '.' || view_name, comment from duckdb_views() where not internal"
        ).fetchall()
        columns = con.execute(
            "select schema_name || '.' || table_name || '.' || column_name, comment from duckdb_columns() "
            "where not internal"
        ).fetchall()
    assert {name for name, _ in views} == {table.full_name for table in steps.tables()}
    assert len(columns) == sum(len(table.fields) for table in steps.tables())
    assert [name for name, comment in [*views, *columns] if not comment] == []
    assert publish.ask(lake, "select count(*) as n from core.flow") == [{"n": 0}]
