"""Who sees a conversation: one observation per interface, direction and leg, cut into aggregation windows.

Both flow logs of VPCs and of the transit gateway are such cuts; they differ in where they look.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from pipelines.simulate.chance import Flags, Floats, Ints
from pipelines.simulate.conversations import (
    BLOCKED_PUBLIC,
    CUT,
    LATE,
    LOST_BACK,
    LOST_OUT,
    OK,
    REFUSED,
    UNANSWERED,
    Conversations,
)
from pipelines.simulate.network import Network

FIN, SYN, RST, SYN_ACK = 1, 2, 4, 18
_THROUGH_NAT, _TO_INTERNET = 1, 8


@dataclass(frozen=True)
class Observations:
    """Parallel arrays, one element per conversation, interface, direction and leg.

    `source`, `target`, `packet_source`, `packet_target` are address numbers, `hop` is the interface on the other side
    of the hop or -1, `path` a traffic-path code or 0, `refused` 1 for REJECT, 2 for REJECT by Block Public Access.
    """

    conversation: Ints
    interface: Ints
    egress: Flags
    reply: Flags
    source: Ints
    target: Ints
    packet_source: Ints
    packet_target: Ints
    source_port: Ints
    target_port: Ints
    path: Ints
    hop: Ints
    refused: Ints

    def take(self, which: np.ndarray) -> "Observations":
        return Observations(**{field.name: getattr(self, field.name)[which] for field in fields(self)})


@dataclass(frozen=True)
class Slices:
    """Observations cut into windows: `row` points to the observation, times in Unix seconds, both ends inclusive."""

    row: Ints
    window: Ints
    start: Ints
    end: Ints
    packets: Ints
    bytes: Ints
    flags: Ints


@dataclass(frozen=True)
class _Leg:
    """One place where packets are seen; every array has one element per conversation."""

    where: Ints
    egress: bool
    reply: bool
    source: Ints
    target: Ints
    packet_source: Ints
    packet_target: Ints
    path: Ints
    hop: Ints
    seen: Flags
    nat_side: bool = False


def observations(conversations: Conversations) -> Observations:
    """All observations of all conversations at interfaces."""
    parts = [_observed(conversations, leg) for leg in (*_direct_legs(conversations), *_nat_legs(conversations))]
    names = [field.name for field in fields(Observations)]
    return Observations(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _direct_legs(c: Conversations) -> tuple[_Leg, ...]:
    """Client, the gateway interfaces on both sides, server; then the same way back."""
    forwarded = ~np.isin(c.fate, (LOST_OUT,))
    replied = np.isin(c.fate, (OK, LOST_BACK, CUT))
    arrived = np.isin(c.fate, (OK, CUT))
    none = np.zeros(len(c.begin), np.int64)
    near, far, client, server = c.source_gateway, c.target_gateway, c.client, c.server
    here, there = c.source, c.target
    to_server = np.where(far >= 0, none - 1, client)
    first_hop = np.where(near >= 0, near, np.where(c.nat >= 0, c.nat, server))
    back_hop = np.where(far >= 0, far, client)
    to_client = np.where(near >= 0, none - 1, np.where(c.nat < 0, server, c.nat))
    inside = server >= 0
    return (
        _Leg(client, True, False, here, there, here, there, c.ask_path, first_hop, client >= 0),
        _Leg(near, False, False, here, near, here, there, none, client, near >= 0),
        _Leg(far, True, False, far, there, here, there, none + 1, server, (far >= 0) & forwarded),
        _Leg(server, False, False, here, there, here, there, none, to_server, inside & forwarded),
        _Leg(server, True, True, there, here, there, here, c.reply_path, back_hop, inside & replied),
        _Leg(far, False, True, there, far, there, here, none, server, (far >= 0) & replied),
        _Leg(near, True, True, near, here, there, here, none + 1, client, (near >= 0) & arrived),
        _Leg(client, False, True, there, here, there, here, none, to_client, (client >= 0) & arrived),
    )


def _nat_legs(c: Conversations) -> tuple[_Leg, ...]:
    """The four legs of a conversation at a NAT gateway, as AWS documents them."""
    sent = (c.nat >= 0) & np.isin(c.fate, (OK, CUT, UNANSWERED))
    arrived = (c.nat >= 0) & np.isin(c.fate, (OK, CUT))
    none = np.zeros(len(c.begin), np.int64)
    inner = np.where(c.target_gateway >= 0, c.target_gateway, c.client)
    return (
        _Leg(c.nat, False, False, c.source, c.nat, c.source, c.target, none, inner, sent),
        _Leg(c.nat, True, False, c.nat, c.target, c.nat, c.target, none + _TO_INTERNET, none - 1, sent, nat_side=True),
        _Leg(c.nat, False, True, c.target, c.nat, c.target, c.nat, none, none - 1, arrived, nat_side=True),
        _Leg(c.nat, True, True, c.nat, c.source, c.target, c.source, none + _THROUGH_NAT, inner, arrived),
    )


def _observed(c: Conversations, leg: _Leg) -> Observations:
    which = np.flatnonzero(leg.seen)
    count = len(which)
    near = c.source_port[which]
    if leg.nat_side:  # the NAT gateway chooses a port of its own
        near = 1024 + (near + 17_011) % 64_512
    far = c.target_port[which]
    fate = c.fate[which]
    at_server = not leg.egress and not leg.reply
    refused = np.where(fate == BLOCKED_PUBLIC, 2, np.isin(fate, (REFUSED, LATE)).astype(np.int64))
    # Only the last interface on the way refuses; the ones before it let the packet pass.
    refused = np.where(at_server & (leg.where[which] == c.server[which]), refused, 0)
    return Observations(
        conversation=which,
        interface=leg.where[which],
        egress=np.full(count, leg.egress),
        reply=np.full(count, leg.reply),
        source=leg.source[which],
        target=leg.target[which],
        packet_source=leg.packet_source[which],
        packet_target=leg.packet_target[which],
        source_port=far if leg.reply else near,
        target_port=near if leg.reply else far,
        path=leg.path[which],
        hop=leg.hop[which],
        refused=refused,
    )


def cut(c: Conversations, conversation: Ints, reply: Flags, phase: Ints, width: Ints) -> Slices:
    """Cut observations into windows of `width` seconds that begin at `phase` plus a multiple of it.

    Packets spread evenly over the duration; their sum over the windows of an observation is exact. Windows without a
    packet leave no slice. All arguments but the first are arrays with one element per observation.
    """
    begin, seconds = c.begin[conversation], c.seconds[conversation]
    packets = np.where(reply, c.reply_packets[conversation], c.ask_packets[conversation])
    volume = np.where(reply, c.reply_bytes[conversation], c.ask_bytes[conversation])
    first = (begin - phase) // width
    count = (begin + seconds - phase) // width - first + 1
    row = np.repeat(np.arange(len(begin)), count)
    window = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + first[row]
    opens = phase[row] + window * width[row]
    start = np.maximum(begin[row], opens)
    end = np.minimum(begin[row] + seconds[row], opens + width[row] - 1)
    length = seconds[row] + 1.0
    before = _so_far((start - begin[row]) / length, packets[row])
    after = _so_far((end + 1 - begin[row]) / length, packets[row])
    sent = after * volume[row] // packets[row] - before * volume[row] // packets[row]
    whole = Slices(row, window, start, end, after - before, sent, np.zeros(len(row), np.int64))
    kept = np.flatnonzero(whole.packets > 0)
    return Slices(**{field.name: getattr(whole, field.name)[kept] for field in fields(Slices)})


def _so_far(share: Floats, packets: Ints) -> Ints:
    return np.minimum(np.ceil(share * packets - 1e-9).astype(np.int64), packets)


def edges(c: Conversations, conversation: Ints, slices: Slices) -> tuple[Flags, Flags]:
    """(holds the first packet, holds the last packet) for each slice."""
    began, lasted = c.begin[conversation][slices.row], c.seconds[conversation][slices.row]
    return slices.start == began, slices.end == began + lasted


def phases(network: Network) -> tuple[Ints, Ints]:
    """(phase, width) of each interface's windows in seconds: a minute, ten minutes in the dev VPC (no Nitro there)."""
    width = np.array([600 if network.vpcs[i.vpc].name == "dev" else 60 for i in network.interfaces])
    spread = np.array([int(interface.id[-6:], 16) for interface in network.interfaces])
    return spread % width, width


def sliced(c: Conversations, seen: Observations, network: Network) -> Slices:
    """The records of VPC flow logs before they are written: slices with the TCP flags that such logs report."""
    phase, width = phases(network)
    slices = cut(c, seen.conversation, seen.reply, phase[seen.interface], width[seen.interface])
    first, last = edges(c, seen.conversation, slices)
    conversation, reply = seen.conversation[slices.row], seen.reply[slices.row]
    fate = c.fate[conversation]
    opening = np.where(reply, SYN_ACK, SYN)
    # About one connection in sixteen ends with a reset instead of a FIN.
    closing = np.where(c.source_port[conversation] % 16 == 0, RST, FIN)
    flags = np.where(first, opening, 0) | np.where(last & (fate == OK), closing, 0)
    never_up = np.isin(fate, (REFUSED, LOST_OUT, LOST_BACK, UNANSWERED, BLOCKED_PUBLIC))
    flags = np.where(never_up, opening, flags)
    flags = np.where(fate == LATE, closing, flags)
    return replace(slices, flags=np.where(c.protocol[conversation] == 6, flags, 0))
