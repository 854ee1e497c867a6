"""Time: the only module that knows how the lake is cut along it.

A window is a half-open span of whole hours in UTC. Tables are partitioned by the hour of their time column,
so replacing a window touches whole files only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)


@dataclass(frozen=True, order=True)
class Window:
    """``[start, end)`` in UTC, both on the hour; ValueError otherwise."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0) or self.end.utcoffset() != timedelta(0):
            raise ValueError(f"a window is in UTC, not {self.start!r} to {self.end!r}")
        if floor_hour(self.start) != self.start or floor_hour(self.end) != self.end or self.start >= self.end:
            raise ValueError(f"a window is one or more whole hours, not {self.start} to {self.end}")

    @classmethod
    def parse(cls, start: str, end: str) -> Window:
        """From two ISO 8601 texts (without a zone: UTC), widened to whole hours; ValueError if malformed."""
        first, last = (_utc(datetime.fromisoformat(text)) for text in (start, end))
        return cls(floor_hour(first), ceil_hour(last))

    def hours(self) -> Iterator[Window]:
        """The window's hours, in order."""
        at = self.start
        while at < self.end:
            yield Window(at, at + HOUR)
            at += HOUR

    @property
    def key(self) -> str:
        """Name of the window's first hour, as in file names: ``2026-03-01T00``."""
        return hour_key(self.start)

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"


def floor_hour(at: datetime) -> datetime:
    """The last full hour at or before ``at``."""
    return at.replace(minute=0, second=0, microsecond=0)


def ceil_hour(at: datetime) -> datetime:
    """The first full hour at or after ``at``."""
    floored = floor_hour(at)
    return floored if floored == at else floored + HOUR


def hour_key(at: datetime) -> str:
    """``2026-03-01T00`` for any time in that hour."""
    return f"{at:%Y-%m-%dT%H}"


def parse_hour(key: str) -> datetime:
    """The hour that ``hour_key`` named."""
    return datetime.strptime(key, "%Y-%m-%dT%H").replace(tzinfo=UTC)


def spans(hours: Iterable[datetime]) -> list[Window]:
    """Full hours, in any order and with repeats, as the fewest windows that cover exactly them."""
    merged: list[Window] = []
    for hour in sorted(set(hours)):
        if merged and merged[-1].end == hour:
            merged[-1] = Window(merged[-1].start, hour + HOUR)
        else:
            merged.append(Window(hour, hour + HOUR))
    return merged


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
