"""Rows of one query, on a cursor of its own in UTC: an undrained result would block the connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb


def rows(con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All rows, as dictionaries."""
    cursor = con.cursor()
    cursor.execute("set TimeZone = 'UTC'")  # a cursor starts with the machine's zone
    found: list[dict[str, Any]] = cursor.sql(sql, params=dict(parameters)).pl().to_dicts()
    return found
