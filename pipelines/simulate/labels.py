"""The truth about a simulation, for tests: what was planted, what was harmless, exact counts of what was written."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.simulate.delivery import Delivered, moment
from pipelines.simulate.incidents import Incident, Oddity, Story
from pipelines.simulate.load import Rhythm
from pipelines.simulate.mishaps import Outcome

_TIME = "%Y-%m-%dT%H:%M:%SZ"


def totals(objects: list[Delivered], records: int, **more: int) -> dict[str, int]:
    """`objects` counts every object; `records` each well-formed record of an intact object once."""
    return {"objects": len(objects), "records": records, "bytes": sum(one.size for one in objects), **more}


def write(
    path: Path,
    seed: int,
    when: Rhythm,
    story: Story,
    outcomes: list[Outcome],
    repeated_events: dict[str, int],
    sums: dict[str, dict[str, int]],
) -> None:
    """Write labels.json; it lies beside the bucket, never inside."""
    labels = {
        "seed": seed,
        "start": moment(when.start, _TIME),
        "end": moment(when.end, _TIME),
        "incidents": [_incident(number, one) for number, one in enumerate(story.incidents, 1)],
        "oddities": [_oddity(one) for one in story.oddities],
        "oddities_of_delivery": _mishaps(outcomes) | repeated_events,
        "totals": sums,
    }
    path.write_text(json.dumps(labels, indent=1) + "\n")


def _incident(number: int, one: Incident) -> dict[str, Any]:
    return {
        "id": f"incident-{number}",
        "kind": one.kind,
        "class": one.klass,
        "start": moment(one.start, _TIME),
        "end": moment(one.end, _TIME),
        "entities": list(one.entities),
        "cause_event_id": one.causes[0] if one.causes else None,
        "cause_event_ids": list(one.causes),
        "blame": one.blame,
        "severity": round(one.severity, 4),
        "about": one.about,
    }


def _oddity(one: Oddity) -> dict[str, Any]:
    times = {"start": moment(one.start, _TIME), "end": moment(one.end, _TIME)}
    return asdict(one) | times | {"entities": list(one.entities), "events": list(one.events)}


def _mishaps(outcomes: list[Outcome]) -> dict[str, Any]:
    """Objects and lines of VPC flow logs that are not as they should be."""
    twice = [row for outcome in outcomes for row in outcome.twice]
    malformed = [row for outcome in outcomes for row in outcome.malformed]
    truncated = [row for outcome in outcomes for row in outcome.truncated]
    return {
        "duplicate_objects": [{"key": key, "same_as": first, "records": n} for key, first, n in twice],
        "duplicate_records": sum(records for _, _, records in twice),
        "late_objects": [key for outcome in outcomes for key in outcome.late],
        "malformed_lines": [{"key": key, "line": line, "what": what} for key, line, what in malformed],
        "malformed_line_count": len(malformed),
        "truncated_objects": [{"key": key, "records": records} for key, records in truncated],
        "truncated_records": sum(records for _, records in truncated),
    }
