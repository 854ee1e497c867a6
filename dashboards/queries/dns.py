"""DNS as Route 53 Resolver logged it; cached answers are not logged, so counts are lower bounds."""

from __future__ import annotations

from dashboards.queries import Query

DNS_SERIES = Query(
    "dns_series",
    """
select to_timestamp(floor(epoch(bucket_at) / $bin_s) * $bin_s) as bin_at,
       case when rcode in ('NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED') then rcode else 'other' end as series,
       cast(sum(query_count) as double) / $bin_s as queries_per_s,
       cast(sum(query_count) as bigint) as query_count
from rollup.dns_5m
where bucket_at >= $since and bucket_at < $until
group by 1, 2
order by 2, 1
""",
    bins=300,
    finest_s=300,
)

DNS_ZONES = Query(
    "dns_zones",
    """
select zone,
       cast(sum(query_count) as bigint) as query_count,
       cast(sum(query_count) filter (where rcode <> 'NOERROR') as bigint) as failed_count,
       cast(coalesce(sum(query_count) filter (where rcode = 'NXDOMAIN'), 0) as bigint) as nxdomain_count,
       cast(coalesce(sum(query_count) filter (where rcode = 'SERVFAIL'), 0) as bigint) as servfail_count,
       sum(query_count) filter (where rcode <> 'NOERROR') / nullif(sum(query_count), 0) as failed_share
from rollup.dns_5m
where bucket_at >= $since and bucket_at < $until
group by zone
having sum(query_count) filter (where rcode <> 'NOERROR') > 0
order by failed_count desc, zone
limit 12
""",
)

DNS_FIREWALL = Query(
    "dns_firewall",
    """
select firewall_action, zone,
       cast(sum(query_count) as bigint) as query_count,
       cast(count(distinct vpc_id) as bigint) as vpc_count,
       min(bucket_at) as first_at,
       max(bucket_at) as last_at
from rollup.dns_5m
where bucket_at >= $since and bucket_at < $until and firewall_action is not null
group by firewall_action, zone
order by query_count desc, firewall_action, zone
limit 12
""",
)
