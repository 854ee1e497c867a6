-- Traffic by hour, as observed: a flow between two logged interfaces counts at both. Sums equal those of rollup.flow_1m.
-- grain: bucket_at, account_id, region, vpc_id, subnet_id, interface_id, direction, action, protocol
-- window: bucket_at
-- bucket_at: first moment of the hour
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
with minute as (
    select * from rollup.flow_1m where bucket_at >= $window_start and bucket_at < $window_end
)
select
    date_trunc('hour', bucket_at) as bucket_at,
    account_id, region, vpc_id, subnet_id, interface_id, direction, action, protocol,
    cast(sum(flow_count) as bigint) as flow_count,
    cast(sum(packets) as bigint) as packets,
    cast(sum(bytes) as bigint) as bytes,
    bool_and(is_final) as is_final
from minute
group by
    date_trunc('hour', bucket_at),
    account_id, region, vpc_id, subnet_id, interface_id, direction, action, protocol
order by 1, 2, 3, 4, 5, 6, 7, 8, 9
