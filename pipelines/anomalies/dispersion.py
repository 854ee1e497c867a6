"""Overdispersion: how many times more counts vary than independent trials or events would.

Flows come in pairs and bursts, queries in retries. Dividing hits and trials by this factor before a binomial or Poisson
tail is taken is the quasi-likelihood correction (McCullagh & Nelder, Generalized Linear Models, 4.5).
"""

from __future__ import annotations

import numpy as np

from pipelines.anomalies.baseline import quantile
from pipelines.anomalies.series import FloatArray

TRIM = 0.98  # the worst 2 % of a day's bins may be incidents; what happens more often is how the series is


def of_trials(share: FloatArray, trials: FloatArray, rate: FloatArray) -> FloatArray:
    """Trimmed mean of Pearson's squared residuals of hits among trials (S, N) under ``rate`` (S,), at least 1: (S,)."""
    p = np.clip(rate, 1e-9, 1 - 1e-9)[:, None]
    return _trimmed((share - p) ** 2 * trials / (p * (1 - p)))


def of_counts(counts: FloatArray) -> FloatArray:
    """The same for counts (S, N) whose mean drifts: from differences of neighbours, (S,)."""
    pair = np.fmax(counts[:, 1:] + counts[:, :-1], 1.0)
    return _trimmed(np.diff(counts, axis=1) ** 2 / pair)


def _trimmed(squares: FloatArray) -> FloatArray:
    kept = np.where(squares <= quantile(squares, TRIM)[:, None], squares, np.nan)
    mean = np.nansum(kept, axis=1) / np.maximum(np.sum(~np.isnan(kept), axis=1), 1)
    factor: FloatArray = np.fmax(1.0, mean)
    return factor
