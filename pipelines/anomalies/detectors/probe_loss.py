"""Synthetic probes lose packets."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="probe_loss",
    about="Packet loss of a Network Synthetic Monitor probe, mean of the bin, against its own tail.",
    unit="share",
    kind="level",
    rises="probe_loss",
    floor=0.001,  # AWS's own example alarm: 0.1 %
    noise=0.0075,  # a lost packet of a hundred is chance, even twice; two bins of 1.5 % are found in a silent series
    runbook="AWS health indicator above 0: AWS. Else the state of VPN, Direct Connect and BGP, then routes.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as bin_at, entity_kind, entity_id,
    max(split_part(entity_id, '/', 1)) as parent_id,
    cast(coalesce(sum("sum") / nullif(sum(sample_count), 0), avg(average)) / 100 as double) as value,
    cast(count(*) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and namespace = 'AWS/NetworkMonitor' and metric_name = 'PacketLoss'
group by 1, 2, 3
""",
)
