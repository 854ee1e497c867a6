"""How objects reach the bucket: their keys, their compression and the moment of their delivery.

The moment is kept as the file's modification time, as S3 keeps LastModified; it never depends on the wall clock.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from isal import igzip

from pipelines.simulate.chance import Ints, digest, uuid

SLOT = 300  # seconds of a publishing slot of vended logs
_DELAY = 420  # seconds between the end of a slot and the delivery of its object


@dataclass(frozen=True)
class Delivered:
    """One object as it lies in the bucket; `at` is Unix seconds."""

    key: str
    size: int
    at: int


def put(root: Path, key: str, payload: bytes, at: int) -> Delivered:
    """Write one object below `root`/bucket."""
    path = root / "bucket" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(payload)
    os.utime(path, (at, at))
    return Delivered(key, len(payload), at)


def packed(text: bytes) -> bytes:
    """One gzip member without a time stamp."""
    return bytes(igzip.compress(text, 2, mtime=0))


def moment(seconds: int, pattern: str) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(pattern)


def slot_delay(seed: int, name: str) -> int:
    """Seconds from the end of a slot to its delivery: about seven minutes, never the same."""
    return _DELAY + int(digest(seed, f"delay/{name}", 8), 16) % 150


def flow_log_key(seed: int, account: str, region: str, flow_log: str, slot: int, layout: str, part: int) -> str:
    """Key of a flow log object (format reference, section 1.7)."""
    name = f"{account}_vpcflowlogs_{region}_{flow_log}_{moment(slot, '%Y%m%dT%H%MZ')}"
    unique = digest(seed, f"{name}/{part}", 8)
    if layout == "hive-hourly":
        when = moment(slot, "year=%Y/month=%m/day=%d/hour=%H")
        folder = f"AWSLogs/aws-account-id={account}/aws-service=vpcflowlogs/aws-region={region}/{when}"
    else:
        folder = f"AWSLogs/{account}/vpcflowlogs/{region}/{moment(slot, '%Y/%m/%d')}"
    return f"{folder}/{name}_{unique}.log.gz"


def resolver_key(seed: int, account: str, vpc: str, slot: int) -> str:
    name = f"{vpc}_vpcdnsquerylogs_{account}_{moment(slot, '%Y%m%dT%H%MZ')}"
    return f"AWSLogs/{account}/vpcdnsquerylogs/{vpc}/{moment(slot, '%Y/%m/%d')}/{name}_{digest(seed, name, 8)}.log.gz"


def trail_key(seed: int, account: str, region: str, slot: int) -> str:
    name = f"{account}_CloudTrail_{region}_{moment(slot, '%Y%m%dT%H%MZ')}"
    unique = digest(seed, name, 16)
    return f"AWSLogs/{account}/CloudTrail/{region}/{moment(slot, '%Y/%m/%d')}/{name}_{unique}.json.gz"


def measurement_key(seed: int, account: str, region: str, slot: int) -> str:
    name = f"{account}_internetmonitor_{region}_{moment(slot, '%Y%m%dT%H%MZ')}"
    folder = f"AWSLogs/{account}/internetmonitor/{region}/{moment(slot, '%Y/%m/%d')}"
    return f"{folder}/{name}_{digest(seed, name, 8)}.log.gz"


def firehose_key(seed: int, stream: str, arrival: int) -> str:
    """Key of a Firehose object; the stream has its own prefix, to which Firehose adds the hour of arrival."""
    name = f"{stream}-1-{moment(arrival, '%Y-%m-%d-%H-%M-%S')}-{uuid(seed, f'{stream}/{arrival}')}"
    return f"{stream}/{moment(arrival, '%Y/%m/%d/%H')}/{name}.gz"


def by_slot(text: bytes, slots: Ints) -> Iterator[tuple[int, bytes]]:
    """(slot, its lines) for lines that are already in the order of their slots."""
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
    if len(ends) != len(slots):
        message = f"{len(ends)} lines for {len(slots)} records"
        raise ValueError(message)
    changes = np.flatnonzero(np.diff(slots)) + 1
    firsts = [0, *changes.tolist()] if len(slots) else []
    for first, last in zip(firsts, [*firsts[1:], len(slots)], strict=True):
        yield int(slots[first]), text[ends[first - 1] if first else 0 : ends[last - 1]]
