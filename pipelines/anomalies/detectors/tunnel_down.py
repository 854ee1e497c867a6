"""A VPN tunnel that was up is down."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="tunnel_down",
    about="Share of samples in which a Site-to-Site VPN tunnel was down. A tunnel that never was up is not found.",
    unit="share",
    kind="level",
    rises="tunnel_down",
    floor=0.2,
    min_change=0.2,
    noise=0.05,
    runbook="IPsec and BGP events say which layer; then the customer gateway: lifetimes, dead peer detection, "
    "maintenance.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as bin_at, entity_kind, entity_id,
    max(json_extract_string(dimensions, '$.VpnId')) as parent_id,
    cast(1 - avg(average) as double) as value, cast(count(*) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end and namespace = 'AWS/VPN' and metric_name = 'TunnelState'
group by 1, 2, 3
""",
)
