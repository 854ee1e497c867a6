"""The Iceberg catalog: which tables the lake has. In SQLite inside the lake folder unless a setting says else."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError, NoSuchTableError
from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
from pyiceberg.table import Table as IcebergTable
from pyiceberg.transforms import HourTransform
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from pipelines.errors import LakeError
from pipelines.model.schema import Table
from pipelines.settings import Settings

# Raised whenever a lake written before cannot be read as it is.
LAKE_FORMAT = 1
MARKER = "netlake.json"
CATALOG = "catalog.sqlite"

_PROPERTIES = {
    "commit.manifest-merge.enabled": "true",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


@dataclass(frozen=True)
class Lake:
    """An open lake: its folder and settings."""

    root: Path
    settings: Settings

    @cached_property
    def catalog(self) -> SqlCatalog:
        """The Iceberg catalog; LakeError if its database cannot be opened."""
        uri = self.settings.catalog_uri or f"sqlite:///{self.root / CATALOG}"
        try:
            return SqlCatalog("netlake", uri=uri, warehouse=str(self.root))
        except SQLAlchemyError as error:
            raise LakeError(str(self.root), f"its catalog cannot be opened ({error})") from error

    @property
    def database(self) -> Path:
        """The DuckDB file that people and dashboards open; holds views only."""
        return self.root / "lake.duckdb"

    def has(self, table: Table) -> bool:
        """Whether the table has ever been written."""
        return self.catalog.table_exists(table.full_name)

    def iceberg(self, table: Table) -> IcebergTable:
        """The table in the catalog; made when it is new, widened when this release knows more columns."""
        try:
            found = self.catalog.load_table(table.full_name)
        except NoSuchTableError:
            return self._create(table)
        new = [name for name in table.by_name if name not in found.schema().column_names]
        if new:
            with found.update_schema() as update:
                update.union_by_name(table.iceberg())
        return found

    def _create(self, table: Table) -> IcebergTable:
        with suppress(NamespaceAlreadyExistsError, IntegrityError):  # another writer was first
            self.catalog.create_namespace_if_not_exists(table.schema)
        schema = table.iceberg()
        spec = UNPARTITIONED_PARTITION_SPEC
        if table.time:
            time = schema.find_field(table.time)
            spec = PartitionSpec(PartitionField(time.field_id, 1000, HourTransform(), f"{table.time}_hour"))
        location = str(self.root / table.schema / table.name)
        properties = _PROPERTIES | {"comment": table.about}
        return self.catalog.create_table_if_not_exists(table.full_name, schema, location, spec, properties=properties)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the lake's write lock, waiting for whoever has it. Released by the kernel if the holder dies."""
        descriptor = os.open(self.root / ".lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def create(settings: Settings) -> Lake:
    """The lake at ``settings.lake``, made if there is none; LakeError if the folder holds something else."""
    root = settings.lake.absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
        if not (root / MARKER).exists():
            if not all(path.name.startswith((".", CATALOG, MARKER)) for path in root.iterdir()):
                raise LakeError(str(root), "the folder is not empty and holds no lake; name another one with --lake")
            _found(Lake(root, settings))
    except OSError as error:
        raise LakeError(
            str(root), f"cannot be made here ({error.strerror}); name another folder with --lake"
        ) from error
    return open_existing(settings)


def _found(lake: Lake) -> None:
    """Makes the catalog, then the marker; who comes second finds both made."""
    with lake.writing():
        lake.catalog.list_namespaces()
        temporary = lake.root / f".{MARKER}"
        temporary.write_text(json.dumps({"format": LAKE_FORMAT}))
        temporary.replace(lake.root / MARKER)


def open_existing(settings: Settings) -> Lake:
    """The lake at ``settings.lake``; LakeError if there is none or another release's."""
    root = settings.lake.absolute()
    try:
        found = json.loads((root / MARKER).read_text())["format"]
    except FileNotFoundError:
        raise LakeError(
            str(root), "there is no lake; try `netlake demo`, or `netlake ingest PATH` to make one"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LakeError(str(root), f"{MARKER} cannot be read ({error})") from error
    if found != LAKE_FORMAT:
        raise LakeError(
            str(root), f"has format {found}, this release reads {LAKE_FORMAT}; ingest again into a new --lake"
        )
    return Lake(root, settings)
