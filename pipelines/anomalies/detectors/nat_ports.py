"""A NAT gateway runs out of ports."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="nat_ports",
    about="Errors of source port allocation at a NAT gateway: each is a connection that failed.",
    unit="errors per 5 minutes",
    kind="verdict",
    rises="nat_ports",
    floor=1.0,  # AWS alarms on any
    runbook="Many connections to one destination share 55,000 ports per address: add addresses, spread destinations, "
    "or use a gateway endpoint.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as bin_at, entity_kind, entity_id,
    cast(null as varchar) as parent_id,
    cast(sum("sum") as double) as value, cast(count(*) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and namespace = 'AWS/NATGateway' and metric_name = 'ErrorPortAllocation' and entity_kind = 'nat_gateway'
group by 1, 2, 3
""",
)
