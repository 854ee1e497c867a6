"""Share of flows that a security group or network ACL rejected."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="reject_share",
    about="Share of flow records with action REJECT. A usual level comes from scanners; a step is a rule that changed.",
    unit="share",
    family="availability",
    judge="share",
    good=0.01,
    warn=0.05,  # a scanned public address shows single percents all day
    bad=0.25,
    min_change=0.05,
    weighs=("interface",),
    runbook="List the rejected ports and sources of the entity; one interface points at its security group, "
    "a whole subnet at its network ACL; then look at the changes of the two hours before.",
    sql="""
with flow as (
    select time_bucket(interval '5 minutes', bucket_at) as window_start, vpc_id, interface_id,
        sum(flow_count) as total,
        sum(case when action = 'REJECT' then flow_count else 0 end) as rejected
    from rollup.flow_1m
    where bucket_at >= $window_start and bucket_at < $window_end
    group by 1, 2, 3
)
select window_start, 'interface' as entity_kind, interface_id as entity_id,
    cast(sum(rejected) / nullif(sum(total), 0) as double) as value, cast(sum(total) as double) as exposure
from flow
where interface_id is not null
group by window_start, interface_id
union all
select window_start, 'vpc', vpc_id, cast(sum(rejected) / nullif(sum(total), 0) as double), cast(sum(total) as double)
from flow
where vpc_id is not null
group by window_start, vpc_id
""",
)
