"""The resolver was told otherwise."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="resolver",
    about="Resolver rules and endpoints, hosted zones and their associations.",
    changes="(Create|Update|Delete)Resolver(Rule|Endpoint|Config)|(A|Disa)ssociateResolver(Rule|EndpointIpAddress)"
    "|ChangeResourceRecordSets|(A|Disa)ssociateVPC(With|From)HostedZone|DeleteHostedZone|ModifyVpcAttribute"
    "|AssociateDhcpOptions",
    symptoms={"dns_failure": 0.9, "volume_drop": 0.2},
    tau_minutes=20.0,  # answers in caches hide it until their TTL ends
    exclusive=("vpc-", "rslvr-in-", "rslvr-out-"),
    spans_vpcs=True,
    sentence="DNS resolution was changed ({change} on {target} by {actor})",
)
