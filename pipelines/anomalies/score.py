"""Scores: every bin of every series against its own past, an hour at a time, in one direction.

Causal: the bins of an hour are compared with earlier hours only, and bins that deviate are erased from the past that
later hours see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.anomalies import baseline, tails
from pipelines.anomalies.detector import Detector
from pipelines.anomalies.series import BINS_PER_DAY, BINS_PER_HOUR, BoolArray, FloatArray, SeriesSet

ALARM = 9.21  # p = 1e-4: 288 x 1e-4 = 0.03 single bins per series-day, and two of three are asked for
SUSPECT = 4.61  # p = 1e-2: next to an alarm such a bin belongs to it; alone it is nothing
FDR = 0.1  # Benjamini-Hochberg over the series of one bin; bites from a thousand series on
VERDICT = 2 * ALARM  # AWS gives no probability; certain enough
STEADY_SHARE = 0.9  # of the last day's bins must have a value before a volume is judged
REPORTING_SHARE = 0.9  # fewer reporters than usual: the log is missing, not the traffic
ESCALATION = np.log(1.5)  # without a season, a volume must leave the range of the last day by this factor
RECENT = 6 * BINS_PER_HOUR  # a surge may last this long before its own bins count as "seen before"


@dataclass(frozen=True)
class Scored:
    """Arrays (S, T): -ln p, expected value, deviates (belongs to a run) and is_certain (can make a run)."""

    score: FloatArray
    expected: FloatArray
    deviates: BoolArray
    is_certain: BoolArray


@dataclass
class _Past:
    """What the hours so far have left to those that follow: (S, T), NaN where unknown or erased."""

    raw: FloatArray
    clean: FloatArray
    residual: FloatArray


def scored(detector: Detector, series: SeriesSet, begin: int, sign: int) -> Scored:
    """Scores of all bins from ``begin`` on, and of a day before that to know the tail; NaN and False elsewhere."""
    usable = np.where(series.exposure >= detector.min_exposure, series.value, np.nan)
    raw = np.log1p(np.fmax(usable, 0.0)) if detector.kind == "volume" else usable
    raw = np.where(np.isnan(usable), np.nan, raw)
    past = _Past(raw, raw.copy(), np.full(raw.shape, np.nan))
    result = Scored(past.residual.copy(), past.residual.copy(), np.zeros(raw.shape, bool), np.zeros(raw.shape, bool))
    for at in range(max(0, begin - BINS_PER_DAY), raw.shape[1], BINS_PER_HOUR):
        _hour(detector, series, past, result, at, sign)
    return result


def _hour(detector: Detector, series: SeriesSet, past: _Past, result: Scored, at: int, sign: int) -> None:
    now = slice(at, at + BINS_PER_HOUR)
    median, sigma = baseline.centre(past.clean, at)
    residual = sign * (past.raw[:, now] - median[:, None])
    score, expected = _judged(detector, series, past, at, residual, median, np.fmax(sigma, detector.noise))
    matters = _matters(detector, series, past, at, expected, sign)
    deviates = matters & (score >= SUSPECT)
    result.score[:, now], result.expected[:, now], result.deviates[:, now] = score, expected, deviates
    result.is_certain[:, now] = deviates & (score >= ALARM) & tails.significant(score, FDR)
    past.residual[:, now] = np.where(deviates, np.nan, residual)
    past.clean[:, now][deviates] = np.nan


def _judged(
    detector: Detector, series: SeriesSet, past: _Past, at: int, residual: FloatArray, median: FloatArray, sigma: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """-ln p and expected value of the hour from bin ``at``, (S, BINS_PER_HOUR) each."""
    wide = np.ones(residual.shape[1])
    if detector.kind == "verdict":
        value = series.value[:, at : at + BINS_PER_HOUR]
        return np.where(np.isnan(value), np.nan, np.where(value >= detector.floor, VERDICT, 0.0)), np.zeros_like(value)
    own = tails.peaks_over_threshold(residual, baseline.trailing(past.residual, at), sigma)
    if detector.kind == "volume":
        return own, np.expm1(_local(past, at, median))[:, None] * wide
    if detector.kind == "level":
        return own, median[:, None] * wide
    rate = _pooled_rate(past.clean, series.exposure, at)[:, None] * wide
    value, trials = (cells[:, at : at + BINS_PER_HOUR] for cells in (series.value, series.exposure))
    return np.minimum(own, tails.binomial(np.round(value * trials), trials, rate)), rate


def _pooled_rate(share: FloatArray, trials: FloatArray, at: int) -> FloatArray:
    """Hits per trial over the day before, with Jeffreys' half a hit, (S,): never exactly zero."""
    hits, tried = (baseline.trailing(cells, at) for cells in (share * trials, np.where(np.isnan(share), np.nan, trials)))
    rate: FloatArray = (np.nansum(hits, axis=1) + 0.5) / (np.nansum(tried, axis=1) + 1.0)
    return rate


def _local(past: _Past, at: int, median: FloatArray) -> FloatArray:
    """Median of the last two hours, or the longer baseline where most of them are erased, (S,)."""
    sample = baseline.trailing(past.clean, at, baseline.LOCAL_BINS)
    known = np.sum(~np.isnan(sample), axis=1) >= baseline.LOCAL_BINS // 2
    return np.where(known, baseline.quantile(sample, 0.5), median)


def _matters(
    detector: Detector, series: SeriesSet, past: _Past, at: int, expected: FloatArray, sign: int
) -> BoolArray:
    """Is the deviation large enough for anybody to care, and the data good enough to say so? (S, BINS_PER_HOUR)."""
    value, exposure = (cells[:, at : at + BINS_PER_HOUR] for cells in (series.value, series.exposure))
    if detector.kind == "verdict":
        return value >= detector.floor
    change = sign * (value - expected) >= detector.min_change
    low, high = (expected, value) if sign > 0 else (value, expected)
    enough: BoolArray = change & (high >= detector.floor) & (high >= detector.min_factor * low)
    if detector.kind == "ratio":
        enough &= value * exposure >= detector.min_count
    return enough & _unusual_volume(series, past, at, sign) if detector.kind == "volume" else enough


def _unusual_volume(series: SeriesSet, past: _Past, at: int, sign: int) -> BoolArray:
    """Volumes only: steady so far, all reporters there, and outside what the season or the last day have shown."""
    now = past.raw[:, at : at + BINS_PER_HOUR]
    day = baseline.trailing(past.raw, at)
    steady = np.sum(~np.isnan(day), axis=1) >= STEADY_SHARE * BINS_PER_DAY
    reporters = baseline.quantile(baseline.trailing(series.exposure, at), 0.5)
    reporting = series.exposure[:, at : at + BINS_PER_HOUR] >= REPORTING_SHARE * reporters[:, None]
    edge = _edge(past, at, sign)
    outside: BoolArray = sign * now >= sign * edge[:, None] + ESCALATION
    return outside & steady[:, None] & reporting


def _edge(past: _Past, at: int, sign: int) -> FloatArray:
    """Up to here a volume is nothing new, (S,): the season's median where known, else the last day's range."""
    season = baseline.seasonal(past.clean, at)
    older = baseline.trailing(past.raw, at, baseline.ESCALATION_BINS)[:, :-RECENT]
    seen = np.concatenate([older, baseline.trailing(past.clean, at, RECENT)], axis=1)
    # a drop may ignore the odd missing bin of the last day; a surge may not ignore a short nightly job
    edge = baseline.quantile(seen, 1.0) if sign > 0 else baseline.quantile(seen, tails.TAIL)
    if not season.shape[1]:
        return edge
    usual = baseline.quantile(season, 0.9 if sign > 0 else 0.1)
    return np.where(baseline.seasonal_known(season), usual, edge)
