"""A NAT gateway was deleted or lost addresses."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="nat_gateway",
    about="NAT gateways deleted, or their addresses unassigned: fewer ports, or no way out.",
    changes="DeleteNatGateway|DisassociateNatGatewayAddress|UnassignPrivateNatGatewayAddress|ReleaseAddress"
    "|DisassociateAddress",
    symptoms={"volume_drop": 0.6, "nat_ports": 0.7, "probe_loss": 0.1},
    tau_minutes=15.0,
    exclusive=("nat-", "vpc-", "subnet-"),
    sentence="a NAT gateway changed ({change} on {target} by {actor})",
)
