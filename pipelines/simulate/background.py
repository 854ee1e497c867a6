"""Traffic that nobody asked for, or that nobody counts: echo requests, packets that come too late, scanners."""

from dataclasses import replace

import numpy as np

from pipelines.simulate.chance import Ints, stream
from pipelines.simulate.conversations import BLOCKED_PUBLIC, LATE, REFUSED, Conversations, concat, no_path
from pipelines.simulate.links import ICMP, LINKS, SCANNED, SCANNED_PORTS, TCP, Link
from pipelines.simulate.network import Network
from pipelines.simulate.paths import routed


def pings(network: Network, minutes: Ints, client: str, server: str, first: int, second: int) -> Conversations:
    """Four echo requests a minute, always at the same second, so that each aggregation window holds one record."""
    source, target = network.groups[client][first], network.groups[server][second]
    count, inside = len(minutes), target < len(network.interfaces)
    link = Link(f"ping-{second}", client, server, 0, 1, 0, 336, 336, "flat", ICMP)
    same = Conversations(
        link=np.full(count, -1),
        begin=minutes + (17 * second + 5 * first) % 60,
        seconds=np.zeros(count, np.int64),
        client=np.full(count, source),
        server=np.full(count, target if inside else -1),
        source=np.full(count, source),
        target=np.full(count, target),
        source_port=np.zeros(count, np.int64),
        target_port=np.zeros(count, np.int64),
        protocol=np.full(count, ICMP),
        ask_packets=np.full(count, 4),
        ask_bytes=np.full(count, 336),
        reply_packets=np.full(count, 4),
        reply_bytes=np.full(count, 336),
        fate=np.zeros(count, np.int64),
        **no_path(count),
    )
    return routed(network, link, same)


def late_packets(network: Network, regular: Conversations) -> Conversations:
    """A FIN or RST of an internet client that arrives when the security group has forgotten the connection."""
    fronts = [number for number, link in enumerate(LINKS) if link.client.startswith("internet/")]
    front = np.flatnonzero(np.isin(regular.link, fronts))
    rng = stream(network.seed, "late packets")
    late = regular.take(front[rng.random(len(front)) < 0.02])
    count, one = len(late.begin), np.ones(len(late.begin), np.int64)
    begin = late.begin + late.seconds + rng.integers(12, 70, count)
    packets = {"ask_packets": one, "ask_bytes": one * 40, "reply_packets": one * 0, "reply_bytes": one * 0}
    return replace(late, begin=begin, seconds=one * 0, fate=one * LATE, **packets)


def scans(network: Network, minutes: Ints, scale: float) -> Conversations:
    """Internet scanners: single SYNs to public addresses, turned away; steady, a little busier at European night."""
    rng = stream(network.seed, "scans")
    parts = []
    for group, rate in SCANNED:
        wave = rate * scale * (1 + 0.15 * np.cos((minutes % 86_400 / 3600 - 3) * 2 * np.pi / 24))
        begin = np.repeat(minutes, rng.poisson(wave))
        begin += rng.integers(0, 60, len(begin))
        parts.append(_scan(network, group, begin, rng))
    return concat(parts)


def _scan(network: Network, group: str, begin: Ints, rng: np.random.Generator) -> Conversations:
    count, one = len(begin), np.ones(len(begin), np.int64)
    scanners, members = network.groups["scanners"], network.groups[group]
    # A few sources do most of the scanning.
    source = scanners[(rng.random(count) ** 2 * len(scanners)).astype(np.int64)]
    server = members[rng.integers(0, len(members), count)]
    blocked = BLOCKED_PUBLIC if group == "prod-data/bastion" else REFUSED
    return Conversations(
        link=one * -2,
        begin=begin,
        seconds=one * 0,
        client=one * -1,
        server=server,
        source=source,
        target=server,
        source_port=rng.integers(1024, 65_536, count),
        target_port=rng.choice(SCANNED_PORTS, count),
        protocol=one * TCP,
        ask_packets=one,
        ask_bytes=40 + 4 * rng.integers(0, 6, count),
        reply_packets=one * 0,
        reply_bytes=one * 0,
        fate=one * blocked,
        **no_path(count),
    )
