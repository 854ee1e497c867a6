"""Share of flows that lost packets at a transit gateway."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="transit_drop_share",
    about="Flow records at an attachment that lost packets (no route, blackhole, MTU, TTL) per record. Records, not "
    "packets: one bulk transfer would hide that every new connection to a network fails.",
    unit="share",
    family="availability",
    judge="share",
    good=0.0001,  # normal within a data centre: 1e-4 to 1e-5 of connections (Pingmesh, SIGCOMM'15)
    warn=0.001,  # Pingmesh's alarm
    bad=0.01,
    min_change=0.001,
    weighs=("attachment",),
    runbook="Which cause counts: no route and blackhole point at the route table of the attachment, MTU at a sender "
    "above 8500 bytes, TTL at a loop. Compare with routing updates just before.",
    sql="""
with flow as (
    select time_bucket(interval '5 minutes', event_at) as window_start, attachment_id,
        coalesce(no_route_packets, 0) + coalesce(blackhole_packets, 0)
            + coalesce(mtu_exceeded_packets, 0) + coalesce(ttl_expired_packets, 0) > 0 as is_hit
    from core.transit_flow
    where event_at >= $window_start and event_at < $window_end and attachment_id is not null
)
select window_start, 'attachment' as entity_kind, attachment_id as entity_id,
    cast(count(*) filter (where is_hit) / count(*) as double) as value, cast(count(*) as double) as exposure
from flow
group by 1, 2, 3
""",
)
