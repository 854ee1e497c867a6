"""Scores: every bin of every series against its own past, an hour at a time, in one direction.

Causal: the bins of an hour are compared with earlier hours only, and bins that deviate are erased from the past that
later hours see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.anomalies import baseline, dispersion, tails
from pipelines.anomalies.detector import Detector
from pipelines.anomalies.series import BINS_PER_DAY, BINS_PER_HOUR, BoolArray, FloatArray, SeriesSet
from pipelines.anomalies.volume import expected_volume, is_unusual_volume

ALARM = 9.21  # p = 1e-4: 288 x 1e-4 = 0.03 single bins per series-day, and two of three are asked for
SUSPECT = 4.61  # p = 1e-2: next to an alarm such a bin belongs to it; alone it is nothing
FDR = 0.1  # Benjamini-Hochberg over the series of one bin; bites from a thousand series on
VERDICT = 2 * ALARM  # AWS gives no probability; certain enough
NEARBY = 2  # bins: two of three make a run
HALF_HOUR = 6  # bins whose hits are added up: few hits a bin, bin after bin, are as telling as many at once


@dataclass(frozen=True)
class Scored:
    """Arrays (S, T): -ln p, expected value, deviates (belongs to a run) and is_certain (can make a run)."""

    score: FloatArray
    expected: FloatArray
    deviates: BoolArray
    is_certain: BoolArray


@dataclass(frozen=True)
class Past:
    """What the hours so far leave to those that follow, (S, T): raw values, the same and residuals with NaN where bad.

    Volumes are in natural logarithms of 1 + value.
    """

    raw: FloatArray
    clean: FloatArray
    residual: FloatArray


@dataclass(frozen=True)
class Hour:
    """One hour of all series from bin ``at`` on: values and exposure as delivered, (S, BINS_PER_HOUR)."""

    at: int
    value: FloatArray
    exposure: FloatArray

    @property
    def bins(self) -> slice:
        """Its place in (S, T)."""
        return slice(self.at, self.at + BINS_PER_HOUR)


def scored(detector: Detector, series: SeriesSet, begin: int, sign: int) -> Scored:
    """Scores of all bins from ``begin`` on, and of a day before that to know the tail; NaN and False elsewhere."""
    usable = np.where(series.exposure >= detector.min_exposure, series.value, np.nan)
    raw = np.log1p(np.maximum(usable, 0.0)) if detector.kind in ("volume", "count") else usable
    past = Past(raw, raw.copy(), np.full(raw.shape, np.nan))
    empty = np.full(raw.shape, np.nan)
    result = Scored(empty, empty.copy(), np.zeros(raw.shape, np.bool_), np.zeros(raw.shape, np.bool_))
    for at in range(max(0, begin - BINS_PER_DAY), raw.shape[1], BINS_PER_HOUR):
        bins = slice(at, at + BINS_PER_HOUR)
        _score_hour(detector, series, past, result, Hour(at, series.value[:, bins], series.exposure[:, bins]), sign)
    return result


def _score_hour(detector: Detector, series: SeriesSet, past: Past, result: Scored, hour: Hour, sign: int) -> None:
    median, sigma = baseline.centre(past.clean, hour.at)
    residual = sign * (past.raw[:, hour.bins] - median[:, None])
    if detector.kind == "ratio":
        score, sure, expected = _ratio(detector, series, past, hour)
    else:
        sigma = np.fmax(sigma, detector.noise)
        score, expected = _level(detector, series, past, hour, residual, median, sigma, sign)
        sure = score
    matters = _matters(detector, series, past, hour, expected, sign)
    deviates = matters & (score >= SUSPECT)
    certain = deviates & (sure >= ALARM) & tails.significant(sure, FDR)
    result.score[:, hour.bins] = np.where(deviates, np.fmax(score, sure), score)
    result.expected[:, hour.bins] = expected
    result.deviates[:, hour.bins], result.is_certain[:, hour.bins] = deviates, certain
    lasting = _lasting(result.deviates, hour.at)
    past.residual[:, hour.bins] = np.where(lasting, np.nan, residual)
    past.clean[:, hour.bins][lasting] = np.nan


def _lasting(deviates: BoolArray, at: int) -> BoolArray:
    """Deviating bins of the hour from ``at`` with another one close by, (S, BINS_PER_HOUR).

    Lone ones stay in the past: erasing every value over the 99th percentile would cut the tail that is to be learnt.
    """
    padded = np.pad(deviates, ((0, 0), (NEARBY, NEARBY)))
    width = deviates.shape[1]
    near = np.zeros_like(deviates)
    for shift in (*range(-NEARBY, 0), *range(1, NEARBY + 1)):
        near |= padded[:, NEARBY + shift : NEARBY + shift + width]
    lasting: BoolArray = (deviates & near)[:, at : at + BINS_PER_HOUR]
    return lasting


def _level(
    detector: Detector,
    series: SeriesSet,
    past: Past,
    hour: Hour,
    residual: FloatArray,
    median: FloatArray,
    sigma: FloatArray,
    sign: int,
) -> tuple[FloatArray, FloatArray]:
    """-ln p and expected value of levels, volumes and verdicts, (S, BINS_PER_HOUR) each."""
    if detector.kind == "verdict":
        worst = np.where(hour.value >= detector.floor, VERDICT, 0.0)
        return np.where(np.isnan(hour.value), np.nan, worst), np.zeros_like(hour.value)
    own = tails.peaks_over_threshold(residual, baseline.trailing(past.residual, hour.at), sigma)
    if detector.kind == "level":
        return own, np.broadcast_to(median[:, None], own.shape)
    expected = np.broadcast_to(expected_volume(past.clean, hour.at, median)[:, None], own.shape)
    if detector.kind == "count" and sign < 0:
        spread = dispersion.of_counts(baseline.trailing(series.value, hour.at))[:, None]
        own = np.minimum(own, tails.poisson_low(hour.value / spread, expected / spread))
    return own, expected


def _ratio(detector: Detector, series: SeriesSet, past: Past, hour: Hour) -> tuple[FloatArray, FloatArray, FloatArray]:
    """-ln p of each bin alone, of the better of bin and half hour (0 with too few hits), and the expected share."""
    day_share, day_trials = (baseline.trailing(cells, hour.at) for cells in (past.clean, series.exposure))
    rate = _pooled_rate(day_share, np.where(np.isnan(day_share), np.nan, day_trials))
    shown = baseline.seen(past.raw, past.clean, hour.at)
    shown_trials = baseline.seen(series.exposure, series.exposure, hour.at)
    spread = dispersion.of_trials(shown, shown_trials, rate)
    hits, trials = np.round(hour.value * hour.exposure), hour.exposure
    many, tried = (_half_hours(cells, hour.at) for cells in (np.round(past.raw * series.exposure), series.exposure))
    expected = np.broadcast_to(rate[:, None], hits.shape)
    known = np.where(np.sum(~np.isnan(day_share), axis=1) >= baseline.MIN_BINS, spread, np.nan)[:, None]
    single = tails.binomial(hits / known, trials / known, expected)
    joint = tails.binomial(many / known, tried / known, expected)
    return single, np.where(many >= detector.min_count, np.fmax(single, joint), 0.0), expected


def _half_hours(cells: FloatArray, at: int) -> FloatArray:
    """Sum of each bin of the hour from ``at`` and the five before it, missing ones as 0: (S, BINS_PER_HOUR)."""
    known = np.nan_to_num(cells)
    spans = (known[:, max(0, i - HALF_HOUR + 1) : i + 1] for i in range(at, at + BINS_PER_HOUR))
    return np.stack([span.sum(axis=1) for span in spans], axis=1)


def _pooled_rate(share: FloatArray, trials: FloatArray) -> FloatArray:
    """Hits per trial over (S, N), with Jeffreys' half a hit, (S,): never exactly zero."""
    rate: FloatArray = (np.nansum(share * trials, axis=1) + 0.5) / (np.nansum(trials, axis=1) + 1.0)
    return rate


def _matters(
    detector: Detector, series: SeriesSet, past: Past, hour: Hour, expected: FloatArray, sign: int
) -> BoolArray:
    """Is the deviation large enough for anybody to care, and the data good enough to say so? (S, BINS_PER_HOUR)."""
    value = hour.value
    if detector.kind == "verdict":
        return value >= detector.floor
    change = sign * (value - expected) >= detector.min_change
    low, high = (expected, value) if sign > 0 else (value, expected)
    enough: BoolArray = change & (high >= detector.floor) & (high >= detector.min_factor * low)
    if detector.kind in ("volume", "count"):
        enough &= is_unusual_volume(past.raw, past.clean, series.exposure, hour.at, sign)
    return enough
