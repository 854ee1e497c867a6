"""Diagnosis: what is one incident, what is not, which change explains it, and when none does."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pytest

from pipelines import registry
from pipelines.diagnosis.incidents import incidents
from pipelines.diagnosis.localise import HitFlow
from pipelines.diagnosis.reach import match_share
from pipelines.model.schema import TIMESTAMP
from pipelines.model.tables import CORE, FINDING, INCIDENT
from pipelines.model.window import Window

START = datetime(2026, 3, 2, tzinfo=UTC)
NOON = START + timedelta(hours=12)
DAY = Window(START, START + timedelta(hours=24))
Row = dict[str, object]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """An empty in-memory lake."""
    con = duckdb.connect()
    con.execute("create schema core; create schema rollup; set TimeZone = 'UTC'")
    for table in CORE:
        con.register("empty_rows", table.empty())
        con.execute(f"create table {table.full_name} as select * from empty_rows")  # noqa: S608
    con.execute("""create table rollup.flow_1h(bucket_at timestamptz, account_id text, region text, vpc_id text,
        subnet_id text, interface_id text, action text, flow_count bigint)""")
    con.execute("create table rollup.dns_5m(bucket_at timestamptz, account_id text, region text, vpc_id text)")
    return con


def put(con: duckdb.DuckDBPyConnection, table: str, *rows: Row) -> None:
    """Insert rows; columns that are not given are null."""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    times = [name for name in ("event_at", "bucket_at") if name in frame.columns]
    con.register("given_rows", frame.cast(dict.fromkeys(times, TIMESTAMP)))
    con.execute(f"insert into {table} by name select * from given_rows")  # noqa: S608


def finding(name: str, kind: str, entity: str, minute: float = 0, length: float = 30, **more: object) -> Row:
    """A finding that starts some minutes after noon."""
    start = NOON + timedelta(minutes=minute)
    row: Row = {
        "start_at": start, "end_at": start + timedelta(minutes=length), "finding_id": f"{name}:{entity}:{minute}",
        "detector": name, "class": name, "entity_kind": kind, "entity_id": entity, "parent_id": None, "observed": 0.5,
        "expected": 0.0, "unit": "share", "score": 20.0, "impact": 0.5,
        "detected_at": start + timedelta(minutes=10), "evidence": "[]",
    }  # fmt: skip
    return row | more


def findings(*rows: Row) -> pl.DataFrame:
    """Rows of finding.finding."""
    return pl.DataFrame(rows, schema=FINDING.polars)


def change(change_type: str, minute: float, *ids: str, **more: object) -> Row:
    """An API call some minutes after noon."""
    row: Row = {
        "event_at": NOON + timedelta(minutes=minute), "event_id": f"{change_type}@{minute}", "provider": "cloudtrail",
        "change_type": change_type, "account_id": "111111111111", "region": "eu-west-1", "entity_ids": sorted(ids),
        "actor": "arn:aws:iam::111111111111:user/ann", "is_failed": False, "detail": "{}",
    }  # fmt: skip
    return row | more


def home(con: duckdb.DuckDBPyConnection, *pairs: tuple[str, str]) -> None:
    """Interfaces and their VPCs, all in one account and Region."""
    for interface, vpc in pairs:
        put(con, "rollup.flow_1h", {"bucket_at": NOON, "account_id": "111111111111", "region": "eu-west-1",
                                    "vpc_id": vpc, "interface_id": interface})  # fmt: skip


REJECTED = finding("reject_burst", "interface", "eni-1", parent_id="vpc-1")


def test_no_findings_no_incidents(con: duckdb.DuckDBPyConnection) -> None:
    found = incidents(FINDING.empty(), con, DAY)
    assert found.is_empty()
    assert found.schema == INCIDENT.polars


def test_one_fault_seen_by_many_detectors_is_one_incident(con: duckdb.DuckDBPyConnection) -> None:
    home(con, ("eni-1", "vpc-1"), ("eni-9", "vpc-9"))
    put(con, "core.network_event", change("RevokeSecurityGroupIngress", -1, "sg-1"))
    seen = findings(
        REJECTED,
        finding("reject_burst", "vpc", "vpc-1", 5, impact=0.1),
        finding("volume_drop", "interface", "eni-1", 5, parent_id="vpc-1", unit="flows per 5 minutes"),
        finding("volume_surge", "interface", "eni-9", 0, parent_id="vpc-9"),
    )
    found = incidents(seen, con, DAY)
    assert found.schema == INCIDENT.polars
    assert sorted(found["class"]) == ["reject_burst", "volume_surge"]
    row = found.filter(pl.col("class") == "reject_burst").row(0, named=True)
    assert row["entities"] == ["eni-1", "vpc-1"]  # one child: the child leads
    assert len(row["finding_ids"]) == 3
    assert (row["start_at"], row["end_at"]) == (NOON, NOON + timedelta(minutes=35))
    assert (row["kind"], row["blame"], row["cause_event_id"]) == ("change", "us", "RevokeSecurityGroupIngress@-1")
    assert row["severity"] == 0.5 * 35
    assert "eni-1" in row["summary"]
    assert "RevokeSecurityGroupIngress" in row["summary"]
    assert "2026-03-02 12:00 UTC" in row["summary"]
    assert {item["detector"] for item in json.loads(row["evidence"])} == {"reject_burst", "volume_drop"}


def test_all_children_point_at_the_parent(con: duckdb.DuckDBPyConnection) -> None:
    seen = findings(
        REJECTED,
        finding("reject_burst", "interface", "eni-2", parent_id="vpc-1"),
        finding("reject_burst", "vpc", "vpc-1", impact=0.2),
    )
    assert incidents(seen, con, DAY)["entities"].to_list() == [["vpc-1", "eni-1", "eni-2"]]


def test_unrelated_faults_at_one_time_stay_apart(con: duckdb.DuckDBPyConnection) -> None:
    seen = findings(
        REJECTED,
        finding("reject_burst", "interface", "eni-9", parent_id="vpc-9"),
        finding("dns_failure", "vpc", "vpc-1"),
        finding("probe_loss", "probe", "dc/p1", parent_id="dc"),
    )
    assert incidents(seen, con, DAY).height == 4


def test_a_pause_of_half_an_hour_ends_an_incident(con: duckdb.DuckDBPyConnection) -> None:
    again = finding("reject_burst", "interface", "eni-1", 60, parent_id="vpc-1")
    assert incidents(findings(REJECTED, again), con, DAY).height == 1
    later = finding("reject_burst", "interface", "eni-1", 65, parent_id="vpc-1")
    assert incidents(findings(REJECTED, later), con, DAY).height == 2


def test_a_tunnel_explains_probes_of_other_names(con: duckdb.DuckDBPyConnection) -> None:
    down = change("VPN_CONNECTION_IPSEC_DOWN", 3, "vpn-1", "tgw-1", provider="networkmanager", actor=None)
    put(con, "core.network_event", down, change("CreateRoute", -50, "rtb-1"))
    seen = findings(
        finding("probe_loss", "probe", "dc/p1", parent_id="dc"),
        finding("probe_loss", "probe", "dc/p2", parent_id="dc"),
        finding("tunnel_down", "vpn_tunnel", "vpn-1/198.51.100.1", parent_id="vpn-1"),
    )
    row = incidents(seen, con, DAY).row(0, named=True)
    assert incidents(seen, con, DAY).height == 1
    assert (row["class"], row["kind"], row["blame"]) == ("probe_loss", "state", "us")
    assert row["cause_event_id"] == "VPN_CONNECTION_IPSEC_DOWN@3"  # in the first bin, so not too late
    assert row["confidence"] > 0.7


def test_aws_says_it_is_aws(con: duckdb.DuckDBPyConnection) -> None:
    for minute in (0, 5):
        put(con, "core.metric_point", {"event_at": NOON + timedelta(minutes=minute), "namespace": "AWS/NetworkMonitor",
                                       "metric_name": "HealthIndicator", "entity_kind": "probe", "entity_id": "dc/p1",
                                       "maximum": 100.0})  # fmt: skip
    put(con, "core.network_event", change("DeleteRoute", -1, "rtb-1"))
    row = incidents(findings(finding("probe_loss", "probe", "dc/p1", parent_id="dc")), con, DAY).row(0, named=True)
    assert (row["kind"], row["blame"], row["cause_event_id"], row["confidence"]) == ("aws", "aws", None, 0.9)
    other = incidents(findings(finding("probe_loss", "probe", "dc/p2", parent_id="dc")), con, DAY).row(0, named=True)
    assert other["blame"] == "us"


def test_the_internet_is_the_internet(con: duckdb.DuckDBPyConnection) -> None:
    seen = findings(finding("internet", "city_network", "eu-west-1/FR/Paris/AS1"))
    row = incidents(seen, con, DAY).row(0, named=True)
    assert (row["kind"], row["blame"]) == ("internet", "internet")


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (change("RevokeSecurityGroupIngress", 8, "sg-1"), "after the onset"),
        (change("RevokeSecurityGroupIngress", -125, "sg-1"), "too long ago"),
        (change("RevokeSecurityGroupIngress", -1, "sg-1", is_failed=True), "failed"),
        (change("AuthorizeSecurityGroupIngress", -1, "sg-1"), "opens, does not close"),
        (change("RevokeSecurityGroupIngress", -1, "sg-1", region="us-east-1"), "another Region"),
        (change("RevokeSecurityGroupIngress", -1, "sg-1", "vpc-2"), "another VPC"),
        (change("DeleteNetworkAclEntry", -1, "acl-1", "vpc-2"), "another VPC"),
        (change("ChangeResourceRecordSets", -1, "Z1"), "another symptom"),
    ],
)
def test_no_change_explains_it(con: duckdb.DuckDBPyConnection, event: Row, why: str) -> None:
    home(con, ("eni-1", "vpc-1"), ("eni-2", "vpc-2"))
    put(con, "core.network_event", event)
    row = incidents(findings(REJECTED), con, DAY).row(0, named=True)
    assert (row["kind"], row["blame"], row["cause_event_id"]) == ("unknown", "unknown", None), why
    assert "no change explains it" in row["summary"]


def test_the_ports_that_were_hit_tell_a_decoy_from_the_cause(con: duckdb.DuckDBPyConnection) -> None:
    home(con, ("eni-1", "vpc-1"))
    for i in range(20):
        put(con, "core.flow", {"event_at": NOON + timedelta(minutes=i), "interface_id": "eni-1", "vpc_id": "vpc-1",
                               "src_ip": "10.0.0.9", "dst_ip": "10.0.1.1", "src_port": 50_000, "dst_port": 5432,
                               "protocol": 6, "action": "REJECT"})  # fmt: skip
    rule = '{"ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":%d,"toPort":%d}]}}'
    put(con, "core.network_event",
        change("RevokeSecurityGroupIngress", -20, "sg-1", detail=rule % (5432, 5432)),
        change("RevokeSecurityGroupIngress", -1, "sg-2", detail=rule % (8443, 8443)))  # fmt: skip
    row = incidents(findings(REJECTED), con, DAY).row(0, named=True)
    assert row["cause_event_id"] == "RevokeSecurityGroupIngress@-20"  # earlier, but it names what was hit


def test_the_networks_that_were_hit_and_what_routing_updates_follow(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "core.transit_flow", {"event_at": NOON, "attachment_id": "tgw-attach-1", "transit_gateway_id": "tgw-1",
                                   "account_id": "111111111111", "region": "eu-west-1", "direction": "ingress",
                                   "src_vpc_id": "vpc-1", "src_ip": "10.1.0.1", "dst_ip": "10.40.3.3",
                                   "src_port": 50_000, "dst_port": 443, "protocol": 6,
                                   "no_route_packets": 5})  # fmt: skip
    route = '{"DestinationCidrBlock":"%s"}'
    put(con, "core.network_event",
        change("DeleteTransitGatewayRoute", -2, "tgw-rtb-1", detail=route % "10.40.0.0/16"),
        change("DeleteTransitGatewayRoute", -1, "tgw-rtb-1", detail=route % "10.99.0.0/16"),
        change("TGW_ROUTE_UNINSTALLED", -1.9, "tgw-1", provider="networkmanager",
               detail=route % "10.40.0.0/16"))  # fmt: skip
    seen = findings(
        finding("transit_drop", "attachment", "tgw-attach-1", parent_id="vpc-1"),
        finding("volume_drop", "vpc", "vpc-1", 5),
    )
    found = incidents(seen, con, DAY)
    assert found.height == 1
    assert found["cause_event_id"].to_list() == ["DeleteTransitGatewayRoute@-2"]
    assert found["confidence"][0] > 0.5


def test_match_share() -> None:
    flows = [HitFlow("10.0.0.1", "10.1.0.1", 6, 443, 3.0), HitFlow("2001:db8::1", None, 6, 22, 1.0)]
    assert match_share("{}", flows) is None
    assert match_share('{"cidr":"10.1.0.0/16"}', []) is None
    assert match_share('{"cidr":"10.1.0.0/16"}', flows) == 0.75
    assert match_share('{"cidrIpv6":"2001:db8::/32"}', flows) == 0.25
    assert match_share('{"fromPort":20,"toPort":30}', flows) == 0.25
    assert match_share('{"portRange":{"from":443,"to":443},"cidrBlock":"10.9.0.0/16"}', flows) == 0.0
    assert match_share('{"fromPort":-1,"toPort":-1,"cidr":"0.0.0.0/0"}', flows) == 0.75
    assert match_share('{"cidr":"999.1.1.1/99"}', flows) is None


def test_a_frequent_change_is_less_suspect(con: duckdb.DuckDBPyConnection) -> None:
    home(con, ("eni-1", "vpc-1"))
    put(con, "core.network_event", change("DeleteNetworkAclEntry", -3, "acl-1"))
    calm = incidents(findings(REJECTED), con, DAY)["confidence"][0]
    put(con, "core.network_event", *(change("DeleteNetworkAclEntry", -180 - 20 * i, "acl-1") for i in range(25)))
    busy = incidents(findings(REJECTED), con, DAY)["confidence"][0]
    assert busy < calm


def test_ties_are_broken_alike_and_ids_are_stable(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "core.network_event", change("DeleteNetworkAclEntry", -3, event_id="b"),
        change("DeleteNetworkAclEntry", -3, event_id="a"))  # fmt: skip
    other = finding("reject_burst", "interface", "eni-2", parent_id="vpc-1")
    rows = [REJECTED, other, finding("dns_failure", "vpc", "vpc-3")]
    forward, backward = incidents(findings(*rows), con, DAY), incidents(findings(*rows[::-1]), con, DAY)
    assert forward.equals(backward)
    assert forward.filter(pl.col("class") == "reject_burst")["cause_event_id"].to_list() == ["a"]
    assert forward["incident_id"].n_unique() == 2


def test_an_incident_at_the_end_of_the_window_goes_on(con: duckdb.DuckDBPyConnection) -> None:
    noon = Window(START, NOON)
    assert incidents(findings(finding("dns_failure", "vpc", "vpc-1", -30, 30)), con, noon)["end_at"].to_list() == [None]
    assert incidents(findings(finding("dns_failure", "vpc", "vpc-1", 5)), con, noon).is_empty()


def test_nulls_survive(con: duckdb.DuckDBPyConnection) -> None:
    nothing: Row = dict.fromkeys(("entity_ids", "detail", "actor", "region"))
    put(con, "core.network_event", change("DeleteNetworkAclEntry", -1) | nothing)
    bare: Row = dict.fromkeys(("observed", "expected", "impact", "evidence", "unit"))
    bare = finding("reject_burst", "interface", "eni-1") | bare
    row = incidents(findings(bare), con, DAY).row(0, named=True)
    assert row["severity"] == 0.0
    assert row["blame"] == "us"


def test_rules_are_consistent() -> None:
    for name in registry.names("rules"):
        rule = registry.load("rules", name)
        assert rule.name == name
        assert re.compile(rule.changes)
        assert all(0 < p < 1 for p in rule.symptoms.values())
        assert rule.sentence.format(change="c", target="t", actor="a")
