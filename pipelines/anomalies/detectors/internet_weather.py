"""Clients of one city and network reach AWS badly."""

from pipelines.anomalies.detector import Detector

DETECTOR = Detector(
    name="internet_weather",
    about="A fifth of a city-network's clients or more are hit, and with them at least 0.1 percent of all traffic "
    "(Internet Monitor's own default for the traffic; its default for the score, 60, waits until two fifths are).",
    unit="percent of traffic",
    kind="verdict",
    rises="internet",
    floor=0.1,
    runbook="Nothing of ours: shift traffic to another Region or CloudFront, tell support which networks are hit.",
    sql="""
select time_bucket(interval '5 minutes', event_at) as bin_at, 'city_network' as entity_kind,
    concat_ws('/', service_location, country_code, nullif(city, ''), 'AS' || asn) as entity_id,
    max(service_location) as parent_id,
    cast(max(greatest(
        case when availability_score <= 80 then coalesce(availability_impact_percent, 0) else 0 end,
        case when performance_score <= 80 then coalesce(performance_impact_percent, 0) else 0 end)) as double) as value,
    cast(sum(traffic_percent) as double) as exposure
from core.internet_measurement
where event_at >= $window_start and event_at < $window_end
group by 1, 2, 3
""",
)
