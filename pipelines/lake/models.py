"""SQL models: one file is one select is one table, ``sql/models/<schema>/<name>.sql``.

The head of the file is comments: first what a row means, then ``-- grain:`` (columns that tell rows apart),
``-- window:`` (the time column), ``-- <column>: <what it is>``. Dependencies are read from the statement itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

import pipelines
from pipelines.errors import ModelError, in_one_line
from pipelines.model.schema import TYPES, Field, Table

_HEAD = re.compile(r"^--\s*(?:(?P<key>\w+):)?\s*(?P<text>.*)$")
_LOGICAL = {kind.duckdb: name for name, kind in TYPES.items()} | {"VARCHAR": "text", "TIMESTAMP WITH TIME ZONE": "time"}


@dataclass(frozen=True)
class Model:
    """One SQL model: ``schema.name``, its statement and what its head says."""

    schema: str
    name: str
    about: str
    grain: tuple[str, ...]
    window: str
    columns: Mapping[str, str]
    sql: str

    @property
    def full_name(self) -> str:
        """``schema.name``."""
        return f"{self.schema}.{self.name}"

    def reads(self) -> set[str]:
        """Tables the statement reads, as ``schema.name``; ModelError if DuckDB cannot parse it."""
        statement = re.sub(r"\$\w+", "null", self.sql)
        con = duckdb.connect()
        parsed = json.loads(con.execute("select json_serialize_sql($1::varchar)", [statement]).fetchall()[0][0])
        if parsed["error"]:
            raise ModelError(self.full_name, parsed["error_message"])
        return {f"{node['schema_name']}.{node['table_name']}" for node in _base_tables(parsed) if node["schema_name"]}

    def table(self, con: duckdb.DuckDBPyConnection) -> Table:
        """The model's table, types as DuckDB infers them from its inputs (views in ``con``).

        ModelError if a column's type is not one of ours: cast it.
        """
        try:
            described = con.execute(f"describe {self._without_parameters()}").fetchall()
        except duckdb.Error as error:
            raise ModelError(self.full_name, in_one_line(error)) from error
        fields = tuple(self._field(column, kind) for column, kind, *_ in described)
        grain = "one " + ", ".join(self.grain)
        return Table(self.schema, self.name, self.about, grain, fields, time=self.window, order=self.grain)

    def _without_parameters(self) -> str:
        return re.sub(r"\$window_(start|end)", "timestamptz '2000-01-01 00:00:00+00'", self.sql)

    def _field(self, column: str, kind: str) -> Field:
        if kind not in _LOGICAL:
            raise ModelError(self.full_name, f"column {column} is {kind}; cast it to one of {sorted(_LOGICAL)}")
        if column not in self.columns:
            raise ModelError(self.full_name, f"column {column} is not described; add `-- {column}: …` to its head")
        return Field(column, _LOGICAL[kind], self.columns[column])


def folder() -> Path:
    """Where the SQL of this release lies: beside the code in a checkout, inside the package when installed."""
    package = Path(pipelines.__file__).parent
    inside = package / "_sql"
    return inside if inside.exists() else package.parent / "sql"


@cache
def models() -> tuple[Model, ...]:
    """All models, each after those it reads; ModelError if they read each other in a circle."""
    found = {m.full_name: m for m in map(_load, sorted((folder() / "models").glob("*/*.sql")))}
    graph = {name: model.reads() & found.keys() for name, model in found.items()}
    try:
        return tuple(found[name] for name in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ModelError(error.args[1][0], f"reads itself through {' <- '.join(error.args[1])}") from error


def _load(path: Path) -> Model:
    sql = path.read_text()
    about, keys = [], {}
    for line in sql.splitlines():
        if not (head := _HEAD.match(line)):
            break
        if head["key"]:
            keys[head["key"]] = head["text"]
        else:
            about.append(head["text"])
    schema, name = path.parent.name, path.stem
    if missing := {"grain", "window"} - keys.keys():
        raise ModelError(f"{schema}.{name}", f"its head lacks {', '.join(sorted(missing))}")
    grain = tuple(column.strip() for column in keys.pop("grain").split(","))
    return Model(schema, name, " ".join(about).strip(), grain, keys.pop("window"), keys, sql)


def _base_tables(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _base_tables(child)
