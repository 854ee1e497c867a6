"""Incidents: findings of one fault as one row, with the change that explains it, if there is one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import duckdb
import polars as pl

from pipelines.diagnosis import explain
from pipelines.diagnosis.blame import Events, Verdict, events, judged
from pipelines.diagnosis.grouping import GAP, Finding, Group, by_tree, joined, ordered, simultaneous, united
from pipelines.diagnosis.localise import Place, hit_flows, impaired_bins, place, places
from pipelines.model.tables import FINDING, INCIDENT
from pipelines.model.window import Window

LASTING = timedelta(minutes=15)  # three bins: a finding that ends later than this before the window's end may go on


@dataclass(frozen=True)
class Scene:
    """All that is known around the findings of a window."""

    con: duckdb.DuckDBPyConnection
    places: dict[str, Place]
    events: Events

    def verdict(self, group: Group) -> Verdict:
        """Why a group of findings happened."""
        flows = hit_flows(self.con, group)
        return judged(group, place(group, self.places), self.events, flows, impaired_bins(self.con, group))


def incidents(findings: pl.DataFrame, con: duckdb.DuckDBPyConnection, window: Window) -> pl.DataFrame:
    """Rows of finding.incident that begin in ``window``, from rows of finding.finding.

    An incident whose last finding reaches the end of the window (less LASTING) goes on: its ``end_at`` is null.
    """
    rows = [Finding(row) for row in findings.sort(FINDING.order).iter_rows(named=True)]
    if not rows:
        return INCIDENT.empty()
    scene = Scene(con, places(con, window), events(con, window))
    table = [_row(group, scene.verdict(group), window) for group in _faults(by_tree(rows), scene)]
    inside = pl.col("start_at").is_between(window.start, window.end, closed="left")
    return pl.DataFrame(table, schema=INCIDENT.polars, orient="row").filter(inside).sort(INCIDENT.order)


def _faults(groups: list[Group], scene: Scene) -> list[Group]:
    """Groups that have one cause, or none and one moment and kind, as one."""
    verdicts = [scene.verdict(group) for group in groups]

    def same(a: int, b: int) -> bool:
        return _one_fault(groups[a], verdicts[a], groups[b], verdicts[b], scene)

    return ordered(joined(groups[i] for i in part) for part in united(groups, same))


def _one_fault(a: Group, why_a: Verdict, b: Group, why_b: Verdict, scene: Scene) -> bool:
    if abs(a.start - b.start) > GAP or why_a.kind != why_b.kind:
        return False
    if why_a.change is None or why_b.change is None:
        return why_a.change is why_b.change and simultaneous(a, b)
    if why_a.change.event["event_id"] != why_b.change.event["event_id"]:
        return False
    return why_a.change.rule.spans_vpcs or bool(_vpcs(a, scene) & _vpcs(b, scene))


def _vpcs(group: Group, scene: Scene) -> frozenset[str]:
    return frozenset(i for i in place(group, scene.places).ids if i.startswith("vpc-"))


def _row(group: Group, verdict: Verdict, window: Window) -> dict[str, Any]:
    minutes = (group.end - group.start).total_seconds() / 60
    impact = max(finding.row["impact"] or 0.0 for finding in group.findings)
    return {
        "start_at": group.start,
        "end_at": None if group.end > window.end - LASTING else group.end,
        "detected_at": min(finding.row["detected_at"] for finding in group.findings),
        "incident_id": incident_id(group),
        "class": group.lead.name,
        "kind": verdict.kind,
        "entities": [*group.entities, *(i for i in verdict.touched if i not in group.entities)],
        "finding_ids": [finding.id for finding in group.findings],
        "cause_event_id": verdict.change.event["event_id"] if verdict.change else None,
        "cause": explain.cause(verdict),
        "blame": verdict.blame,
        "confidence": verdict.confidence,
        "severity": round(impact * minutes, 2),
        "summary": explain.summary(group, verdict),
        "evidence": json.dumps([_evidence(finding) for finding in group.findings]),
    }


def incident_id(group: Group) -> str:
    """The same incident has the same id in every run, however far it has been followed."""
    first = group.findings[0]
    text = "\n".join((first.family, first.entity, group.start.isoformat()))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _evidence(finding: Finding) -> dict[str, object]:
    return {
        "detector": finding.row["detector"],
        "class": finding.name,
        "entity": finding.entity,
        "unit": finding.row["unit"],
        "bins": json.loads(finding.row["evidence"] or "[]"),
    }
