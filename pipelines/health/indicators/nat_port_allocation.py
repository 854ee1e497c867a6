"""Connections that a NAT gateway could not open for want of a source port."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="nat_port_allocation",
    about="Errors of source port allocation (AWS/NATGateway ErrorPortAllocation): each is a connection that failed.",
    unit="errors",
    family="availability",
    judge="verdict",  # the usual value is zero, and AWS alarms on any
    good=0.0,
    warn=1.0,
    bad=10.0,
    weighs=("nat_gateway",),
    runbook="Many connections to one destination share 55,000 ports per address: add addresses to the gateway, spread "
    "destinations, or use a gateway endpoint for S3 and DynamoDB.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as window_start, entity_kind, entity_id,
    cast(sum(case when metric_name = 'ErrorPortAllocation' then "sum" end) as double) as value,
    cast(sum(case when metric_name = 'ConnectionAttemptCount' then "sum" end) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end
    and namespace = 'AWS/NATGateway' and metric_name in ('ErrorPortAllocation', 'ConnectionAttemptCount')
    and entity_kind = 'nat_gateway'
group by 1, 2, 3
""",
)
