"""How fast are flow logs ingested? `netlake ingest` beside DuckDB's own CSV reader: same files, same run, cold starts.

DuckDB does `copy (select … from read_csv(files)) to parquet` with the columns typed and `-` as null: nothing else.
netlake also keeps a ledger, finds out formats, checks values, cuts rows by hour, knows object and line of every row,
and commits to Iceberg. Two sets: a few large objects, and many small ones as AWS delivers them every five minutes.

    python benchmarks/ingest.py            prints a table
    python benchmarks/ingest.py --json     prints JSON
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

LARGE_OBJECTS, LARGE_ROWS = 12, 500_000
SMALL_OBJECTS, SMALL_ROWS = 1_000, 2_000
ROUNDS = 3
SLOT = 300  # seconds that one object covers
START = 1_772_409_600  # 2026-03-02T00:00:00Z

HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr flow-direction"
)
DUCKDB = """
import duckdb, sys
con = duckdb.connect()
con.execute('''
    copy (select * replace (to_timestamp("start") as "start", to_timestamp("end") as "end")
          from read_csv($files, delim = ' ', header = true, nullstr = '-', auto_detect = false, quote = '',
                        columns = {columns}))
    to '{out}' (format parquet, compression zstd, compression_level 1)''', {{"files": {files!r}}})
"""


@dataclass(frozen=True)
class Measurement:
    """One run: wall and CPU seconds, peak memory in MB, Parquet bytes per row."""

    who: str
    data: str
    rows: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    bytes_per_row: float


def write_objects(folder: Path, objects: int, rows: int, seed: int) -> int:
    """Gzip objects of plausible flow records under keys as AWS writes them; the number of rows."""
    random = np.random.default_rng(seed)
    interfaces = np.array([f"eni-{n:017x}" for n in random.integers(0, 2**60, 200)])
    inside = np.array([f"10.0.{a}.{b}" for a, b in random.integers(1, 250, (400, 2))])
    outside = np.array([f"203.{a}.{b}.{c}" for a, b, c in random.integers(1, 250, (4_000, 3))])
    for nth in range(objects):
        lines = _records(random, rows, START + nth * SLOT // max(1, objects // 288), interfaces, inside, outside)
        at = time.strftime("%Y%m%dT%H%MZ", time.gmtime(START + nth * SLOT))
        name = f"123456789012_vpcflowlogs_us-east-1_fl-0a1b2c3d4e5f60718_{at}_{nth:08x}.log.gz"
        (folder / name).write_bytes(gzip.compress((HEADER + "\n" + lines).encode(), 6, mtime=0))
    return objects * rows


def _records(
    random: np.random.Generator, rows: int, at: int, interfaces: np.ndarray, inside: np.ndarray, outside: np.ndarray
) -> str:
    src, dst = inside[random.integers(0, 400, rows)], outside[random.zipf(1.3, rows) % 4_000]
    start = at + random.integers(0, SLOT - 60, rows)
    nic = random.integers(0, 200, rows)
    packets = random.geometric(0.05, rows)
    frame = pl.DataFrame(
        {
            "version": np.full(rows, 3),
            "account": np.full(rows, "123456789012"),
            "interface": interfaces[nic],
            "src": src,
            "dst": dst,
            "srcport": random.integers(1_024, 65_535, rows),
            "dstport": random.choice([443, 80, 53, 22, 5432], rows),
            "protocol": random.choice([6, 17], rows, p=[0.9, 0.1]),
            "packets": packets,
            "bytes": packets * random.integers(40, 1_500, rows),
            "start": start,
            "end": start + random.integers(1, 60, rows),
            "action": random.choice(["ACCEPT", "REJECT"], rows, p=[0.96, 0.04]),
            "status": np.full(rows, "OK"),
            "vpc": np.full(rows, "vpc-0aa11bb22cc33dd44"),
            "subnet": np.char.add("subnet-0aa11bb22cc33dd4", (nic % 8).astype(str)),
            "instance": np.where(nic % 5 == 0, "-", "i-0aa11bb22cc33dd44"),
            "flags": random.choice([0, 2, 3, 18, 19], rows),
            "type": np.full(rows, "IPv4"),
            "pktsrc": src,
            "pktdst": dst,
            "direction": random.choice(["ingress", "egress"], rows),
        }
    )
    return frame.write_csv(separator=" ", include_header=False)


def _duckdb_columns() -> str:
    whole = {"packets", "bytes", "start", "end"}
    small = {"version", "srcport", "dstport", "protocol", "tcp-flags"}
    kinds = {name: "BIGINT" if name in whole else "INTEGER" if name in small else "VARCHAR" for name in HEADER.split()}
    return "{{" + ", ".join(f"'{name}': '{kind}'" for name, kind in kinds.items()) + "}}"


def _measured(command: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MB of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | environment)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"{command[:4]} failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def netlake(name: str, folder: Path, rows: int, scratch: Path) -> Measurement:
    """`netlake ingest` into a new lake, in a new process."""
    lake = Path(tempfile.mkdtemp(dir=scratch)) / "lake"
    command = [sys.executable, "-m", "pipelines", "--lake", str(lake), "ingest", str(folder), "--json"]
    wall, cpu, peak = _measured(command, {})
    written = list((lake / "staged").rglob("*.parquet"))
    staged = pl.scan_parquet(written).select(pl.len()).collect().item()
    if staged != rows:
        raise SystemExit(f"netlake staged {staged} of {rows} rows")
    return Measurement("netlake", name, rows, wall, cpu, peak, sum(p.stat().st_size for p in written) / rows)


def duckdb(name: str, folder: Path, rows: int, scratch: Path) -> Measurement:
    """DuckDB's read_csv to one Parquet file, in a new process."""
    out = scratch / "duckdb.parquet"
    files = str(folder / "*.log.gz")
    columns = _duckdb_columns().replace("{{", "{").replace("}}", "}")
    script = DUCKDB.format(columns=columns, out=out, files=files)
    wall, cpu, peak = _measured([sys.executable, "-c", script], {})
    if pl.scan_parquet(out).select(pl.len()).collect().item() != rows:
        raise SystemExit("DuckDB lost rows")
    return Measurement("duckdb", name, rows, wall, cpu, peak, out.stat().st_size / rows)


def compare(scratch: Path) -> Iterator[Measurement]:
    """The best of ``ROUNDS`` for each of the two, alternating, per data set."""
    sets = {"large objects": (LARGE_OBJECTS, LARGE_ROWS), "small objects": (SMALL_OBJECTS, SMALL_ROWS)}
    for name, (objects, size) in sets.items():
        folder = scratch / name.replace(" ", "-")
        folder.mkdir()
        rows = write_objects(folder, objects, size, seed=11)
        runs = [who(name, folder, rows, scratch) for _ in range(ROUNDS) for who in (netlake, duckdb)]
        for who in ("netlake", "duckdb"):
            yield min((run for run in runs if run.who == who), key=lambda run: run.wall_s)


def main() -> None:
    """Runs the comparison and prints it."""
    parser = argparse.ArgumentParser(description="netlake ingest against DuckDB's read_csv")
    parser.add_argument("--json", action="store_true", help="print JSON")
    is_json = parser.parse_args().json
    with tempfile.TemporaryDirectory() as scratch:
        found = list(compare(Path(scratch)))
    if is_json:
        print(json.dumps([asdict(run) for run in found], indent=2))
        return
    print(f"{'':14} {'':8} {'rows':>10} {'wall s':>7} {'cpu s':>7} {'peak MB':>8} {'B/row':>6} {'rows/s':>10}")
    for run in found:
        print(
            f"{run.data:14} {run.who:8} {run.rows:>10,} {run.wall_s:>7.2f} {run.cpu_s:>7.2f} {run.peak_mb:>8.0f} "
            f"{run.bytes_per_row:>6.1f} {run.rows / run.wall_s:>10,.0f}"
        )
    for mine, theirs in zip(found[::2], found[1::2], strict=True):
        print(f"{mine.data}: netlake takes {mine.wall_s / theirs.wall_s:.2f} of DuckDB's time")


if __name__ == "__main__":
    main()
