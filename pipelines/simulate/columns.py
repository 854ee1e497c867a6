"""Columns of VPC flow logs that follow from the interface, and small ways to make columns."""

import numpy as np
import polars as pl

from pipelines.simulate.chance import Ints
from pipelines.simulate.conversations import Conversations
from pipelines.simulate.formats import FlowLog
from pipelines.simulate.network import Network

_TAGS = {
    "db-orders": ("orders db/primary", "team data"),
    "db-catalog": ("catalog db", "team data"),
    "search": ("search & browse", "team search"),
    "kafka": ("event bus", "team platform"),
    "etl": ("nightly etl", "team data"),
    "bastion": ("bastion (legacy)", "-"),
}


_NUMBERS = frozenset(
    ("version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end")
    + ("tcp-flags", "traffic-path", "encryption-status")
)


def nothing(name: str, rows: int) -> pl.Series:
    return pl.Series(name, [None], dtype=pl.Int64 if name in _NUMBERS else pl.String).new_from_index(0, rows)


def interface_columns(network: Network, interface: Ints, log: FlowLog) -> dict[str, pl.Series]:
    """Fields that depend on the interface alone."""
    faces, vpc = network.interfaces, network.vpc(log.vpc)
    pools: dict[str, list[str | None]] = {
        "account-id": [i.owner for i in faces],
        "interface-id": [i.id for i in faces],
        "subnet-id": [network.vpcs[i.vpc].subnets[i.zone] for i in faces],
        "instance-id": [i.instance for i in faces],
        "az-id": [network.vpcs[i.vpc].zones[i.zone] for i in faces],
        "interface-type": [i.kind for i in faces],
        "instance-tag": [_tag(i.role, 0) for i in faces],
        "interface-tag": [_tag(i.role, 1) for i in faces],
        "asg-tag": ["etl%20workers" if i.role == "etl" else None for i in faces],
    }
    columns = {name: text_pool(pool).gather(interface) for name, pool in pools.items()}
    for name, text in (("vpc-id", vpc.id), ("region", vpc.region)):
        columns[name] = pl.repeat(text, len(interface), dtype=pl.String, eager=True)
    columns["version"] = pl.repeat(log.version, len(interface), dtype=pl.Int64, eager=True)
    return columns


def _tag(role: str, index: int) -> str | None:
    """Percent-encoded tag value, as flow logs write it."""
    tag = _TAGS.get(role, ("-", "-"))[index]
    return None if tag == "-" else tag.replace(" ", "%20").replace("/", "%2F").replace("&", "%26")


def hop_columns(network: Network, interface: Ints, hop: Ints) -> dict[str, pl.Series]:
    """The next hop: ids only inside the same account, the zone also beyond; nothing where there is no interface."""
    faces = network.interfaces
    owner = np.array([network.vpcs[i.vpc].account for i in faces])
    vpc = np.array([i.vpc for i in faces])
    known = (hop >= 0) & (owner[interface] == owner[hop]) & (vpc[interface] == vpc[hop])
    pools: dict[str, list[str | None]] = {
        "next-hop-interface-id": [i.id for i in faces],
        "next-hop-subnet-id": [network.vpcs[i.vpc].subnets[i.zone] for i in faces],
        "next-hop-az-id": [network.vpcs[i.vpc].zones[i.zone] for i in faces],
        "next-hop-vpc-id": [network.vpcs[i.vpc].id for i in faces],
        "next-hop-interface-type": [i.kind for i in faces],
    }
    columns = {name: text_pool([*pool, None]).gather(np.where(known, hop, len(faces))) for name, pool in pools.items()}
    # Both ends on Nitro instances of one VPC: encrypted by the hardware; through a gateway or to the outside: not.
    managed = np.array([i.instance is None for i in faces])
    columns["encryption-status"] = nullable(np.where(known & ~managed[hop], 1, 0), managed[interface])
    return columns


def address_type(network: Network, c: Conversations, conversation: Ints) -> pl.Series:
    v6 = np.array([":" in address for address in network.addresses])
    return choice(v6[c.source[conversation]], "IPv6", "IPv4")


def text_pool(texts: list[str | None] | tuple[str | None, ...]) -> pl.Series:
    return pl.Series(texts, dtype=pl.String)


def choice(which: np.ndarray, yes: str | None, no: str | None) -> pl.Series:
    return text_pool([no, yes]).gather(which.astype(np.int64))


def nullable(numbers: Ints, missing: np.ndarray) -> pl.Series:
    return pl.select(pl.when(pl.Series(missing)).then(None).otherwise(pl.Series(numbers, dtype=pl.Int64))).to_series()
