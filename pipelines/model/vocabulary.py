"""Our words: every field that more than one core table uses, said once. The dst twin of a src field is derived."""

from __future__ import annotations

from dataclasses import replace

from pipelines.model.schema import Field

PORT_MAX = 65_535


def twin(field: Field) -> Field:
    """The destination's field for a source's: ``src_ip`` -> ``dst_ip``."""
    return replace(field, name=field.name.replace("src_", "dst_"), about=field.about.replace("source", "destination"))


EVENT_AT = Field("event_at", "time", "when it happened; cuts the table into windows", required=True)
START_AT = Field("start_at", "time", "first packet seen in the capture window")
END_AT = Field("end_at", "time", "last packet seen in the capture window")
ACCOUNT_ID = Field("account_id", "text", "AWS account that owns the resource; 12 digits or `unknown`")
REGION = Field("region", "text", "AWS Region")
VPC_ID = Field("vpc_id", "text", "VPC")
SUBNET_ID = Field("subnet_id", "text", "subnet")
AZ_ID = Field("az_id", "text", "Availability Zone id, the same in every account")
INTERFACE_ID = Field("interface_id", "text", "network interface (ENI) that observed it")
INSTANCE_ID = Field("instance_id", "text", "EC2 instance")
SRC_IP = Field("src_ip", "ip", "source address as the observing interface saw it")
DST_IP = twin(SRC_IP)
SRC_PORT = Field("src_port", "int", "source port; 0 where the protocol has none", low=0, high=PORT_MAX)
DST_PORT = twin(SRC_PORT)
PKT_SRC_IP = Field("pkt_src_ip", "ip", "source address inside the packet (behind NAT, transit gateway, pods)")
PKT_DST_IP = Field("pkt_dst_ip", "ip", "destination address inside the packet (behind NAT, transit gateway, pods)")
PROTOCOL = Field("protocol", "int", "IANA protocol number: 1 ICMP, 6 TCP, 17 UDP", low=0, high=255)
PACKETS = Field("packets", "long", "packets", low=0)
BYTES = Field("bytes", "long", "bytes", low=0)
TCP_FLAGS = Field("tcp_flags", "int", "TCP flags or-ed over the capture window: FIN 1, SYN 2, RST 4, SYN-ACK 18")
DIRECTION = Field("direction", "text", "`ingress` or `egress`, seen from the observing interface or gateway")
LOG_STATUS = Field("log_status", "text", "OK, NODATA (no traffic) or SKIPDATA (records were lost)")
OBJECT_ID = Field("object_id", "text", "object it was read from: `ops.ingested_object.object_id`")
LINE = Field("line", "long", "line or record number inside that object, from 1")
EXTRA = Field("extra", "json", "delivered fields that this version does not know")
ENTITY_KIND = Field(
    "entity_kind", "text", "kind of thing: network, vpc, interface, attachment, probe, monitor, endpoint, …"
)
ENTITY_ID = Field("entity_id", "text", "id of the thing, as AWS writes it")
WINDOW_START = Field("window_start", "time", "first moment of the bin", required=True)
WINDOW_END = Field("window_end", "time", "first moment after the bin")

LINEAGE = (EXTRA, OBJECT_ID, LINE)
