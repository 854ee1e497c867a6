"""Are the VPN tunnels up?"""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="vpn_tunnel_state",
    about="Share of samples in which a Site-to-Site VPN tunnel was down (1 - AWS/VPN TunnelState). A tunnel that was "
    "never up is not bad. Bytes through the tunnel are no sign of life: they count keep-alives.",
    unit="share",
    family="availability",
    judge="level",
    good=0.0,
    warn=0.2,  # one of five minutes
    bad=1.0,
    min_change=0.2,
    weighs=("vpn_tunnel", "vpn_connection"),
    runbook="Look for IPsec and BGP events, then at the customer gateway: phase 1 or 2 lifetimes, dead peer detection, "
    "maintenance. One tunnel of two: redundancy is gone, traffic is not.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as window_start, entity_kind, entity_id,
    cast(1 - avg(average) as double) as value, cast(coalesce(sum(sample_count), count(*)) as double) as exposure
from core.metric_point
where event_at >= $window_start and event_at < $window_end and namespace = 'AWS/VPN' and metric_name = 'TunnelState'
group by 1, 2, 3
""",
)
