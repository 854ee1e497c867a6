"""DuckDB over the lake: an in-memory database in UTC in which every committed table is a view."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import polars as pl

from pipelines.lake import table_io
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Table
from pipelines.model.window import Window


def connect(lake: Lake, tables: Iterable[Table]) -> duckdb.DuckDBPyConnection:
    """A connection with ``tables`` as views on their committed files; a table without files is an empty view."""
    con = duckdb.connect(config={"memory_limit": lake.settings.memory_limit})
    con.execute("set global TimeZone = 'UTC'")
    con.execute(f"set temp_directory = {quoted(str(lake.root / '.tmp'))}")
    for table in tables:
        define(con, lake, table)
    return con


def define(con: duckdb.DuckDBPyConnection, lake: Lake, table: Table) -> None:
    """The view of one table, with comments."""
    comments = [f"comment on view {name(table)} is {quoted(f'{table.about} One row: {table.grain}.')}"]
    for field in table.fields:
        about = field.about + (f" [{field.unit}]" if field.unit else "")
        comments.append(f'comment on column {name(table)}."{field.name}" is {quoted(about)}')
    _schema(con, table)
    con.execute(f"create or replace view {name(table)} as {_select(lake, table)}")
    con.execute("; ".join(comments))


def define_empty(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """The view of one table without rows: enough to ask DuckDB for the types of what reads it."""
    _schema(con, table)
    con.execute(f"create or replace view {name(table)} as {_no_rows(table)}")


def query(con: duckdb.DuckDBPyConnection, sql: str, window: Window | None = None, **params: object) -> pl.DataFrame:
    """The result of one statement as a frame; ``window`` binds ``$window_start`` and ``$window_end``."""
    if window:
        params |= {"window_start": window.start, "window_end": window.end}
    rows: pl.DataFrame = con.cursor().sql(sql, params=params or None).pl()
    return rows


def name(table: Table) -> str:
    """The table's name, quoted for SQL."""
    return f'"{table.schema}"."{table.name}"'


def quoted(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _select(lake: Lake, table: Table) -> str:
    paths = table_io.files(lake, table)
    if not paths:
        return _no_rows(table)
    listed = ", ".join(quoted(path) for path in paths)
    if not _may_lack_columns(lake, table):
        columns = ", ".join(f'"{f.name}"' for f in table.fields)
        return f"select {columns} from read_parquet([{listed}])"  # noqa: S608 (names are ours)
    return f"{_no_rows(table)} union all by name from read_parquet([{listed}], union_by_name = true)"


def _may_lack_columns(lake: Lake, table: Table) -> bool:
    """Staged files hold what was delivered, files of an older schema what there was.

    DuckDB then has to look into every file before it reads any, so this is not asked of the others.
    """
    return table.schema == "staged" or len(lake.catalog.load_table(table.full_name).schemas()) > 1


def _schema(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    con.execute(f'create schema if not exists "{table.schema}"')


def _no_rows(table: Table) -> str:
    columns = ", ".join(f'cast(null as {kind}) as "{column}"' for column, kind in table.duckdb.items())
    return f"select {columns} where false"
