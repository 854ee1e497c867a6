"""Verdicts: is a value worse than the floor AND off its own baseline? Causal, an hour at a time.

Hour after hour, so that one call over a day and 24 calls over its hours judge alike, and so that what was found bad
does not become the baseline of the next hour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.health.indicator import Indicator
from pipelines.health.series import BINS_PER_DAY, BINS_PER_HOUR, BoolArray, FloatArray, SeriesSet, quantile

HISTORY_DAYS = 14
MIN_BINS = 12  # an hour of bins; a median of fewer says little
MIN_DAYS = 2  # with one day of history, "same time of day" is a sample of one day
MAD_TO_SIGMA = 1.4826  # of a normal distribution
Q99_TO_SIGMA = 2.326  # of a normal distribution; catches tails that half of the bins never show
SPREADS = 4.0  # p = 3e-5 one-sided if normal
WILSON_Z = 3.09  # p = 1e-3 one-sided
MIN_TRIALS = 3  # of fewer, all may fail by chance once in a day
STEADY_SHARE = 0.8  # a series seen in 80 % of the last day's bins is expected in the next one
FRESH_BINS = 3  # 600 s flow logs report in every second bin, with up to a bin of jitter


@dataclass(frozen=True)
class Judged:
    """Arrays (S, bins of the window): baseline and weight (NaN while unknown), is_bad, is_expected, is_fresh."""

    baseline: FloatArray
    weight: FloatArray
    is_bad: BoolArray
    is_expected: BoolArray
    is_fresh: BoolArray


def judge(indicator: Indicator, series: SeriesSet, first: int, known_bad: BoolArray) -> Judged:
    """Verdict on the bins from ``first`` on; ``known_bad`` (S, T) marks earlier bins that were judged bad."""
    clean = np.where(known_bad, np.nan, series.value)
    usual = np.where(known_bad, np.nan, series.exposure)
    blocks = [_hour(indicator, series, clean, usual, at) for at in range(first, series.value.shape[1], BINS_PER_HOUR)]
    return Judged(*(np.concatenate(arrays, axis=1) for arrays in zip(*blocks, strict=True)))


def _hour(
    indicator: Indicator, series: SeriesSet, clean: FloatArray, usual: FloatArray, at: int
) -> tuple[FloatArray, FloatArray, BoolArray, BoolArray, BoolArray]:
    """One hour from bin ``at``; bad bins are erased from ``clean`` and ``usual``, so later hours do not learn them."""
    now = slice(at, at + BINS_PER_HOUR)
    value, exposure = series.value[:, now], series.exposure[:, now]
    sample = _sample(clean, at)
    baseline, spread = _centre(sample)
    is_bad = _is_bad(indicator, value, exposure, baseline[:, None], spread[:, None])
    weight = _centre(_sample(usual, at))[0]
    clean[:, now][is_bad] = np.nan
    usual[:, now][is_bad] = np.nan
    known = np.broadcast_to(baseline[:, None], value.shape)
    weights = np.where(np.isnan(weight)[:, None], exposure, weight[:, None])
    expected = np.broadcast_to(_is_steady(series, at)[:, None], value.shape)
    return known, weights, is_bad, expected, _is_fresh(series, at)


def _sample(cells: FloatArray, at: int) -> FloatArray:
    """What is usual in the hour from bin ``at``: that hour of two or more earlier days, else the day before; (S, N)."""
    trailing = cells[:, max(0, at - BINS_PER_DAY) : at]
    days = range(1, min(HISTORY_DAYS, at // BINS_PER_DAY) + 1)
    if len(days) < MIN_DAYS:
        return trailing
    seasonal = np.concatenate([cells[:, at - day * BINS_PER_DAY :][:, :BINS_PER_HOUR] for day in days], axis=1)
    enough = np.sum(~np.isnan(seasonal), axis=1) >= MIN_DAYS * BINS_PER_HOUR // 2
    width = max(seasonal.shape[1], trailing.shape[1])
    return np.where(enough[:, None], _padded(seasonal, width), _padded(trailing, width))


def _padded(cells: FloatArray, width: int) -> FloatArray:
    return np.pad(cells, ((0, 0), (0, width - cells.shape[1])), constant_values=np.nan)


def _centre(sample: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Median and spread (the larger of two robust sigmas) per row, (S,) each; NaN with fewer than MIN_BINS values."""
    few = np.sum(~np.isnan(sample), axis=1) < MIN_BINS
    median = np.where(few, np.nan, quantile(sample, 0.5))
    mad = quantile(np.abs(sample - median[:, None]), 0.5)
    tails = np.fmax(quantile(sample, 0.99) - median, median - quantile(sample, 0.01))
    return median, np.fmax(MAD_TO_SIGMA * mad, tails / Q99_TO_SIGMA)


def _is_bad(
    indicator: Indicator, value: FloatArray, exposure: FloatArray, baseline: FloatArray, spread: FloatArray
) -> BoolArray:
    """Worse than the floor AND significantly off the baseline; False where either is unknown."""
    sign = indicator.sign
    beyond: BoolArray = sign * value >= sign * indicator.warn
    if indicator.judge == "verdict":
        return beyond
    sure = _wilson_low(value, exposure) if indicator.judge == "share" else value
    margin = np.fmax(indicator.min_change, SPREADS * spread)
    off: BoolArray = sign * (sure - baseline) > margin
    return beyond & off


def _wilson_low(share: FloatArray, trials: FloatArray) -> FloatArray:
    """Lower end of Wilson's score interval (1927) with continuity correction: of few trials it is far below the share.

    Without the correction a single hit would already be significant against a rate near zero.
    """
    z2 = WILSON_Z**2
    n = np.fmax(trials, 1.0)
    p = np.clip(share - 0.5 / n, 0.0, 1.0)
    half = WILSON_Z * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low: FloatArray = (p + z2 / (2 * n) - half) / (1 + z2 / n)
    return np.where(trials >= MIN_TRIALS, low, np.nan)


def _is_steady(series: SeriesSet, at: int) -> BoolArray:
    seen = ~np.isnan(series.value[:, max(0, at - BINS_PER_DAY) : at])
    steady: BoolArray = (np.sum(seen, axis=1) >= STEADY_SHARE * seen.shape[1]) & (seen.shape[1] >= MIN_BINS)
    return steady


def _is_fresh(series: SeriesSet, at: int) -> BoolArray:
    """A row in the bin itself or the two before it, (S, BINS_PER_HOUR)."""
    seen = ~np.isnan(series.value)
    fresh = np.zeros((len(seen), BINS_PER_HOUR), dtype=np.bool_)
    for back in range(FRESH_BINS):
        begin = at - back
        block = seen[:, max(0, begin) : begin + BINS_PER_HOUR]
        fresh[:, BINS_PER_HOUR - block.shape[1] :] |= block
    return fresh
