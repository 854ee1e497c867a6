"""Which flow logs exist and in which format each is written: field names in the order of the file."""

from dataclasses import dataclass


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DEFAULT = _names("""
    version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action
    log-status
""")
SHUFFLED = _names("""
    az-id pkt-dstaddr dstaddr version interface-id flow-direction srcport log-status vpc-id bytes start srcaddr
    tcp-flags action dstport pkt-srcaddr protocol end packets account-id instance-id subnet-id type region
    pkt-src-aws-service traffic-path pkt-dst-aws-service sublocation-type sublocation-id
""")
SHUFFLED_OTHERWISE = _names("""
    version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id
    instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr
    pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status
""")
RICH = DEFAULT + _names("""
    vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id
    pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn ecs-cluster-name
    ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name
    ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason resource-id encryption-status instance-tag
    instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type next-hop-interface-id
    next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type
""")
TRANSIT_GATEWAY = _names("""
    version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id
    tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id
    tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status
    type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags
    region flow-direction pkt-src-aws-service pkt-dst-aws-service
""")


@dataclass(frozen=True)
class FlowLog:
    """One flow log; `layout` is "default" or "hive-hourly" (section 1.7 of the format reference)."""

    vpc: str
    version: int
    fields: tuple[str, ...]
    layout: str = "default"


FLOW_LOGS = (
    FlowLog("prod-shop", 5, SHUFFLED),
    FlowLog("prod-data", 11, RICH),
    FlowLog("shared-services", 5, SHUFFLED, layout="hive-hourly"),
    FlowLog("dev", 2, DEFAULT),
    FlowLog("eu-prod", 5, SHUFFLED_OTHERWISE),
)
