"""A seeded lake.duckdb for the dashboards: every table, plausible values and hostile text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import synthetic_core as core
import synthetic_findings as findings

from pipelines.model.tables import OURS

Rows = list[dict[str, Any]]
ROLLUPS: Mapping[str, Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "flow_1m": {
        "bucket_at": pl.Datetime("us", "UTC"),
        "account_id": pl.String,
        "region": pl.String,
        "vpc_id": pl.String,
        "subnet_id": pl.String,
        "interface_id": pl.String,
        "direction": pl.String,
        "action": pl.String,
        "protocol": pl.Int32,
        "flow_count": pl.Int64,
        "packets": pl.Int64,
        "bytes": pl.Int64,
        "is_final": pl.Boolean,
    },
    "dns_5m": {
        "bucket_at": pl.Datetime("us", "UTC"),
        "account_id": pl.String,
        "region": pl.String,
        "vpc_id": pl.String,
        "zone": pl.String,
        "rcode": pl.String,
        "firewall_action": pl.String,
        "query_count": pl.Int64,
        "client_count": pl.Int64,
        "is_final": pl.Boolean,
    },
}


def frames() -> dict[str, pl.DataFrame]:
    """Every table without rows."""
    tables = {table.full_name: table.empty() for table in OURS}
    tables |= {f"rollup.{name}": pl.DataFrame(schema=dict(schema)) for name, schema in ROLLUPS.items()}
    return tables | {"rollup.flow_1h": tables["rollup.flow_1m"]}


def build(path: Path, *, is_empty: bool = False, without: tuple[str, ...] = ()) -> Path:
    """Write the lake to ``path``; ``is_empty`` leaves every table without rows, ``without`` leaves tables out."""
    tables = frames()
    if not is_empty:
        schemas = {name: frame.schema for name, frame in tables.items()}
        tables |= {
            name: pl.DataFrame(rows, schema_overrides=dict(schemas[name])).select(
                pl.col(column) if column in rows[0] else pl.lit(None, kind).alias(column)
                for column, kind in schemas[name].items()
            )
            for name, rows in _rows().items()
        }
    with duckdb.connect(str(path)) as connection:
        for name, frame in sorted(tables.items()):
            if name in without:
                continue
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            connection.register("frame", frame.to_arrow())
            connection.sql("select * from frame").create(name)
            connection.unregister("frame")
    return path


def _rows() -> dict[str, Rows]:
    rng = np.random.default_rng(7)
    minutes = core.flow_minutes(rng)
    return {
        "rollup.flow_1m": minutes,
        "rollup.flow_1h": minutes,
        "rollup.dns_5m": core.dns(rng),
        "core.flow": core.flows(rng),
        "core.transit_flow": core.transit(rng),
        "core.metric_point": core.metrics(rng),
        "core.internet_measurement": core.internet(rng),
        "core.network_event": core.events(rng),
        "core.log_coverage": core.coverage(rng),
        "health.score": findings.scores(rng),
        "health.indicator": findings.indicators(rng),
        "finding.incident": findings.incidents(rng),
        "ops.ingested_object": findings.objects(rng),
        "ops.reject": findings.rejects(),
    }


if __name__ == "__main__":
    import sys

    build(Path(sys.argv[1]))
