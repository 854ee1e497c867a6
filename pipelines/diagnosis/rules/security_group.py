"""A rule of a security group was taken away."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="security_group",
    about="Revoked or modified rules, or another group on an interface. Authorizing a rule rejects nobody.",
    changes="RevokeSecurityGroup(Ingress|Egress)|ModifySecurityGroupRules|ModifyNetworkInterfaceAttribute"
    "|ModifyInstanceAttribute|DeleteSecurityGroup|DisassociateSecurityGroupVpc",
    symptoms={"reject_burst": 0.9, "volume_drop": 0.4, "dns_failure": 0.1, "probe_loss": 0.2},
    tau_minutes=15.0,  # new connections fail at once, tracked ones live on for minutes
    exclusive=("eni-", "vpc-"),
    sentence="security group changed ({change} on {target} by {actor})",
)
