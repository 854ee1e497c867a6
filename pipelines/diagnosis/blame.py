"""Blame: which change, state or neighbour explains an incident, and how sure that is. "None of them" is an answer.

score = exp(-dt / tau) x reach x P(symptom | change) x rarity, as decision systems for roll-outs do it (Gandalf,
NSDI'20: temporal and spatial correlation, votes and vetoes). Vetoes: a change after the onset, a failed call, a change
elsewhere.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from pipelines import registry
from pipelines.diagnosis.grouping import Group
from pipelines.diagnosis.localise import HitFlow, Place
from pipelines.diagnosis.query import rows
from pipelines.diagnosis.reach import reach
from pipelines.diagnosis.rule import Rule
from pipelines.model.window import Window

BEFORE = timedelta(hours=2)  # a change without harm for two hours is not the cause
SKEW = timedelta(minutes=2)  # of clocks between services
BIN = timedelta(minutes=5)  # an onset is the start of a bin: the first harm lies anywhere in it
HISTORY = timedelta(days=14)  # in which the usual rate of a kind of change is counted
COMPANION = timedelta(minutes=5)  # the call and the routing update it causes are one change
FLOOR = 0.1  # no candidate above: no change explains it
NONE_WEIGHT = 0.1  # weight of "a cause that nobody logged" beside the candidates
AWS_SURE, AWS_LIKELY = 0.9, 0.7  # AWS's verdict in at least two bins, or in one; it is known to err behind a TGW
UNEXPLAINED = 0.6  # confidence in "no change explains it" when there is no candidate at all
PATHS = ("vpc-", "subnet-", "eni-", "tgw-attach-", "vpn-", "nat-", "vpce-", "dxvif-", "rslvr-in-", "rslvr-out-")
WITHIN_AWS = ("aws_health", "region_latency")

EVENTS = """
select event_at, event_id, provider, kind, change_type, description, account_id, region, entity_ids, actor, detail
from core.network_event
where event_at >= $window_start and event_at < $window_end and not coalesce(is_failed, false)
    and change_type is not null
order by event_at, event_id
"""


@dataclass(frozen=True)
class Candidate:
    """A change that may explain an incident."""

    event: Mapping[str, Any]
    rule: Rule
    score: float


@dataclass(frozen=True)
class Verdict:
    """Why: ``kind`` and ``blame`` as in finding.incident; the change, if one explains it, and the paths it touched."""

    kind: str
    blame: str
    confidence: float
    change: Candidate | None = None
    touched: tuple[str, ...] = ()


@dataclass(frozen=True)
class Events:
    """What changed in and before a window, in order of time, and how often each kind of change happens in two hours."""

    rows: Sequence[dict[str, Any]]
    rates: Mapping[str, float]

    def around(self, onset: datetime) -> list[dict[str, Any]]:
        """Changes that can have caused something that began in the bin at ``onset``."""
        first = bisect_left(self.rows, onset - BEFORE, key=lambda event: event["event_at"])
        after = bisect_right(self.rows, onset + BIN + SKEW, key=lambda event: event["event_at"])
        return list(self.rows[first:after])


def events(con: duckdb.DuckDBPyConnection, window: Window) -> Events:
    """Successful changes of the window and the fortnight before it that some rule knows."""
    rules = registry.members("rules")
    found = rows(con, EVENTS, {"window_start": window.start - HISTORY, "window_end": window.end})
    known = [event for event in found if any(re.fullmatch(rule.changes, event["change_type"]) for rule in rules)]
    return Events(known, _rates(known, window))


def judged(group: Group, place: Place, changes: Events, flows: Sequence[HitFlow], impaired: int) -> Verdict:
    """Why the incident happened."""
    if group.lead.name == "internet":
        return Verdict("internet", "internet", AWS_SURE)
    if impaired or group.lead.name in WITHIN_AWS:
        return Verdict("aws", "aws", AWS_SURE if impaired != 1 else AWS_LIKELY)
    ranked = candidates(group, place, changes, flows)
    best = ranked[0] if ranked else None
    if best is None or best.score < FLOOR:
        confidence = round(UNEXPLAINED * (1.0 - (best.score if best else 0.0) / FLOOR / 2), 3)
        return Verdict("unknown", "us" if _is_forwarded(group) else "unknown", confidence)
    rivals = sum(other.score for other in ranked[1:] if not _companions(best, other))
    confidence = round(best.score / (best.score + rivals + NONE_WEIGHT), 3)
    return Verdict(best.rule.kind, "us", confidence, best, _touched(best, changes.around(group.start)))


def _is_forwarded(group: Group) -> bool:
    """DNS that fails behind an outbound resolver endpoint: name servers of ours, or the way to them."""
    return group.lead.name == "dns_failure" and any(entity.startswith("rslvr-out-") for entity in group.entities)


def _touched(best: Candidate, around: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Paths that the change names, in the call or in the update that followed: the far side of a lost route is hit too.

    Whoever drops the packets is seldom whom they were meant for, and only the change tells of the latter.
    """
    ids = set(best.event["entity_ids"] or ())
    same = [event for event in around if ids & set(event["entity_ids"] or ()) and _near(best.event, event)]
    named = {i for event in (best.event, *same) for i in event["entity_ids"] or ()}
    return tuple(sorted(i for i in named if i.startswith(PATHS)))


def _near(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    apart: timedelta = a["event_at"] - b["event_at"]
    return abs(apart) <= COMPANION


def candidates(group: Group, place: Place, changes: Events, flows: Sequence[HitFlow]) -> list[Candidate]:
    """Changes that may explain the incident, best first; one per event, by the rule that fits it best."""
    best: dict[str, Candidate] = {}
    for event in changes.around(group.start):
        for rule in registry.members("rules"):
            if not re.fullmatch(rule.changes, event["change_type"]):
                continue
            value = _score(rule, event, group, place, flows, changes.rates)
            if value > best.get(event["event_id"], Candidate(event, rule, 0.0)).score:
                best[event["event_id"]] = Candidate(event, rule, value)
    return sorted(best.values(), key=lambda c: (-c.score, c.event["event_at"], c.event["event_id"]))


def _score(
    rule: Rule, event: dict[str, Any], group: Group, place: Place, flows: Sequence[HitFlow], rates: Mapping[str, float]
) -> float:
    prior = _prior(rule, group)
    if not prior:
        return 0.0
    minutes = max(timedelta(0), group.start - event["event_at"]) / timedelta(minutes=1)
    rarity = 1.0 / (1.0 + rates[event["change_type"]])
    return math.exp(-minutes / rule.tau_minutes) * reach(rule, event, place, flows) * prior * rarity


def _prior(rule: Rule, group: Group) -> float:
    """P(symptom | change) of the leading class; a drop of volume beside it is a consequence and proves nothing more."""
    classes = {finding.name for finding in group.findings if finding.family == group.lead.family}
    return max((rule.symptoms.get(name, 0.0) for name in sorted(classes)), default=0.0)


def _companions(best: Candidate, other: Candidate) -> bool:
    """Two records of one change, or two steps of one piece of work."""
    return _near(best.event, other.event)


def _rates(changes: Sequence[dict[str, Any]], window: Window) -> dict[str, float]:
    """Other changes of the same kind per two hours, over the time that is recorded."""
    counts: dict[str, int] = {}
    for event in changes:
        counts[event["change_type"]] = counts.get(event["change_type"], 0) + 1
    recorded = max(window.end - changes[0]["event_at"], window.end - window.start) if changes else BEFORE
    return {change: (count - 1) / (recorded / BEFORE) for change, count in counts.items()}
