"""Events as EventBridge hands them on: those of Network Manager, and CloudTrail records in the same envelope."""

from dataclasses import dataclass

from pipelines.simulate.calls import TIME, Call, Json, cidr
from pipelines.simulate.chance import uuid
from pipelines.simulate.delivery import moment
from pipelines.simulate.incidents import Incident, Story
from pipelines.simulate.inventory import DEV_ACCOUNT, MAIN, NET_ACCOUNT, TUNNELS
from pipelines.simulate.network import Network

STREAM = "network-events"


@dataclass(frozen=True)
class Event:
    """One EventBridge event at a time in Unix seconds."""

    at: int
    body: Json


def events(network: Network, story: Story, made: tuple[Call, ...]) -> tuple[Event, ...]:
    """Everything that EventBridge hands on, in order of time."""
    found = [Event(call.at, _announced(network, call)) for call in made if call.announced]
    found += _route_events(network, story.of("transit-route")) + _tunnel_events(network, story.of("vpn-tunnel"))
    found += _attachment_events(network, story)
    return tuple(sorted(found, key=lambda event: (event.at, event.body["id"])))


def _announced(network: Network, call: Call) -> Json:
    record = call.record
    return {
        "version": "0",
        "id": uuid(network.seed, f"{call.name}/envelope"),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws." + record["eventSource"].split(".")[0],
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }


def _manager_event(
    network: Network, at: int, name: str, kind: str, change: str, description: str, resource: str, detail: Json
) -> Event:
    """A Network Manager event: the home region is us-west-2 wherever the resource is."""
    everywhere = {"changeType": change, "changeDescription": description, "region": MAIN}
    gateway = {"transitGatewayArn": _arn("transit-gateway", network.id("tgw", MAIN))}
    body = {
        "version": "0",
        "id": uuid(network.seed, f"{name}/envelope"),
        "detail-type": f"Network Manager {kind}",
        "source": "aws.networkmanager",
        "account": NET_ACCOUNT,
        "time": moment(at, TIME),
        "region": "us-west-2",
        "resources": [
            f"arn:aws:networkmanager::{NET_ACCOUNT}:global-network/{network.id('global-network', 'all')}",
            resource,
        ],
        "detail": everywhere | detail | gateway,
    }
    return Event(at, body)


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:ec2:{MAIN}:{NET_ACCOUNT}:{kind}/{name}"


def _routing(network: Network, at: int, name: str, installed: bool, routes: list[Json]) -> Event:
    done = "installed" if installed else "uninstalled"
    detail = {
        "transitGatewayRouteTableArns": [_arn("transit-gateway-route-table", network.id("tgw-rtb", "main"))],
        "sequenceNumber": at * 1000 + 467,
        "routes": routes,
    }
    description = f"Routes in one or more Transit Gateway route tables have been {done}."
    gateway = _arn("transit-gateway", network.id("tgw", MAIN))
    return _manager_event(
        network, at, name, "Routing Update", f"TGW-ROUTE-{done.upper()}", description, gateway, detail
    )


def _route(prefix: str, attachment: str, resource: str, kind: str, state: str) -> Json:
    ends = [{"tgwAttachmentId": attachment, "resourceId": resource, "attachmentType": kind}]
    return {
        "destinationCidrBlock": prefix,
        "attachments": ends if attachment else [],
        "routeType": "route_static",
        "routeState": state,
    }


def _route_events(network: Network, incident: Incident) -> list[Event]:
    """The route disappears; a black hole may take its place; at the end it is back."""
    attachment = next(a for a in network.attachments if a.id == incident.entities[0])
    prefix = cidr(network, incident)
    active = _route(prefix, attachment.id, attachment.resource, attachment.kind, "active")
    found = [_routing(network, incident.start - 1, "route-uninstalled", False, [active])]
    if incident.severity > 0:
        hole = _route(prefix, "", "", "", "blackhole")
        found.append(_routing(network, incident.start, "route-blackholed", True, [hole]))
    return [*found, _routing(network, incident.end, "route-installed", True, [active])]


def _tunnel_events(network: Network, incident: Incident) -> list[Event]:
    attachment = network.attachments[network.attachment_number("vpn")]
    connection = _arn("vpn-connection", network.id("vpn", "onprem"))
    detail = {
        "transitGatewayAttachmentArn": _arn("transit-gateway-attachment", attachment.id),
        "vpnConnectionArn": connection,
        "outsideIpAddress": TUNNELS[int(incident.target)],
    }
    down, up = "has gone down.", "has come up."
    bgp = {"peerAsn": "65010"}
    rows: tuple[tuple[int, str, str, str, Json], ...] = (
        (incident.start, "ipsec-down", "VPN-CONNECTION-IPSEC-DOWN", f"IPsec for a VPN connection {down}", {}),
        (incident.start + 1, "bgp-down", "VPN-CONNECTION-BGP-DOWN", f"BGP for a VPN connection {down}", bgp),
        (incident.end, "ipsec-up", "VPN-CONNECTION-IPSEC-UP", f"IPsec for a VPN connection {up}", {}),
        (incident.end + 4, "bgp-up", "VPN-CONNECTION-BGP-ESTABLISH", f"BGP for a VPN connection {up}", bgp),
    )
    return [
        _manager_event(network, at, name, "Status Update", change, text, connection, detail | more)
        for at, name, change, text, more in rows
    ]


def _attachment_events(network: Network, story: Story) -> list[Event]:
    oddity = next(oddity for oddity in story.oddities if oddity.kind == "attachment-created")
    attachment, vpc = oddity.entities[0], network.id("vpc", "sandbox")
    detail = {
        "transitGatewayAttachmentArn": _arn("transit-gateway-attachment", attachment),
        "vpcArn": f"arn:aws:ec2:{MAIN}:{DEV_ACCOUNT}:vpc/{vpc}",
    }
    gateway = _arn("transit-gateway", network.id("tgw", MAIN))
    route = _route("10.90.0.0/16", attachment, vpc, "vpc", "active")
    return [
        _manager_event(network, oddity.start, "attachment-created", "Topology Change", "VPC-ATTACHMENT-CREATED",
                       "A VPC attachment has been created.", gateway, detail),
        _routing(network, oddity.start + 20, "sandbox-route", True, [route]),
    ]  # fmt: skip
