"""Volumes: load breathes with the day, so a change must be abrupt and outside of what was seen before."""

from __future__ import annotations

import numpy as np

from pipelines.anomalies import baseline
from pipelines.anomalies.series import BINS_PER_DAY, BINS_PER_HOUR, BoolArray, FloatArray

STEADY_SHARE = 0.9  # of the last day's bins must have a value before a volume is judged
REPORTING_SHARE = 0.9  # fewer reporters than usual: the log is missing, not the traffic
ESCALATION = float(np.log(1.5))  # without a season, a volume must leave the range of the last day by this factor
LOW, HIGH = 0.02, 1.0  # of that range: a drop may ignore odd empty bins; a surge not a short nightly job
SEASON_LOW, SEASON_HIGH = 0.1, 0.9  # of the same hour on earlier days


def expected_volume(clean: FloatArray, at: int, median: FloatArray) -> FloatArray:
    """Median of the last two hours, or the longer baseline where most of them are erased, (S,), no logarithm."""
    sample = baseline.trailing(clean, at, baseline.LOCAL_BINS)
    known = np.sum(~np.isnan(sample), axis=1) >= baseline.LOCAL_BINS // 2
    return np.expm1(np.where(known, baseline.quantile(sample, 0.5), median))


def is_unusual_volume(raw: FloatArray, clean: FloatArray, reporters: FloatArray, at: int, sign: int) -> BoolArray:
    """Steady so far, all reporters there, and outside what season or last day have shown: (S, BINS_PER_HOUR)."""
    now = slice(at, at + BINS_PER_HOUR)
    day = baseline.trailing(raw, at)
    steady = np.sum(~np.isnan(day), axis=1) >= STEADY_SHARE * BINS_PER_DAY
    usual_reporters = baseline.quantile(baseline.trailing(reporters, at), 0.5)
    reporting: BoolArray = reporters[:, now] >= REPORTING_SHARE * usual_reporters[:, None]
    outside: BoolArray = sign * raw[:, now] >= sign * _edge(raw, clean, at, sign)[:, None] + ESCALATION
    unusual: BoolArray = outside & steady[:, None] & reporting
    return unusual


def _edge(raw: FloatArray, clean: FloatArray, at: int, sign: int) -> FloatArray:
    """Up to here a volume is nothing new, (S,): the season's range where known, else the last day's."""
    edge = baseline.quantile(baseline.seen(raw, clean, at), HIGH if sign > 0 else LOW)
    season = baseline.seasonal(clean, at)
    usual = baseline.quantile(season, SEASON_HIGH if sign > 0 else SEASON_LOW)
    return np.where(baseline.seasonal_known(season), usual, edge)
