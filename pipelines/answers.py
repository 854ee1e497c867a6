"""What the command line asks of a lake around its steps: which windows to do, what to show, what to refuse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines import steps
from pipelines.errors import ConfigError, LakeError
from pipelines.ingest import transport
from pipelines.lake import publish, table_io
from pipelines.lake.catalog import Lake
from pipelines.model.tables import CORE
from pipelines.model.window import HOUR, Window
from pipelines.report import Report


def check_places(places: Iterable[str]) -> None:
    """ConfigError if a place to ingest from does not exist; before a lake is made for it."""
    for place in places:
        next(transport.listing(place), None)


def check_usable(done: Sequence[Report]) -> None:
    """ConfigError if objects were read and not one record of them could be used."""
    objects, used = sum(r.objects for r in done), sum(r.rows_out + r.rows_duplicate for r in done)
    if objects and not used:
        raise ConfigError(f"nothing usable in {objects} objects; ask why: netlake sql 'from ops.reject limit 20'")


def windows(lake: Lake, span: Window | None) -> list[Window]:
    """The span asked for, or whatever is new."""
    return steps.fresh(lake) if span is None else [span]


def everything(lake: Lake, span: Window | None) -> list[Window]:
    """The span asked for, or all that the core tables cover."""
    if span is not None:
        return [span]
    hours = [hour for table in CORE for hour in table_io.hours(lake, table)]
    return [Window(min(hours), max(hours) + HOUR)] if hours else []


def newest_scores(lake: Lake) -> list[dict[str, object]]:
    """The scores of the newest bin, the whole network first, the worst entities next."""
    return publish.ask(
        lake,
        """select window_start, entity_kind, entity_id, availability, performance, coverage, state
           from health.score where window_start = (select max(window_start) from health.score)
           order by entity_kind <> 'network', least(availability, performance), entity_id""",
    )


def incidents(lake: Lake) -> list[dict[str, object]]:
    """Incidents, the most severe first: id, start, end, detected_at, class, kind, entities, cause_event_id, …"""
    return publish.ask(
        lake,
        """select incident_id as id, start_at as start, end_at as "end", detected_at, class, kind, entities,
                  cause_event_id, cause, blame, confidence, summary
           from finding.incident order by severity desc, start_at, incident_id""",
    )


def report(lake: Lake, output: Path) -> Path:
    """Writes the HTML report of the published lake; LakeError if it cannot be written or Plotly is not installed."""
    if not lake.database.exists():
        raise LakeError(str(lake.root), "nothing is published yet; run `netlake run`")
    try:
        from dashboards.report import render
    except ImportError as error:
        raise ConfigError("the report needs Plotly: pip install 'netlake[dashboards]'") from error
    if output.is_dir():
        raise ConfigError(f"{output} is a folder; name the file to write, such as {output / 'report.html'}")
    try:
        render(lake.database, output)
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror}") from error
    return output
