"""The steps of the pipeline, and the only place where its stages meet. The shell and Airflow call the same functions.

Every step does a window (or whatever is new), replaces what was there, and tells in reports what it did.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import duckdb
import polars as pl

from pipelines import registry
from pipelines.anomalies import findings
from pipelines.diagnosis import incidents
from pipelines.health import score
from pipelines.health.verdict import HISTORY_DAYS
from pipelines.ingest import intake
from pipelines.lake import engine, models, publish, table_io
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Table
from pipelines.model.tables import CORE, FINDING, INCIDENT, INDICATOR, INGESTED_OBJECT, OURS, RUN, SCORE
from pipelines.model.window import HOUR, Window, parse_hour, spans
from pipelines.report import Report, merge
from pipelines.transforms import core

Progress = Callable[[str, int, int], None]
# An incident that began this long before a window is looked at again: it may have lasted into it.
STILL_OPEN = timedelta(hours=6)


def silent(what: str, done: int, total: int) -> None:
    """A progress callback that shows nothing."""


def ingest(lake: Lake, places: Iterable[str], source: str | None = None, progress: Progress = silent) -> list[Report]:
    """Stages every object under ``places`` that is new to the lake; one report per source.

    The step's wall time is shared out by rows. ConfigError for a place that does not exist.
    """
    started, at = time.perf_counter(), datetime.now(UTC)
    reports = merge(intake.ingest(lake, places, source, lambda done, total: progress("ingest", done, total)))
    seconds, rows = time.perf_counter() - started, sum(report.rows_in for report in reports) or 1
    reports = [replace(report, seconds=seconds * report.rows_in / rows) for report in reports]
    _log(lake, "ingest", at, reports)
    return reports


def fresh(lake: Lake) -> list[Window]:
    """Windows with rows that no build has seen yet, and the hour before each, which has become final."""
    ledger = table_io.read(lake, INGESTED_OBJECT).filter(pl.col("state") == "ingested")
    seen = ledger.select("hours", "ingested_at").explode("hours").drop_nulls()
    newest = seen.group_by("hours").agg(pl.col("ingested_at").max()).collect()
    ingested = {parse_hour(key): at for key, at in newest.iter_rows()}
    built = _built(lake)
    new = [hour for hour, at in ingested.items() if (seen_at := built(hour)) is None or at > seen_at]
    before = {hour - HOUR for hour in new} & ingested.keys()
    return spans([*new, *before])


def _built(lake: Lake) -> Callable[[datetime], datetime | None]:
    """When an hour was last built, or None."""
    runs = table_io.read(lake, RUN).filter(pl.col("step") == "build").select("window_start", "window_end", "started_at")
    newest = runs.unique().sort("started_at", descending=True).collect().rows()
    return lambda hour: next((at for start, end, at in newest if start <= hour < end), None)


def build(lake: Lake, windows: Sequence[Window], progress: Progress = silent) -> list[Report]:
    """Core tables, then every SQL model, for ``windows``; one report per table."""
    if not windows:
        return []
    with lake.writing():
        at = datetime.now(UTC)  # everything committed until now is seen by this build
    total = len(CORE) + len(models.models())
    reports = []
    for done, table in enumerate(CORE):
        progress(f"build {table.full_name}", done, total)
        reports.append(_build_core(lake, table, windows))
    for done, model in enumerate(models.models(), start=len(CORE)):
        progress(f"build {model.full_name}", done, total)
        reports.append(_build_model(lake, model, windows))
    progress("build", total, total)
    _log(lake, "build", at, reports, windows)
    return reports


def _build_core(lake: Lake, table: Table, windows: Sequence[Window]) -> Report:
    started, duplicates = time.perf_counter(), 0
    feeds = [(source.table, f) for source in registry.members("sources") for f in source.feeds if f.table is table]

    def hourly() -> Iterator[pl.DataFrame]:
        nonlocal duplicates
        for hour in _hours(windows):
            parts = [core.conform(table, table_io.read(lake, t, [hour]), f.columns, f.where) for t, f in feeds]
            conformed = core.once(table, parts)
            duplicates += conformed.duplicate_count
            yield conformed.rows

    files, rows = table_io.replace(lake, table, windows, hourly())
    return Report(table.full_name, files, rows + duplicates, rows, 0, duplicates, 0, time.perf_counter() - started)


def _build_model(lake: Lake, model: models.Model, windows: Sequence[Window]) -> Report:
    started = time.perf_counter()
    inputs = [t for t in tables() if t.full_name in model.reads()]
    with engine.connect(lake, inputs) as con:
        hourly = (engine.query(con, model.sql, hour) for hour in _hours(windows))
        files, rows = table_io.replace(lake, model.table(con), windows, hourly)
    return Report(model.full_name, files, rows, rows, 0, 0, 0, time.perf_counter() - started)


def _hours(windows: Iterable[Window]) -> Iterator[Window]:
    return (hour for window in windows for hour in window.hours())


def measure(lake: Lake, windows: Sequence[Window], progress: Progress = silent) -> list[Report]:
    """Health indicators and scores of ``windows``."""
    return _analyse(lake, "health", windows, (INDICATOR, SCORE), _measure, progress)


def _measure(lake: Lake, con: duckdb.DuckDBPyConnection, window: Window) -> tuple[pl.DataFrame, ...]:
    past = Window(window.start - timedelta(days=HISTORY_DAYS), window.start)
    return score.measure(con, window, table_io.read(lake, INDICATOR, [past]).collect())


def detect(lake: Lake, windows: Sequence[Window], progress: Progress = silent) -> list[Report]:
    """Findings and incidents of ``windows`` and of the hours before, in which one may have begun that still lasts."""
    widened = spans(hour.start for w in windows for hour in Window(w.start - STILL_OPEN, w.end).hours())
    return _analyse(lake, "detect", widened, (FINDING, INCIDENT), _detect, progress)


def _detect(lake: Lake, con: duckdb.DuckDBPyConnection, window: Window) -> tuple[pl.DataFrame, ...]:
    found = findings.find(con, window)
    return found, incidents.incidents(found, con, window)


def _analyse(
    lake: Lake,
    step: str,
    windows: Sequence[Window],
    outputs: Sequence[Table],
    analysis: Callable[[Lake, duckdb.DuckDBPyConnection, Window], tuple[pl.DataFrame, ...]],
    progress: Progress,
) -> list[Report]:
    at, started = datetime.now(UTC), time.perf_counter()
    written = dict.fromkeys(outputs, 0)
    files = dict.fromkeys(outputs, 0)
    for done, window in enumerate(windows):
        progress(step, done, len(windows))
        with engine.connect(lake, tables()) as con:
            for table, rows in zip(outputs, analysis(lake, con, window), strict=True):
                more = table_io.replace(lake, table, [window], [rows])
                files[table], written[table] = files[table] + more[0], written[table] + more[1]
    progress(step, len(windows), len(windows))
    share = (time.perf_counter() - started) / len(outputs)
    reports = [Report(t.full_name, files[t], n, n, 0, 0, 0, share) for t, n in written.items()]
    _log(lake, step, at, reports, windows)
    return reports


def run(lake: Lake, todo: Sequence[Window], progress: Progress = silent) -> list[Report]:
    """Every stage after ingest for the windows ``todo``, and the lake published; reports by table."""
    reports = [*build(lake, todo, progress), *measure(lake, todo, progress), *detect(lake, todo, progress)]
    publish_lake(lake)
    return reports


def publish_lake(lake: Lake) -> int:
    """``lake.duckdb`` anew; the number of views."""
    return publish.publish(lake, tables())


@cache
def tables() -> tuple[Table, ...]:
    """Every table that a lake has or will have: staged, ours, and those of the SQL models, in building order."""
    known = [*(source.table for source in registry.members("sources")), *OURS]
    with duckdb.connect() as con:
        for table in known:
            engine.define_empty(con, table)
        for model in models.models():
            known.append(model.table(con))
            engine.define_empty(con, known[-1])
    return tuple(known)


def _log(lake: Lake, step: str, at: datetime, reports: Sequence[Report], windows: Sequence[Window] = ()) -> None:
    """Keeps the reports in ``ops.run``, a line per window; figures stand on the first."""
    spanned: Sequence[tuple[datetime | None, datetime | None]] = [(w.start, w.end) for w in windows] or [(None, None)]
    rows = [
        {"started_at": at, "step": step, "window_start": start, "window_end": end}
        | (report.as_dict() if nth == 0 else {"source": report.source})
        for report in reports
        for nth, (start, end) in enumerate(spanned)
    ]
    if rows:
        frame = RUN.conform(pl.DataFrame(rows, schema=RUN.polars).lazy()).collect()
        table_io.append(lake, RUN, [table_io.write(lake, RUN, frame.sort(RUN.order), "{content}")])
