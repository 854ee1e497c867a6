"""A Direct Connect link or virtual interface was changed."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="direct_connect",
    about="Connections, virtual interfaces, BGP peers and gateways of Direct Connect.",
    changes="Delete(Connection|VirtualInterface|BGPPeer|DirectConnectGateway(Association)?)|UpdateVirtualInterfaceAttributes"
    "|UpdateDirectConnectGatewayAssociation|StartBgpFailoverTest|DXGW_ATTACHMENT_DELETED",
    symptoms={"probe_loss": 0.85, "probe_rtt": 0.6, "transit_drop": 0.4, "volume_drop": 0.4, "dns_failure": 0.2},
    tau_minutes=10.0,
    spans_vpcs=True,
    sentence="Direct Connect was changed ({change} on {target} by {actor})",
)
