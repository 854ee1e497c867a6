"""What the chaos tests compare: every staged row and reject of a lake, and its ledger without what differs by run."""

import sys
from pathlib import Path

from pipelines import registry
from pipelines.lake import table_io
from pipelines.lake.catalog import open_existing
from pipelines.model.tables import INGESTED_OBJECT, REJECT
from pipelines.settings import Settings

OF_THE_RUN = ("rejected_at", "ingested_at", "batch_id")


def ingest_command(lake: Path, bucket: Path) -> list[str]:
    return [sys.executable, "-m", "pipelines", "--lake", str(lake), "ingest", str(bucket), "--json"]


def contents(lake: Path) -> dict[str, list[str]]:
    """Table -> its rows as sorted text; of the ledger only what was ingested (known objects may be met again)."""
    opened = open_existing(Settings(lake=lake))
    found = {}
    for table in (*(source.table for source in registry.members("sources")), REJECT, INGESTED_OBJECT):
        rows = table_io.read(opened, table).drop(OF_THE_RUN, strict=False).collect()
        if table is INGESTED_OBJECT:
            rows = rows.filter(rows["state"] != "duplicate").drop("uri", "modified_at")
        found[table.full_name] = sorted(map(str, rows.iter_rows()))
    return found
