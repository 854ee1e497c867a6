"""``netlake demo``: a made-up network from its files to the answer, in one go."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.markup import escape

from pipelines import answers, steps
from pipelines.lake import catalog
from pipelines.settings import Settings
from pipelines.simulate import simulate

HOURS = 36
QUESTION = "sql 'select count(*) n, sum(bytes) b from core.flow'"


@dataclass(frozen=True)
class Demonstration:
    """What the demo made and found; times in seconds."""

    lake: str
    files: str
    report: str
    objects: int
    records: int
    rejected: int
    seconds: float
    incidents: Sequence[Mapping[str, object]]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return asdict(self)

    def lines(self) -> list[str]:
        """What is wrong, where the report lies, what to type next, for a terminal."""
        netlake = escape(_command(Path(self.lake)))
        found = [f"  [bold]{n}.[/] {escape(str(i['summary']))}" for n, i in enumerate(self.incidents[:5], start=1)]
        more = len(self.incidents) - len(found)
        return [
            f"Read {self.records:,} records from {self.objects:,} objects in {self.seconds:.0f} s "
            f"({self.rejected} rejected, each with its reason)."
            if self.records
            else f"All {self.objects:,} objects are in the lake already.",
            f"[bold]{len(self.incidents)} incidents[/] in this network:"
            if found
            else "Nothing is wrong in this network.",
            *found,
            *([f"  … and {more} more"] if more > 0 else []),
            f"Report  {escape(self.report)}",
            f"Next    {netlake} incidents",
            f"        {netlake} {QUESTION}",
        ]


def run(settings: Settings, to: Path, start: datetime, seed: int, progress: steps.Progress) -> Demonstration:
    """Simulates, ingests, builds, measures, detects, publishes and reports. Run again, it finds all of it done."""
    began = time.perf_counter()
    lake = catalog.create(settings)
    made = simulate(to, start=start, hours=HOURS, seed=seed, progress=progress)
    read = steps.ingest(lake, [str(to / "bucket")], progress=progress)
    steps.run(lake, steps.fresh(lake), progress)
    report = answers.report(lake, to / "report.html")
    return Demonstration(
        lake=str(settings.lake),
        files=str(to / "bucket"),
        report=str(report.absolute()),
        objects=made.objects,
        records=sum(r.rows_in for r in read),
        rejected=sum(r.rows_rejected for r in read),
        seconds=time.perf_counter() - began,
        incidents=answers.incidents(lake),
    )


def _command(lake: Path) -> str:
    """What to type for ``netlake`` on this lake, also where nobody has activated the environment."""
    name = "netlake" if shutil.which("netlake") else os.path.relpath(sys.argv[0])
    return name if lake == Settings.model_fields["lake"].default else f"{name} --lake {lake}"
