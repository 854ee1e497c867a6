"""The contract of one detector: which series, what kind of number, and how small a deviation nobody minds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["ratio", "level", "volume", "count", "verdict"]


@dataclass(frozen=True)
class Detector:
    """One detector.

    ``sql`` returns (bin_at timestamptz, entity_kind, entity_id, parent_id, value double, exposure double), one row per
    entity and 5-minute bin between ``$window_start`` and ``$window_end``; no row means nothing was seen, not zero.

    ``kind`` says how a value is scored: ``ratio`` (value is a share of ``exposure`` trials: binomial tail with the
    series' own overdispersion, over a bin or the last half hour), ``level`` (own tail), ``volume`` (logarithm, season
    and abruptness; here exposure counts the reporters behind the value), ``count`` (a volume that is a number of
    events: the Poisson tail must agree), ``verdict`` (AWS has judged already).

    ``rises`` and ``falls`` name the class of a finding in that direction; None: not looked for.
    A deviation counts from ``floor`` on (absolute), if it is off the baseline by ``min_change`` (absolute) and by the
    factor ``min_factor``. ``noise`` is the standard deviation that even the quietest series is granted.
    Bins with less ``exposure`` than ``min_exposure`` are not scored; a ratio needs ``min_count`` hits in half an hour.
    ``look_back_days`` bounds what the SQL reads before the window: raw tables cost more than roll-ups.
    """

    name: str
    about: str
    unit: str
    kind: Kind
    rises: str | None
    floor: float
    runbook: str
    sql: str
    falls: str | None = None
    min_change: float = 0.0
    min_factor: float = 1.0
    noise: float = 0.0
    min_exposure: float = 0.0
    min_count: float = 0.0
    look_back_days: int = 14
    mitre: str | None = None
