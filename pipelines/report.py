"""What a step did, in figures that must add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import reduce


@dataclass(frozen=True)
class Report:
    """Rows of one step and one source (or table): ``rows_in == rows_out + rows_rejected + rows_duplicate``, always.

    ``objects`` counts input objects, ``bytes`` the bytes read as stored (compressed), ``seconds`` wall time.
    An object that cannot be read at all counts as one row in, rejected. ValueError if the figures do not add up.
    """

    source: str
    objects: int = 0
    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    bytes: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.rows_in != self.rows_out + self.rows_rejected + self.rows_duplicate:
            raise ValueError(f"rows do not add up: {self}")

    def __add__(self, other: Report) -> Report:
        """The two reports as one; ValueError if they are of different sources."""
        if self.source != other.source:
            raise ValueError(f"cannot add reports of {self.source} and {other.source}")
        sums = {name: value + getattr(other, name) for name, value in asdict(self).items() if name != "source"}
        return replace(self, **sums)

    def as_dict(self) -> dict[str, object]:
        """The report as JSON-ready values, seconds rounded to the millisecond."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def merge(reports: Iterable[Report]) -> list[Report]:
    """One report per source, in order of the source's name."""
    by_source: dict[str, list[Report]] = {}
    for report in reports:
        by_source.setdefault(report.source, []).append(report)
    return [reduce(Report.__add__, group) for _, group in sorted(by_source.items())]
