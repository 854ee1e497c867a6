"""What crosses the transit gateway of the main region, once in and once out, and what it drops."""

from dataclasses import dataclass

import numpy as np

from pipelines.simulate.chance import Flags, Floats, Ints
from pipelines.simulate.conversations import CUT, LATE, LOST_BACK, LOST_OUT, OK, Conversations
from pipelines.simulate.inventory import MAIN
from pipelines.simulate.network import Network
from pipelines.simulate.observe import Slices, cut

WIDTH = 60  # the only aggregation interval that transit gateway flow logs offer


@dataclass(frozen=True)
class Crossings:
    """Parallel arrays, one element per conversation, direction and attachment; `lost` marks packets dropped there."""

    conversation: Ints
    attachment: Ints
    pair: Ints
    egress: Flags
    reply: Flags
    lost: Flags


@dataclass(frozen=True)
class TransitSums:
    """Sums per attachment and minute, arrays of shape (attachments, minutes)."""

    bytes_in: Floats
    bytes_out: Floats
    packets_in: Floats
    packets_out: Floats
    packets_lost: Floats
    bytes_lost: Floats


def gateway_id(network: Network) -> str:
    return network.id("tgw", MAIN)


def crossings(c: Conversations) -> Crossings:
    """Every conversation in at one attachment and out at the other, as far as it got, both ways."""
    across = (c.source_attachment >= 0) & (c.fate != LATE)
    there, back = across & (c.fate != LOST_OUT), across & np.isin(c.fate, (OK, LOST_BACK, CUT))
    arrived = across & np.isin(c.fate, (OK, CUT))
    near, far = c.source_attachment, c.target_attachment
    parts = [
        _crossing(across, near, far, False, False, c.fate == LOST_OUT),
        _crossing(there, far, near, True, False, np.zeros(len(across), bool)),
        _crossing(back, far, near, False, True, c.fate == LOST_BACK),
        _crossing(arrived, near, far, True, True, np.zeros(len(across), bool)),
    ]
    return Crossings(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _crossing(seen: Flags, where: Ints, pair: Ints, egress: bool, reply: bool, lost: Flags) -> tuple[np.ndarray, ...]:
    which = np.flatnonzero(seen)
    count = len(which)
    return which, where[which], pair[which], np.full(count, egress), np.full(count, reply), lost[which]


def sliced(network: Network, c: Conversations, seen: Crossings) -> Slices:
    """Crossings cut into minutes that begin at another second for each attachment."""
    phase = phases(network)[seen.attachment]
    return cut(c, seen.conversation, seen.reply, phase, np.full(len(phase), WIDTH))


def phases(network: Network) -> Ints:
    return np.array([int(attachment.id[-6:], 16) % WIDTH for attachment in network.attachments])


def summed(network: Network, seen: Crossings, slices: Slices, start: int, end: int) -> TransitSums:
    """Sums per minute in which the slices ended, for the gateway's metrics."""
    minute = (slices.end - start) // 60
    shape = (len(network.attachments), (end - start) // 60)
    inside = (minute >= 0) & (minute < shape[1])
    row = slices.row

    def total(which: Flags, weights: Ints) -> Floats:
        chosen = inside & which
        cell = seen.attachment[row[chosen]] * shape[1] + minute[chosen]
        return np.bincount(cell, weights[chosen], shape[0] * shape[1]).reshape(shape).astype(np.float64)

    egress, lost = seen.egress[row], seen.lost[row]
    return TransitSums(
        total(~egress, slices.bytes),
        total(egress, slices.bytes),
        total(~egress, slices.packets),
        total(egress, slices.packets),
        total(lost, slices.packets),
        total(lost, slices.bytes),
    )
