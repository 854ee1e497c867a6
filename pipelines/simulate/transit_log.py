"""Transit gateway flow logs: the records of crossings in the default format."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulate.chance import Ints
from pipelines.simulate.conversations import CUT, OK, Conversations
from pipelines.simulate.formats import TRANSIT_GATEWAY
from pipelines.simulate.inventory import MAIN, NET_ACCOUNT
from pipelines.simulate.network import Network
from pipelines.simulate.observe import FIN, RST, SYN, SYN_ACK, Slices, edges
from pipelines.simulate.transit import WIDTH, Crossings, gateway_id, phases

_PSH, _ACK = 8, 16


@dataclass(frozen=True)
class TransitLines:
    """The lines of the transit gateway's flow log; `slots` holds the publishing slot (Unix seconds) of each."""

    text: bytes
    slots: Ints
    ok: int
    no_data: int
    lost_packets: int


def written(
    network: Network, c: Conversations, seen: Crossings, slices: Slices, start: int, end: int, blackhole: bool
) -> TransitLines:
    """All records whose end lies in [start, end), in the default format."""
    mine = np.flatnonzero((slices.end >= start) & (slices.end < end))
    quiet = _quiet(network, seen.attachment[slices.row[mine]], slices.window[mine], start, end)
    frames = [_flow_frame(network, c, seen, slices, mine, blackhole), _quiet_frame(network, quiet)]
    records = pl.concat(frames).sort("slot", "attachment-number", "start", "order")
    text = records.select(TRANSIT_GATEWAY).write_csv(
        include_header=False, separator=" ", null_value="-", quote_style="never"
    )
    lost = int(slices.packets[mine][seen.lost[slices.row[mine]]].sum())
    return TransitLines(text.encode(), records["slot"].to_numpy(), len(mine), len(quiet), lost)


def _quiet(network: Network, attachment: Ints, window: Ints, start: int, end: int) -> Ints:
    """Windows without traffic, as one number per attachment and window."""
    phase = phases(network).tolist()
    every = [np.arange(-(-(start - first) // WIDTH), (end - first) // WIDTH) * 100 + n for n, first in enumerate(phase)]
    return np.setdiff1d(np.concatenate(every), window * 100 + attachment)


def _flags(c: Conversations, seen: Crossings, slices: Slices, mine: Ints) -> Ints:
    """Transit gateway logs report PSH and ACK as well, but 0 for windows with nothing else than ACK."""
    row = slices.row[mine]
    conversation, reply = seen.conversation[row], seen.reply[row]
    first, last = (edge[mine] for edge in edges(c, seen.conversation, slices))
    up = np.isin(c.fate[conversation], (OK, CUT))
    opening = np.where(reply, SYN_ACK, SYN)
    closing = np.where(c.source_port[conversation] % 16 == 0, RST, FIN)
    busy = np.where(slices.packets[mine] > 1, _PSH | _ACK, 0)
    flags = np.where(first, opening, 0) | np.where(last & (c.fate[conversation] == OK), closing, 0) | busy
    return np.where(c.protocol[conversation] == 6, np.where(up, flags, opening), 0)


def _flow_frame(
    network: Network, c: Conversations, seen: Crossings, slices: Slices, mine: Ints, blackhole: bool
) -> pl.DataFrame:
    row = slices.row[mine]
    conversation, reply, lost = seen.conversation[row], seen.reply[row], seen.lost[row]
    attachment = seen.attachment[row]
    dropped = np.where(lost, slices.packets[mine], 0)
    addresses = pl.Series(network.addresses, dtype=pl.String)
    source, target = c.source[conversation], c.target[conversation]
    source_port, target_port = c.source_port[conversation], c.target_port[conversation]
    columns = {
        "tgw-attachment-id": _ids(network).gather(attachment),
        "tgw-pair-attachment-id": _ids(network).gather(np.where(lost, len(network.attachments), seen.pair[row])),
        "srcaddr": addresses.gather(np.where(reply, target, source)),
        "dstaddr": addresses.gather(np.where(reply, source, target)),
        "srcport": pl.Series(np.where(reply, target_port, source_port)),
        "dstport": pl.Series(np.where(reply, source_port, target_port)),
        "protocol": pl.Series(c.protocol[conversation]),
        "packets": pl.Series(slices.packets[mine]),
        "bytes": pl.Series(slices.bytes[mine]),
        "start": pl.Series(slices.start[mine]),
        "end": pl.Series(slices.end[mine]),
        "log-status": pl.repeat("OK", len(mine), eager=True),
        "type": pl.repeat("IPv4", len(mine), eager=True),
        "packets-lost-no-route": pl.Series(dropped * (not blackhole)),
        "packets-lost-blackhole": pl.Series(dropped * blackhole),
        "packets-lost-mtu-exceeded": pl.repeat(0, len(mine), dtype=pl.Int64, eager=True),
        "packets-lost-ttl-expired": pl.repeat(0, len(mine), dtype=pl.Int64, eager=True),
        "tcp-flags": pl.Series(_flags(c, seen, slices, mine)),
        "flow-direction": pl.Series(["ingress", "egress"]).gather(seen.egress[row].astype(np.int64)),
    }
    pl_service = pl.Series(network.services, dtype=pl.String)
    columns["pkt-src-aws-service"] = pl_service.gather(np.where(reply, target, source))
    columns["pkt-dst-aws-service"] = pl_service.gather(np.where(reply, source, target))
    ends = _end_columns(network, c, conversation)
    for side, other in (("src", "dst"), ("dst", "src")):
        for name in ("vpc-account-id", "vpc-id", "subnet-id", "eni", "az-id"):
            mine_is, other_is = ends[f"{side}-{name}"], ends[f"{other}-{name}"]
            known = pl.Series(~lost if side == "dst" else np.full(len(mine), True))
            value = pl.when(pl.Series(reply)).then(other_is).otherwise(mine_is)
            columns[f"tgw-{side}-{name}"] = pl.select(pl.when(known).then(value)).to_series()
    return _framed(network, columns, attachment, slices.end[mine], mine)


def _ids(network: Network) -> pl.Series:
    return pl.Series([*(attachment.id for attachment in network.attachments), None], dtype=pl.String)


def _end_columns(network: Network, c: Conversations, conversation: Ints) -> dict[str, pl.Series]:
    """Account, VPC, subnet, interface and zone on the client's ("src") and on the server's ("dst") side."""
    columns = {}
    vpc_of = np.array([attachment.vpc for attachment in network.attachments])
    for side, gateway, attachment in (
        ("src", c.source_gateway, c.source_attachment),
        ("dst", c.target_gateway, c.target_attachment),
    ):
        # Behind VPN, Direct Connect and peering there is no interface of this gateway.
        own = np.where(vpc_of[attachment[conversation]] >= 0, gateway[conversation], -1)
        face = np.where(own >= 0, own, len(network.interfaces))
        for name, texts in _interface_pools(network).items():
            columns[f"{side}-{name}"] = pl.Series([*texts, None], dtype=pl.String).gather(face)
    return columns


def _interface_pools(network: Network) -> dict[str, list[str]]:
    faces, vpcs = network.interfaces, network.vpcs
    return {
        "vpc-account-id": [vpcs[i.vpc].account for i in faces],
        "vpc-id": [vpcs[i.vpc].id for i in faces],
        "subnet-id": [vpcs[i.vpc].subnets[i.zone] for i in faces],
        "eni": [i.id for i in faces],
        "az-id": [vpcs[i.vpc].zones[i.zone] for i in faces],
    }


def _quiet_frame(network: Network, quiet: Ints) -> pl.DataFrame:
    attachment, window = quiet % 100, quiet // 100
    opens = phases(network)[attachment] + window * WIDTH
    columns = {
        "tgw-attachment-id": _ids(network).gather(attachment),
        "start": pl.Series(opens),
        "end": pl.Series(opens + WIDTH - 1),
        "log-status": pl.repeat("NODATA", len(quiet), dtype=pl.String, eager=True),
    }
    return _framed(network, columns, attachment, opens + WIDTH - 1, quiet)


_NUMBERS = ("srcport", "dstport", "protocol", "packets", "bytes", "tcp-flags")


def _framed(network: Network, columns: dict[str, pl.Series], attachment: Ints, end: Ints, order: Ints) -> pl.DataFrame:
    constant = {
        "version": pl.lit(6, pl.Int64),
        "resource-type": pl.lit("TransitGateway"),
        "account-id": pl.lit(NET_ACCOUNT),
        "tgw-id": pl.lit(gateway_id(network)),
        "region": pl.lit(MAIN),
    }
    ordering = {"slot": end // 300 * 300, "attachment-number": attachment, "order": order}
    frame = pl.DataFrame({name: values.alias(name) for name, values in columns.items()} | ordering)
    missing = [name for name in TRANSIT_GATEWAY if name not in columns and name not in constant]
    whole = [name for name in missing if name in _NUMBERS or name.startswith("packets-lost")]
    nothing = {name: pl.lit(None, pl.Int64 if name in whole else pl.String) for name in missing}
    return frame.with_columns(**constant, **nothing).select(*TRANSIT_GATEWAY, *ordering)
