"""Round-trip time of synthetic probes."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="probe_rtt",
    about="Round-trip time of Network Synthetic Monitor probes (AWS/NetworkMonitor RTT), mean of the bin.",
    unit="ms",
    family="performance",
    judge="level",
    good=5.0,
    warn=5.0,  # p99 within a data centre that Pingmesh alarms on; 0.2 -> 0.4 ms is nobody's problem
    bad=100.0,  # "poor" at ThousandEyes
    min_change=2.0,
    weighs=("probe",),
    runbook="Compare with the inter-Region latency that AWS publishes; a step without loss is a longer path "
    "(fail-over, BGP), growth with loss is a full queue.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as window_start, entity_kind, entity_id,
    cast(avg(average * case unit when 'Milliseconds' then 1.0 when 'Seconds' then 1000.0 else 0.001 end)
        as double) as value,
    cast(coalesce(sum(sample_count), count(*)) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and namespace = 'AWS/NetworkMonitor' and metric_name = 'RTT'
group by 1, 2, 3
""",
)
