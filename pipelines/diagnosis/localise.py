"""Where: account, Region and related ids of every entity, and which flows an incident hit.

Without an inventory this is what the telemetry itself says of its sources.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from pipelines.diagnosis.grouping import Group
from pipelines.diagnosis.query import rows
from pipelines.model.window import Window

FLOWS = 200  # hit flows compared with a change, the most frequent first
EARLY = timedelta(minutes=30)  # of an incident; later its clients have given up or gone elsewhere

PLACES = """
select interface_id as id, account_id, region, vpc_id, subnet_id, null as other, null as another
from rollup.flow_1h
where bucket_at >= $window_start and bucket_at < $window_end and interface_id is not null
group by all
union all
select vpc_id, account_id, region, null, null, null, null
from rollup.flow_1h
where bucket_at >= $window_start and bucket_at < $window_end and vpc_id is not null
group by all
union all
select vpc_id, account_id, region, null, null, null, null
from rollup.dns_5m
where bucket_at >= $window_start and bucket_at < $window_end and vpc_id is not null
group by all
union all
select attachment_id, account_id, region, case when direction = 'egress' then dst_vpc_id else src_vpc_id end, null,
    transit_gateway_id, null
from core.transit_flow
where event_at >= $window_start and event_at < $window_end and attachment_id is not null
group by all
union all
select resolver_endpoint_id, account_id, region, vpc_id, null, null, null
from core.dns_query
where event_at >= $window_start and event_at < $window_end and resolver_endpoint_id is not null
group by all
union all
select entity_id, account_id, region, null, null, json_extract_string(dimensions, '$.VpnId'),
    json_extract_string(dimensions, '$.TransitGateway')
from core.metric_point
where event_at >= $window_start and event_at < $window_end and entity_id is not null
group by all
"""

HIT = {
    "reject_burst": """
select src_ip, dst_ip, protocol, least(src_port, dst_port) as service_port, cast(count(*) as double) as weight
from core.flow
where event_at >= $start and event_at < $end and action = 'REJECT'
    and (list_contains($ids, interface_id) or list_contains($ids, vpc_id))
group by 1, 2, 3, 4
order by weight desc, src_ip, dst_ip, protocol, service_port
limit $top
""",
    "transit_drop": """
select src_ip, dst_ip, protocol, least(src_port, dst_port) as service_port,
    cast(sum(coalesce(no_route_packets, 0) + coalesce(blackhole_packets, 0) + coalesce(mtu_exceeded_packets, 0)
        + coalesce(ttl_expired_packets, 0)) as double) as weight
from core.transit_flow
where event_at >= $start and event_at < $end and list_contains($ids, attachment_id)
group by 1, 2, 3, 4
having weight > 0
order by weight desc, src_ip, dst_ip, protocol, service_port
limit $top
""",
}

IMPAIRED = """
select count(distinct time_bucket(interval '5 minutes', event_at)) as bins
from core.metric_point
where event_at >= $start and event_at < $end and metric_name = 'HealthIndicator'
    and namespace in ('AWS/NetworkMonitor', 'AWS/NetworkFlowMonitor')
    and coalesce(maximum, average) > 0 and list_contains($ids, entity_id)
"""


@dataclass(frozen=True)
class Place:
    """Where an entity is: its accounts and Regions, and ids of what it belongs to."""

    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class HitFlow:
    """Rejected or lost traffic: addresses, protocol and service port, by flows or packets."""

    src_ip: str | None
    dst_ip: str | None
    protocol: int | None
    service_port: int | None
    weight: float


def places(con: duckdb.DuckDBPyConnection, window: Window) -> dict[str, Place]:
    """Place of every entity seen in the window or the hour before it, by id."""
    bounds = {"window_start": window.start - timedelta(hours=1), "window_end": window.end}
    found: dict[str, Place] = {}
    for row in rows(con, PLACES, bounds):
        known = found.get(row["id"], Place())
        related = (row[name] for name in ("vpc_id", "subnet_id", "other", "another"))
        found[row["id"]] = Place(
            known.accounts | _present(row["account_id"]),
            known.regions | _present(row["region"]),
            known.ids | _present(*related),
        )
    return found


def place(group: Group, by_id: dict[str, Place]) -> Place:
    """Where an incident is: all of its entities together, with their own ids."""
    parts = [by_id.get(i, Place()) for i in sorted(group.ids)]
    return Place(
        frozenset().union(*(part.accounts for part in parts)),
        frozenset().union(*(part.regions for part in parts)),
        group.ids.union(*(part.ids for part in parts)),
    )


def hit_flows(con: duckdb.DuckDBPyConnection, group: Group) -> list[HitFlow]:
    """The flows that the incident hit in its first half hour; none where no flow log shows them."""
    sql = HIT.get(group.lead.name)
    if sql is None:
        return []
    bounds = _bounds(group, group.start, group.start + EARLY) | {"top": FLOWS}
    return [HitFlow(**row) for row in rows(con, sql, bounds)]


def impaired_bins(con: duckdb.DuckDBPyConnection, group: Group) -> int:
    """In how many 5-minute bins of the incident AWS called its own network degraded on one of its entities."""
    found = rows(con, IMPAIRED, _bounds(group, group.start - timedelta(minutes=5), group.end))
    return int(found[0]["bins"])


def _bounds(group: Group, start: datetime, end: datetime) -> dict[str, Any]:
    return {"start": start, "end": end, "ids": sorted(group.ids)}


def _present(*values: str | None) -> frozenset[str]:
    return frozenset(value for value in values if value and value not in ("-", "unknown"))


def described(ids: Iterable[str], most: int = 3) -> str:
    """A few ids in words: ``a, b, c and 4 more``."""
    listed = list(ids)
    shown = ", ".join(listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"
