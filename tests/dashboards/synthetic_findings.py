"""Plausible rows of health, finding and ops: two scores that dip, three incidents, a ledger with a gap."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import numpy as np
from synthetic_core import ATTACHMENTS, BIN, BINS, HOSTILE, HOURS, PROBES, START, VPCS, Rows


def scores(rng: np.random.Generator) -> Rows:
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
            rows.append(
                {
                    "window_start": START + i * BIN,
                    "window_end": START + (i + 1) * BIN,
                    "entity_kind": kind,
                    "entity_id": entity,
                    "availability": availability,
                    "performance": 100 - 6.0 * (100 <= i < 124) - rng.random() * 0.4,
                    "coverage": 99.0 + rng.random() - (14 if 120 <= i < 128 else 0),
                    "state": "bad" if availability < 95 else "warn" if availability < 99 else "good",
                    "contributors": json.dumps(
                        [
                            {
                                "indicator": "transit_loss",
                                "entity_kind": "attachment",
                                "entity_id": HOSTILE[1],
                                "share": 0.6,
                                "value": 0.02,
                            },
                            {"share": "x"},
                        ]
                    )
                    if i % 7
                    else "not json",
                }
            )
    return rows


def indicators(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    names = ("transit_loss", "probe_loss", "probe_rtt", "dns_failure", "reject_share")
    for n, entity in enumerate((*ATTACHMENTS, *PROBES, *VPCS)):
        for i in range(BINS):
            is_bad = (n == 1 and 200 <= i < 220) or (n == 7 and 100 <= i < 124)
            rows.append(
                {
                    "window_start": START + i * BIN,
                    "window_end": START + (i + 1) * BIN,
                    "entity_kind": "thing",
                    "entity_id": entity,
                    "indicator": names[n % 5],
                    "family": "availability",
                    "value": 0.2 if is_bad else 0.001 * rng.random(),
                    "exposure": 900.0,
                    "baseline": 0.0005,
                    "weight": 900.0 / (n + 1),
                    "is_bad": is_bad,
                    "state": "bad"
                    if is_bad
                    else "warn"
                    if rng.random() < 0.01
                    else "unknown"
                    if 130 <= i < 133 and n % 3 == 0
                    else "good",
                }
            )
    return rows


def incidents(rng: np.random.Generator) -> Rows:
    return [
        _incident(
            rng,
            "inc-1",
            "transit_drop",
            200,
            None,
            [ATTACHMENTS[1], VPCS[0]],
            "event-2",
            "change",
            "us",
            0.93,
            "packets",
            "Packets to 10.1.0.0/16 are dropped at tgw-attach-01 since 16:40 UTC; ReplaceRoute explains it.",
        ),
        _incident(
            rng,
            "inc-2",
            "probe_rtt",
            100,
            124,
            [PROBES[1]],
            None,
            "aws",
            "aws",
            0.71,
            "ms",
            "Round-trip time of one probe doubled for two hours while HealthIndicator was 1: inside the AWS network.",
        ),
        _incident(
            rng,
            "inc-3",
            HOSTILE[0],
            150,
            170,
            [*HOSTILE, *VPCS, *ATTACHMENTS],
            None,
            "unknown",
            "unknown",
            None,
            HOSTILE[0],
            HOSTILE[3],
        ),
    ]


def _incident(
    rng: np.random.Generator,
    ident: str,
    name: str,
    first: int,
    last: int | None,
    entities: list[str],
    cause_id: str | None,
    kind: str,
    blame: str,
    confidence: float | None,
    unit: str,
    summary: str,
) -> dict[str, Any]:
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
        "start_at": START + first * BIN,
        "end_at": None if last is None else START + last * BIN,
        "detected_at": START + (first + 2) * BIN,
        "incident_id": ident,
        "class": name,
        "kind": kind,
        "entities": entities,
        "finding_ids": ["f1"],
        "cause_event_id": cause_id,
        "cause": "A route was replaced by a blackhole." if cause_id else None,
        "blame": blame,
        "confidence": confidence,
        "severity": 900.0 - first,
        "summary": summary,
        "evidence": json.dumps(evidence),
    }


def objects(rng: np.random.Generator) -> Rows:
    rows: Rows = []
    for n, source in enumerate(("vpc_flow", "transit_gateway_flow", "resolver_query", "cloudtrail_event", HOSTILE[0])):
        for hour in range(HOURS):
            if n == 2 and 10 <= hour < 13:
                continue
            size = int(rng.integers(10_000, 900_000))
            rows.append(
                {
                    "ingested_at": START + timedelta(hours=hour, minutes=70),
                    "object_id": f"{n}-{hour}",
                    "uri": f"s3://bucket/{source}/{hour}.gz",
                    "size": size,
                    "modified_at": START + timedelta(hours=hour, minutes=65),
                    "source": source,
                    "state": "dead" if n == 0 and hour == 3 else "ingested",
                    "reason": None,
                    "rows_in": size // 40,
                    "rows_out": size // 40 - n,
                    "rows_rejected": n,
                    "rows_duplicate": 0,
                    "hours": [f"{START + timedelta(hours=hour):%Y-%m-%dT%H}"],
                    "batch_id": "b",
                }
            )
    return rows


def rejects() -> Rows:
    return [
        {
            "rejected_at": START,
            "source": "vpc_flow",
            "uri": HOSTILE[i % 5],
            "object_id": "0-1",
            "line": i,
            "reason": reason,
            "record": HOSTILE[i % 5],
        }
        for i, reason in enumerate(["bytes is not a number", "truncated gzip", HOSTILE[2]] * 6)
    ]
