"""How unlikely is it? Each function returns -ln p, so that scores of all kinds share one unit (9.2 is p = 1e-4)."""

from __future__ import annotations

import numpy as np

from pipelines.anomalies.baseline import MIN_BINS, quantile
from pipelines.anomalies.series import BoolArray, FloatArray

TAIL = 0.02  # peaks over the 98th percentile
NORMAL_EXCESS = 0.37  # mean excess of a normal variable over its 98th percentile, in sigmas


def binomial(hits: FloatArray, trials: FloatArray, rate: FloatArray) -> FloatArray:
    """-ln P(X >= hits) for X ~ Binomial(trials, rate): 0 at or below the mean, NaN where an input is.

    Upper bound of the tail by its first term (Feller, An Introduction to Probability Theory I, VI.3, eq. 3.4):
    P(X >= r) <= b(r; n, p) x r(1 - p) / (r - np) for r > np. Tight in the tail, never overconfident.
    """
    n = np.fmax(trials, 1.0)
    p = np.clip(rate, 1e-12, 1.0 - 1e-12)
    r = np.clip(hits, 0.0, n)
    beyond = np.fmax(r - n * p, 1e-9)
    choose = log_gamma(n + 1) - log_gamma(r + 1) - log_gamma(n - r + 1)
    log_term = choose + r * np.log(p) + (n - r) * np.log1p(-p)
    log_tail = log_term + np.log(np.fmax(r, 1e-9) * (1 - p) / beyond)
    score: FloatArray = np.where(r > n * p, np.fmax(0.0, -log_tail), 0.0)
    return np.where(np.isnan(hits) | np.isnan(trials) | np.isnan(rate), np.nan, score)


def poisson_low(count: FloatArray, mean: FloatArray) -> FloatArray:
    """-ln P(X <= count) for X ~ Poisson(mean): 0 at or above the mean, NaN where an input is.

    The same first-term bound for the lower tail: P(X <= r) <= p(r; m) x m / (m - r) for r < m (Feller, VI.7).
    """
    r, m = np.fmax(count, 0.0), np.fmax(mean, 1e-12)
    below = np.fmax(m - r, 1e-9)
    log_tail = r * np.log(m) - m - log_gamma(r + 1) + np.log(m / below)
    score: FloatArray = np.where(r < m, np.fmax(0.0, -log_tail), 0.0)
    return np.where(np.isnan(count) | np.isnan(mean), np.nan, score)


def log_gamma(x: FloatArray) -> FloatArray:
    """ln Gamma(x) for x >= 1, error below 1e-9: Stirling's series (Abramowitz & Stegun 6.1.41) after a shift by 8."""
    shift = sum((np.log(x + k) for k in range(8)), np.zeros_like(x))
    y = x + 8.0
    series = 1 / (12 * y) - 1 / (360 * y**3) + 1 / (1260 * y**5)
    value: FloatArray = (y - 0.5) * np.log(y) - y + 0.5 * np.log(2 * np.pi) + series - shift
    return value


def peaks_over_threshold(residual: FloatArray, past: FloatArray, sigma: FloatArray) -> FloatArray:
    """-ln p of ``residual`` (S, N) under an exponential tail over the 98th percentile of ``past`` (S, M).

    The mean excess is not taken below that of a normal variable with standard deviation ``sigma`` (S,): few peaks, or
    none in a silent series, would make it arbitrarily small.
    """
    threshold = quantile(past, 1 - TAIL)
    over = past - threshold[:, None]
    known = np.sum(~np.isnan(past), axis=1)
    # ties with the threshold are peaks of size 0: one outlier in a silent day says little about its tail
    excess = np.nansum(np.fmax(over, 0.0), axis=1) / np.maximum(np.maximum(np.sum(over > 0, axis=1), TAIL * known), 1.0)
    scale = np.fmax(np.fmax(excess, NORMAL_EXCESS * sigma), 1e-12)
    score: FloatArray = np.fmax(0.0, -np.log(TAIL) + (residual - threshold[:, None]) / scale[:, None])
    unknown = known[:, None] < MIN_BINS
    return np.where(np.isnan(residual) | unknown, np.nan, score)


def significant(score: FloatArray, q: float) -> BoolArray:
    """Benjamini-Hochberg (1995) over the series of each bin: which of ``score`` (S, N) are discoveries at ``q``."""
    p = np.where(np.isnan(score), 2.0, np.exp(-np.nan_to_num(score)))
    series = np.sum(~np.isnan(score), axis=0)
    ordered = np.sort(p, axis=0)
    rank = np.arange(1, len(p) + 1)[:, None]
    passing = ordered <= q * rank / np.maximum(series, 1)
    limit = np.max(np.where(passing, ordered, -1.0), axis=0, initial=-1.0)
    discovered: BoolArray = p <= limit
    return discovered
