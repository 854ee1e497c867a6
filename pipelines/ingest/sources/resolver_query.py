"""Route 53 Resolver query logs: DNS queries that had to be resolved, with their answers and DNS Firewall verdicts."""

from __future__ import annotations

import json

import polars as pl

from pipelines.ingest.source import Feed, Json, Source
from pipelines.model.schema import Field
from pipelines.model.tables import DNS_QUERY

# Without a backslash no quote can hide in a text, so a regex reads it exactly; keys in any case, as tools change it.
_RECORD_DATA = r'(?i)"rdata"\s*:\s*"[^"]*"'
_ESCAPED = pl.col("answers").str.contains("\\", literal=True)


def _unescaped(answers: pl.Series) -> pl.Series:
    """Data of the answer records whose text needs a JSON parser: quoted TXT records, mostly."""
    return pl.Series([None if text is None else _rdata(text) for text in answers], dtype=pl.List(pl.String))


def _rdata(answers: str) -> list[str]:
    try:
        records = json.loads(answers)
    except (ValueError, RecursionError):
        return []
    records = [r for r in records if isinstance(r, dict)] if isinstance(records, list) else []
    values = [value for record in records for key, value in record.items() if key.lower() == "rdata"]
    return [value for value in values if isinstance(value, str)]


_ANSWERS = (
    pl.when(_ESCAPED)
    .then(pl.when(_ESCAPED).then(pl.col("answers")).map_batches(_unescaped, return_dtype=pl.List(pl.String)))
    .otherwise(pl.col("answers").str.extract_all(_RECORD_DATA).list.eval(pl.element().str.extract(r'"([^"]*)"$')))
)

SOURCE = Source(
    name="resolver_query",
    about="Route 53 Resolver query logs: DNS queries of VPCs and endpoints; cache hits are not logged.",
    grain="one query with its response",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html",
    reader=Json(marks={"$.query_name": ".", "$.query_timestamp|$.query_class": "."}),
    keys=(r"AWSLogs/\d{12}/vpcdnsquerylogs/", r"_vpcdnsquerylogs_\d{12}_\d{8}T\d{4}Z_"),
    event_at=("query_timestamp",),
    nulls=("",),
    fields=(
        Field("version", "double", "version of the log format"),
        Field("account_id", "text", "account that created the VPC"),
        Field("region", "text", "Region of the VPC"),
        Field("vpc_id", "text", "VPC the query came from; null under a Route 53 Profile"),
        Field("resource_id", "text", "Route 53 Profile, where the logging is configured through one"),
        Field("query_timestamp", "time", "when the query was made", required=True),
        Field("query_name", "text", "name asked for, as delivered: with the last dot, in any case", required=True),
        Field("query_type", "text", "A, AAAA, PTR, …"),
        Field("query_class", "text", "IN"),
        Field("rcode", "text", "NOERROR, NXDOMAIN, SERVFAIL, REFUSED, …; NOERROR also for a blocked query"),
        Field("answers", "json", "answer records in order: Rdata, Type, Class"),
        Field("srcaddr", "ip", "who asked"),
        Field("srcport", "int", "port of who asked", low=0, high=65_535),
        Field("transport", "text", "UDP or TCP"),
        Field("srcids_instance", "text", "instance that asked; may belong to another account",
              path=("$.srcids.instance",)),
        Field("srcids_resolver_endpoint", "text", "Resolver endpoint the query came or went through",
              path=("$.srcids.resolver_endpoint",)),
        Field("srcids_resolver_network_interface", "text", "interface of that endpoint",
              path=("$.srcids.resolver_network_interface",)),
        Field("firewall_rule_group_id", "text", "DNS Firewall rule group that matched"),
        Field("firewall_rule_action", "text", "ALERT or BLOCK; null where no rule matched or it allowed"),
        Field("firewall_domain_list_id", "text", "DNS Firewall domain list that matched"),
        Field("additional_properties", "json", "more about the delivery, such as is_delayed"),
    ),
    feeds=(
        Feed(
            DNS_QUERY,
            {
                "event_at": pl.col("event_at"),
                "account_id": pl.col("account_id"),
                "region": pl.col("region"),
                "vpc_id": pl.col("vpc_id"),
                "query_name": pl.col("query_name").str.strip_suffix(".").str.to_lowercase(),
                "query_type": pl.col("query_type"),
                "rcode": pl.col("rcode"),
                "answers": _ANSWERS,
                "answer_count": _ANSWERS.list.len(),
                "src_ip": pl.col("srcaddr"),
                "src_port": pl.col("srcport"),
                "transport": pl.col("transport"),
                "instance_id": pl.col("srcids_instance"),
                "resolver_endpoint_id": pl.col("srcids_resolver_endpoint"),
                "firewall_action": pl.col("firewall_rule_action"),
                "firewall_rule_group_id": pl.col("firewall_rule_group_id"),
                "firewall_domain_list_id": pl.col("firewall_domain_list_id"),
                "object_id": pl.col("object_id"),
                "line": pl.col("line"),
            },
        ),
    ),
)  # fmt: skip
