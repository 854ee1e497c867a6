"""The contract of one health indicator: what is measured, where good ends, and the SQL that measures it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["availability", "performance", "coverage"]
Judge = Literal["share", "level", "verdict"]


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    ``sql`` returns (window_start timestamptz, entity_kind, entity_id, value double, exposure double), one row per
    entity and 5-minute bin between ``$window_start`` and ``$window_end``; value null where nothing can be said.

    ``judge`` says what "off its own baseline" means: ``share`` (value is a share of ``exposure`` trials, so few trials
    prove little), ``level`` (median and spread of earlier bins), ``verdict`` (AWS or the log itself has judged
    already: no baseline is asked for).

    ``good``: at least as good as this is fine; ``warn``: the absolute floor, nothing better is ever bad;
    ``bad``: from here on a deviation is ``bad`` rather than ``warn``. ``min_change`` is the least change against the
    baseline that matters. ``weighs`` names the entity kinds that count in the network's score; other kinds show the
    same traffic a second time and have a score of their own only.
    """

    name: str
    about: str
    unit: str
    family: Family
    judge: Judge
    good: float
    warn: float
    bad: float
    weighs: tuple[str, ...]
    runbook: str
    sql: str
    min_change: float = 0.0
    higher_is_worse: bool = True

    @property
    def sign(self) -> float:
        """+1 where a higher value is worse, -1 where a lower one is."""
        return 1.0 if self.higher_is_worse else -1.0
