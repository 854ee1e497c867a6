"""Share of packets that a NAT gateway dropped."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="nat_packet_drop",
    about="Packets dropped by a NAT gateway per packet that came in (AWS/NATGateway PacketsDropCount).",
    unit="share",
    family="availability",
    judge="share",
    good=0.0,
    warn=0.0001,  # AWS: above 0.01 % there may be an issue with the gateway
    bad=0.01,
    min_change=0.001,  # a gateway with little traffic loses one packet of some hundred now and then
    weighs=("nat_gateway",),
    runbook="Above 0.01 % AWS suggests to open a case; move the subnets' default route to the gateway of another zone.",
    sql="""
with packet as (
    select time_bucket(interval '5 minutes', event_at) as window_start, entity_kind, entity_id,
        sum(case when metric_name = 'PacketsDropCount' then "sum" end) as dropped,
        sum(case when metric_name <> 'PacketsDropCount' then "sum" end) as arrived
    from core.metric_point
    where event_at >= $window_start and event_at < $window_end and namespace = 'AWS/NATGateway'
        and metric_name in ('PacketsDropCount', 'PacketsInFromSource', 'PacketsInFromDestination')
        and entity_kind = 'nat_gateway'
    group by 1, 2, 3
)
select window_start, entity_kind, entity_id,
    cast(dropped / nullif(arrived, 0) as double) as value, cast(arrived as double) as exposure
from packet
""",
)
