"""AWS's own verdict on its side of the path."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="aws_health_indicator",
    about="Network health indicator of Network Synthetic Monitor and Network Flow Monitor: share of samples in which "
    "AWS saw an impairment of its own network. Delivered as 0/1 or 0/100: anything above 0 is degraded.",
    unit="share",
    family="availability",
    judge="verdict",
    good=0.0,
    warn=0.01,  # any sample above 0 counts; there are at most 10 in a bin
    bad=0.5,
    weighs=("probe", "monitor"),
    runbook="The fault is on AWS's side: open a case, shift traffic to another path or Region, change nothing of ours.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as window_start, entity_kind, entity_id,
    cast(avg(case when coalesce(maximum, average) > 0 then 1.0 else 0.0 end) as double) as value,
    cast(coalesce(sum(sample_count), count(*)) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and namespace in ('AWS/NetworkMonitor', 'AWS/NetworkFlowMonitor') and metric_name = 'HealthIndicator'
group by 1, 2, 3
""",
)
