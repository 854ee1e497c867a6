"""AWS Network Manager events through EventBridge: topology, routing, status, policy and segment changes."""

from __future__ import annotations

import polars as pl

from pipelines.ingest import entities
from pipelines.ingest.source import Feed, Json, Source
from pipelines.model.schema import Field
from pipelines.model.tables import NETWORK_EVENT


def _detail(name: str, kind: str, about: str, *paths: str) -> Field:
    """A field of ``detail``: camelCase today, kebab-case in events of 2019; ``paths`` are further spellings."""
    first, *rest = name.split("_")
    camel, kebab = first + "".join(word.capitalize() for word in rest), name.replace("_", "-")
    return Field(name, kind, about, path=(f"$.detail.{camel}", f'$.detail."{kebab}"', *paths))


_REASON = pl.col("change_description").str.strip_chars()
_NOT_BLANK = pl.col("change_type").str.contains(r"[A-Za-z0-9]")
# A published event carries a blank change type; its description then says what changed.
_CHANGE = pl.when(_NOT_BLANK).then(pl.col("change_type")).otherwise(_REASON)

SOURCE = Source(
    name="network_manager_event",
    about="Network Manager events: changes of transit gateway and core networks, and of their state.",
    grain="one EventBridge event",
    reference="https://docs.aws.amazon.com/network-manager/latest/tgwnm/monitoring-events.html",
    reader=Json(
        marks={
            "$.source": r"^aws\.networkmanager$",
            '$."detail-type"': "^Network Manager ",  # calls of the same service through CloudTrail are not meant
            "$.detail": ".",
        }
    ),
    keys=("networkmanagerloggroup",),  # Firehose objects carry no telling key
    event_at=("time",),
    nulls=("",),
    fields=(
        Field("version", "text", "version of the envelope"),
        Field("id", "text", "id of the event, the same in every delivery", required=True),
        Field("detail_type", "text", "Network Manager Topology Change, Routing Update, Status Update, …",
              path=('$."detail-type"',)),
        Field("source", "text", "aws.networkmanager"),
        Field("account", "text", "account of the global network"),
        Field("time", "time", "when it happened, to the second", required=True),
        Field("region", "text", "Region of the event bus: us-west-2 wherever the resource lies"),
        Field("resources", "json", "ARNs: global network, then core network, gateway or connection, then attachment"),
        _detail("change_type", "text", "what changed, as delivered: with hyphens or underscores, or blank",
                '$.detail."status-change"', "$.detail.statusChange"),
        _detail("change_description", "text", "what changed, in a sentence"),
        Field("detail_region", "text", "Region of the resource", path=("$.detail.region",)),
        _detail("edge_location", "text", "edge location of the core network"),
        _detail("transit_gateway_arn", "text", "transit gateway"),
        _detail("transit_gateway_attachment_arn", "text", "transit gateway attachment"),
        _detail("transit_gateway_route_table_arn", "text", "transit gateway route table"),
        _detail("transit_gateway_route_table_arns", "json", "transit gateway route tables whose routes changed"),
        _detail("vpc_arn", "text", "attached VPC"),
        _detail("vpn_connection_arn", "text", "VPN connection"),
        _detail("customer_gateway_arn", "text", "customer gateway of the VPN connection"),
        _detail("previous_customer_gateway_arn", "text", "customer gateway before the change"),
        _detail("current_customer_gateway_arn", "text", "customer gateway after the change"),
        _detail("previous_target_gateway_arn", "text", "target gateway before the change"),
        _detail("current_target_gateway_arn", "text", "target gateway after the change"),
        _detail("direct_connect_gateway_arn", "text", "Direct Connect gateway"),
        _detail("peered_transit_gateway_arn", "text", "transit gateway on the other side of the peering"),
        _detail("peering_arn", "text", "peering of a core network"),
        _detail("connect_peer_arn", "text", "Connect peer"),
        _detail("transport_attachment_arn", "text", "attachment that carries the Connect attachment"),
        _detail("attachment_arn", "text", "attachment of a core network"),
        _detail("core_network_arn", "text", "core network"),
        _detail("resource_arns", "json", "resources behind a Network Firewall attachment"),
        _detail("outside_ip_address", "text", "outside address of the VPN tunnel the event is about"),
        _detail("outside_ip_addresses", "json", "outside addresses of the VPN connection's tunnels"),
        _detail("peer_address", "text", "the Connect peer's address"),
        _detail("peer_asn", "text", "the BGP peer's autonomous system"),
        _detail("transit_gateway_address", "text", "the transit gateway's address for the Connect peer"),
        _detail("core_network_address", "text", "the core network's address for the Connect peer"),
        _detail("protocol", "text", "GRE, for Connect attachments"),
        _detail("routing", "text", "routing of the VPN connection, such as dynamic_route"),
        _detail("accelerated", "text", "whether the VPN connection is accelerated"),
        _detail("is_private_vpn", "text", "whether the VPN connection is private"),
        _detail("policy_version_id", "text", "version of the core network's policy"),
        _detail("previous_segment_name", "text", "segment before the change"),
        _detail("segment_name", "text", "segment after the change"),
        _detail("previous_network_function_group_name", "text", "network function group before the change"),
        _detail("new_network_function_group_name", "text", "network function group after the change"),
        _detail("sequence_number", "long", "orders routing updates: Unix milliseconds"),
        _detail("segments", "json", "segments whose routes changed"),
        _detail("routes", "json", "routes that changed: destination, attachments, type, state, BGP attributes"),
        Field("detail", "json", "all that the event says"),
    ),
    feeds=(
        Feed(
            NETWORK_EVENT,
            {
                "event_at": pl.col("event_at"),
                "event_id": pl.col("id"),
                "provider": pl.lit("networkmanager"),
                "kind": pl.col("detail_type"),
                "change_type": _CHANGE.str.to_uppercase().str.replace_all("[^A-Z0-9]+", "_").str.strip_chars("_"),
                "description": pl.when(_REASON != "").then(_REASON),
                "account_id": pl.col("account"),
                "region": pl.coalesce("detail_region", "edge_location", "region"),
                "entity_ids": entities.ids("resources", "detail"),
                "is_failed": pl.lit(False),
                "detail": pl.col("detail"),
                "object_id": pl.col("object_id"),
                "line": pl.col("line"),
            },
        ),
    ),
)  # fmt: skip
