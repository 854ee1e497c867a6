"""Share of DNS queries that the resolver could not answer."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="dns_failure_share",
    about="Share of logged queries answered SERVFAIL or REFUSED. NXDOMAIN is an answer, not a failure of the network. "
    "Cache hits are not logged, so the share is of queries that had to be resolved.",
    unit="share",
    family="availability",
    judge="share",
    good=0.005,
    warn=0.02,
    bad=0.10,
    min_change=0.02,
    weighs=("vpc",),
    runbook="One zone failing: its name servers or forward rule. All zones behind one endpoint: the endpoint or the "
    "path to on-premises. All zones: the resolver, or port 53 in a network ACL.",
    sql="""
with by_vpc as (
    select bucket_at as window_start, vpc_id, sum(query_count) as total,
        sum(case when rcode in ('SERVFAIL', 'REFUSED') then query_count else 0 end) as failed
    from rollup.dns_5m
    where bucket_at >= $window_start and bucket_at < $window_end and vpc_id is not null
    group by 1, 2
), by_endpoint as (
    select time_bucket(interval '5 minutes', event_at) as window_start, resolver_endpoint_id, count(*) as total,
        count(*) filter (where rcode in ('SERVFAIL', 'REFUSED')) as failed
    from core.dns_query
    where event_at >= $window_start and event_at < $window_end and resolver_endpoint_id is not null
    group by 1, 2
)
select window_start, 'vpc' as entity_kind, vpc_id as entity_id,
    cast(failed / nullif(total, 0) as double) as value, cast(total as double) as exposure
from by_vpc
union all
select window_start, 'resolver_endpoint', resolver_endpoint_id,
    cast(failed / nullif(total, 0) as double), cast(total as double)
from by_endpoint
""",
)
