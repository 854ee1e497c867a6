"""Transit gateways and synthetic probes: the paths between networks."""

from __future__ import annotations

from dashboards.queries import Query

TRANSIT_SERIES = Query(
    "transit_series",
    """
with largest as (
    select attachment_id
    from core.transit_flow
    where event_at >= $since and event_at < $until
    group by attachment_id
    order by sum(bytes) desc nulls last, attachment_id
    limit 6
)
select to_timestamp(floor(epoch(t.event_at) / $bin_s) * $bin_s) as bin_at,
       case when t.attachment_id in (select attachment_id from largest) then t.attachment_id else 'all others' end
           as series,
       cast(sum(t.bytes) as double) * 8 / $bin_s as bits_per_s
from core.transit_flow t
where t.event_at >= $since and t.event_at < $until
group by 1, 2
order by 2, 1
""",
    bins=240,
)

TRANSIT_DROPS_SERIES = Query(
    "transit_drops_series",
    """
with bin as (
    select to_timestamp(floor(epoch(event_at) / $bin_s) * $bin_s) as bin_at,
           sum(no_route_packets) as no_route, sum(blackhole_packets) as blackhole,
           sum(mtu_exceeded_packets) as mtu_exceeded, sum(ttl_expired_packets) as ttl_expired
    from core.transit_flow
    where event_at >= $since and event_at < $until
    group by 1
)
select bin_at, 'no_route' as series, cast(no_route as double) / $bin_s as packets_per_s from bin
union all select bin_at, 'blackhole', cast(blackhole as double) / $bin_s from bin
union all select bin_at, 'mtu_exceeded', cast(mtu_exceeded as double) / $bin_s from bin
union all select bin_at, 'ttl_expired', cast(ttl_expired as double) / $bin_s from bin
order by 2, 1
""",
    bins=400,
)

TRANSIT_ATTACHMENTS = Query(
    "transit_attachments",
    """
select attachment_id, transit_gateway_id,
       cast(sum(bytes) filter (where direction = 'ingress') as bigint) as bytes_in,
       cast(sum(bytes) filter (where direction = 'egress') as bigint) as bytes_out,
       cast(sum(packets) as bigint) as packets,
       cast(sum(coalesce(no_route_packets, 0)) as bigint) as no_route_packets,
       cast(sum(coalesce(blackhole_packets, 0)) as bigint) as blackhole_packets,
       cast(sum(coalesce(mtu_exceeded_packets, 0)) as bigint) as mtu_exceeded_packets,
       cast(sum(coalesce(ttl_expired_packets, 0)) as bigint) as ttl_expired_packets
from core.transit_flow
where event_at >= $since and event_at < $until
group by attachment_id, transit_gateway_id
order by sum(coalesce(no_route_packets, 0) + coalesce(blackhole_packets, 0)
             + coalesce(mtu_exceeded_packets, 0) + coalesce(ttl_expired_packets, 0)) desc,
         sum(bytes) desc nulls last, attachment_id
limit 12
""",
)

PROBE_SERIES = Query(
    "probe_series",
    """
with point as (
    select event_at, metric_name, coalesce(entity_id, dimensions) as probe,
           average * case unit when 'Microseconds' then 0.001 when 'Seconds' then 1000 else 1 end as value
    from core.metric_point
    where namespace in ('AWS/NetworkMonitor', 'AWS/NetworkFlowMonitor')
      and metric_name in ('RTT', 'RoundTripTime', 'PacketLoss', 'HealthIndicator')
      and event_at >= $since and event_at < $until
),
chosen as (
    select probe
    from point
    group by probe
    order by max(value) filter (where metric_name = 'HealthIndicator') desc nulls last,
             avg(value) filter (where metric_name = 'PacketLoss') desc nulls last, probe
    limit 6
)
select to_timestamp(floor(epoch(event_at) / $bin_s) * $bin_s) as bin_at,
       probe as series,
       avg(value) filter (where metric_name in ('RTT', 'RoundTripTime')) as rtt_ms,
       avg(value) filter (where metric_name = 'PacketLoss') as loss_percent,
       max(value) filter (where metric_name = 'HealthIndicator') as health_indicator
from point
where probe in (select probe from chosen)
group by 1, 2
order by 2, 1
""",
    bins=300,
)

PROBES = Query(
    "probes",
    """
with point as (
    select event_at, metric_name, namespace, coalesce(entity_id, dimensions) as probe,
           average * case unit when 'Microseconds' then 0.001 when 'Seconds' then 1000 else 1 end as value
    from core.metric_point
    where namespace in ('AWS/NetworkMonitor', 'AWS/NetworkFlowMonitor')
      and metric_name in ('RTT', 'RoundTripTime', 'PacketLoss', 'HealthIndicator')
      and event_at >= $since and event_at < $until
)
select probe, max(namespace) as namespace,
       median(value) filter (where metric_name in ('RTT', 'RoundTripTime')) as rtt_p50_ms,
       max(value) filter (where metric_name in ('RTT', 'RoundTripTime')) as rtt_max_ms,
       avg(value) filter (where metric_name = 'PacketLoss') as loss_percent,
       max(value) filter (where metric_name = 'PacketLoss') as loss_max_percent,
       cast(count(*) filter (where metric_name = 'HealthIndicator' and value > 0) as bigint) as degraded_count,
       max(event_at) as last_at
from point
group by probe
order by degraded_count desc, loss_percent desc nulls last, probe
limit 20
""",
)
