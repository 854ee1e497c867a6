"""Metrics that network resources count themselves: transit gateway, NAT gateways, VPN, Direct Connect, resolver."""

import numpy as np

from pipelines.simulate.chance import Floats, digest, stream
from pipelines.simulate.conversations import LOST_BACK, UNANSWERED, Conversations
from pipelines.simulate.incidents import Story
from pipelines.simulate.inventory import MAIN, NET_ACCOUNT, TUNNELS
from pipelines.simulate.links import NUMBER
from pipelines.simulate.metrics import Clock, Series, during, per_minute
from pipelines.simulate.network import Network
from pipelines.simulate.observe import Observations, Slices
from pipelines.simulate.transit import TransitSums, gateway_id


def transit_gateway(network: Network, at: Clock, sums: TransitSums, blackhole: bool) -> list[Series]:
    """Volume and drops per attachment and for the whole gateway."""
    rows = {
        "BytesIn": ("Bytes", sums.bytes_in),
        "BytesOut": ("Bytes", sums.bytes_out),
        "PacketsIn": ("Count", sums.packets_in),
        "PacketsOut": ("Count", sums.packets_out),
        "PacketDropCountBlackhole": ("Count", sums.packets_lost * blackhole),
        "PacketDropCountNoRoute": ("Count", sums.packets_lost * (not blackhole)),
        "BytesDropCountBlackhole": ("Bytes", sums.bytes_lost * blackhole),
        "BytesDropCountNoRoute": ("Bytes", sums.bytes_lost * (not blackhole)),
    }
    whole = {"TransitGateway": gateway_id(network)}
    places: list[tuple[dict[str, str], int | None]] = [(whole, None)]
    places += [(whole | {"TransitGatewayAttachment": a.id}, n) for n, a in enumerate(network.attachments)]
    return [
        Series(NET_ACCOUNT, "AWS/TransitGateway", metric, dimensions, unit, at.minutes,
               values.sum(axis=0) if number is None else values[number])
        for dimensions, number in places
        for metric, (unit, values) in rows.items()
    ]  # fmt: skip


def nat_gateways(network: Network, at: Clock, c: Conversations, seen: Observations, slices: Slices) -> list[Series]:
    """Bytes and packets of the four legs, connections and drops of every NAT gateway of the main region."""
    row = slices.row
    interface, egress, reply = seen.interface[row], seen.egress[row], seen.reply[row]
    minute, count = (slices.end - at.start) // 60, len(at.minutes)
    begun = (c.begin - at.start) // 60
    legs = {"InFromSource": (False, False), "OutToDestination": (True, False)}
    legs |= {"InFromDestination": (False, True), "OutToSource": (True, True)}
    found = []
    for number in [n for n, i in enumerate(network.interfaces) if i.role == "nat"]:
        face = network.interfaces[number]
        vpc = network.vpcs[face.vpc]
        if vpc.region != MAIN:
            continue
        rng = stream(network.seed, f"nat/{face.id}")
        mine = (interface == number) & (minute >= 0) & (minute < count) & (seen.refused[row] == 0)
        opened = (c.nat == number) & (begun >= 0)
        attempts = per_minute(begun, np.ones_like(begun), opened, count)
        up = per_minute(begun, np.ones_like(begun), opened & (c.fate != UNANSWERED), count)
        values = {
            "ConnectionAttemptCount": attempts,
            "ConnectionEstablishedCount": up,
            "ActiveConnectionCount": np.convolve(up, np.ones(6), "full")[:count],
            "ErrorPortAllocation": np.zeros(count),
            "PacketsDropCount": rng.binomial(1, 0.002, count).astype(np.float64),
            "IdleTimeoutCount": rng.poisson(0.3, count).astype(np.float64),
        }
        for leg, (out, back) in legs.items():
            passed = mine & (egress == out) & (reply == back)
            values[f"Bytes{leg}"] = per_minute(minute, slices.bytes, passed, count)
            values[f"Packets{leg}"] = per_minute(minute, slices.packets, passed, count)
        dimensions = {"NatGatewayId": network.id("nat", face.id)}
        found += [
            Series(vpc.account, "AWS/NATGateway", name, dimensions, "Bytes" if name.startswith("Bytes") else "Count",
                   at.minutes, series)
            for name, series in values.items()
        ]  # fmt: skip
    return found


def hybrid(network: Network, at: Clock, sums: TransitSums, story: Story) -> list[Series]:
    """VPN tunnels and the Direct Connect connection, every five minutes."""
    down = during(at.fives, story.of("vpn-tunnel"), 300)
    vpn, dx = (network.attachment_number(name) for name in ("vpn", "dx"))
    found = []
    for number, outside in enumerate(TUNNELS):
        broken = number == int(story.of("vpn-tunnel").target)
        share = np.where(down, 0.0 if broken else 1.0, 0.5)
        rows = (
            ("TunnelState", "None", np.where(down & broken, 0.0, 1.0)),
            ("TunnelDataIn", "Bytes", _fives(sums.bytes_in[vpn]) * share),
            ("TunnelDataOut", "Bytes", _fives(sums.bytes_out[vpn]) * share),
        )
        dimensions = {"VpnId": network.id("vpn", "onprem"), "TunnelIpAddress": outside}
        found += [Series(NET_ACCOUNT, "AWS/VPN", name, dimensions, unit, at.fives, v) for name, unit, v in rows]
    connection = {"ConnectionId": f"dxcon-{digest(network.seed, 'dxcon', 8)}"}
    interface = connection | {"VirtualInterfaceId": f"dxvif-{digest(network.seed, 'dxvif', 8)}"}
    always = np.ones(len(at.fives))
    rows_dx = (
        ("ConnectionState", "None", always, connection),
        ("ConnectionErrorCount", "Count", always * 0, connection),
        ("ConnectionBpsIngress", "Bits/Second", _fives(sums.bytes_in[dx]) * 8 / 300, connection),
        ("ConnectionBpsEgress", "Bits/Second", _fives(sums.bytes_out[dx]) * 8 / 300, connection),
        ("VirtualInterfaceBgpStatus", "None", always, interface | {"IpAddressFamily": "ipv4"}),
    )
    return found + [Series(NET_ACCOUNT, "AWS/DX", name, where, unit, at.fives, v) for name, unit, v, where in rows_dx]


def _fives(per_minute: Floats) -> Floats:
    whole = -(-len(per_minute) // 5) * 5
    sums: Floats = np.pad(per_minute, (0, whole - len(per_minute))).reshape(-1, 5).sum(axis=1)
    return sums


def resolver(network: Network, at: Clock, c: Conversations, story: Story) -> list[Series]:
    """Volume and failures of the resolver endpoints, every five minutes."""
    incident = story.of("corporate-dns")
    count = len(at.minutes)
    minute = (c.begin - at.start) // 60
    forwarded, inbound = (
        _fives(per_minute(minute, np.ones_like(minute), (c.link == NUMBER[link]) & (minute >= 0), count))
        for link in ("dns-forward", "dns-inbound")
    )
    unanswered = (c.link == NUMBER["dns-forward"]) & np.isin(c.fate, (UNANSWERED, LOST_BACK)) & (minute >= 0)
    lost = _fives(per_minute(minute, np.ones_like(minute), unanswered, count))
    # Silent name servers make both interfaces of the endpoint look unhealthy; a missing rule does not.
    sick = during(at.fives, incident, 300) & (not incident.causes)
    none = np.zeros(len(at.fives))
    outgoing = {"EndpointId": network.id("rslvr-out", "corp")}
    incoming = {"EndpointId": network.id("rslvr-in", "corp")}
    rows = (
        ("OutboundQueryVolume", forwarded, outgoing),
        ("ServFailQueries", lost, outgoing),
        ("TimeoutQueries", lost, outgoing),
        ("EndpointHealthyENICount", np.where(sick, 0.0, 2.0), outgoing),
        ("EndpointUnhealthyENICount", np.where(sick, 2.0, 0.0), outgoing),
        ("InboundQueryVolume", inbound, incoming),
        ("EndpointHealthyENICount", none + 2, incoming),
        ("EndpointUnhealthyENICount", none, incoming),
    )
    return [Series(NET_ACCOUNT, "AWS/Route53Resolver", name, where, "Count", at.fives, v) for name, v, where in rows]
