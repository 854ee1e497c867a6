"""Block Public Access or encryption controls were switched."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="public_access",
    about="Block Public Access and encryption controls reject at once, account- or VPC-wide.",
    changes="ModifyVpcBlockPublicAccess(Options|Exclusion)|DeleteVpcBlockPublicAccessExclusion"
    "|(Create|Modify|Delete)VpcEncryptionControl",
    symptoms={"reject_burst": 0.9, "volume_drop": 0.6},
    tau_minutes=15.0,
    exclusive=("vpc-",),
    spans_vpcs=True,
    sentence="a VPC-wide block was switched ({change} by {actor})",
)
