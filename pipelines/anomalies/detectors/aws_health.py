"""AWS says that its network is impaired."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="aws_health",
    about="Network health indicator above 0: AWS sees an impairment of its own network on this path. Delivered as "
    "0/1 or 0/100.",
    unit="share of samples",
    kind="verdict",
    rises="aws_health",
    floor=0.01,
    runbook="The fault is on AWS's side: open a case, shift traffic, change nothing of ours.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as bin_at, entity_kind, entity_id,
    case when position('/' in entity_id) > 0 then split_part(entity_id, '/', 1) end as parent_id,
    cast(avg(case when coalesce(maximum, average) > 0 then 1.0 else 0.0 end) as double) as value,
    cast(count(*) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and namespace in ('AWS/NetworkMonitor', 'AWS/NetworkFlowMonitor') and metric_name = 'HealthIndicator'
group by 1, 2, 3
""",
)
