"""Internet weather: city-networks as Internet Monitor measured them."""

from __future__ import annotations

from dashboards.queries import Query

CITY_NETWORKS = Query(
    "city_networks",
    """
with hourly as (
    select to_timestamp(floor(epoch(event_at) / 3600) * 3600) as hour_at,
           city, country, country_code, asn, network_name, service_location,
           avg(latitude) as latitude, avg(longitude) as longitude,
           avg(traffic_percent) as traffic_percent,
           sum(coalesce(bytes_in, 0) + coalesce(bytes_out, 0)) as bytes,
           avg(availability_score) as availability_score,
           avg(performance_score) as performance_score,
           avg(rtt_p50_ms) as rtt_p50_ms, avg(rtt_p95_ms) as rtt_p95_ms
    from core.internet_measurement
    where event_at >= $since and event_at < $until
    group by all
)
select city, country, country_code, asn, network_name, service_location,
       avg(latitude) as latitude, avg(longitude) as longitude,
       avg(traffic_percent) as traffic_percent,
       cast(sum(bytes) as bigint) as bytes,
       min(availability_score) as availability_score,
       min(performance_score) as performance_score,
       arg_min(hour_at, row(least(coalesce(availability_score, 100), coalesce(performance_score, 100)), hour_at))
           as worst_at,
       arg_max(availability_score, hour_at) as availability_latest,
       arg_max(performance_score, hour_at) as performance_latest,
       avg(rtt_p50_ms) as rtt_p50_ms, max(rtt_p95_ms) as rtt_p95_ms
from hourly
group by city, country, country_code, asn, network_name, service_location
order by traffic_percent desc nulls last, country, city, asn
limit 400
""",
)
