"""Baselines: what is usual for each series in the hour that begins now, from earlier bins only.

Arrays are (S, T): S series, 5-minute bins. What was found to deviate has been erased (NaN) by the caller, so an open
incident does not become its own baseline.
"""

from __future__ import annotations

import numpy as np

from pipelines.anomalies.series import BINS_PER_DAY, BINS_PER_HOUR, BoolArray, FloatArray

MAD_TO_SIGMA = 1.4826  # of a normal distribution
MIN_BINS = 36  # three hours; the 98th percentile of fewer is their maximum
MIN_DAYS = 2  # one day is no season: it may have been the odd one
MAX_DAYS = 14
ESCALATION_BINS = BINS_PER_DAY + 6 * BINS_PER_HOUR  # a nightly job may start up to six hours later than the last
RECENT_BINS = 6 * BINS_PER_HOUR  # as long may a surge last before its own bins count as seen before
LOCAL_BINS = 2 * BINS_PER_HOUR  # a 1:3 day changes by at most a third in two hours


def trailing(cells: FloatArray, at: int, bins: int = BINS_PER_DAY) -> FloatArray:
    """The ``bins`` bins before bin ``at``, or as many as there are."""
    return cells[:, max(0, at - bins) : at]


def seen(raw: FloatArray, clean: FloatArray, at: int) -> FloatArray:
    """What the series has shown in the last 30 hours: all of it, but of the last six hours only what was not bad.

    An old incident is part of how a series is; an open one must not excuse itself.
    """
    older = trailing(raw, at, ESCALATION_BINS)[:, : -RECENT_BINS or None]
    return np.concatenate([older, trailing(clean, at, RECENT_BINS)], axis=1)


def centre(cells: FloatArray, at: int) -> tuple[FloatArray, FloatArray]:
    """Median and robust sigma per series for the hour from bin ``at``, (S,) each; NaN while unknown.

    The same hour of at least two earlier days where they are recorded, else the day before.
    """
    day, season = trailing(cells, at), seasonal(cells, at)
    has_season = seasonal_known(season)
    centres = [_median_mad(day, MIN_BINS), _median_mad(season, MIN_DAYS * BINS_PER_HOUR // 2)]
    median = np.where(has_season, centres[1][0], centres[0][0])
    return median, np.where(has_season, centres[1][1], centres[0][1])


def seasonal(cells: FloatArray, at: int) -> FloatArray:
    """The hour from bin ``at`` as it was on earlier days, newest first: (S, days x BINS_PER_HOUR)."""
    days = min(MAX_DAYS, at // BINS_PER_DAY)
    hours = [cells[:, at - day * BINS_PER_DAY :][:, :BINS_PER_HOUR] for day in range(1, days + 1)]
    return np.concatenate(hours, axis=1) if hours else cells[:, :0]


def seasonal_known(season: FloatArray) -> BoolArray:
    """Which series have values in half of that hour on at least MIN_DAYS days, (S,)."""
    per_day = np.sum(~np.isnan(season.reshape(len(season), -1, BINS_PER_HOUR)), axis=2) if season.size else season
    return np.asarray(np.sum(per_day >= BINS_PER_HOUR // 2, axis=1) >= MIN_DAYS)


def quantile(sample: FloatArray, q: float) -> FloatArray:
    """Quantile ``q`` of each row of ``sample`` (S, N) without NaNs, the lower neighbour: (S,); NaN where all are."""
    if not sample.shape[1]:
        return np.full(len(sample), np.nan)
    ordered = np.sort(sample, axis=1)  # NaN goes last
    count = np.sum(~np.isnan(ordered), axis=1)
    at = np.floor(q * np.maximum(count - 1, 0)).astype(np.int64)
    return np.take_along_axis(ordered, at[:, None], axis=1)[:, 0]


def _median_mad(sample: FloatArray, least: int) -> tuple[FloatArray, FloatArray]:
    few = np.sum(~np.isnan(sample), axis=1) < least
    median = np.where(few, np.nan, quantile(sample, 0.5))
    return median, MAD_TO_SIGMA * quantile(np.abs(sample - median[:, None]), 0.5)
