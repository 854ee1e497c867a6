"""A seeded lake.duckdb for the dashboards: every table, plausible values, three incidents, and hostile text in every text field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from pipelines.model.tables import OURS

START = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 24
BIN = timedelta(minutes=5)
BINS = HOURS * 12
HOSTILE = (
    "<script>alert(1)</script>",
    '<a href="https://evil.example/x">click</a>',
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(2)</script>",
    "%{customdata} <b>bold</b> \u202ereversed",
)
VPCS = ("vpc-0a1b2c3d4e5f60001", "vpc-0a1b2c3d4e5f60002", HOSTILE[0])
ATTACHMENTS = tuple(f"tgw-attach-0f{i:015x}" for i in range(5)) + (HOSTILE[1],)
PROBES = tuple(f"probe-1418fv6mkaaykp5vm874is56{i}" for i in range(3)) + (HOSTILE[2],)
CITIES = (
    ("Frankfurt", "Germany", 50.1, 8.7, 14.0), ("London", "United Kingdom", 51.5, -0.1, 11.0), ("Paris", "France", 48.9, 2.3, 8.0),
    ("New York", "United States", 40.7, -74.0, 18.0), ("San Francisco", "United States", 37.8, -122.4, 9.0),
    ("São Paulo", "Brazil", -23.5, -46.6, 6.0), ("Mumbai", "India", 19.1, 72.9, 7.0), ("Singapore", "Singapore", 1.35, 103.8, 5.0),
    ("Tokyo", "Japan", 35.7, 139.7, 8.0), ("Sydney", "Australia", -33.9, 151.2, 4.0), ("Cape Town", "South Africa", -33.9, 18.4, 2.0),
    ("Lagos", "Nigeria", 6.5, 3.4, 1.5), ("Toronto", "Canada", 43.7, -79.4, 4.0), (HOSTILE[1], HOSTILE[0], 60.2, 24.9, 2.5),
)  # fmt: skip
Rows = list[dict[str, Any]]

ROLLUPS: Mapping[str, Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "flow_1m": {
        "bucket_at": pl.Datetime("us", "UTC"), "account_id": pl.String, "region": pl.String, "vpc_id": pl.String,
        "subnet_id": pl.String, "interface_id": pl.String, "direction": pl.String, "action": pl.String, "protocol": pl.Int32,
        "flow_count": pl.Int64, "packets": pl.Int64, "bytes": pl.Int64, "is_final": pl.Boolean,
    },
    "dns_5m": {
        "bucket_at": pl.Datetime("us", "UTC"), "account_id": pl.String, "region": pl.String, "vpc_id": pl.String,
        "zone": pl.String, "rcode": pl.String, "firewall_action": pl.String, "query_count": pl.Int64, "client_count": pl.Int64,
        "is_final": pl.Boolean,
    },
}  # fmt: skip


def day(minute: float) -> float:
    """The usual shape of a working day, around 1."""
    return float(1 + 0.55 * np.sin((minute / 1440 - 0.3) * 2 * np.pi))


def build(path: Path, *, is_empty: bool = False, without: tuple[str, ...] = ()) -> Path:
    """Write the lake to ``path``; ``is_empty`` leaves every table without rows, ``without`` leaves tables out."""
    frames = {table.full_name: table.empty() for table in OURS}
    frames |= {f"rollup.{name}": pl.DataFrame(schema=dict(schema)) for name, schema in ROLLUPS.items()}
    frames["rollup.flow_1h"] = frames["rollup.flow_1m"]
    if not is_empty:
        schemas = {name: frame.schema for name, frame in frames.items()}
        frames |= {name: pl.DataFrame(rows, schema_overrides=dict(schemas[name])).select(
            pl.col(column) if column in rows[0] else pl.lit(None, kind).alias(column) for column, kind in schemas[name].items()
        ) for name, rows in _rows().items()}  # fmt: skip
    with duckdb.connect(str(path)) as connection:
        for name, frame in sorted(frames.items()):
            if name in without:
                continue
            connection.execute(f"create schema if not exists {name.split('.')[0]}")
            connection.register("frame", frame.to_arrow())
            connection.execute(f"create table {name} as select * from frame")
            connection.unregister("frame")
    return path


def _rows() -> dict[str, Rows]:
    rng = np.random.default_rng(7)
    minutes = _flow_minutes(rng)
    return {
        "rollup.flow_1m": minutes, "rollup.flow_1h": minutes, "rollup.dns_5m": _dns(rng), "core.flow": _flows(rng),
        "core.transit_flow": _transit(rng), "core.metric_point": _metrics(rng), "core.internet_measurement": _internet(rng),
        "core.network_event": _events(rng), "core.log_coverage": _coverage(rng), "health.score": _scores(rng),
        "health.indicator": _indicators(rng), "finding.incident": _incidents(rng), "ops.ingested_object": _objects(rng),
        "ops.reject": _rejects(),
    }  # fmt: skip


def _flow_minutes(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for minute in range(HOURS * 60):
        if 600 <= minute < 640:
            continue
        surge = 6 if 900 <= minute < 960 else 1
        for direction, action, scale in (
            ("ingress", "ACCEPT", 3e7), ("egress", "ACCEPT", 5e7), (None, "ACCEPT", 8e6), ("ingress", "REJECT", 3e4 * surge),
        ):  # fmt: skip
            volume = int(scale * day(minute) * rng.uniform(0.85, 1.15))
            rows.append({
                "bucket_at": START + timedelta(minutes=minute), "account_id": "123456789012", "region": "eu-central-1",
                "vpc_id": VPCS[minute % 3] if direction else None, "interface_id": f"eni-0{minute % 14:016x}", "direction": direction,
                "action": action, "protocol": 6, "flow_count": max(volume // 20000, 1), "packets": max(volume // 800, 1),
                "bytes": volume, "is_final": minute < 1380,
            })  # fmt: skip
    return rows


def _flows(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for i in range(4000):
        is_reject = rng.random() < 0.15
        source = (
            f"10.0.{rng.integers(0, 4)}.{rng.integers(4, 24)}" if not is_reject else f"198.51.100.{rng.integers(1, 20)}"
        )
        rows.append({
            "event_at": START + timedelta(seconds=int(rng.integers(0, HOURS * 3600))), "account_id": "123456789012",
            "region": "eu-central-1", "vpc_id": VPCS[i % 3], "interface_id": f"eni-0{i % 14:016x}",
            "src_ip": HOSTILE[i % 5] if i % 500 == 0 else source, "dst_ip": f"10.0.9.{rng.integers(4, 9)}",
            "src_port": int(rng.integers(32768, 60999)), "dst_port": int(rng.choice([22, 23, 443, 3389, 5432, 8080])), "protocol": 6,
            "packets": int(rng.integers(4, 900)), "bytes": int(rng.pareto(1.2) * 90_000) * (40 if i % 500 == 0 else 1),
            "action": "REJECT" if is_reject else "ACCEPT", "src_aws_service": None, "dst_aws_service": "S3" if i % 9 == 0 else None,
        })  # fmt: skip
    return rows


def _dns(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    zones = ("example.internal", "amazonaws.com", "corp.example.org", HOSTILE[0])
    for i in range(BINS):
        for zone in zones:
            for rcode, scale in (("NOERROR", 900), ("NXDOMAIN", 40), ("SERVFAIL", 260 if 150 <= i < 170 else 3)):
                rows.append({
                    "bucket_at": START + i * BIN, "account_id": "123456789012", "region": "eu-central-1", "vpc_id": VPCS[i % 3],
                    "zone": zone, "rcode": rcode, "query_count": int(scale * day(i * 5) * rng.uniform(0.8, 1.2)), "client_count": 9,
                    "firewall_action": ("BLOCK" if i % 2 else "ALERT") if rcode == "NXDOMAIN" and i % 24 < 2 else None, "is_final": True,
                })  # fmt: skip
    return rows


def _transit(rng: np.random.Generator) -> Rows:
    return [
        {
            "event_at": START + i * BIN, "account_id": "123456789012", "region": "eu-central-1", "transit_gateway_id": "tgw-0abc",
            "attachment_id": attachment, "direction": ("ingress", "egress")[i % 2], "src_ip": "10.0.0.4", "dst_ip": "10.1.0.4",
            "bytes": int(2e8 * day(i * 5) / (n + 1) * rng.uniform(0.9, 1.1)), "packets": int(2e5 / (n + 1)),
            "no_route_packets": 0, "blackhole_packets": int(900 * rng.random()) if n == 1 and 200 <= i < 220 else 0,
            "mtu_exceeded_packets": 4 if n == 2 and i % 40 == 0 else 0, "ttl_expired_packets": 1 if n == 5 and i % 60 == 0 else 0,
        }
        for i in range(BINS) for n, attachment in enumerate(ATTACHMENTS)
    ]  # fmt: skip


def _metrics(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for i in range(BINS):
        for n, probe in enumerate(PROBES):
            is_bad = n == 1 and 100 <= i < 124
            for name, value, unit in (
                ("RTT", (8000 + 2500 * n + (9000 if is_bad else 0)) * rng.uniform(0.96, 1.05), "Microseconds"),
                ("PacketLoss", (7.5 if is_bad else 0.02) * rng.uniform(0, 1.5), "Percent"),
                ("HealthIndicator", float(is_bad), "None"),
            ):
                rows.append({
                    "event_at": START + i * BIN, "namespace": "AWS/NetworkMonitor", "metric_name": name, "entity_kind": "probe",
                    "entity_id": probe, "dimensions": json.dumps({"Probe": probe}), "average": float(value), "unit": unit,
                })  # fmt: skip
    return rows


def _internet(rng: np.random.Generator) -> Rows:
    return [
        {
            "event_at": START + hour * timedelta(hours=1), "service_location": "eu-central-1", "country": country, "country_code": "XX",
            "city": city, "latitude": latitude, "longitude": longitude, "asn": 64500 + n,
            "network_name": HOSTILE[1] if n == 3 else f"Example Net {n}", "traffic_percent": traffic, "bytes_in": int(traffic * 1e9),
            "bytes_out": int(traffic * 3e9), "availability_score": 52.0 if n == 6 and hour == 14 else 100 - rng.random() / 2,
            "performance_score": 83.0 if n in (5, 11) and hour > 18 else 100 - rng.random(), "rtt_p50_ms": 12.0 + 9 * n, "rtt_p95_ms": 40.0 + 12 * n,
        }
        for hour in range(HOURS) for n, (city, country, latitude, longitude, traffic) in enumerate(CITIES)
    ]  # fmt: skip


def _events(rng: np.random.Generator) -> Rows:
    kinds = (
        ("cloudtrail", "ReplaceRoute"), ("cloudtrail", "AuthorizeSecurityGroupIngress"), ("cloudtrail", "DeleteRoute"),
        ("networkmanager", "VPN_CONNECTION_IPSEC_DOWN"), ("networkmanager", "ROUTE_INSTALLED"), ("cloudtrail", HOSTILE[1]),
    )  # fmt: skip
    rows: Rows = []
    for i in range(60):
        provider, change = kinds[i % len(kinds)]
        rows.append({
            "event_at": START + timedelta(minutes=int(rng.integers(0, HOURS * 60))), "event_id": f"event-{i}", "provider": provider,
            "kind": "ec2.amazonaws.com" if provider == "cloudtrail" else "Network Manager Routing Update", "change_type": change,
            "description": HOSTILE[i % 5] if i % 9 == 0 else f"{change} on rtb-0123456789", "account_id": "123456789012",
            "region": "eu-central-1", "entity_ids": ["rtb-0123456789", HOSTILE[0]], "actor": "arn:aws:iam::123456789012:role/deploy",
            "is_failed": i % 8 == 0, "error_code": "Client.UnauthorizedOperation" if i % 8 == 0 else None,
        })  # fmt: skip
    rows[2] |= {"event_at": START + 200 * BIN - timedelta(minutes=1), "change_type": "ReplaceRoute", "is_failed": False}
    return rows


def _coverage(rng: np.random.Generator) -> Rows:
    return [
        {"event_at": START + timedelta(minutes=10 * i), "vpc_id": VPCS[i % 3], "interface_id": f"eni-0{i % 14:016x}",
         "log_status": "SKIPDATA" if rng.random() < 0.2 else "NODATA"}
        for i in range(HOURS * 6)
    ]  # fmt: skip


def _scores(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for i in range(BINS):
        dip = 9.0 * (200 <= i < 220) + 4.0 * (100 <= i < 124)
        for kind, entity, factor in (
            ("network", "network", 1.0),
            ("vpc", VPCS[0], 4.0),
            ("attachment", ATTACHMENTS[1], 6.0),
            ("vpc", HOSTILE[0], 0.2),
        ):
            availability = max(0.0, 100 - dip * factor - rng.random() * 0.2)
            rows.append({
                "window_start": START + i * BIN, "window_end": START + (i + 1) * BIN, "entity_kind": kind, "entity_id": entity,
                "availability": availability, "performance": 100 - 6.0 * (100 <= i < 124) - rng.random() * 0.4,
                "coverage": 99.0 + rng.random() - (14 if 120 <= i < 128 else 0),
                "state": "bad" if availability < 95 else "warn" if availability < 99 else "good",
                "contributors": json.dumps([{"indicator": "transit_loss", "entity_kind": "attachment", "entity_id": HOSTILE[1],
                                             "share": 0.6, "value": 0.02}, {"share": "x"}]) if i % 7 else "not json",
            })  # fmt: skip
    return rows


def _indicators(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    names = ("transit_loss", "probe_loss", "probe_rtt", "dns_failure", "reject_share")
    for n, entity in enumerate((*ATTACHMENTS, *PROBES, *VPCS)):
        for i in range(BINS):
            is_bad = (n == 1 and 200 <= i < 220) or (n == 7 and 100 <= i < 124)
            rows.append({
                "window_start": START + i * BIN, "window_end": START + (i + 1) * BIN, "entity_kind": "thing", "entity_id": entity,
                "indicator": names[n % 5], "family": "availability", "value": 0.2 if is_bad else 0.001 * rng.random(), "exposure": 900.0,
                "baseline": 0.0005, "weight": 900.0 / (n + 1), "is_bad": is_bad,
                "state": "bad" if is_bad else "warn" if rng.random() < 0.01 else "unknown" if 130 <= i < 133 and n % 3 == 0 else "good",
            })  # fmt: skip
    return rows


def _incidents(rng: np.random.Generator) -> Rows:
    return [
        _incident(rng, "inc-1", "transit_drop", 200, None, [ATTACHMENTS[1], VPCS[0]], "event-2", "change", "us", 0.93, "packets",
                  "Packets to 10.1.0.0/16 are dropped as blackhole at tgw-attach-01 since 16:40 UTC; ReplaceRoute one minute earlier explains it."),
        _incident(rng, "inc-2", "probe_rtt", 100, 124, [PROBES[1]], None, "aws", "aws", 0.71, "ms",
                  "Round-trip time of one probe doubled for two hours while HealthIndicator was 1: inside the AWS network."),
        _incident(rng, "inc-3", HOSTILE[0], 150, 170, [*HOSTILE, *VPCS, *ATTACHMENTS], None, "unknown", "unknown", None, HOSTILE[0], HOSTILE[3]),
    ]  # fmt: skip


def _incident(
    rng: np.random.Generator, ident: str, name: str, first: int, last: int | None, entities: list[str], cause_id: str | None,
    kind: str, blame: str, confidence: float | None, unit: str, summary: str,
) -> dict[str, Any]:  # fmt: skip
    end = BINS if last is None else last
    bins = [
        {
            "at": (START + i * BIN).isoformat(),
            "observed": 10 + 2 * rng.random() + (120 if first <= i < end else 0),
            "expected": 11.0,
        }
        for i in range(max(first - 30, 0), min(end + 12, BINS))
    ]
    evidence = [
        {"detector": name, "entity_id": entities[0], "unit": unit, "bins": bins},
        {"detector": "other", "bins": "none"},
        7,
    ]
    return {
        "start_at": START + first * BIN, "end_at": None if last is None else START + last * BIN,
        "detected_at": START + (first + 2) * BIN, "incident_id": ident, "class": name, "kind": kind, "entities": entities,
        "finding_ids": ["f1"], "cause_event_id": cause_id, "cause": "A route was replaced by a blackhole." if cause_id else None,
        "blame": blame, "confidence": confidence, "severity": 900.0 - first, "summary": summary, "evidence": json.dumps(evidence),
    }  # fmt: skip


def _objects(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for n, source in enumerate(("vpc_flow", "transit_gateway_flow", "resolver_query", "cloudtrail_event", HOSTILE[0])):
        for hour in range(HOURS):
            if n == 2 and 10 <= hour < 13:
                continue
            size = int(rng.integers(10_000, 900_000))
            rows.append({
                "ingested_at": START + timedelta(hours=hour, minutes=70), "object_id": f"{n}-{hour}", "uri": f"s3://bucket/{source}/{hour}.gz",
                "size": size, "modified_at": START + timedelta(hours=hour, minutes=65), "source": source,
                "state": "dead" if n == 0 and hour == 3 else "ingested", "reason": None, "rows_in": size // 40, "rows_out": size // 40 - n,
                "rows_rejected": n, "rows_duplicate": 0, "hours": [f"{START + timedelta(hours=hour):%Y-%m-%dT%H}"], "batch_id": "b",
            })  # fmt: skip
    return rows


def _rejects() -> Rows:
    return [
        {"rejected_at": START, "source": "vpc_flow", "uri": HOSTILE[i % 5], "object_id": "0-1", "line": i, "reason": reason, "record": HOSTILE[i % 5]}
        for i, reason in enumerate(["bytes is not a number", "truncated gzip", HOSTILE[2]] * 6)
    ]  # fmt: skip


if __name__ == "__main__":
    import sys

    build(Path(sys.argv[1]))
