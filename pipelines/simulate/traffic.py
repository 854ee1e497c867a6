"""The conversations that demand produces, link by link."""

from dataclasses import replace

import numpy as np

from pipelines.simulate.background import late_packets, pings, scans
from pipelines.simulate.chance import Ints, stream
from pipelines.simulate.cities import CITIES
from pipelines.simulate.conversations import Conversations, concat, no_path
from pipelines.simulate.links import ICMP, LINKS, PINGS, TCP, Link
from pipelines.simulate.load import DEPLOY_STAGGER, Rhythm, common_noise, demand
from pipelines.simulate.network import Network
from pipelines.simulate.paths import routed

LEAD_IN = 2 * 3600  # seconds simulated before the start, so that long connections are in their steady state


def conversations(network: Network, rhythm: Rhythm, scale: float) -> Conversations:
    """All conversations of the period, in order of their beginning; ports are unique among neighbours in time."""
    minutes = np.arange(rhythm.start - LEAD_IN, rhythm.end, 60, dtype=np.int64)
    noise = {curve: common_noise(network.seed, curve, len(minutes)) for curve in ("us", "eu", "office", "flat")}
    noise["backup"] = np.ones(len(minutes))
    parts = []
    for number, link in enumerate(LINKS):
        rng = stream(network.seed, f"link/{link.name}")
        rate = link.rate * scale * demand(link.curve, minutes, rhythm) * noise[link.curve]
        begin = np.repeat(minutes, rng.poisson(rate))
        begin += rng.integers(0, 60, len(begin))
        parts.append(_draw(network, rhythm, number, link, begin, rng))
    parts += [pings(network, minutes, *row) for row in PINGS]
    regular = _with_ports(network.seed, _ordered(concat(parts)))
    return _ordered(concat([regular, late_packets(network, regular), scans(network, minutes, scale)]))


def _ordered(conversations: Conversations) -> Conversations:
    return conversations.take(np.argsort(conversations.begin, kind="stable"))


def _draw(
    network: Network, rhythm: Rhythm, number: int, link: Link, begin: Ints, rng: np.random.Generator
) -> Conversations:
    count = len(begin)
    client, source = _pick(network, link.client, begin, rhythm, rng)
    server, target = _pick(network, link.server, begin, rhythm, rng)
    if link.v6_share:
        source, target = _some_on_v6(network, link, client, server, source, target, rng)
    ask = np.maximum(40, link.ask * rng.lognormal(-0.3, 0.77, count)).astype(np.int64)
    reply = np.maximum(40, link.reply * rng.lognormal(-0.3, 0.77, count)).astype(np.int64)
    seconds = np.minimum(rng.exponential(link.seconds, count), link.seconds * 6).astype(np.int64)
    bare = 4 if link.protocol == TCP else 0  # handshake and teardown
    drawn = Conversations(
        link=np.full(count, number),
        begin=begin,
        seconds=seconds,
        client=client,
        server=server,
        source=source,
        target=target,
        source_port=np.zeros(count, np.int64),
        target_port=np.full(count, link.port),
        protocol=np.full(count, link.protocol),
        ask_packets=bare + 1 + (ask + reply // 3) // 1200,
        ask_bytes=ask + 40 * (bare + reply // 3600),
        reply_packets=bare + 1 + (reply + ask // 3) // 1200,
        reply_bytes=reply + 40 * (bare + ask // 3600),
        fate=np.zeros(count, np.int64),
        **no_path(count),
    )
    return routed(network, link, drawn)


def _pick(network: Network, group: str, begin: Ints, rhythm: Rhythm, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """(interface numbers or -1, address numbers) of one member of the group for each conversation."""
    if group.startswith("internet/"):
        return np.full(len(begin), -1), _internet_clients(network, group.removeprefix("internet/"), len(begin), rng)
    members = network.groups[group]
    if members[0] >= len(network.interfaces):
        return np.full(len(begin), -1), members[rng.integers(0, len(members), len(begin))]
    generations = 1 + max(network.interfaces[number].generation for number in members.tolist())
    slots = len(members) // generations
    slot = rng.integers(0, slots, len(begin))
    generation = np.zeros(len(begin), np.int64)
    for deploy in rhythm.deploys[: generations - 1]:
        generation += begin >= deploy + slot * DEPLOY_STAGGER
    chosen = members[generation * slots + slot]
    return chosen, chosen


def _internet_clients(network: Network, region: str, count: int, rng: np.random.Generator) -> Ints:
    weights = np.array([city.weight * (city.region == region) for city in CITIES])
    city = rng.choice(len(CITIES), count, p=weights / weights.sum())
    table = np.array([network.groups[f"city/{number}"] for number in range(len(CITIES))])
    return table[city, rng.integers(0, table.shape[1], count)]


def _some_on_v6(
    network: Network, link: Link, client: Ints, server: Ints, source: Ints, target: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    region = link.client.removeprefix("internet/")
    cities = [number for number, city in enumerate(CITIES) if city.region == region]
    pool = np.concatenate([network.groups[f"city-v6/{number}"] for number in cities])
    v6 = rng.random(len(source)) < link.v6_share
    chosen = pool[rng.integers(0, len(pool), len(source))]
    return np.where(v6, chosen, source), np.where(v6, network.groups["interfaces-v6"][server], target)


def _with_ports(seed: int, ordered: Conversations) -> Conversations:
    """Ephemeral ports that walk through 1024-65535, so that no 5-tuple comes twice within hours."""
    first = int(stream(seed, "ports").integers(0, 64_512))
    # 40,499 has no factor in common with 64,512: every port is used once before any comes again.
    walk = 1024 + (first + np.arange(len(ordered.begin)) * 40_499) % 64_512
    return replace(ordered, source_port=np.where(ordered.protocol == ICMP, 0, walk))
