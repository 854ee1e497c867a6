"""How much of a city-network's traffic Internet Monitor sees unharmed: availability."""

from pipelines.health.indicator import Indicator

INDICATOR = Indicator(
    name="internet_availability",
    about="Internet Monitor's availability score of a city-network: percent of its traffic without a drop of "
    "availability, against AWS's own estimate of what is usual.",
    unit="percent",
    family="availability",
    judge="verdict",  # the score is already a deviation from AWS's baseline
    good=95.0,  # Internet Monitor's default for all traffic together
    warn=60.0,  # its default for a local health event, which a single city-network is
    bad=60.0,
    higher_is_worse=False,
    weighs=("city_network",),
    runbook="One network in many cities: its operator. Many networks in one city: the exchange or cable there. "
    "All of one Region: AWS. Shift traffic to another Region or to CloudFront.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as window_start, 'city_network' as entity_kind,
    concat_ws('/', service_location, country_code, nullif(city, ''), 'AS' || asn) as entity_id,
    cast(min(availability_score) as double) as value, cast(sum(traffic_percent) as double) as exposure
from core.internet_measurement
where event_at >= $window_start and event_at < $window_end
group by 1, 2, 3
""",
)
