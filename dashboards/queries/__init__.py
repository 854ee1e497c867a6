"""The questions of the dashboards, one SQL constant each, grouped by topic.

Parameters are named: ``$since`` and ``$until`` bound the time shown, ``$bin_s`` is the width of a time bin in seconds.
Bins are cut by epoch arithmetic, so that they do not depend on the session's zone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """One question: its ``sql``, how many time ``bins`` it may return at most, and the narrowest that make sense."""

    name: str
    sql: str
    bins: int = 240
    finest_s: int = 60
