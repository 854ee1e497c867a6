"""Incidents as values: rows of finding.incident with their JSON read, whatever shape it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboards import words
from dashboards.figures.health import EvidenceBin

CLASSES: Mapping[str, str] = {
    "aws_health": "AWS reports its network impaired",
    "dns_failure": "DNS queries fail",
    "internet": "Internet clients reach AWS badly",
    "nat_ports": "A NAT gateway runs out of ports",
    "probe_loss": "Probes lose packets",
    "probe_rtt": "Round trips take longer",
    "region_latency": "AWS's backbone takes longer",
    "reject_burst": "Traffic that used to be accepted is rejected",
    "transit_drop": "The transit gateway drops packets",
    "tunnel_down": "A VPN tunnel is down",
    "volume_drop": "Traffic has dropped",
    "volume_surge": "Traffic has surged",
}
KINDS: Mapping[str, str] = {
    "change": "a change explains it",
    "state": "a change of state explains it",
    "aws": "inside AWS",
    "internet": "on the Internet",
    "unknown": "no cause found",
}
BLAMES: Mapping[str, str] = {"us": "Ours", "aws": "AWS", "internet": "Internet", "unknown": "Unknown"}
_MAX_BINS = 300


@dataclass(frozen=True)
class Evidence:
    """What one finding saw around the onset."""

    detector: str
    entity_id: str
    unit: str
    bins: tuple[EvidenceBin, ...]


@dataclass(frozen=True)
class Incident:
    """One incident, ready to be written; texts are still as hostile as they came."""

    incident_id: str
    title: str
    start_at: datetime | None
    end_at: datetime | None
    detected_at: datetime | None
    entities: tuple[str, ...]
    cause_event_id: str | None
    cause: str
    kind: str
    blame: str
    confidence: float | None
    severity: float | None
    summary: str
    evidence: tuple[Evidence, ...]

    @property
    def is_open(self) -> bool:
        """It has not ended in the data seen so far."""
        return self.end_at is None

    @property
    def where(self) -> str:
        """The leading entity."""
        return self.entities[0] if self.entities else "unknown place"

    def leading_evidence(self) -> Evidence | None:
        """The evidence of the leading entity, else the first that has enough bins to draw."""
        usable = [each for each in self.evidence if len(each.bins) > 1]
        return next((each for each in usable if each.entity_id == self.where), usable[0] if usable else None)


def incident(row: Mapping[str, object]) -> Incident:
    """A row of finding.incident as an Incident."""
    blame = str(row.get("blame") or "unknown")
    kind = str(row.get("kind") or "unknown")
    name = str(row.get("class") or "incident")
    return Incident(
        str(row.get("incident_id") or ""),
        CLASSES.get(name) or words.sentence(name),
        _time(row.get("start_at")),
        _time(row.get("end_at")),
        _time(row.get("detected_at")),
        tuple(words.texts(row.get("entities"))),
        str(row["cause_event_id"]) if row.get("cause_event_id") else None,
        words.opening(words.text(row.get("cause") or "no change explains it", 600)),
        KINDS.get(kind) or words.sentence(kind).lower(),
        blame if blame in BLAMES else "unknown",
        words.number(row.get("confidence")),
        words.number(row.get("severity")),
        words.text(row.get("summary"), 800) if row.get("summary") else "",
        evidence_of(row.get("evidence")),
    )


def evidence_of(text: object) -> tuple[Evidence, ...]:
    """Evidence from its JSON text; whatever is malformed is left out."""
    found = []
    for item in json_list(text):
        bins = item.get("bins")
        points = [_bin(each) for each in bins if isinstance(each, dict)] if isinstance(bins, list) else []
        known = sorted((point for point in points if point), key=lambda point: point.at)[:_MAX_BINS]
        entity = item.get("entity_id") or item.get("entity") or ""
        detector, unit = item.get("detector") or item.get("class") or "", item.get("unit") or ""
        found.append(Evidence(words.text(detector), words.text(entity), words.text(unit), tuple(known)))
    return tuple(found)


def json_list(text: object) -> list[dict[str, object]]:
    """The objects of a JSON list, an empty list for anything else."""
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return []
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _bin(item: Mapping[str, object]) -> EvidenceBin | None:
    at = _time(item.get("at") or item.get("time"))
    return EvidenceBin(at, words.number(item.get("observed")), words.number(item.get("expected"))) if at else None


def _time(value: object) -> datetime | None:
    """A time from a datetime, ISO text or Unix seconds."""
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            value = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
