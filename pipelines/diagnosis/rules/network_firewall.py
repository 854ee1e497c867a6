"""AWS Network Firewall got another policy."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="network_firewall",
    about="Firewall policies and rule groups. Drops of the firewall are not REJECT in a flow log: traffic just ends.",
    changes="(Update|Associate|Delete)FirewallPolicy|(Update|Delete)RuleGroup|(A|Disa)ssociateSubnets|DeleteFirewall",
    symptoms={"volume_drop": 0.7, "probe_loss": 0.5, "dns_failure": 0.3, "probe_rtt": 0.1},
    tau_minutes=15.0,
    exclusive=("vpc-",),
    spans_vpcs=True,
    sentence="Network Firewall was changed ({change} on {target} by {actor})",
)
