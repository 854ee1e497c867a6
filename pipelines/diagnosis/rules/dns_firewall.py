"""A DNS Firewall rule changed."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="dns_firewall",
    about="Rules, domain lists and associations of DNS Firewall. A block is mostly NODATA or NXDOMAIN, seldom a "
    "failure.",
    changes="(Create|Update|Delete)FirewallRule|(Update|Import)FirewallDomains|(A|Disa)ssociateFirewallRuleGroup"
    "|UpdateFirewallConfig",
    symptoms={"dns_failure": 0.4, "volume_drop": 0.2},
    tau_minutes=20.0,
    exclusive=("vpc-",),
    spans_vpcs=True,
    sentence="DNS Firewall was changed ({change} on {target} by {actor})",
)
