"""A VPC endpoint changed."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="vpc_endpoint",
    about="Endpoints deleted, or their policy, security groups or private DNS modified.",
    changes="DeleteVpcEndpoints|ModifyVpcEndpoint",
    symptoms={"volume_drop": 0.6, "reject_burst": 0.3, "dns_failure": 0.2},
    tau_minutes=15.0,
    exclusive=("vpc-", "subnet-"),
    sentence="a VPC endpoint changed ({change} on {target} by {actor})",
)
