-- Traffic by minute, as observed: a flow between two logged interfaces counts at both. Sums equal those of core.flow.
-- grain: bucket_at, account_id, region, vpc_id, subnet_id, interface_id, direction, action, protocol
-- window: bucket_at
-- bucket_at: first moment of the minute in which the flows' capture windows ended
-- account_id: owner of the interface
-- region: AWS Region
-- vpc_id: VPC of the interface; null in logs of the default format
-- subnet_id: subnet of the interface
-- interface_id: network interface that observed the flows
-- direction: ingress or egress, seen from the interface; null in logs of the default format
-- action: ACCEPT or REJECT
-- protocol: IANA protocol number
-- flow_count: flow records
-- packets: packets
-- bytes: bytes
-- is_final: a later window has records, so this one's regular delivery is over; late records still re-open it
with flow as (
    select * from core.flow where event_at >= $window_start and event_at < $window_end
),
later as (
    select count(*) > 0 as has_rows from (select 1 from core.flow where event_at >= $window_end limit 1) as one_row
)
select
    date_trunc('minute', flow.event_at) as bucket_at,
    flow.account_id, flow.region, flow.vpc_id, flow.subnet_id, flow.interface_id,
    flow.direction, flow.action, flow.protocol,
    cast(count(*) as bigint) as flow_count,
    cast(sum(flow.packets) as bigint) as packets,
    cast(sum(flow.bytes) as bigint) as bytes,
    bool_and(later.has_rows) as is_final
from flow cross join later
group by
    date_trunc('minute', flow.event_at),
    flow.account_id, flow.region, flow.vpc_id, flow.subnet_id, flow.interface_id,
    flow.direction, flow.action, flow.protocol
order by 1, 2, 3, 4, 5, 6, 7, 8, 9
