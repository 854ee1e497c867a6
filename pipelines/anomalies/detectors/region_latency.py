"""AWS's own backbone takes longer between two Regions or zones."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="region_latency",
    about="Median round-trip time between two Regions or zones, as AWS measures and publishes it.",
    unit="ms",
    kind="level",
    rises="region_latency",
    floor=0.5,
    min_change=0.5,
    min_factor=1.15,
    noise=0.1,
    runbook="Nothing of ours: expect slower calls on this pair, and look whether our own probes agree.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as bin_at, entity_kind, entity_id,
    cast(null as varchar) as parent_id,
    cast(avg(average) as double) as value, cast(count(*) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and entity_kind = 'region_pair' and metric_name = 'AggregateAWSNetworkPerformance'
group by 1, 2, 3
""",
)
