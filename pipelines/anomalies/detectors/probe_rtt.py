"""Synthetic probes take longer."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="probe_rtt",
    about="Round-trip time of a Network Synthetic Monitor probe, mean of the bin, against its own tail.",
    unit="ms",
    kind="level",
    rises="probe_rtt",
    floor=2.0,
    min_change=2.0,  # far above the jitter between two zones; 0.2 -> 0.4 ms is nobody's problem
    min_factor=1.15,  # an inter-Region path that takes 20 % longer must be found
    noise=0.25,
    runbook="A step without loss is a longer path: fail-over, BGP, a changed route. Growth with loss is a full queue. "
    "Compare with the inter-Region latency that AWS publishes.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as bin_at, entity_kind, entity_id,
    max(split_part(entity_id, '/', 1)) as parent_id,
    cast(avg(average * case unit when 'Milliseconds' then 1.0 when 'Seconds' then 1000.0 else 0.001 end)
        as double) as value,
    cast(count(*) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and namespace = 'AWS/NetworkMonitor' and metric_name = 'RTT'
group by 1, 2, 3
""",
)
