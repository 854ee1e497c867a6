"""Resolver query logs: one JSON line per query that the resolver had to resolve."""

import json
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulate.chance import Ints, stream
from pipelines.simulate.incidents import Incident
from pipelines.simulate.load import Rhythm, common_noise, demand
from pipelines.simulate.network import Network
from pipelines.simulate.stitch import lines

SLOT = 1800  # seconds of queries in one object; quiet VPCs are published in larger pieces than flow logs
_RATES = {"prod-shop": 16.0, "shared-services": 9.0, "dev": 9.0, "eu-prod": 6.0}  # queries per minute
VPCS = tuple(_RATES)
_CURVES = {"prod-shop": "us", "shared-services": "us", "dev": "office", "eu-prod": "eu"}
_SPORADIC_FAILURES = 0.0008


@dataclass(frozen=True)
class Query:
    """One name that is asked for; `answers` are (type, data) in the order of the chain, `zone` decides its way."""

    name: str
    type: str
    weight: float
    rcode: str = "NOERROR"
    answers: tuple[tuple[str, str], ...] = ()
    zone: str = "public"


@dataclass(frozen=True)
class QueryLines:
    """The lines of one VPC's query log, ordered by object; `slots` holds the object's time (Unix seconds) of each."""

    vpc: str
    text: bytes
    slots: Ints
    failed: int


_ALB = "shop-front-1830475523.us-east-1.elb.amazonaws.com."
_BUCKET = "s3-w.us-east-1.amazonaws.com."
QUERIES = (
    Query("orders.cluster-c9akciq32.us-east-1.rds.amazonaws.com.", "A", 14, answers=(("A", "10.20.11.20"),)),
    Query("catalog.cluster-c9akciq32.us-east-1.rds.amazonaws.com.", "A", 9, answers=(("A", "10.20.12.20"),)),
    Query("catalog.cluster-c9akciq32.us-east-1.rds.amazonaws.com.", "AAAA", 6),
    Query("search.shop.internal.", "A", 6, answers=(("A", "10.20.13.20"),), zone="private"),
    Query(
        "_kafka._tcp.bus.shop.internal.",
        "SRV",
        3,
        answers=(("SRV", "0 5 9092 b-1.bus.shop.internal."),),
        zone="private",
    ),
    Query(
        "cache.shop.internal.",
        "A",
        7,
        answers=(("CNAME", "cache-001.shop.internal."), ("A", "10.10.5.20")),
        zone="private",
    ),
    Query("secretsmanager.us-east-1.amazonaws.com.", "A", 5, answers=(("A", "10.10.7.20"), ("A", "10.10.23.21"))),
    Query("shop-assets.s3.us-east-1.amazonaws.com.", "A", 9, answers=(("CNAME", _BUCKET), ("A", "52.216.88.21"))),
    Query("dynamodb.us-east-1.amazonaws.com.", "A", 7, answers=(("A", "52.94.0.22"),)),
    Query("www.shop.example.", "A", 5, answers=(("CNAME", _ALB), ("A", "10.10.1.20"))),
    Query("www.shop.example.", "AAAA", 3, answers=(("CNAME", _ALB),)),
    Query("www.shop.example.", "HTTPS", 1.5),
    Query("api.payments.example.", "A", 6, answers=(("CNAME", "edge.payments.example."), ("A", "198.51.100.22"))),
    Query("deb.packages.example.", "A", 3, answers=(("A", "151.101.2.21"), ("A", "151.101.2.24"))),
    Query("deb.packages.example.", "AAAA", 2, answers=(("AAAA", "2a04:4e42:200::644"),)),
    Query("shop.example.", "MX", 0.4, answers=(("MX", "10 mail.shop.example."),)),
    Query("shop.example.", "TXT", 0.4, answers=(("TXT", '"v=spf1 include:_spf.mail.example -all"'),)),
    Query("Time.AWS.com.", "A", 1, answers=(("A", "166.117.111.42"),)),
    Query("20.11.20.10.in-addr.arpa.", "PTR", 2, answers=(("PTR", "ip-10-20-11-20.ec2.internal."),), zone="private"),
    Query("erp.corp.example.", "A", 8, answers=(("A", "172.16.8.20"),), zone="corp"),
    Query("erp.corp.example.", "AAAA", 3, zone="corp"),
    Query("ldap.corp.example.", "A", 5, answers=(("CNAME", "dc1.corp.example."), ("A", "172.16.53.20")), zone="corp"),
    Query("_ldap._tcp.corp.example.", "SRV", 2, answers=(("SRV", "0 100 389 dc1.corp.example."),), zone="corp"),
    Query("git.corp.example.", "A", 3, answers=(("A", "172.16.40.21"),), zone="corp"),
    Query("printer-7.corp.example.", "A", 0.5, rcode="NXDOMAIN", zone="corp"),
    Query("erp.corp.example.us-east-1.compute.internal.", "A", 1.5, rcode="NXDOMAIN", zone="private"),
    Query("search.shop.internal.ec2.internal.", "AAAA", 2, rcode="NXDOMAIN", zone="private"),
    Query("old-partner-api.example.", "A", 0.6, rcode="NXDOMAIN"),
    Query("telemetry.adnet-metrics.example.", "A", 0.25, answers=(("A", "192.0.2.80"),), zone="alert"),
    Query("cdn.badupdates.example.", "A", 0.15, zone="block"),
)


def written(network: Network, when: Rhythm, incident: Incident, name: str, scale: float) -> QueryLines:
    """The query log of one VPC."""
    rng = stream(network.seed, f"dns/{name}")
    minutes = np.arange(when.start, when.end, 60, dtype=np.int64)
    curve = _CURVES[name]
    rate = _RATES[name] * scale * demand(curve, minutes, when) * common_noise(network.seed, curve, len(minutes))
    asked_at = np.repeat(minutes, rng.poisson(rate))
    asked_at = np.sort(asked_at + rng.integers(0, 60, len(asked_at)), kind="stable")
    query = _choose(name, len(asked_at), rng)
    corporate = np.array([q.zone == "corp" for q in QUERIES])[query]
    during = (asked_at >= incident.start) & (asked_at < incident.end)
    hit = during & corporate & np.isin(incident.target, (name, "*")) & (rng.random(len(query)) < incident.severity)
    failed = hit | (rng.random(len(query)) < _SPORADIC_FAILURES)
    # Without the rule nothing is forwarded, so the endpoint is not named in the record.
    forwarded = corporate & ~(hit & bool(incident.causes))
    text = _lines(network, name, asked_at, query, failed, forwarded, rng)
    return QueryLines(name, text, asked_at // SLOT * SLOT, int(failed.sum()))


def _choose(name: str, count: int, rng: np.random.Generator) -> Ints:
    allowed = [query.zone != "corp" or name != "eu-prod" for query in QUERIES]
    weights = np.array([query.weight for query in QUERIES]) * np.array(allowed)
    return rng.choice(len(QUERIES), count, p=weights / weights.sum())


def _lines(
    network: Network,
    name: str,
    asked_at: Ints,
    query: Ints,
    failed: np.ndarray,
    forwarded: np.ndarray,
    rng: np.random.Generator,
) -> bytes:
    vpc = network.vpc(name)
    number = network.vpc_number(name)
    clients = [
        i for i in network.interfaces if i.vpc == number and i.instance and i.role != "idle" and not i.generation
    ]
    client = rng.integers(0, len(clients), len(query))
    ports = pl.Series(rng.integers(1024, 65536, len(query))).cast(pl.String)
    head = {"version": "1.100000", "account_id": vpc.account, "region": vpc.region, "vpc_id": vpc.id}
    bodies = [_body(q, q.rcode, q.answers) for q in QUERIES] + [_body(q, "SERVFAIL", ()) for q in QUERIES]
    transport = np.where(rng.random(len(query)) < 0.01, 1, 0)
    sources = [_source(network, i.instance, None) for i in clients]
    sources += [_source(network, i.instance, i.zone % 2) for i in clients]
    tails = [_verdict(network, q.zone) + "}" for q in QUERIES]
    frame = pl.DataFrame(
        {
            "at": pl.from_epoch(pl.Series(asked_at)).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "body": pl.Series(bodies).gather(query + failed * len(QUERIES)),
            "client": pl.Series([i.address for i in clients]).gather(client),
            "port": ports,
            "transport": pl.Series(["UDP", "TCP"]).gather(transport),
            "source": pl.Series(sources).gather(client + forwarded * len(clients)),
            "tail": pl.Series(tails).gather(query),
        }
    )
    template = (
        _compact(head)[:-1] + ',"query_timestamp":"%s",%s,"srcaddr":"%s","srcport":"%s","transport":"%s","srcids":%s%s'
    )
    return lines(frame, template)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _body(query: Query, rcode: str, answers: tuple[tuple[str, str], ...]) -> str:
    fields = {
        "query_name": query.name,
        "query_type": query.type,
        "query_class": "IN",
        "rcode": rcode,
        "answers": [{"Rdata": data, "Type": kind, "Class": "IN"} for kind, data in answers],
    }
    return _compact(fields)[1:-1]


def _source(network: Network, instance: str | None, endpoint_interface: int | None) -> str:
    ids: dict[str, str | None] = {"instance": instance}
    if endpoint_interface is not None:
        ids["resolver_endpoint"] = network.id("rslvr-out", "corp")
        ids["resolver_network_interface"] = network.id("rni", f"corp/{endpoint_interface}")
    return _compact(ids)


def _verdict(network: Network, zone: str) -> str:
    """DNS Firewall fields, which are absent unless a rule with ALERT or BLOCK matched."""
    if zone not in ("alert", "block"):
        return ""
    fields = {
        "firewall_rule_group_id": network.id("rslvr-frg", "malware"),
        "firewall_rule_action": zone.upper(),
        "firewall_domain_list_id": network.id("rslvr-fdl", zone),
    }
    return "," + _compact(fields)[1:-1]
