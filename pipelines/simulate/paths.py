"""How packets get from client to server: which gateways, which NAT gateway, which attachments."""

from dataclasses import replace

import numpy as np

from pipelines.simulate.chance import Ints
from pipelines.simulate.conversations import Conversations
from pipelines.simulate.links import Link
from pipelines.simulate.network import Network

_SAME_VPC, _GATEWAY_ENDPOINT, _INTERNET = 1, 7, 8


def routed(network: Network, link: Link, drawn: Conversations) -> Conversations:
    """The same conversations with the middle boxes on their way: gateways, NAT, attachments, traffic-path codes."""
    client_vpc, server_vpc = link.client.split("/")[0], link.server.split("/")[0]
    count = len(drawn.begin)
    if client_vpc == server_vpc:
        return replace(drawn, ask_path=np.full(count, _SAME_VPC), reply_path=np.full(count, _SAME_VPC))
    if client_vpc == "internet":
        return replace(drawn, reply_path=np.full(count, _INTERNET))
    if server_vpc == "aws":
        return replace(drawn, ask_path=np.full(count, _GATEWAY_ENDPOINT))
    zones = np.array([interface.zone for interface in network.interfaces])
    zone = zones[np.where(drawn.client >= 0, drawn.client, drawn.server)]
    if server_vpc == "saas" and f"{client_vpc}/nat" in network.groups:
        return replace(drawn, ask_path=np.full(count, _SAME_VPC), nat=_by_zone(network, f"{client_vpc}/nat", zone))
    if server_vpc == "saas":  # no NAT gateway of its own: out through the one of shared-services
        server_vpc = "shared-services"
        drawn = replace(drawn, nat=_by_zone(network, "shared-services/nat", zone))
    return replace(
        drawn,
        source_gateway=_by_zone(network, f"{client_vpc}/tgw", zone),
        target_gateway=_by_zone(network, f"{server_vpc}/tgw", zone),
        source_attachment=np.full(count, network.attachment_number(_attachment(client_vpc, link.client))),
        target_attachment=np.full(count, network.attachment_number(_attachment(server_vpc, link.server))),
        ask_path=np.where(drawn.client >= 0, _SAME_VPC, 0),
        reply_path=np.where(drawn.server >= 0, _SAME_VPC, 0),
    )


def _by_zone(network: Network, group: str, zone: Ints) -> Ints:
    if group not in network.groups:
        return np.full(len(zone), -1)
    members = network.groups[group]
    return members[zone % len(members)]


def _attachment(vpc: str, selector: str) -> str:
    """Name of the attachment through which a selector is reached: the data centre's ERP by VPN, the rest by DX."""
    if vpc == "onprem":
        return "vpn" if selector == "onprem/erp" else "dx"
    return "peering" if vpc == "eu-prod" else vpc
