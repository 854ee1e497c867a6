"""The resolver fails to answer."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="dns_failure",
    about="Share of logged DNS queries answered SERVFAIL or REFUSED, per VPC and per Resolver endpoint.",
    unit="share",
    kind="ratio",
    rises="dns_failure",
    floor=0.02,
    min_change=0.02,
    min_factor=3.0,
    min_count=5.0,
    look_back_days=7,
    runbook="One zone: its name servers or forward rule. All zones of one endpoint: the endpoint or the way to "
    "on-premises. All: the resolver, or port 53 in a network ACL.",
    sql="""
select time_bucket(interval '5 minutes', bucket_at) as bin_at, 'vpc' as entity_kind, vpc_id as entity_id,
    cast(null as varchar) as parent_id,
    cast(sum(case when rcode in ('SERVFAIL', 'REFUSED') then query_count else 0 end) / sum(query_count) as double)
        as value,
    cast(sum(query_count) as double) as exposure
from rollup.dns_5m
where bucket_at >= $window_start and bucket_at < $window_end and vpc_id is not null
group by 1, 3
union all
select time_bucket(interval '5 minutes', event_at), 'resolver_endpoint', resolver_endpoint_id, null,
    cast(count(*) filter (where rcode in ('SERVFAIL', 'REFUSED')) / count(*) as double), cast(count(*) as double)
from core.dns_query
where event_at >= $window_start and event_at < $window_end and resolver_endpoint_id is not null
group by 1, 3
""",
)
