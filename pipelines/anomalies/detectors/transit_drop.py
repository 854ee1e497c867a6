"""Packets that a transit gateway drops."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="transit_drop",
    about="Share of packets lost at an attachment for want of a route, by a blackhole, the MTU or the TTL.",
    unit="share",
    kind="ratio",
    rises="transit_drop",
    floor=0.001,  # Pingmesh's alarm
    min_change=0.001,
    min_factor=3.0,
    noise=0.0005,
    min_exposure=100.0,
    min_count=10.0,
    look_back_days=2,  # reads core.transit_flow
    runbook="No route or blackhole: the transit gateway route table that the attachment is associated with. MTU: a sender "
    "above 8500 bytes. TTL: a routing loop.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as bin_at, 'attachment' as entity_kind, attachment_id as entity_id,
    max(case when direction = 'egress' then dst_vpc_id else src_vpc_id end) as parent_id,
    cast(sum(coalesce(no_route_packets, 0) + coalesce(blackhole_packets, 0) + coalesce(mtu_exceeded_packets, 0)
        + coalesce(ttl_expired_packets, 0)) / nullif(sum(packets), 0) as double) as value,
    cast(sum(packets) as double) as exposure
from core.transit_flow
where event_at >= $window_start and event_at < $window_end and attachment_id is not null
group by 1, 2, 3
""",
)
