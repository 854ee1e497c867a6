"""How much is asked for: daily rhythms, and what recurs in them."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulate.chance import Floats, Ints, stream

DEPLOY_STAGGER = 90  # seconds between two replaced instances of a rolling deploy


@dataclass(frozen=True)
class Rhythm:
    """When things happen; all times in Unix seconds, spans as (start, end)."""

    start: int
    end: int
    deploys: tuple[int, ...]
    backups: tuple[tuple[int, int], ...]
    surges: tuple[tuple[int, int], ...]
    surge_factor: float


def demand(curve: str, minutes: Ints, rhythm: Rhythm) -> Floats:
    """Multiplier of the mean rate for each minute (Unix seconds): day to night about 3 to 1, quieter weekends."""
    hour = minutes % 86_400 / 3600
    weekend = np.isin((minutes // 86_400 + 4) % 7, (0, 6))  # 1970-01-01 was a Thursday, day 4 of a week from Sunday
    if curve == "flat":
        return np.ones(len(minutes))
    if curve == "backup":
        return _inside(minutes, rhythm.backups)
    if curve == "office":
        working = 1 / (1 + np.exp(-(hour - 13) * 2)) - 1 / (1 + np.exp(-(hour - 22) * 2))
        return np.where(weekend, 0.4, 1.0) * (0.45 + 1.35 * working)
    peak = {"us": 19.0, "eu": 14.0}[curve]
    turn = (hour - peak) * 2 * np.pi / 24
    wave = (1 + 0.5 * np.cos(turn) + 0.05 * np.cos(2 * turn)) * np.where(weekend, 0.88, 1.0)
    return wave * (1 + (rhythm.surge_factor - 1) * _inside(minutes, rhythm.surges))


def _inside(minutes: Ints, spans: tuple[tuple[int, int], ...]) -> Floats:
    """1 inside a span and 0 outside, with ramps of five minutes."""
    level = np.zeros(len(minutes))
    for start, end in spans:
        level = np.maximum(level, np.clip(np.minimum(minutes - start, end - minutes) / 300, 0, 1))
    return level


def common_noise(seed: int, name: str, count: int) -> Floats:
    """Slow multiplicative noise around 1, shared by everything that follows the same curve."""
    shocks = stream(seed, f"noise/{name}").normal(0, 0.012, count + 60)
    smooth: Floats = np.convolve(shocks, np.exp(-np.arange(61) / 15), "valid")
    return np.exp(smooth)
