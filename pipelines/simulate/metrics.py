"""CloudWatch metric streams: one JSON line per metric, dimensions and period, in agreement with flows and incidents."""

import json
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulate.chance import Flags, Floats, Ints, digest
from pipelines.simulate.incidents import Incident
from pipelines.simulate.inventory import MAIN
from pipelines.simulate.load import Rhythm
from pipelines.simulate.stitch import lines

STREAM = "metric-stream"
BATCH = 900  # seconds that Firehose collects into one object


@dataclass(frozen=True)
class Series:
    """One metric of one resource: times in Unix seconds (start of each period), one value per time.

    `samples` is how many samples each period has; the smallest and largest lie `spread` (a share) around the mean.
    """

    account: str
    namespace: str
    metric: str
    dimensions: dict[str, str]
    unit: str
    times: Ints
    values: Floats
    samples: int = 1
    spread: float = 0.0


@dataclass(frozen=True)
class Clock:
    """The periods of the simulation: minutes and five-minute marks in Unix seconds."""

    start: int
    minutes: Ints
    fives: Ints


def clock(when: Rhythm) -> Clock:
    return Clock(
        when.start,
        np.arange(when.start, when.end, 60, dtype=np.int64),
        np.arange(when.start, when.end, 300, dtype=np.int64),
    )


def written(seed: int, series: list[Series]) -> tuple[bytes, Ints, int]:
    """(lines in order of arrival, batch of each line in Unix seconds, count) of all series."""
    heads = pl.Series([_head(one) for one in series])
    number = np.repeat(np.arange(len(series)), [len(one.times) for one in series])
    times = np.concatenate([one.times for one in series])
    mean = np.concatenate([one.values for one in series])
    samples = np.array([one.samples for one in series], dtype=np.float64)[number]
    spread = np.array([one.spread for one in series])[number]
    lag = np.array([120 + int(digest(seed, f"lag/{n}", 6), 16) % 120 for n in range(len(series))])
    arrival = times + lag[number]
    order = np.lexsort((number, arrival))

    def text(values: Floats) -> pl.Series:
        return pl.Series(np.round(values, 3)[order])

    rows = pl.DataFrame(
        {
            "head": heads.gather(number[order]),
            "time": pl.Series(times[order] * 1000),
            "max": text(mean * (1 + spread)),
            "min": text(mean * (1 - spread)),
            "sum": text(mean * samples),
            "count": text(samples),
            "unit": pl.Series([one.unit for one in series]).gather(number[order]),
        }
    )
    template = '%s,"timestamp":%s,"value":{"max":%s,"min":%s,"sum":%s,"count":%s},"unit":"%s"}'
    return lines(rows, template), arrival[order] // BATCH * BATCH, len(order)


def _head(one: Series) -> str:
    fields = {
        "metric_stream_name": "net",
        "account_id": one.account,
        "region": MAIN,
        "namespace": one.namespace,
        "metric_name": one.metric,
        "dimensions": one.dimensions,
    }
    return json.dumps(fields, separators=(",", ":"))[:-1]


def during(times: Ints, incident: Incident, period: int = 60) -> Flags:
    """Periods that overlap the incident."""
    return (times + period > incident.start) & (times < incident.end)


def per_minute(minute: Ints, weights: Ints, which: Flags, count: int) -> Floats:
    return np.bincount(minute[which], weights[which], count)[:count].astype(np.float64)
