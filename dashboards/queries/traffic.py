"""Traffic: rates from the roll-up, talkers and rejects from the flows."""

from __future__ import annotations

from dashboards.queries import Query

TRAFFIC_TOTALS = Query(
    "traffic_totals",
    """
select cast(sum(bytes) as bigint) as bytes,
       cast(sum(flow_count) as bigint) as flow_count,
       cast(sum(flow_count) filter (where action = 'REJECT') as bigint) as rejected_flow_count,
       cast(count(distinct interface_id) as bigint) as interface_count,
       cast(count(distinct vpc_id) as bigint) as vpc_count
from rollup.flow_1h
where bucket_at >= $since and bucket_at < $until
""",
)

TRAFFIC_SERIES = Query(
    "traffic_series",
    """
select to_timestamp(floor(epoch(bucket_at) / $bin_s) * $bin_s) as bin_at,
       case when action = 'REJECT' then 'rejected'
            when direction is null then 'accepted'
            else 'accepted ' || direction end as series,
       cast(sum(bytes) as double) * 8 / $bin_s as bits_per_s,
       cast(sum(flow_count) as bigint) as flow_count
from rollup.flow_1m
where bucket_at >= $since and bucket_at < $until
group by 1, 2
order by 2, 1
limit 2000
""",
    bins=400,
)

TOP_TALKERS = Query(
    "top_talkers",
    """
with pair as (
    select src_ip, dst_ip, least(src_port, dst_port) as port, protocol,
           max(src_aws_service) as src_service, max(dst_aws_service) as dst_service,
           cast(sum(bytes) as bigint) as bytes,
           cast(sum(packets) as bigint) as packets,
           cast(count(*) as bigint) as flow_count,
           cast(count(distinct interface_id) as bigint) as interface_count
    from core.flow
    where event_at >= $since and event_at < $until and action = 'ACCEPT'
    group by src_ip, dst_ip, least(src_port, dst_port), protocol
)
select *, bytes / nullif(sum(bytes) over (), 0) as byte_share
from pair
order by bytes desc nulls last, src_ip, dst_ip, port, protocol
limit 15
""",
)

REJECT_PORTS = Query(
    "reject_ports",
    """
select dst_port, protocol,
       cast(count(*) as bigint) as flow_count,
       cast(sum(packets) as bigint) as packets,
       cast(count(distinct src_ip) as bigint) as source_count,
       cast(count(distinct dst_ip) as bigint) as destination_count
from core.flow
where event_at >= $since and event_at < $until and action = 'REJECT'
group by dst_port, protocol
order by flow_count desc, dst_port, protocol
limit 12
""",
)

REJECT_SOURCES = Query(
    "reject_sources",
    """
select src_ip,
       max(src_aws_service) as src_service,
       cast(count(*) as bigint) as flow_count,
       cast(count(distinct dst_ip) as bigint) as destination_count,
       cast(count(distinct dst_port) as bigint) as port_count,
       min(event_at) as first_at,
       max(event_at) as last_at
from core.flow
where event_at >= $since and event_at < $until and action = 'REJECT'
group by src_ip
order by flow_count desc, src_ip
limit 12
""",
)
