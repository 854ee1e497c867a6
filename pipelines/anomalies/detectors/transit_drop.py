"""Packets that a transit gateway drops."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="transit_drop",
    about="Share of flow records at an attachment that lost packets: no route, blackhole, MTU or TTL. Records, not "
    "packets: one bulk transfer would hide that every new connection to a network fails.",
    unit="share",
    kind="ratio",
    rises="transit_drop",
    floor=0.001,  # Pingmesh's alarm, which counts connections too
    min_change=0.001,
    min_factor=3.0,
    min_count=5.0,
    look_back_days=2,  # reads core.transit_flow
    runbook="No route or blackhole: the transit gateway route table that the attachment is associated with. MTU: a "
    "sender above 8500 bytes. TTL: a routing loop.",
    sql="""
with flow as (
    select time_bucket(interval '5 minutes', event_at) as bin_at, attachment_id,
        case when direction = 'egress' then dst_vpc_id else src_vpc_id end as vpc_id,
        coalesce(no_route_packets, 0) + coalesce(blackhole_packets, 0) + coalesce(mtu_exceeded_packets, 0)
            + coalesce(ttl_expired_packets, 0) > 0 as is_hit
    from core.transit_flow
    where event_at >= $window_start and event_at < $window_end and attachment_id is not null
)
select bin_at, 'attachment' as entity_kind, attachment_id as entity_id, max(vpc_id) as parent_id,
    cast(count(*) filter (where is_hit) / count(*) as double) as value, cast(count(*) as double) as exposure
from flow
group by 1, 2, 3
""",
)
