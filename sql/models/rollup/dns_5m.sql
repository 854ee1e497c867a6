-- DNS queries by 5 minutes and zone. Cache hits are not logged, so counts are lower bounds of what clients asked.
-- grain: bucket_at, account_id, region, vpc_id, zone, rcode, firewall_action
-- window: bucket_at
-- bucket_at: first moment of the 5 minutes
-- account_id: account of the VPC
-- region: AWS Region
-- vpc_id: VPC the queries came from
-- zone: last two labels of the name asked for
-- rcode: response code
-- firewall_action: ALERT or BLOCK of DNS Firewall, else null
-- query_count: queries
-- client_count: distinct clients; not additive over rows
-- is_final: a later window has records, so this one's regular delivery is over; late records still re-open it
with query as (
    select * from core.dns_query where event_at >= $window_start and event_at < $window_end
),
later as (
    select count(*) > 0 as has_rows from (select 1 from core.dns_query where event_at >= $window_end limit 1) as one_row
),
labelled as (
    select
        to_timestamp(floor(epoch(query.event_at) / 300) * 300) as bucket_at,
        query.account_id, query.region, query.vpc_id,
        regexp_extract(query.query_name, '([^.]+\.)?[^.]+$') as zone,
        query.rcode, query.firewall_action, query.src_ip,
        later.has_rows as is_final
    from query cross join later
)
select
    bucket_at, account_id, region, vpc_id, zone, rcode, firewall_action,
    cast(count(*) as bigint) as query_count,
    cast(count(distinct src_ip) as bigint) as client_count,
    bool_and(is_final) as is_final
from labelled
group by bucket_at, account_id, region, vpc_id, zone, rcode, firewall_action
order by 1, 2, 3, 4, 5, 6, 7
