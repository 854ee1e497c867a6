"""VPC flow logs: records of all interfaces, in the format of each flow log."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulate.chance import Flags, Ints, stream
from pipelines.simulate.columns import (
    address_type,
    choice,
    hop_columns,
    interface_columns,
    nothing,
    nullable,
    text_pool,
)
from pipelines.simulate.conversations import Conversations
from pipelines.simulate.formats import FLOW_LOGS, FlowLog
from pipelines.simulate.network import Network
from pipelines.simulate.observe import Observations, Slices, phases

SKIPPED_WINDOWS = 14  # windows of one interface in which the service lost part of the records


@dataclass(frozen=True)
class FlowLines:
    """The lines of one flow log, ordered by publishing slot.

    The arrays have one element per line: `slots` Unix seconds, `status` the log-status, `bytes` and `packets` 0 where
    the line has none.
    """

    log: FlowLog
    text: bytes
    slots: Ints
    status: pl.Series
    bytes: Ints
    packets: Ints


def counted(lines: FlowLines, which: Flags) -> dict[str, int]:
    """Sums over some of the lines: records by status, bytes and packets of the accepted and rejected flows."""
    return {
        "ok": int(((lines.status == "OK").to_numpy() & which).sum()),
        "no_data": int(((lines.status == "NODATA").to_numpy() & which).sum()),
        "skip_data": int(((lines.status == "SKIPDATA").to_numpy() & which).sum()),
        "ok_bytes": int(lines.bytes[which].sum()),
        "ok_packets": int(lines.packets[which].sum()),
    }


def written(
    network: Network, c: Conversations, seen: Observations, slices: Slices, start: int, end: int, log: FlowLog
) -> FlowLines:
    """The records of one flow log whose end lies in [start, end)."""
    vpc = network.vpc_number(log.vpc)
    interface = seen.interface[slices.row]
    vpc_of = np.array([i.vpc for i in network.interfaces])
    mine = np.flatnonzero((vpc_of[interface] == vpc) & (slices.end >= start) & (slices.end < end))
    skipped = _skipped(network, vpc, start, end)
    lost = np.isin(_cell(interface[mine], slices.window[mine]), skipped) & (mine % 2 == 0)
    quiet = _quiet(network, vpc, interface[mine], slices.window[mine], start, end)
    mine = mine[~lost]
    records = pl.concat(
        [
            _flow_frame(network, c, seen, slices, mine, log),
            _status_frame(network, quiet, "NODATA", log),
            _status_frame(network, skipped, "SKIPDATA", log),
        ]
    ).sort("slot", "interface-number", "start", "order")
    return FlowLines(
        log=log,
        text=_text(records.select(log.fields)),
        slots=records["slot"].to_numpy(),
        status=records["log-status"],
        bytes=records["bytes"].fill_null(0).to_numpy(),
        packets=records["packets"].fill_null(0).to_numpy(),
    )


def _text(records: pl.DataFrame) -> bytes:
    return records.write_csv(include_header=False, separator=" ", null_value="-", quote_style="never").encode()


def _cell(interface: Ints, window: Ints) -> Ints:
    """One number for an interface and a window."""
    return window * 1000 + interface


def _windows(network: Network, vpc: int, start: int, end: int) -> Ints:
    """Cells of all windows of the VPC's interfaces that close within the period, where the interface exists."""
    phase, width = phases(network)
    cells = []
    for number in [n for n, i in enumerate(network.interfaces) if i.vpc == vpc]:
        first = -(-(start - int(phase[number])) // int(width[number]))
        last = (end - int(phase[number])) // int(width[number])
        cells.append(_cell(np.full(last - first, number), np.arange(first, last)))
    return np.concatenate(cells)


def _quiet(network: Network, vpc: int, interface: Ints, window: Ints, start: int, end: int) -> Ints:
    """Cells without any traffic. Replaced instances have no interface before and after their time, hence no NODATA."""
    redeployed = {(i.vpc, i.role) for i in network.interfaces if i.generation}
    replaced = np.array([n for n, i in enumerate(network.interfaces) if (i.vpc, i.role) in redeployed], dtype=np.int64)
    every = _windows(network, vpc, start, end)
    every = every[~np.isin(every % 1000, replaced)]
    return np.setdiff1d(every, _cell(interface, window))


def _skipped(network: Network, vpc: int, start: int, end: int) -> Ints:
    rng = stream(network.seed, f"skipped/{vpc}")
    every = _windows(network, vpc, start, end)
    return np.sort(rng.choice(every, min(SKIPPED_WINDOWS // len(FLOW_LOGS) + 1, len(every)), replace=False))


def _flow_frame(
    network: Network, c: Conversations, seen: Observations, slices: Slices, mine: Ints, log: FlowLog
) -> pl.DataFrame:
    """Records with status OK, one column per field of the log plus the columns that order them."""
    row = slices.row[mine]
    interface, egress, refused = seen.interface[row], seen.egress[row], seen.refused[row]
    conversation = seen.conversation[row]
    columns = interface_columns(network, interface, log)
    source, target = text_pool(network.addresses), text_pool(network.services)
    path = seen.path[row]
    public = refused == 2
    columns |= {
        "srcaddr": source.gather(seen.source[row]),
        "dstaddr": source.gather(seen.target[row]),
        "srcport": pl.Series(seen.source_port[row]),
        "dstport": pl.Series(seen.target_port[row]),
        "protocol": pl.Series(c.protocol[conversation]),
        "packets": pl.Series(slices.packets[mine]),
        "bytes": nullable(slices.bytes[mine], public),
        "start": pl.Series(slices.start[mine]),
        "end": pl.Series(slices.end[mine]),
        "action": choice(refused > 0, "REJECT", "ACCEPT"),
        "log-status": pl.repeat("OK", len(mine), eager=True),
        "tcp-flags": pl.Series(slices.flags[mine]),
        "type": address_type(network, c, conversation),
        "pkt-srcaddr": source.gather(seen.packet_source[row]),
        "pkt-dstaddr": source.gather(seen.packet_target[row]),
        "pkt-src-aws-service": target.gather(seen.packet_source[row]),
        "pkt-dst-aws-service": target.gather(seen.packet_target[row]),
        "flow-direction": choice(egress, "egress", "ingress"),
        "traffic-path": nullable(path, (path == 0) | ~egress),
        "reject-reason": choice(public, "BPA", None),
    }
    columns |= hop_columns(network, interface, seen.hop[row])
    return _framed(columns, log, interface, slices.end[mine], mine)


def _status_frame(network: Network, cells: Ints, status: str, log: FlowLog) -> pl.DataFrame:
    """NODATA or SKIPDATA records: only the window and the interface are known."""
    phase, width = phases(network)
    interface, window = cells % 1000, cells // 1000
    opens = phase[interface] + window * width[interface]
    columns = interface_columns(network, interface, log)
    closes = opens + width[interface] - 1
    known = {"start": pl.Series(opens), "end": pl.Series(closes)}
    columns |= known | {"log-status": pl.repeat(status, len(cells), dtype=pl.String, eager=True)}
    return _framed(columns, log, interface, closes, cells)


def _framed(columns: dict[str, pl.Series], log: FlowLog, interface: Ints, end: Ints, order: Ints) -> pl.DataFrame:
    rows = len(end)
    wanted = {name: columns[name].alias(name) if name in columns else nothing(name, rows) for name in log.fields}
    ordering = [
        pl.Series("slot", end // 300 * 300, dtype=pl.Int64),
        pl.Series("interface-number", interface, dtype=pl.Int64),
        pl.Series("order", order, dtype=pl.Int64),
    ]
    return pl.DataFrame([*wanted.values(), *ordering])
