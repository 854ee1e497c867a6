"""Which findings are one fault: the same entity tree, a related class, and onsets close together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

GAP = timedelta(minutes=30)  # alarms of one entity this close are one event
SIMULTANEOUS = timedelta(minutes=10)  # two bins: onsets this close, of one kind, far apart in the network

# What a class says about the fault. Only findings of one family are the same fault by neighbourhood alone.
FAMILY = {
    "reject_burst": "filter",
    "transit_drop": "route",
    "dns_failure": "dns",
    "probe_loss": "path",
    "tunnel_down": "path",
    "probe_rtt": "path",
    "aws_health": "path",
    "region_latency": "path",
    "nat_ports": "nat",
    "internet": "internet",
    "volume_drop": "volume",
    "volume_surge": "surge",
}
RANK = {name: rank for rank, name in enumerate(FAMILY)}  # the earlier class names the incident
WIDE = ("route", "path", "dns")  # one fault of these shows in many trees at once; a filter's does not


@dataclass(frozen=True)
class Finding:
    """One row of finding.finding."""

    row: dict[str, Any]

    @property
    def start(self) -> datetime:
        """Onset."""
        start: datetime = self.row["start_at"]
        return start

    @property
    def end(self) -> datetime:
        """First moment after."""
        end: datetime = self.row["end_at"] or self.start
        return end

    @property
    def id(self) -> str:
        """Its hash."""
        return str(self.row["finding_id"])

    @property
    def name(self) -> str:
        """Its class."""
        return str(self.row["class"])

    @property
    def family(self) -> str:
        """What its class says about the fault."""
        return FAMILY.get(self.name, self.name)

    @property
    def entity(self) -> str:
        """Id of the thing."""
        return str(self.row["entity_id"])

    @property
    def ids(self) -> tuple[str, ...]:
        """The thing and what contains it."""
        parent = self.row["parent_id"]
        return (self.entity, str(parent)) if parent else (self.entity,)


@dataclass(frozen=True)
class Group:
    """Findings of one fault, in order of onset, then id."""

    findings: tuple[Finding, ...]

    @property
    def start(self) -> datetime:
        """Onset of the first."""
        return self.findings[0].start

    @property
    def end(self) -> datetime:
        """End of the last."""
        return max(finding.end for finding in self.findings)

    @property
    def lead(self) -> Finding:
        """The finding that names the incident: highest class; the parent if several of its children are hit."""
        best = min(RANK.get(finding.name, len(RANK)) for finding in self.findings)
        top = [finding for finding in self.findings if RANK.get(finding.name, len(RANK)) == best]
        parents = {finding.row["parent_id"] for finding in top}
        leaves = {finding.entity for finding in top if finding.entity not in parents}
        ranked = [f for f in top if (f.entity in leaves) == (len(leaves) == 1)] or top
        return min(ranked, key=lambda finding: (-(finding.row["impact"] or 0.0), finding.start, finding.id))

    @property
    def entities(self) -> list[str]:
        """Ids of all entities hit, the leading one first."""
        others = {finding.entity for finding in self.findings} - {self.lead.entity}
        return [self.lead.entity, *sorted(others)]

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all entities and of what contains them."""
        return frozenset(i for finding in self.findings for i in finding.ids)


def joined(groups: Iterable[Group]) -> Group:
    """Several groups as one."""
    findings = {finding.id: finding for group in groups for finding in group.findings}
    return Group(tuple(sorted(findings.values(), key=lambda finding: (finding.start, finding.id))))


def by_tree(findings: Sequence[Finding]) -> list[Group]:
    """Groups of one family in one entity tree; then drops of volume join the fault that explains them."""
    drops = [finding for finding in findings if finding.family == "volume"]
    causes = _united([f for f in findings if f.family != "volume"], lambda a, b: a.family == b.family and _near(a, b))
    groups = {index: [group] for index, group in enumerate(causes)}
    left: list[Group] = []
    for drop in _united(drops, _near):
        fitting = [i for i, g in enumerate(causes) if g.ids & drop.ids and abs(g.start - drop.start) <= GAP]
        if not fitting:
            left.append(drop)
            continue
        closest = min(fitting, key=lambda i: (abs(causes[i].start - drop.start), i))
        groups[closest].append(drop)
    return ordered([*(joined(parts) for parts in groups.values()), *left])


def ordered(groups: Iterable[Group]) -> list[Group]:
    """Groups by onset, then by their first finding's id."""
    return sorted(groups, key=lambda group: (group.start, group.findings[0].id))


def united(groups: Sequence[Group], same: Callable[[int, int], bool]) -> list[list[int]]:
    """Indices of groups that ``same`` (symmetric) connects, directly or through others."""
    root = list(range(len(groups)))
    for a in range(len(groups)):
        for b in range(a + 1, len(groups)):
            if same(a, b):
                old, new = root[b], root[a]
                root = [new if r == old else r for r in root]
    parts: dict[int, list[int]] = defaultdict(list)
    for index, r in enumerate(root):
        parts[r].append(index)
    return list(parts.values())


def simultaneous(a: Group, b: Group) -> bool:
    """Same wide family and nearly the same onset, wherever in the network."""
    return a.lead.family == b.lead.family and a.lead.family in WIDE and abs(a.start - b.start) <= SIMULTANEOUS


def _near(a: Finding, b: Finding) -> bool:
    """Close in time: one entity's findings by the gap between them, two entities' by their onsets."""
    if a.entity == b.entity:
        return max(a.start, b.start) - min(a.end, b.end) <= GAP
    return abs(a.start - b.start) <= GAP


def _united(findings: Sequence[Finding], same: Callable[[Finding, Finding], bool]) -> list[Group]:
    """Connected findings; only those that share an id are compared, each with its neighbours in time."""
    parent = {finding.id: finding.id for finding in findings}

    def find(key: str) -> str:
        while parent[key] != key:
            key = parent[key]
        return key

    for a, b in _neighbours(findings):
        if same(a, b):
            low, high = sorted((find(a.id), find(b.id)))
            parent[high] = low
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda f: (f.start, f.id)):
        groups[find(finding.id)].append(finding)
    return ordered(Group(tuple(members)) for members in groups.values())


def _neighbours(findings: Sequence[Finding]) -> Iterable[tuple[Finding, Finding]]:
    """Pairs of one family worth comparing: neighbours in onset within a tree; in an entity, with the last to end."""
    trees: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    latest: dict[tuple[str, str], Finding] = {}
    for finding in sorted(findings, key=lambda f: (f.start, f.id)):
        for i in finding.ids:
            trees[i, finding.family].append(finding)
        own = (finding.entity, finding.family)
        if own in latest:
            yield latest[own], finding
        if own not in latest or finding.end > latest[own].end:
            latest[own] = finding
    for _, members in sorted(trees.items()):
        yield from pairwise(members)
