"""A VPN tunnel or a BGP session went down."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="vpn_tunnel",
    about="IPsec or BGP down, as Network Manager reports it: our equipment or its way to AWS.",
    changes="VPN_CONNECTION_(IPSEC|BGP)_DOWN|CONNECT_PEER_BGP_DOWN",
    kind="state",
    symptoms={"probe_loss": 0.9, "tunnel_down": 0.95, "probe_rtt": 0.6, "transit_drop": 0.5, "volume_drop": 0.4,
              "dns_failure": 0.4},
    tau_minutes=10.0,
    exclusive=("vpn-",),
    spans_vpcs=True,
    sentence="the VPN went down ({change} of {target})",
)  # fmt: skip
