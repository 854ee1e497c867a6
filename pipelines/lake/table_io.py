"""Tables as sets of files: write a file, commit files, replace a window, list and read what is committed.

A data file is plain Parquet (zstd) and never changes. Its name is a hash of what it was made from, so work done again
after a crash finds its own files. A file counts from the commit on, not from the write.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import polars as pl
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import AlwaysTrue, BooleanExpression, parser
from pyiceberg.table import Table as IcebergTable
from pyiceberg.table import Transaction
from sqlalchemy.exc import SQLAlchemyError

from pipelines.errors import LakeError, in_one_line
from pipelines.lake.catalog import Lake
from pipelines.model.schema import Table
from pipelines.model.window import Window, hour_key

ROW_GROUP = 250_000
KEPT_SNAPSHOTS = 20  # a commit copies the metadata: it stays fast only while few snapshots are kept
COMMIT_TRIES = 8


def by_hour(table: Table, rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """``rows`` cut along the table's time column: hour key -> rows. One entry, ``all``, for a table that is not cut."""
    if table.time is None or rows.is_empty():
        return {"all": rows} if rows.height else {}
    hours = rows[table.time].dt.truncate("1h")
    distinct = hours.unique().sort()
    if len(distinct) == 1:
        return {hour_key(distinct[0]): rows}
    return {hour_key(hour): rows.filter(hours == hour) for hour in distinct}


def write(lake: Lake, table: Table, rows: pl.DataFrame, name: str) -> str:
    """One data file of the table, not yet committed; its path. ``{content}`` in ``name`` becomes a hash of the file.

    LakeError if the disk refuses.
    """
    folder = lake.root / table.schema / table.name / "data"
    temporary = folder / f".{random.getrandbits(48):012x}.part"  # noqa: S311 (keeps writers apart, not a secret)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(temporary, compression="zstd", compression_level=1, row_group_size=ROW_GROUP)
        content = hashlib.blake2b(temporary.read_bytes(), digest_size=12).hexdigest() if "{content}" in name else ""
        path = temporary.rename(folder / f"{name.replace('{content}', content)}.parquet")
    except (OSError, pl.exceptions.PolarsError) as error:  # a full disk is either
        temporary.unlink(missing_ok=True)
        reason = f"{table.full_name} cannot be written ({in_one_line(error)}); free space, then run it again"
        raise LakeError(str(lake.root), reason) from error
    return str(path)


def append(lake: Lake, table: Table, paths: Sequence[str]) -> None:
    """Commits files that are not in the table yet; those that are stay as they are. One commit."""
    if paths:
        _commit(lake, table, lambda tx, known: _add(tx, set(paths) - known))


def replace(lake: Lake, table: Table, windows: Sequence[Window], frames: Iterable[pl.DataFrame]) -> tuple[int, int]:
    """Makes the rows of ``frames`` all that the table holds in ``windows``, in one commit; files and rows written.

    Rows are sorted by ``table.order`` and file names are hashes of their content: the same rows again change nothing.
    Frames are written as they come, so that a long window need not fit into memory. An hour must be in one frame.
    """
    assert table.time  # noqa: S101 (only tables that are cut have windows)
    paths, rows = [], 0
    for frame in frames:
        ordered = table.conform(frame.lazy()).sort(table.order, maintain_order=True, nulls_last=True).collect()
        rows += ordered.height
        paths += [write(lake, table, part, hour + "-{content}") for hour, part in by_hour(table, ordered).items()]
    wanted = _within(table.time, windows)

    def swap(tx: Transaction, present: set[str]) -> None:
        if present != set(paths):
            if present:
                tx.delete(wanted)
            _add(tx, paths)

    _commit(lake, table, swap, wanted)
    return len(paths), rows


def files(lake: Lake, table: Table, windows: Sequence[Window] = ()) -> list[str]:
    """Paths of the committed files, of the whole table or of those that may hold rows of ``windows``; sorted."""
    if not lake.has(table):
        return []
    wanted = _within(table.time, windows) if table.time and windows else AlwaysTrue()
    return _paths(lake.catalog.load_table(table.full_name), wanted)


def read(lake: Lake, table: Table, windows: Sequence[Window] = ()) -> pl.LazyFrame:
    """Committed rows, lazily, in no particular order: of the whole table or of ``windows``."""
    paths = files(lake, table, windows)
    if not paths:
        return table.empty().lazy()
    rows = pl.scan_parquet(paths, missing_columns="insert", schema=table.polars, extra_columns="ignore")
    if not (table.time and windows):
        return rows
    at = pl.col(table.time)
    return rows.filter(pl.any_horizontal((at >= w.start) & (at < w.end) for w in windows))


def hours(lake: Lake, table: Table) -> list[datetime]:
    """Hours of which the table has rows, sorted."""
    assert table.time  # noqa: S101 (only tables that are cut have hours)
    at = pl.col(table.time).dt.truncate("1h").unique()
    return read(lake, table).select(at).collect().to_series().sort().to_list()


def _within(time_column: str, windows: Sequence[Window]) -> BooleanExpression:
    spans = (
        f"({time_column} >= '{window.start.isoformat()}' and {time_column} < '{window.end.isoformat()}')"
        for window in windows
    )
    return parser.parse(" or ".join(spans))


def _paths(found: IcebergTable, wanted: BooleanExpression) -> list[str]:
    tasks = list(found.scan(row_filter=wanted).plan_files())
    if any(task.delete_files for task in tasks):  # another engine wrote them: the file list alone would lie
        raise LakeError(
            found.location(), "has row-level deletes; rewrite its data files (compact) in that engine first"
        )
    return sorted(str(task.file.file_path) for task in tasks)


def _add(tx: Transaction, paths: Iterable[str]) -> None:
    if new := sorted(paths):
        # The caller knows what is there: pyiceberg's own check would read every manifest again.
        tx.add_files(new, check_duplicate_files=False)


def _commit(
    lake: Lake,
    table: Table,
    change: Callable[[Transaction, set[str]], None],
    wanted: BooleanExpression = AlwaysTrue(),  # noqa: B008 (immutable)
) -> None:
    """Runs ``change(transaction, paths of the files that match wanted)``; a lost race is run again on what won it."""
    for attempt in range(1, COMMIT_TRIES + 1):
        try:
            found = lake.iceberg(table)
            with found.transaction() as tx:
                change(tx, set(_paths(found, wanted)))
            break
        except (OSError, SQLAlchemyError) as error:
            raise LakeError(str(lake.root), f"{table.full_name} cannot be committed ({in_one_line(error)})") from error
        except CommitFailedException as error:
            if attempt == COMMIT_TRIES:
                raise LakeError(
                    str(lake.root), f"{table.full_name}: {attempt} commits lost to other writers"
                ) from error
            time.sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311 (spreads the writers)
    expire(lake, table)


def expire(lake: Lake, table: Table) -> None:
    """Forgets all but the newest snapshots, in batches so that most commits need not."""
    found = lake.catalog.load_table(table.full_name)
    old = sorted(found.snapshots(), key=lambda s: s.timestamp_ms)[:-KEPT_SNAPSHOTS]
    if len(old) >= KEPT_SNAPSHOTS:
        found.maintenance.expire_snapshots().by_ids([s.snapshot_id for s in old]).commit()
