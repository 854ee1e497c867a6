"""API calls as CloudTrail records them: the causes of incidents, harmless changes, and everyday reading."""

import json
from dataclasses import dataclass
from typing import Any

from pipelines.simulate.chance import digest, uuid
from pipelines.simulate.delivery import moment
from pipelines.simulate.incidents import Incident, Story, security_group
from pipelines.simulate.inventory import DEV_ACCOUNT, MAIN, NET_ACCOUNT, PROD_ACCOUNT
from pipelines.simulate.links import LINKS
from pipelines.simulate.load import Rhythm
from pipelines.simulate.network import Network

Json = dict[str, Any]


TIME = "%Y-%m-%dT%H:%M:%SZ"


_READS = ("DescribeInstances", "DescribeNetworkInterfaces", "DescribeFlowLogs", "DescribeRouteTables")


@dataclass(frozen=True)
class Call:
    """One CloudTrail record; `announced` ones also come through EventBridge (read-only calls never do)."""

    at: int
    record: Json
    name: str
    announced: bool


def calls(network: Network, when: Rhythm, story: Story) -> tuple[Call, ...]:
    """All API calls of the period in order of time."""
    found = [*_incident_calls(network, story), *_oddity_calls(network, story), *_deploy_calls(network, story)]
    found += _reads(network, when)
    return tuple(sorted(found, key=lambda call: (call.at, call.name)))


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _call(
    network: Network,
    at: int,
    name: str,
    action: str,
    account: str,
    request: Json | None,
    *,
    service: str = "ec2",
    read_only: bool = False,
    error: str | None = None,
    announced: bool = True,
) -> Call:
    """A CloudTrail record as section 10.9 of the format reference lists its keys."""
    role = "ReadOnly" if read_only else "NetworkAdmin"
    principal = f"AROA{digest(network.seed, role + account, 17).upper()}"
    record: Json = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"{principal}:session",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/session",
            "accountId": account,
            "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": principal, "userName": role}},
        },
        "eventTime": moment(at, TIME),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": action,
        "awsRegion": MAIN,
        "sourceIPAddress": "198.51.100.200",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": request,
        "responseElements": None if read_only or error else {"_return": True},
        "requestID": uuid(network.seed, f"request/{name}"),
        "eventID": uuid(network.seed, name),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    if error:
        record |= {"errorCode": error, "errorMessage": "You are not authorized to perform this operation."}
    return Call(at, record, name, announced)


def _incident_calls(network: Network, story: Story) -> list[Call]:
    group, route, dns = (story.of(kind) for kind in ("security-group", "transit-route", "corporate-dns"))
    rule = _permission(network, group)
    table = {"TransitGatewayRouteTableId": network.id("tgw-rtb", "main"), "DestinationCidrBlock": cidr(network, route)}
    attach = {"TransitGatewayAttachmentId": route.entities[0]}
    found = [
        _call(network, group.start - 2, "sg-revoked", "RevokeSecurityGroupIngress", PROD_ACCOUNT, rule),
        _call(network, group.end, "sg-restored", "AuthorizeSecurityGroupIngress", PROD_ACCOUNT, rule),
        _call(network, route.start - 3, "route-deleted", "DeleteTransitGatewayRoute", NET_ACCOUNT,
              {"DeleteTransitGatewayRouteRequest": table}),
        _call(network, route.end - 2, "route-restored", "CreateTransitGatewayRoute", NET_ACCOUNT,
              {"CreateTransitGatewayRouteRequest": table | attach}),
    ]  # fmt: skip
    if dns.causes:
        vpc = network.vpc(dns.target)
        request = {"vPCId": vpc.id, "resolverRuleId": network.id("rslvr-rr", "corp")}
        for at, name, action in (
            (dns.start - 2, "rule-disassociated", "DisassociateResolverRule"),
            (dns.end, "rule-associated", "AssociateResolverRule"),
        ):
            found.append(_call(network, at, name, action, vpc.account, request, service="route53resolver"))
    return found


def _permission(network: Network, incident: Incident) -> Json:
    port = next(link.port for link in LINKS if link.server == incident.target)
    clients = {"items": [{"groupId": security_group(network, "prod-shop/app")}]}
    item = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "groups": clients, "ipRanges": {}}
    return {"groupId": security_group(network, incident.target), "ipPermissions": {"items": [item]}}


def cidr(network: Network, incident: Incident) -> str:
    return next(vpc.cidr for vpc in network.vpcs if vpc.id in incident.entities)


def _oddity_calls(network: Network, story: Story) -> list[Call]:
    request: dict[str, tuple[str, str, Json]] = {
        "route-created": ("CreateRoute", PROD_ACCOUNT, {
            "routeTableId": network.id("rtb", "prod-data"),
            "destinationCidrBlock": "10.99.0.0/16",
            "transitGatewayId": network.id("tgw", MAIN),
        }),
        "tags-created": ("CreateTags", PROD_ACCOUNT, {
            "resourcesSet": {"items": [{"resourceId": network.vpc("prod-shop").subnets[0]}]},
            "tagSet": {"items": [{"key": "owner", "value": "shop"}]},
        }),
        "route-denied": ("DeleteRoute", PROD_ACCOUNT, {
            "routeTableId": network.id("rtb", "prod-shop"),
            "destinationCidrBlock": "10.20.0.0/16",
        }),
    }  # fmt: skip
    opening = {
        "groupId": security_group(network, "dev/box"),
        "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 8081, "toPort": 8081, "ipRanges": {}}]},
    }
    found = []
    for oddity in story.oddities:
        if oddity.kind.startswith("decoy"):
            action = ("AuthorizeSecurityGroupIngress", DEV_ACCOUNT, opening)
        elif oddity.kind in request:
            action = request[oddity.kind]
        else:
            continue
        error = "Client.UnauthorizedOperation" if oddity.kind == "route-denied" else None
        found.append(_call(network, oddity.start, oddity.kind, *action, error=error))
    return found


def _deploy_calls(network: Network, story: Story) -> list[Call]:
    """The auto scaling group's calls: in the trail, but not among the calls that the event rule asks for."""
    found = []
    for number, oddity in enumerate(o for o in story.oddities if o.kind == "deploy"):
        for at, name, action in (
            (oddity.start - 60, "run-instances", "RunInstances"),
            (oddity.end, "terminate-instances", "TerminateInstances"),
        ):
            request = {"instancesSet": {"items": [{"instanceId": network.id("i", f"batch/{number}")}]}}
            found.append(_call(network, at, f"{name}/{number}", action, PROD_ACCOUNT, request, announced=False))
    return found


def _reads(network: Network, when: Rhythm) -> list[Call]:
    """Read-only calls of an inventory tool, a few per hour and account, one after the other."""
    found = []
    for account in (NET_ACCOUNT, PROD_ACCOUNT, DEV_ACCOUNT):
        minute = int(digest(network.seed, account, 6), 16) % 50
        for hour in range(when.start, when.end - 3600 + 1, 3600):
            for place, action in enumerate(_READS):
                at, name = hour + minute * 60 + place * 3, f"{action}/{account}/{hour}"
                found.append(_call(network, at, name, action, account, {}, read_only=True, announced=False))
    return found
