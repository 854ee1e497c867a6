"""A VPN connection was changed."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="vpn_change",
    about="Options, certificates, gateways or routes of a Site-to-Site VPN; tunnels replaced or deleted.",
    changes="ModifyVpn(Connection|ConnectionOptions|TunnelOptions|TunnelCertificate)|ReplaceVpnTunnel|DeleteVpnConnection"
    "(Route)?|VPN_CONNECTION_(DELETED|CUSTOMER_GATEWAY_MODIFIED|TARGET_GATEWAY_MODIFIED)",
    symptoms={"probe_loss": 0.85, "tunnel_down": 0.9, "probe_rtt": 0.4, "transit_drop": 0.4, "volume_drop": 0.4},
    tau_minutes=15.0,
    exclusive=("vpn-",),
    spans_vpcs=True,
    sentence="the VPN was changed ({change} on {target} by {actor})",
)
