"""A route of a transit gateway changed because somebody changed it."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="transit_route",
    about="Static routes, associations, propagations and attachment options of a transit gateway.",
    changes="(Create|Replace|Delete)TransitGatewayRoute(Table)?|(A|Disa)ssociateTransitGatewayRouteTable"
    "|(En|Dis)ableTransitGatewayRouteTablePropagation|ModifyTransitGateway(VpcAttachment)?"
    "|(Create|Modify|Delete)TransitGatewayPrefixListReference",
    symptoms={"transit_drop": 0.95, "volume_drop": 0.5, "probe_loss": 0.5, "probe_rtt": 0.3, "dns_failure": 0.3},
    tau_minutes=15.0,
    spans_vpcs=True,
    sentence="transit gateway routing changed ({change} on {target} by {actor})",
)
