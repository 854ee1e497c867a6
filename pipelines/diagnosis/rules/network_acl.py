"""An entry of a network ACL changed."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="network_acl",
    about="Created, replaced or deleted entries, or another ACL on a subnet; a new entry may be a deny.",
    changes="(Create|Replace|Delete)NetworkAclEntry|ReplaceNetworkAclAssociation",
    symptoms={"reject_burst": 0.9, "volume_drop": 0.5, "probe_loss": 0.4, "dns_failure": 0.3, "tunnel_down": 0.1},
    tau_minutes=10.0,  # stateless: the next packet is hit
    exclusive=("vpc-", "subnet-"),
    sentence="network ACL changed ({change} on {target} by {actor})",
)
