"""CloudWatch Internet Monitor measurements: how clients of each city and network reach AWS."""

from __future__ import annotations

import polars as pl

from pipelines.ingest.source import Feed, Json, Source
from pipelines.model.schema import Field
from pipelines.model.tables import INTERNET_MEASUREMENT

_HEALTH = "internetHealth"
_TRIP = f"{_HEALTH}.performance.roundTripTime"
_TTFB = "trafficInsights.timeToFirstByte"


def _at(name: str, kind: str, about: str, place: str, unit: str | None = None) -> Field:
    """A field at a dotted place: camelCase, or lower case as Athena writes it; health also under its former root."""
    places = (place, f"awsI{place[1:]}") if place.startswith(_HEALTH) else (place,)
    return Field(name, kind, about, unit, path=tuple(f"$.{way}" for p in places for way in (p, p.lower())))


SOURCE = Source(
    name="internet_measurement",
    about="Internet Monitor: traffic, availability, performance and round-trip time by client city and network.",
    grain="one city-network, service location and 5 minutes",
    reference="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-IM-get-started.CWlogs.html",
    reader=Json(
        marks={
            "$.clientLocation|$.clientlocation": ".",
            "$.internetHealth|$.internethealth|$.awsInternetHealth|$.awsinternethealth": ".",
        }
    ),
    keys=(r"AWSLogs/\d{12}/internetmonitor/", r"aws/internet-monitor/[^/]+/by(City|Metro|Subdivision|Country)"),
    event_at=("timestamp",),
    nulls=("", "N/A"),
    fields=(
        Field("version", "int", "version of the measurement's format"),
        Field("timestamp", "epoch", "when it was measured", required=True),
        _at("latitude", "double", "degrees north", "clientLocation.latitude"),
        _at("longitude", "double", "degrees east", "clientLocation.longitude"),
        _at("country", "text", "country", "clientLocation.country"),
        _at("country_code", "text", "ISO 3166 code", "clientLocation.countryCode"),
        _at("subdivision", "text", "state or province", "clientLocation.subdivision"),
        _at("subdivision_code", "text", "code of the state or province", "clientLocation.subdivisionCode"),
        _at("metro", "text", "metropolitan area; unreliable outside the US", "clientLocation.metro"),
        _at("city", "text", "city", "clientLocation.city"),
        _at("asn", "long", "autonomous system of the client network", "clientLocation.asn"),
        _at("network_name", "text", "name of the client network", "clientLocation.networkName"),
        _at("service_location", "text", "Region or edge location", "serviceLocation"),
        _at("percentage_of_total_traffic", "double", "share of the traffic", "percentageOfTotalTraffic", "percent"),
        _at("bytes_in", "double", "bytes from clients", "bytesIn"),
        _at("bytes_out", "double", "bytes to clients", "bytesOut"),
        _at("client_connection_count", "double", "client connections", "clientConnectionCount"),
        *(
            field
            for name in ("availability", "performance")
            for field in (
                _at(f"{name}_experience_score", "double", f"share of traffic without a drop of {name}",
                    f"{_HEALTH}.{name}.experienceScore", "percent"),
                _at(f"{name}_percentage_of_total_traffic_impacted", "double", f"share of all traffic hit in {name}",
                    f"{_HEALTH}.{name}.percentageOfTotalTrafficImpacted", "percent"),
                _at(f"{name}_percentage_of_client_location_impacted", "double", f"share of this city's hit in {name}",
                    f"{_HEALTH}.{name}.percentageOfClientLocationImpacted", "percent"),
            )
        ),
        *(
            _at(f"round_trip_time_{p}", "double", f"round-trip time, {p}", f"{_TRIP}.{p}", "ms")
            for p in ("p50", "p90", "p95")
        ),
        _at("time_to_first_byte_service", "text", "service it is routed to", f"{_TTFB}.currentExperience.serviceName"),
        _at("time_to_first_byte_location", "text", "where that is", f"{_TTFB}.currentExperience.serviceLocation"),
        _at("time_to_first_byte", "double", "as now routed", f"{_TTFB}.currentExperience.value", "ms"),
        _at("time_to_first_byte_ec2_location", "text", "best Region", f"{_TTFB}.ec2.serviceLocation"),
        _at("time_to_first_byte_ec2", "double", "from the best Region", f"{_TTFB}.ec2.value", "ms"),
        _at("time_to_first_byte_cloudfront", "double", "through CloudFront", f"{_TTFB}.cloudfront.value", "ms"),
    ),
    feeds=(
        Feed(
            INTERNET_MEASUREMENT,
            {
                "event_at": pl.col("event_at"),
                "service_location": pl.col("service_location"),
                "country": pl.col("country"),
                "country_code": pl.col("country_code"),
                "subdivision": pl.col("subdivision"),
                "metro": pl.col("metro"),
                "city": pl.col("city"),
                "latitude": pl.col("latitude"),
                "longitude": pl.col("longitude"),
                "asn": pl.col("asn"),
                "network_name": pl.col("network_name"),
                "traffic_percent": pl.col("percentage_of_total_traffic"),
                "bytes_in": pl.col("bytes_in").round().cast(pl.Int64, strict=False),
                "bytes_out": pl.col("bytes_out").round().cast(pl.Int64, strict=False),
                "connection_count": pl.col("client_connection_count").round().cast(pl.Int64, strict=False),
                "availability_score": pl.col("availability_experience_score"),
                "availability_impact_percent": pl.col("availability_percentage_of_total_traffic_impacted"),
                "performance_score": pl.col("performance_experience_score"),
                "performance_impact_percent": pl.col("performance_percentage_of_total_traffic_impacted"),
                "rtt_p50_ms": pl.col("round_trip_time_p50"),
                "rtt_p90_ms": pl.col("round_trip_time_p90"),
                "rtt_p95_ms": pl.col("round_trip_time_p95"),
                "ttfb_ms": pl.col("time_to_first_byte"),
                "object_id": pl.col("object_id"),
                "line": pl.col("line"),
            },
        ),
    ),
)  # fmt: skip
