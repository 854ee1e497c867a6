"""Packet loss of synthetic probes."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="probe_loss",
    about="Packet loss of Network Synthetic Monitor probes (AWS/NetworkMonitor PacketLoss), mean of the bin.",
    unit="share",
    family="availability",
    judge="level",
    good=0.0005,
    warn=0.001,  # AWS's own example alarm: mean loss > 0.1 %
    bad=0.03,  # "poor" at ThousandEyes
    min_change=0.005,
    weighs=("probe",),
    runbook="AWS health indicator > 0: wait for AWS, shift traffic. Else look at VPN, Direct Connect and BGP state, "
    "then at routes of the probe's subnet.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as window_start, entity_kind, entity_id,
    cast(coalesce(sum("sum") / nullif(sum(sample_count), 0), avg(average)) / 100 as double) as value,
    cast(coalesce(sum(sample_count), count(*)) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and namespace = 'AWS/NetworkMonitor' and metric_name = 'PacketLoss'
group by 1, 2, 3
""",
)
