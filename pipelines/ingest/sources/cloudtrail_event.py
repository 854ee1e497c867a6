"""CloudTrail events: API calls, from log files (``Records``) or through EventBridge (``detail``).

All calls are staged; those that change the network become network events, also when they failed.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.ingest import entities
from pipelines.ingest.source import Feed, Json, Source
from pipelines.model.schema import Field
from pipelines.model.tables import NETWORK_EVENT

# By called service: names such as UpdateRuleGroup mean other things elsewhere (WAF).
NETWORK_CALLS: Mapping[str, str] = {
    "ec2": """
        CreateRoute ReplaceRoute DeleteRoute AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation
        DeleteRouteTable EnableVgwRoutePropagation DisableVgwRoutePropagation
        AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress
        RevokeSecurityGroupEgress ModifySecurityGroupRules ModifyNetworkInterfaceAttribute
        CreateNetworkAclEntry ReplaceNetworkAclEntry DeleteNetworkAclEntry ReplaceNetworkAclAssociation
        AttachInternetGateway DetachInternetGateway CreateNatGateway DeleteNatGateway
        AttachVpnGateway DetachVpnGateway
        CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints
        ModifyVpcBlockPublicAccessOptions CreateVpcBlockPublicAccessExclusion ModifyVpcBlockPublicAccessExclusion
        DeleteVpcBlockPublicAccessExclusion
        CreateVpcEncryptionControl ModifyVpcEncryptionControl DeleteVpcEncryptionControl
        CreateVpcPeeringConnection AcceptVpcPeeringConnection RejectVpcPeeringConnection DeleteVpcPeeringConnection
        ModifyVpcPeeringConnectionOptions
        CreateTransitGatewayRoute ReplaceTransitGatewayRoute DeleteTransitGatewayRoute
        AssociateTransitGatewayRouteTable DisassociateTransitGatewayRouteTable
        EnableTransitGatewayRouteTablePropagation DisableTransitGatewayRouteTablePropagation
        CreateTransitGatewayVpcAttachment ModifyTransitGatewayVpcAttachment DeleteTransitGatewayVpcAttachment
        CreateTransitGatewayPeeringAttachment AcceptTransitGatewayPeeringAttachment
        RejectTransitGatewayPeeringAttachment DeleteTransitGatewayPeeringAttachment ModifyTransitGateway
        CreateVpnConnection ModifyVpnConnection ModifyVpnConnectionOptions ModifyVpnTunnelOptions DeleteVpnConnection
        CreateVpnConnectionRoute DeleteVpnConnectionRoute
        CreateFlowLogs DeleteFlowLogs""",
    "route53resolver": """
        CreateFirewallRule UpdateFirewallRule DeleteFirewallRule UpdateFirewallDomains ImportFirewallDomains
        AssociateFirewallRuleGroup DisassociateFirewallRuleGroup UpdateFirewallRuleGroupAssociation
        CreateResolverRule UpdateResolverRule DeleteResolverRule AssociateResolverRule DisassociateResolverRule
        CreateResolverEndpoint UpdateResolverEndpoint DeleteResolverEndpoint
        AssociateResolverEndpointIpAddress DisassociateResolverEndpointIpAddress""",
    "route53": "ChangeResourceRecordSets AssociateVPCWithHostedZone DisassociateVPCFromHostedZone",
    "networkmanager": "PutCoreNetworkPolicy ExecuteCoreNetworkChangeSet",
    "network-firewall": "UpdateFirewallPolicy UpdateRuleGroup AssociateFirewallPolicy",
}
_CALLS = [f"{service}.amazonaws.com {call}" for service, calls in NETWORK_CALLS.items() for call in calls.split()]


def _at(name: str, kind: str, about: str, key: str, *, required: bool = False) -> Field:
    """A field of the CloudTrail record, which is the whole JSON record or an EventBridge event's ``detail``."""
    return Field(name, kind, about, required=required, path=(f"$.detail.{key}", f"$.{key}"))


_ENTITIES = entities.ids("request_parameters", "response_elements")
_WHO = pl.coalesce(pl.col("user_identity_arn").str.extract("([^/:]+)$"), "user_identity_invoked_by", pl.lit("someone"))
_ON = pl.when(_ENTITIES.list.len() > 0).then(pl.concat_str(pl.lit(" on "), _ENTITIES.list.head(4).list.join(", ")))
_BUT = pl.concat_str(pl.lit("; it failed: "), pl.coalesce("error_code", "error_message"))
_SENTENCE = pl.concat_str(
    _WHO, pl.lit(" called "), "event_name", pl.concat_str(pl.lit(" in "), "aws_region"), _ON, _BUT, ignore_nulls=True
)


def _json(key: str, name: str) -> list[pl.Expr]:
    """The pieces of ``"key":<JSON in column name>,``: objects as they are, whatever else as null."""
    column = pl.col(name)
    return [pl.lit(f'"{key}":'), pl.when(column.str.starts_with("{")).then(column).otherwise(pl.lit("null"))]


SOURCE = Source(
    name="cloudtrail_event",
    about="CloudTrail events: who called which AWS API, with what, and whether it worked.",
    grain="one API call or service event",
    reference="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
    reader=Json(
        marks={
            "$.eventName|$.detail.eventName": ".",
            "$.eventSource|$.detail.eventSource": r"\.amazonaws\.com",  # notifications of S3 say aws:s3
        },
        envelope=("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"),
    ),
    keys=(r"AWSLogs/(o-[a-z0-9]+/)?\d{12}/CloudTrail/", r"_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_"),
    event_at=("event_time",),
    nulls=("",),
    fields=(
        _at("event_version", "text", "version of the record's format", "eventVersion"),
        _at("event_time", "time", "when the call was made", "eventTime", required=True),
        _at("event_source", "text", "called service, such as ec2.amazonaws.com", "eventSource", required=True),
        _at("event_name", "text", "called API", "eventName", required=True),
        _at("aws_region", "text", "Region of the call", "awsRegion"),
        _at("source_ip_address", "text", "where the call came from: an address, or the name of an AWS service",
            "sourceIPAddress"),
        _at("user_agent", "text", "tool that called", "userAgent"),
        _at("user_identity", "json", "who called, with session", "userIdentity"),
        _at("user_identity_type", "text", "IAMUser, AssumedRole, AWSService, …", "userIdentity.type"),
        _at("user_identity_arn", "text", "who called; null for AWS services", "userIdentity.arn"),
        _at("user_identity_account_id", "text", "account of who called", "userIdentity.accountId"),
        _at("user_identity_invoked_by", "text", "AWS service that called", "userIdentity.invokedBy"),
        _at("error_code", "text", "why the call failed; null if it worked", "errorCode"),
        _at("error_message", "text", "why the call failed, in a sentence", "errorMessage"),
        _at("request_parameters", "json", "what was asked for", "requestParameters"),
        _at("response_elements", "json", "what the call returned", "responseElements"),
        _at("additional_event_data", "json", "more, by service", "additionalEventData"),
        _at("service_event_details", "json", "what happened, for events of a service itself", "serviceEventDetails"),
        _at("resources", "json", "resources the event touches", "resources"),
        _at("request_id", "text", "id of the request", "requestID"),
        _at("event_id", "text", "id of the event, the same in every delivery", "eventID", required=True),
        _at("shared_event_id", "text", "id shared by the events that one call causes in several accounts",
            "sharedEventID"),
        _at("read_only", "bool", "the call cannot change anything", "readOnly"),
        _at("event_type", "text", "AwsApiCall, AwsServiceEvent, AwsConsoleAction, …", "eventType"),
        _at("management_event", "bool", "the call manages resources", "managementEvent"),
        _at("recipient_account_id", "text", "account that the event was delivered to", "recipientAccountId"),
        _at("event_category", "text", "Management, Data, Insight or NetworkActivity", "eventCategory"),
        _at("vpc_endpoint_id", "text", "VPC endpoint the call came through", "vpcEndpointId"),
        _at("api_version", "text", "version of the called API", "apiVersion"),
        _at("tls_details", "json", "TLS version, cipher and host name of the call", "tlsDetails"),
    ),
    feeds=(
        Feed(
            NETWORK_EVENT,
            {
                "event_at": pl.col("event_at"),
                "event_id": pl.col("event_id"),
                "provider": pl.lit("cloudtrail"),
                "kind": pl.col("event_source"),
                "change_type": pl.col("event_name"),
                "description": _SENTENCE,
                "account_id": pl.coalesce("recipient_account_id", "user_identity_account_id"),
                "region": pl.col("aws_region"),
                "entity_ids": _ENTITIES,
                "actor": pl.col("user_identity_arn"),
                "is_failed": pl.col("error_code").is_not_null() | pl.col("error_message").is_not_null(),
                "error_code": pl.col("error_code"),
                "detail": pl.concat_str(
                    pl.lit("{"), *_json("requestParameters", "request_parameters"),
                    pl.lit(","), *_json("responseElements", "response_elements"),
                    pl.lit(","), *_json("userIdentity", "user_identity"), pl.lit("}"),
                ),
                "object_id": pl.col("object_id"),
                "line": pl.col("line"),
            },
            where=pl.concat_str("event_source", "event_name", separator=" ").is_in(_CALLS)
            & ~pl.col("read_only").fill_null(False),
        ),
    ),
)  # fmt: skip
