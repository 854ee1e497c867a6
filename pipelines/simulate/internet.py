"""Internet Monitor: what AWS measured every five minutes between our region and each city-network."""

import json

import numpy as np
import polars as pl

from pipelines.simulate.chance import Floats, Ints, stream
from pipelines.simulate.cities import CITIES
from pipelines.simulate.incidents import Incident
from pipelines.simulate.load import Rhythm, demand
from pipelines.simulate.stitch import lines

PERIOD = 300
SLOT = 1800  # seconds of measurements in one exported object
_TEMPLATE = (
    '{"version":1,"timestamp":%s,%s,"percentageOfTotalTraffic":%s,"bytesIn":%s,"bytesOut":%s,'
    '"clientConnectionCount":%s,"internetHealth":{"availability":{"experienceScore":%s,'
    '"percentageOfTotalTrafficImpacted":%s,"percentageOfClientLocationImpacted":%s},"performance":'
    '{"experienceScore":%s,"percentageOfTotalTrafficImpacted":%s,"percentageOfClientLocationImpacted":%s,'
    '"roundTripTime":{"p50":%s,"p90":%s,"p95":%s}}},"trafficInsights":{"timeToFirstByte":{"currentExperience":'
    '{"serviceName":"VPC","serviceLocation":"%s","value":%s},"ec2":{"serviceName":"EC2","serviceLocation":"%s",'
    '"value":%s}}}}'
)


def scores(seed: int, when: Rhythm, incident: Incident) -> tuple[Ints, Floats, Floats]:
    """(times, availability, performance): Unix seconds, and percent in arrays of shape (cities, times)."""
    rng = stream(seed, "internet")
    times = np.arange(when.start, when.end, PERIOD, dtype=np.int64)
    shape = (len(CITIES), len(times))
    # Small, short dips everywhere: the Internet is never perfectly quiet.
    availability = 100 - np.clip(rng.exponential(0.08, shape) - 0.1, 0, None) * 4
    performance = 100 - np.clip(rng.exponential(0.4, shape) - 0.3, 0, None) * 2
    hit = (times >= incident.start) & (times < incident.end)
    city = int(incident.target)
    loss = 100 * incident.severity * rng.uniform(0.92, 1.08, len(times))
    availability[city] = np.where(hit, np.minimum(availability[city], 100 - loss), availability[city])
    performance[city] = np.where(hit, performance[city] - loss / 3, performance[city])
    return times, _percent(availability), _percent(performance)


def _percent(values: np.ndarray) -> Floats:
    inside: Floats = np.clip(values, 0, 100).astype(np.float64)
    return np.round(inside, 2)


def written(seed: int, when: Rhythm, incident: Incident) -> tuple[bytes, Ints]:
    """(JSON lines of all measurements in order of time, slot of each line in Unix seconds)."""
    rng = stream(seed, "internet/traffic")
    times, availability, performance = scores(seed, when, incident)
    cities, count = len(CITIES), len(times)
    weight = np.array([city.weight for city in CITIES])
    share = weight[:, None] * np.array([demand("us" if c.region == "us-east-1" else "eu", times, when) for c in CITIES])
    share = share * rng.lognormal(0, 0.05, share.shape) * (availability / 100) ** 0.8
    percent = 100 * share / share.sum(axis=0)
    usual = np.array([city.rtt_ms for city in CITIES])[:, None]
    rtt = usual * rng.lognormal(0, 0.03, share.shape) * (1 + (100 - performance) / 40)
    order = (np.arange(cities)[None, :] + np.zeros((count, 1), np.int64)).ravel()

    def turned(values: Floats, digits: int) -> pl.Series:
        return pl.Series(np.round(values.T.ravel(), digits)).cast(pl.String)

    def whole(values: Floats) -> pl.Series:
        return pl.Series(values.T.ravel().astype(np.int64)).cast(pl.String)

    service = pl.Series([city.region for city in CITIES]).gather(order)
    first_byte = turned(rtt * 1.1 + 25, 1)
    lost, slow = 100 - availability, 100 - performance
    frame = pl.DataFrame(
        {
            "at": pl.Series(np.repeat(times, cities)).cast(pl.String),
            "where": pl.Series([_place(number) for number in range(cities)]).gather(order),
            "share": turned(percent, 4),
            "in": whole(share * 4e6),
            "out": whole(share * 5.2e7),
            "connections": whole(share * 90),
            "up": turned(availability, 2),
            "up-total": turned(lost * percent / 100, 4),
            "up-local": turned(lost, 2),
            "fast": turned(performance, 2),
            "fast-total": turned(slow * percent / 100, 4),
            "fast-local": turned(slow, 2),
            "p50": turned(rtt, 1),
            "p90": turned(rtt * 1.25, 1),
            "p95": turned(rtt * 1.45, 1),
            "service": service,
            "byte": first_byte,
            "ec2-service": service,
            "ec2-byte": first_byte,
        }
    )
    return lines(frame, _TEMPLATE), np.repeat(times // SLOT * SLOT, cities)


def _place(number: int) -> str:
    """The JSON of a city-network from "clientLocation" to "serviceLocation"."""
    city = CITIES[number]
    location = {
        "latitude": city.latitude,
        "longitude": city.longitude,
        "country": city.country,
        "subdivision": city.subdivision,
        "metro": city.city if city.country_code == "US" else "",
        "city": city.city,
        "countryCode": city.country_code,
        "subdivisionCode": city.subdivision_code,
        "asn": city.asn,
        "networkName": city.network,
    }
    fields = {"clientLocation": location, "serviceLocation": city.region}
    return json.dumps(fields, separators=(",", ":"))[1:-1]
