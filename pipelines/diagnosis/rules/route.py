"""A route of a VPC changed."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="route",
    about="Routes, route table associations, internet gateways and peerings of a VPC.",
    changes="(Create|Replace|Delete)Route|(A|Disa)ssociateRouteTable|ReplaceRouteTableAssociation|DeleteRouteTable"
    "|(De|At)tachInternetGateway|(En|Dis)ableVgwRoutePropagation|DeleteVpcPeeringConnection",
    symptoms={"volume_drop": 0.7, "probe_loss": 0.6, "probe_rtt": 0.3, "dns_failure": 0.2, "transit_drop": 0.3,
              "tunnel_down": 0.1, "volume_surge": 0.1},
    tau_minutes=10.0,
    exclusive=("vpc-", "subnet-"),
    sentence="VPC route changed ({change} on {target} by {actor})",
)  # fmt: skip
