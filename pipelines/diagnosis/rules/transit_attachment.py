"""An attachment or a core network policy changed."""

from pipelines.diagnosis.rule import Rule

RULE = Rule(
    name="transit_attachment",
    about="Attachments and peerings created, deleted or moved to another segment; core network policies executed.",
    changes="TGW_(PEERING_)?DELETED|.*ATTACHMENT_(DELETED|MODIFIED|ASSOCIATION_MODIFIED)|ATTACHMENT_ASSOCIATION_MODIFIED"
    "|(TGW_)?CONNECT_PEER_DELETED|CHANGE_SET_EXECUTED|ExecuteCoreNetworkChangeSet|PutCoreNetworkPolicy"
    "|DeleteTransitGateway(VpcAttachment|PeeringAttachment|Connect|ConnectPeer)?|DeleteAttachment",
    symptoms={"transit_drop": 0.85, "volume_drop": 0.6, "probe_loss": 0.6, "dns_failure": 0.3, "probe_rtt": 0.2},
    tau_minutes=15.0,
    spans_vpcs=True,
    sentence="an attachment changed ({change} on {target} by {actor})",
)
