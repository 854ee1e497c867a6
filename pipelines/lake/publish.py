"""``lake.duckdb``: views and comments, nothing else. Disposable; built aside and swapped in while others read."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable

import duckdb

from pipelines.errors import LakeError, in_one_line
from pipelines.lake import engine
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Table


def publish(lake: Lake, tables: Iterable[Table]) -> int:
    """Writes ``lake.duckdb`` with one view per table; the number of views. Readers keep the file they have open."""
    temporary = lake.root / f".{random.getrandbits(48):012x}.duckdb"  # noqa: S311 (keeps writers apart, not a secret)
    views = 0
    try:
        with duckdb.connect(temporary) as con:
            con.execute("set global TimeZone = 'UTC'")
            con.execute("begin")
            for views, table in enumerate(tables, start=1):  # noqa: B007 (the last number is the count)
                engine.define(con, lake, table)
            con.execute("commit")
        temporary.replace(lake.database)
    except (OSError, duckdb.Error) as error:
        raise LakeError(str(lake.root), f"lake.duckdb cannot be written ({in_one_line(error)})") from error
    finally:
        for left in (temporary, temporary.with_suffix(".duckdb.wal")):
            left.unlink(missing_ok=True)
    return views


def ask(lake: Lake, statement: str) -> list[dict[str, object]]:
    """Rows of one SELECT on the published lake as dictionaries; LakeError with DuckDB's own words if it fails."""
    con = connect(lake)
    try:
        _check_reads(con, lake, statement)
        found = con.execute(statement)
        columns = [column[0] for column in found.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    except duckdb.Error as error:
        raise LakeError(str(lake.root), in_one_line(error)) from error
    finally:
        con.close()


def _check_reads(con: duckdb.DuckDBPyConnection, lake: Lake, statement: str) -> None:
    """LakeError unless it is one SELECT, or the EXPLAIN of one: a COPY could write over the lake's own files."""
    inside = re.sub(r"(?is)^\s*explain\s+(analyze\s+)?", "", statement)
    if [found.type for found in con.extract_statements(inside)] != [duckdb.StatementType.SELECT]:
        raise LakeError(str(lake.root), "is read-only here: write one SELECT (or EXPLAIN, DESCRIBE, SUMMARIZE, FROM …)")


def connect(lake: Lake) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published lake, safe to hand to a person: no files but the lake's, nothing else.

    LakeError if nothing is published yet.
    """
    if not lake.database.exists():
        raise LakeError(str(lake.root), "nothing is published yet; run `netlake build`")
    con = duckdb.connect(lake.database, read_only=True)
    con.execute("set global TimeZone = 'UTC'")
    con.execute(f"set allowed_directories = [{engine.quoted(str(lake.root) + os.sep)}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return con
