"""Plausible rows of roll-ups and core tables for a day, with hostile text among the names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

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
    ("Frankfurt", "Germany", 50.1, 8.7, 14.0),
    ("London", "United Kingdom", 51.5, -0.1, 11.0),
    ("Paris", "France", 48.9, 2.3, 8.0),
    ("New York", "United States", 40.7, -74.0, 18.0),
    ("San Francisco", "United States", 37.8, -122.4, 9.0),
    ("São Paulo", "Brazil", -23.5, -46.6, 6.0),
    ("Mumbai", "India", 19.1, 72.9, 7.0),
    ("Singapore", "Singapore", 1.35, 103.8, 5.0),
    ("Tokyo", "Japan", 35.7, 139.7, 8.0),
    ("Sydney", "Australia", -33.9, 151.2, 4.0),
    ("Cape Town", "South Africa", -33.9, 18.4, 2.0),
    ("Lagos", "Nigeria", 6.5, 3.4, 1.5),
    ("Toronto", "Canada", 43.7, -79.4, 4.0),
    (HOSTILE[1], HOSTILE[0], 60.2, 24.9, 2.5),
)
Rows = list[dict[str, Any]]


def day(minute: float) -> float:
    """The usual shape of a working day, around 1."""
    return float(1 + 0.55 * np.sin((minute / 1440 - 0.3) * 2 * np.pi))


def flow_minutes(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for minute in range(HOURS * 60):
        if 600 <= minute < 640:
            continue
        surge = 6 if 900 <= minute < 960 else 1
        for direction, action, scale in (
            ("ingress", "ACCEPT", 3e7),
            ("egress", "ACCEPT", 5e7),
            (None, "ACCEPT", 8e6),
            ("ingress", "REJECT", 3e4 * surge),
        ):
            volume = int(scale * day(minute) * rng.uniform(0.85, 1.15))
            rows.append(
                {
                    "bucket_at": START + timedelta(minutes=minute),
                    "account_id": "123456789012",
                    "region": "eu-central-1",
                    "vpc_id": VPCS[minute % 3] if direction else None,
                    "interface_id": f"eni-0{minute % 14:016x}",
                    "direction": direction,
                    "action": action,
                    "protocol": 6,
                    "flow_count": max(volume // 20000, 1),
                    "packets": max(volume // 800, 1),
                    "bytes": volume,
                    "is_final": minute < 1380,
                }
            )
    return rows


def flows(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for i in range(4000):
        is_reject = rng.random() < 0.15
        source = (
            f"10.0.{rng.integers(0, 4)}.{rng.integers(4, 24)}" if not is_reject else f"198.51.100.{rng.integers(1, 20)}"
        )
        rows.append(
            {
                "event_at": START + timedelta(seconds=int(rng.integers(0, HOURS * 3600))),
                "account_id": "123456789012",
                "region": "eu-central-1",
                "vpc_id": VPCS[i % 3],
                "interface_id": f"eni-0{i % 14:016x}",
                "src_ip": HOSTILE[i % 5] if i % 500 == 0 else source,
                "dst_ip": f"10.0.9.{rng.integers(4, 9)}",
                "src_port": int(rng.integers(32768, 60999)),
                "dst_port": int(rng.choice([22, 23, 443, 3389, 5432, 8080])),
                "protocol": 6,
                "packets": int(rng.integers(4, 900)),
                "bytes": int(rng.pareto(1.2) * 90_000) * (40 if i % 500 == 0 else 1),
                "action": "REJECT" if is_reject else "ACCEPT",
                "src_aws_service": None,
                "dst_aws_service": "S3" if i % 9 == 0 else None,
            }
        )
    return rows


def dns(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    zones = ("example.internal", "amazonaws.com", "corp.example.org", HOSTILE[0])
    for i in range(BINS):
        for zone in zones:
            for rcode, scale in (("NOERROR", 900), ("NXDOMAIN", 40), ("SERVFAIL", 260 if 150 <= i < 170 else 3)):
                rows.append(
                    {
                        "bucket_at": START + i * BIN,
                        "account_id": "123456789012",
                        "region": "eu-central-1",
                        "vpc_id": VPCS[i % 3],
                        "zone": zone,
                        "rcode": rcode,
                        "query_count": int(scale * day(i * 5) * rng.uniform(0.8, 1.2)),
                        "client_count": 9,
                        "firewall_action": ("BLOCK" if i % 2 else "ALERT")
                        if rcode == "NXDOMAIN" and i % 24 < 2
                        else None,
                        "is_final": True,
                    }
                )
    return rows


def transit(rng: np.random.Generator) -> Rows:
    return [
        {
            "event_at": START + i * BIN,
            "account_id": "123456789012",
            "region": "eu-central-1",
            "transit_gateway_id": "tgw-0abc",
            "attachment_id": attachment,
            "direction": ("ingress", "egress")[i % 2],
            "src_ip": "10.0.0.4",
            "dst_ip": "10.1.0.4",
            "bytes": int(2e8 * day(i * 5) / (n + 1) * rng.uniform(0.9, 1.1)),
            "packets": int(2e5 / (n + 1)),
            "no_route_packets": 0,
            "blackhole_packets": int(900 * rng.random()) if n == 1 and 200 <= i < 220 else 0,
            "mtu_exceeded_packets": 4 if n == 2 and i % 40 == 0 else 0,
            "ttl_expired_packets": 1 if n == 5 and i % 60 == 0 else 0,
        }
        for i in range(BINS)
        for n, attachment in enumerate(ATTACHMENTS)
    ]


def metrics(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for i in range(BINS):
        for n, probe in enumerate(PROBES):
            is_bad = n == 1 and 100 <= i < 124
            for name, value, unit in (
                ("RTT", (8000 + 2500 * n + (9000 if is_bad else 0)) * rng.uniform(0.96, 1.05), "Microseconds"),
                ("PacketLoss", (7.5 if is_bad else 0.02) * rng.uniform(0, 1.5), "Percent"),
                ("HealthIndicator", float(is_bad), "None"),
            ):
                rows.append(
                    {
                        "event_at": START + i * BIN,
                        "namespace": "AWS/NetworkMonitor",
                        "metric_name": name,
                        "entity_kind": "probe",
                        "entity_id": probe,
                        "dimensions": json.dumps({"Probe": probe}),
                        "average": float(value),
                        "unit": unit,
                    }
                )
    return rows


def internet(rng: np.random.Generator) -> Rows:
    return [
        {
            "event_at": START + hour * timedelta(hours=1),
            "service_location": "eu-central-1",
            "country": country,
            "country_code": "XX",
            "city": city,
            "latitude": latitude,
            "longitude": longitude,
            "asn": 64500 + n,
            "network_name": HOSTILE[1] if n == 3 else f"Example Net {n}",
            "traffic_percent": traffic,
            "bytes_in": int(traffic * 1e9),
            "bytes_out": int(traffic * 3e9),
            "availability_score": 52.0 if n == 6 and hour == 14 else 100 - rng.random() / 2,
            "performance_score": 83.0 if n in (5, 11) and hour > 18 else 100 - rng.random(),
            "rtt_p50_ms": 12.0 + 9 * n,
            "rtt_p95_ms": 40.0 + 12 * n,
        }
        for hour in range(HOURS)
        for n, (city, country, latitude, longitude, traffic) in enumerate(CITIES)
    ]


def events(rng: np.random.Generator) -> Rows:
    kinds = (
        ("cloudtrail", "ReplaceRoute"),
        ("cloudtrail", "AuthorizeSecurityGroupIngress"),
        ("cloudtrail", "DeleteRoute"),
        ("networkmanager", "VPN_CONNECTION_IPSEC_DOWN"),
        ("networkmanager", "ROUTE_INSTALLED"),
        ("cloudtrail", HOSTILE[1]),
    )
    rows: Rows = []
    for i in range(60):
        provider, change = kinds[i % len(kinds)]
        rows.append(
            {
                "event_at": START + timedelta(minutes=int(rng.integers(0, HOURS * 60))),
                "event_id": f"event-{i}",
                "provider": provider,
                "kind": "ec2.amazonaws.com" if provider == "cloudtrail" else "Network Manager Routing Update",
                "change_type": change,
                "description": HOSTILE[i % 5] if i % 9 == 0 else f"{change} on rtb-0123456789",
                "account_id": "123456789012",
                "region": "eu-central-1",
                "entity_ids": ["rtb-0123456789", HOSTILE[0]],
                "actor": "arn:aws:iam::123456789012:role/deploy",
                "is_failed": i % 8 == 0,
                "error_code": "Client.UnauthorizedOperation" if i % 8 == 0 else None,
            }
        )
    rows[2] |= {"event_at": START + 200 * BIN - timedelta(minutes=1), "change_type": "ReplaceRoute", "is_failed": False}
    return rows


def coverage(rng: np.random.Generator) -> Rows:
    return [
        {
            "event_at": START + timedelta(minutes=10 * i),
            "vpc_id": VPCS[i % 3],
            "interface_id": f"eni-0{i % 14:016x}",
            "log_status": "SKIPDATA" if rng.random() < 0.2 else "NODATA",
        }
        for i in range(HOURS * 6)
    ]
