"""``netlake doctor``: is this machine fit, and is the lake whole?"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from pipelines import registry, steps
from pipelines.errors import NetlakeError
from pipelines.lake import catalog, publish, table_io
from pipelines.lake.catalog import Lake
from pipelines.settings import Settings

PACKAGES = (
    "polars",
    "duckdb",
    "pyarrow",
    "pyiceberg",
    "isal",
    "plotly",
    "dash",
    "great-expectations",
    "apache-airflow",
)
OPTIONAL = {"plotly": "dashboards", "dash": "dashboards", "great-expectations": "quality", "apache-airflow": "airflow"}
LOW_DISK = 1 << 30  # bytes: a batch and its Parquet files must fit with room to spare


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``state`` is ``good``, ``warn`` or ``bad``; ``advice`` says what to do about it."""

    what: str
    state: str
    found: str
    advice: str = ""

    def as_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Everything that is worth knowing before asking for help."""
    findings = [*_machine(settings.lake)]
    try:
        lake = catalog.open_existing(settings)
        return [*findings, *_lake(lake)]
    except NetlakeError as error:
        return [*findings, Finding("lake", "bad", str(error), "`netlake demo` makes one to look at")]


def _machine(place: Path) -> Iterator[Finding]:
    yield Finding("python", "good", platform.python_version())
    for package in PACKAGES:
        try:
            yield Finding(package, "good", metadata.version(package))
        except metadata.PackageNotFoundError:
            yield Finding(package, "warn", "not installed", f"pip install 'netlake[{OPTIONAL.get(package, '')}]'")
    yield Finding("sources", "good", ", ".join(registry.names("sources")))
    existing = next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    yield Finding(
        "disk",
        "good" if free > LOW_DISK else "bad",
        f"{free / 1e9:.1f} GB free",
        "" if free > LOW_DISK else "free some",
    )


def _lake(lake: Lake) -> Iterator[Finding]:
    yield Finding("lake", "good", str(lake.root))
    left = len(list((lake.root / ".intent").glob("*.json")))
    yield Finding(
        "interrupted ingests", "warn" if left else "good", str(left), "`netlake ingest` finishes them" if left else ""
    )
    missing = [path for table in steps.tables() for path in table_io.files(lake, table) if not Path(path).exists()]
    yield Finding("missing data files", "bad" if missing else "good", str(len(missing)), missing[0] if missing else "")
    waiting = steps.fresh(lake)
    hours = sum(1 for window in waiting for _ in window.hours())
    yield Finding("hours to build", "warn" if hours else "good", str(hours), "`netlake run`" if hours else "")
    try:
        views = publish.ask(lake, "select count(*) as n from duckdb_views() where not internal")[0]["n"]
        yield Finding("lake.duckdb", "good", f"{views} views")
    except NetlakeError as error:
        yield Finding("lake.duckdb", "bad", str(error), "`netlake build`")
