"""Reach: could this change have hit these entities? By ids they share, and by the ports and networks it names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from pipelines.diagnosis.localise import HitFlow, Place
from pipelines.diagnosis.rule import Rule

SHARED = 1.0  # it names an entity of the incident
MATCHED = 0.95  # it names the ports and networks that were hit
UNTOLD = 0.5  # same Region and account, nothing else to compare: a security group without an inventory
FOREIGN_ACCOUNT = 0.5  # networks are shared across accounts, but most changes act at home
MISSED = 0.1  # what it names is not what was hit
MATCH_SHARE = 0.3  # scanners and bystanders are among the rejected, so not all must match
NO_MATCH_SHARE = 0.05
ALL_PORTS = (0, 65_535)

_PORTS = re.compile(
    r'"(?:fromPort|FromPort|from)"\s*:\s*"?(-?\d+)"?.*?"(?:toPort|ToPort|to)"\s*:\s*"?(-?\d+)"?', re.DOTALL
)
_CIDRS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}\b|\b[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}/\d{1,3}\b")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def reach(rule: Rule, event: dict[str, Any], place: Place, flows: Sequence[HitFlow]) -> float:
    """0 (cannot have) to 1 (names what was hit)."""
    if _elsewhere(event, place):
        return 0.0
    ids = set(event["entity_ids"] or ())
    if any(_disjoint(prefix, ids, place.ids) for prefix in rule.exclusive):
        return 0.0
    matched = match_share(event["detail"] or "", flows)
    if matched is not None and matched < NO_MATCH_SHARE:
        return MISSED
    if ids & place.ids:
        return SHARED
    if matched is not None and matched >= MATCH_SHARE:
        return MATCHED
    abroad = bool(place.accounts and event["account_id"]) and event["account_id"] not in place.accounts
    return UNTOLD * (FOREIGN_ACCOUNT if abroad else 1.0)


def match_share(detail: str, flows: Sequence[HitFlow]) -> float | None:
    """Share of the hit flows (by weight) inside the ports and networks that ``detail`` names; None if it names none."""
    ports, networks = _ports(detail), _networks(detail)
    total = sum(flow.weight for flow in flows)
    if not (ports or networks) or not total:
        return None
    inside = (flow.weight for flow in flows if _has_port(flow, ports) and _has_network(flow, networks))
    return sum(inside) / total


def _elsewhere(event: dict[str, Any], place: Place) -> bool:
    """Another Region; Network Manager tells of every Region from one, so only API calls are bound to theirs."""
    if event["provider"] != "cloudtrail" or not event["region"] or not place.regions:
        return False
    return event["region"] not in place.regions and not (set(event["entity_ids"] or ()) & place.ids)


def _disjoint(prefix: str, ours: set[str], theirs: frozenset[str]) -> bool:
    a, b = ({i for i in ids if i.startswith(prefix)} for ids in (ours, theirs))
    return bool(a and b) and not a & b


@cache
def _ports(detail: str) -> tuple[tuple[int, int], ...]:
    found = {(int(low), int(high)) for low, high in _PORTS.findall(detail)}
    return tuple(sorted(ALL_PORTS if low < 0 else (low, high) for low, high in found))


@cache
def _networks(detail: str) -> tuple[Network, ...]:
    found: set[str] = set(_CIDRS.findall(detail))
    return tuple(network for text in sorted(found) if (network := _network(text)) is not None)


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _has_port(flow: HitFlow, ports: Sequence[tuple[int, int]]) -> bool:
    return not ports or any(low <= (flow.service_port or 0) <= high for low, high in ports)


def _has_network(flow: HitFlow, networks: Sequence[Network]) -> bool:
    if not networks:
        return True
    ends = [address for ip in (flow.src_ip, flow.dst_ip) if (address := _address(ip)) is not None]
    return any(end.version == network.version and end in network for end in ends for network in networks)


@cache
def _address(ip: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(ip) if ip else None
    except ValueError:
        return None
