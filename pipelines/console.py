"""What the command line shows: progress on standard error, tables for people, JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipelines.report import Report
from pipelines.steps import Progress as Callback

OUT = Console(highlight=False, soft_wrap=False)
ERR = Console(stderr=True, highlight=False)
SHOWN_ROWS = 100


@contextmanager
def progress() -> Iterator[Callback]:
    """A progress callback ``(what, done, total)`` drawn on standard error while it is a terminal, else silent."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as bars:
        tasks: dict[str, object] = {}

        def show(what: str, done: int, total: int) -> None:
            family = what.split()[0]
            if family not in tasks:
                tasks[family] = bars.add_task(what)
            bars.update(tasks[family], description=what, completed=done, total=total)  # type: ignore[arg-type]

        yield show


def as_json(value: object) -> None:
    """Prints ``value`` as one JSON document; times in ISO 8601."""
    sys.stdout.write(json.dumps(value, indent=2, default=_text, ensure_ascii=False) + "\n")


def table(rows: Sequence[Mapping[str, object]], title: str | None = None, right: Sequence[str] = ()) -> None:
    """Prints rows as a table; texts come from logs, so no markup of theirs is obeyed."""
    if not rows:
        OUT.print(f"[dim]{title or 'result'}: no rows[/]")
        return
    shown = Table(
        title=title, title_justify="left", header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for column, value in rows[0].items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        shown.add_column(escape(column), justify="right" if number or column in right else "left", overflow="fold")
    for row in rows[:SHOWN_ROWS]:
        shown.add_row(*(escape(_cell(value)) for value in row.values()))
    OUT.print(shown)
    if len(rows) > SHOWN_ROWS:
        OUT.print(f"[dim]… and {len(rows) - SHOWN_ROWS:,} more; --json prints all[/]")


def reports(done: Sequence[Report], is_json: bool) -> None:
    """Prints reports of steps, as JSON or as a table."""
    if is_json:
        as_json([report.as_dict() for report in done])
    elif done:
        table([report.as_dict() for report in done])
    else:
        OUT.print("nothing new")


def incidents(found: Sequence[Mapping[str, object]]) -> None:
    """Prints incidents as a numbered list: the sentence, and below it when, what kind, whose and how sure."""
    if not found:
        say("no incidents")
    for nth, row in enumerate(found, start=1):
        until = _cell(row["end"]) if row["end"] else "still open"
        say(f"[bold]{nth}.[/] {escape(str(row['summary']))}")
        facts = (f"{_cell(row['start'])} to {until}", row["class"], f"cause: {row['kind']}", f"side: {row['blame']}")
        say(f"   [dim]{escape(', '.join(map(str, facts)))}, confidence {row['confidence']:.0%}, id {row['id']}[/]")


def say(text: str) -> None:
    """Prints a line for people; markup is obeyed, so escape what comes from outside."""
    OUT.print(text, soft_wrap=True)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
