"""SQL models: the head says what the rows mean, the statement says what they depend on, and both are checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import steps
from pipelines.errors import ModelError
from pipelines.lake import engine, models
from pipelines.lake.models import Model
from pipelines.model.schema import Table
from pipelines.model.tables import OURS

HEAD = "-- What it is.\n-- grain: hour_at, who\n-- window: hour_at\n-- hour_at: when\n-- who: who\n-- n: how many\n"
SELECT = (
    "select event_at as hour_at, vpc_id as who, cast(count(*) as bigint) as n from core.flow "
    "where event_at >= $window_start and event_at < $window_end group by event_at, vpc_id order by 1, 2"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of models in place of ours."""
    monkeypatch.setattr(models, "folder", lambda: tmp_path)
    models.models.cache_clear()
    (tmp_path / "models" / "mart").mkdir(parents=True)
    yield tmp_path / "models" / "mart"
    monkeypatch.undo()
    models.models.cache_clear()


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with our tables as empty views."""
    with duckdb.connect() as connection:
        for table in OURS:
            engine.define_empty(connection, table)
        yield connection


def save(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.sql").write_text(text)


def test_models_are_found() -> None:
    assert {"rollup.flow_1m", "rollup.flow_1h", "rollup.dns_5m"} <= {model.full_name for model in models.models()}


@pytest.mark.parametrize("model", models.models(), ids=lambda model: model.full_name)
class TestEveryModel:
    """What holds for each model of this release."""

    def table(self, model: Model) -> Table:
        return next(table for table in steps.tables() if table.full_name == model.full_name)

    def test_every_column_is_described_and_none_else(self, model: Model) -> None:
        assert set(model.columns) == set(self.table(model).by_name)
        assert all(model.columns.values())
        assert model.about.endswith(".")

    def test_grain_and_window_are_columns(self, model: Model) -> None:
        table = self.table(model)
        assert set(model.grain) <= set(table.by_name)
        assert table.by_name[model.window].type == "time"
        assert model.window in model.grain

    def test_reads_only_tables_that_exist_and_not_itself(self, model: Model) -> None:
        known = {table.full_name for table in steps.tables()}
        assert model.reads()
        assert model.reads() <= known - {model.full_name}

    def test_comes_after_what_it_reads(self, model: Model) -> None:
        order = [table.full_name for table in steps.tables()]
        assert all(order.index(name) < order.index(model.full_name) for name in model.reads())

    def test_is_short_and_ordered(self, model: Model) -> None:
        assert len(model.sql.splitlines()) <= 60
        assert "order by" in model.sql.lower()
        assert "select *" not in model.sql.lower().split("\nselect")[-1]

    def test_takes_the_window_as_its_only_parameters(self, model: Model) -> None:
        assert set(re.findall(r"\$\w+", model.sql)) == {"$window_start", "$window_end"}


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ("grain", HEAD.replace("-- grain: hour_at, who\n", "")),
        ("window", HEAD.replace("-- window: hour_at\n", "")),
        ("grain", ""),
    ],
)
def test_head_without_grain_or_window_is_refused(folder: Path, missing: str, text: str) -> None:
    save(folder, "m", text + SELECT)
    with pytest.raises(ModelError, match=f"mart.m.*{missing}"):
        models.models()


def test_dependencies_are_read_from_the_statement(folder: Path) -> None:
    save(folder, "a_last", HEAD + SELECT.replace("core.flow", "mart.b_middle").replace("event_at", "hour_at"))
    save(folder, "b_middle", HEAD + SELECT.replace("core.flow", "mart.c_first").replace("event_at", "hour_at"))
    save(folder, "c_first", HEAD + f"with x as (select 1) {SELECT}")  # a CTE is not a table
    found = models.models()
    assert [model.name for model in found] == ["c_first", "b_middle", "a_last"]
    assert found[0].reads() == {"core.flow"}


def test_models_that_read_each_other_are_refused(folder: Path) -> None:
    save(folder, "a", HEAD + SELECT.replace("core.flow", "mart.b"))
    save(folder, "b", HEAD + SELECT.replace("core.flow", "mart.a"))
    with pytest.raises(ModelError, match=r"mart\.[ab].*itself"):
        models.models()


def test_statement_that_is_no_sql_is_refused(folder: Path) -> None:
    save(folder, "m", HEAD + "selekt 1")
    with pytest.raises(ModelError, match="mart.m"):
        models.models()


def test_types_are_those_of_the_engine(folder: Path, con: duckdb.DuckDBPyConnection) -> None:
    save(folder, "m", HEAD + SELECT)
    (model,) = models.models()
    types = {field.name: field.type for field in model.table(con).fields}
    assert types == {"hour_at": "time", "who": "text", "n": "long"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("cast(count(*) as bigint)", "sum(bytes)"), "n is HUGEINT; cast"),
        (("cast(count(*) as bigint)", "sum(bytes::decimal(9, 2))"), "n is DECIMAL.*; cast"),
        (("cast(count(*) as bigint)", "struct_pack(x := count(*))"), "n is STRUCT.*cast"),
        ((" as n", " as m"), "m is not described"),
        (("vpc_id as who", "no_such_column as who"), "no_such_column"),
        (("core.flow", "core.nothing"), "nothing"),
    ],
)
def test_statement_that_does_not_fit_is_refused(
    folder: Path, con: duckdb.DuckDBPyConnection, change: tuple[str, str], reason: str
) -> None:
    save(folder, "m", HEAD + SELECT.replace(*change))
    (model,) = models.models()
    with pytest.raises(ModelError, match=f"(?s)mart.m.*{reason}"):
        model.table(con)


def test_message_of_an_error_shows_no_excerpt_of_the_statement(con: duckdb.DuckDBPyConnection) -> None:
    model = replace(models.models()[0], sql="select nothing from core.flow")
    with pytest.raises(ModelError) as refused:
        model.table(con)
    assert "LINE 1" not in str(refused.value)
