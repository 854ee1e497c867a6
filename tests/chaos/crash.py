"""Ingests and dies, without any clean-up, at a named point: ``python -m tests.chaos.crash POINT LAKE BUCKET``."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines import steps
from pipelines.ingest import ledger
from pipelines.lake import catalog, table_io
from pipelines.settings import Settings


def die(*_: object) -> None:
    os._exit(9)


def after(times: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """``real`` for that many calls, then death."""
    calls = iter(range(times))

    def instead(*args: Any, **kwargs: Any) -> Any:
        if next(calls, None) is None:
            die()
        return real(*args, **kwargs)

    return instead


def arm(point: str) -> None:
    """Makes the process die at ``point`` of the commit."""
    match point:
        case "before the intent":
            ledger.json.dumps = die
        case "after the intent":
            ledger._carry_out = die
        case "between two tables":
            table_io.append = after(2, table_io.append)
        case "before it is cleared":
            Path.unlink = die
        case _:
            raise SystemExit(f"unknown point {point}")


if __name__ == "__main__":
    point, lake, bucket = sys.argv[1:]
    opened = catalog.create(Settings(lake=Path(lake)))
    arm(point)
    steps.ingest(opened, [bucket])
