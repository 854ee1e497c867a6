"""Real records that nobody here wrote, ingested and compared with what others read out of them.

Every sample of a log or metric is listed here or the suite fails: a file that is there and not read proves nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipelines import registry, steps
from pipelines.lake import catalog, table_io
from pipelines.lake.catalog import Lake
from pipelines.model.tables import CORE, REJECT
from pipelines.report import Report
from pipelines.settings import Settings
from pipelines.transforms import core

if TYPE_CHECKING:
    from conftest import Netlake

Row = dict[str, Any]
LOGS = ("flow_logs", "resolver", "networkmanager", "metrics")  # folders of samples/ that hold records to ingest
EXPECTATIONS = re.compile(r"(-expected\.json|\.expected\.txt|\.ocsf\.json)$")
READ_AS = {
    "flow_logs/V2_RECORDS.log": {"vpc_flow": 5},
    "flow_logs/V3_FILE.log": {"vpc_flow": 2},
    "flow_logs/V4_FILE.log": {"vpc_flow": 2},
    "flow_logs/beats-accept-reject-traffic.log": {"vpc_flow": 4},
    "flow_logs/beats-ipv6.log": {"vpc_flow": 1},
    "flow_logs/beats-tcp-flag-sequence.log": {"vpc_flow": 3},
    "flow_logs/cloudwatch-v2.ndjson": {"vpc_flow": 4},
    "flow_logs/ocsf-1.1.0-vpcflow.raw": {"vpc_flow": 1},
    "flow_logs/otel-multi.log": {"vpc_flow": 2},
    "resolver/ocsf-1.1.0-route53.raw": {"resolver_query": 1},
    "networkmanager/tgw-guide-doc-events.json": {"network_manager_event": 3},
    "metrics/single_record": {"cloudwatch_metric": 1},
}


class Reader:
    """Reads an object into a lake of its own and tells its staged and core rows, in order of their lines."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def __call__(self, place: Path) -> tuple[list[Report], Callable[[str], list[Row]]]:
        self.count += 1
        lake = catalog.create(Settings(lake=self.folder / f"lake{self.count}"))
        reports = steps.ingest(lake, [str(place)])
        return reports, lambda name: _rows(lake, name).sort("line", maintain_order=True).to_dicts()


def _rows(lake: Lake, name: str) -> pl.DataFrame:
    sources = registry.members("sources")
    known = {table.full_name: table for table in (*(source.table for source in sources), *CORE, REJECT)}
    table = known[name]
    if table not in CORE:
        return table_io.read(lake, table).collect()
    feeds = [(source.table, feed) for source in sources for feed in source.feeds if feed.table is table]
    parts = [core.conform(table, table_io.read(lake, staged), feed.columns, feed.where) for staged, feed in feeds]
    return core.once(table, parts).rows


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def seconds(number: int) -> datetime:
    return datetime.fromtimestamp(number, UTC)


def test_every_sample_of_a_log_is_read(samples: Path) -> None:
    found = {str(path.relative_to(samples)) for folder in LOGS for path in (samples / folder).iterdir()}
    assert {name for name in found if not EXPECTATIONS.search(name)} == set(READ_AS)


@pytest.mark.parametrize("name", READ_AS)
def test_no_record_of_a_sample_is_refused(name: str, samples: Path, read: Reader) -> None:
    reports, _ = read(samples / name)
    assert {report.source: report.rows_in for report in reports} == READ_AS[name]
    assert {report.source: report.rows_out for report in reports} == READ_AS[name]


def test_command_line_reads_the_folder_and_its_totals_add_up(samples: Path, netlake: Netlake) -> None:
    """The folder also holds the expected outputs of others: JSON that is no record, refused with a reason."""
    reports = netlake("--lake", "L", "ingest", samples / "flow_logs", "--json").json
    by_source = {report["source"]: report for report in reports}
    assert all(r["rows_in"] == r["rows_out"] + r["rows_rejected"] + r["rows_duplicate"] for r in reports)
    expected = sum(n for counts in READ_AS.values() for source, n in counts.items() if source == "vpc_flow")
    assert by_source["vpc_flow"]["rows_out"] == expected
    assert set(by_source) == {"vpc_flow", "unrecognised"}
    assert by_source["unrecognised"]["rows_out"] == 0
    stored = sum(path.stat().st_size for path in (samples / "flow_logs").iterdir())
    assert sum(report["bytes"] for report in reports) == stored
    (counted,) = netlake("--lake", "L", "sql", "select count(*) as n from staged.vpc_flow", "--json").json
    assert counted == {"n": expected}
    rejects = netlake("--lake", "L", "sql", "select uri, reason from ops.reject", "--json").json
    assert len(rejects) == by_source["unrecognised"]["rows_rejected"]
    assert {bool(EXPECTATIONS.search(reject["uri"])) for reject in rejects} == {True}


# ---------------------------------------------------------------- Elastic's reading of flow logs

ECS: Mapping[str, Callable[[Row], Any]] = {
    "@timestamp": lambda flow: flow["end"],
    "event.end": lambda flow: flow["end"],
    "event.start": lambda flow: flow["start"],
    "source.ip": lambda flow: flow["srcaddr"],
    "source.address": lambda flow: flow["srcaddr"],
    "source.port": lambda flow: flow["srcport"],
    "source.bytes": lambda flow: flow["bytes"],
    "source.packets": lambda flow: flow["packets"],
    "destination.ip": lambda flow: flow["dstaddr"],
    "destination.address": lambda flow: flow["dstaddr"],
    "destination.port": lambda flow: flow["dstport"],
    "network.bytes": lambda flow: flow["bytes"],
    "network.packets": lambda flow: flow["packets"],
    "network.iana_number": lambda flow: str(flow["protocol"]),
    "network.type": lambda flow: "ipv6" if ":" in flow["srcaddr"] else "ipv4",
    "cloud.account.id": lambda flow: flow["account_id"],
    "cloud.instance.id": lambda flow: flow["instance_id"],
    "event.action": lambda flow: flow["action"].lower(),
    "event.outcome": lambda flow: {"ACCEPT": "success", "REJECT": "failure"}[flow["action"]],
    "aws.vpcflow.account_id": lambda flow: flow["account_id"],
    "aws.vpcflow.action": lambda flow: flow["action"],
    "aws.vpcflow.instance_id": lambda flow: flow["instance_id"],
    "aws.vpcflow.interface_id": lambda flow: flow["interface_id"],
    "aws.vpcflow.log_status": lambda flow: flow["log_status"],
    "aws.vpcflow.pkt_srcaddr": lambda flow: flow["pkt_srcaddr"],
    "aws.vpcflow.pkt_dstaddr": lambda flow: flow["pkt_dstaddr"],
    "aws.vpcflow.subnet_id": lambda flow: flow["subnet_id"],
    "aws.vpcflow.tcp_flags": lambda flow: flow["tcp_flags"],
    "aws.vpcflow.type": lambda flow: flow["type"],
    "aws.vpcflow.version": lambda flow: flow["version"],
    "aws.vpcflow.vpc_id": lambda flow: flow["vpc_id"],
}
TIMES = {"@timestamp", "event.start", "event.end"}
# What Elastic adds of its own: constants, geography, derived names and the shipper's notes.
THEIRS = re.compile(
    r"^(cloud\.provider|event\.(category|dataset|kind|module|original|type)|fileset\.|input\.|log\.|network\.community_id|"
    r"network\.transport|related\.|service\.|tags|aws\.vpcflow\.tcp_flags_array|(source|destination)\.(geo|as)\.|message)"
)


@pytest.mark.parametrize("name", ["beats-accept-reject-traffic.log", "beats-ipv6.log", "beats-tcp-flag-sequence.log"])
def test_flows_are_read_as_elastic_reads_them(name: str, samples: Path, read: Reader) -> None:
    expected = json.loads((samples / "flow_logs" / f"{name}-expected.json").read_text())
    _, rows = read(samples / "flow_logs" / name)
    staged = rows("staged.vpc_flow")
    assert len(staged) == len(expected) > 0
    for flow, theirs in zip(staged, expected, strict=True):
        unknown = {key for key in theirs if key not in ECS and not THEIRS.match(key)}
        assert not unknown, "fields of the expectation that nothing compares"
        for key in ECS.keys() & theirs.keys():
            value = at(theirs[key]) if key in TIMES else theirs[key]
            assert ECS[key](flow) == value, (key, theirs["event.original"])
    assert {"source.ip", "event.start", "aws.vpcflow.action"} <= ECS.keys() & expected[0].keys()
    flows = rows("core.flow")
    assert [(f["src_ip"], f["dst_ip"], f["src_port"], f["dst_port"], f["bytes"]) for f in flows] == [
        (e["source.ip"], e["destination.ip"], e["source.port"], e["destination.port"], e["source.bytes"])
        for e in expected
    ]


# ---------------------------------------------------------------- Tenzir's reading of CloudWatch events


def _tql(text: str) -> list[Row]:
    """Records in Tenzir's notation: bare words are IP addresses, numbers, times and nulls."""
    found = []
    for body in re.findall(r"\{(.*?)\n\}", text, re.S):
        pairs = (line.strip().rstrip(",").split(": ", 1) for line in body.strip().splitlines())
        found.append({key: _tql_value(value) for key, value in pairs})
    return found


def _tql_value(text: str) -> Any:
    if text == "null":
        return None
    if text.startswith('"'):
        return json.loads(text)
    if re.fullmatch(r"\d+", text):
        return int(text)
    return at(text) if re.match(r"\d{4}-\d\d-\d\dT", text) else text


def test_cloudwatch_events_are_read_as_tenzir_reads_them(samples: Path, read: Reader) -> None:
    expected = _tql((samples / "flow_logs/cloudwatch-v2.expected.txt").read_text())
    _, rows = read(samples / "flow_logs/cloudwatch-v2.ndjson")
    staged = rows("staged.vpc_flow")
    assert len(expected) == 4
    accounts = [{"account_id": str(theirs["account_id"])} for theirs in expected]  # ours keep their zeros
    ours = [{key: flow[key] for key in theirs} for flow, theirs in zip(staged, expected, strict=True)]
    assert ours == [theirs | account for theirs, account in zip(expected, accounts, strict=True)]
    assert len(rows("core.flow")) == 2
    assert [gap["log_status"] for gap in rows("core.log_coverage")] == ["NODATA", "SKIPDATA"]


# ---------------------------------------------------------------- OCSF's reading


def test_flow_is_read_as_ocsf_reads_it(samples: Path, read: Reader) -> None:
    """Separated by commas. Times are checked against the epoch that OCSF gives: its texts are off by a zone."""
    ocsf = json.loads((samples / "flow_logs/ocsf-1.1.0-vpcflow.ocsf.json").read_text())
    _, rows = read(samples / "flow_logs/ocsf-1.1.0-vpcflow.raw")
    (flow,) = rows("staged.vpc_flow")
    source, destination = ocsf["src_endpoint"], ocsf["dst_endpoint"]
    assert (flow["srcaddr"], flow["srcport"]) == (source["ip"], source["port"])
    assert (flow["dstaddr"], flow["dstport"]) == (destination["ip"], destination["port"])
    assert (flow["instance_id"], flow["vpc_id"]) == (destination["instance_uid"], destination["vpc_uid"])
    assert flow["subnet_id"] == destination["subnet_uid"]
    assert (flow["bytes"], flow["packets"]) == (ocsf["traffic"]["bytes"], ocsf["traffic"]["packets"])
    assert flow["protocol"] == ocsf["connection_info"]["protocol_num"]
    assert flow["tcp_flags"] == ocsf["connection_info"]["tcp_flags"]
    assert flow["type"] == ocsf["connection_info"]["protocol_ver"]
    assert (flow["flow_direction"], ocsf["connection_info"]["direction"]) == ("ingress", "Inbound")
    assert (flow["action"], ocsf["action"]) == ("REJECT", "Denied")
    assert (flow["account_id"], flow["region"]) == (ocsf["cloud"]["account"]["uid"], ocsf["cloud"]["region"])
    assert (flow["az_id"], str(flow["version"])) == (ocsf["cloud"]["zone"], ocsf["metadata"]["product"]["version"])
    assert flow["log_status"] == ocsf["status_code"]
    assert flow["start"] == seconds(ocsf["time"] // 1000)
    assert (flow["end"] - flow["start"]).total_seconds() == (
        at(ocsf["end_time_dt"]) - at(ocsf["start_time_dt"])
    ).total_seconds()
    dashes = ("pkt_src_aws_service", "pkt_dst_aws_service", "sublocation_id", "sublocation_type", "traffic_path")
    assert [flow[name] for name in dashes] == [None] * len(dashes)
    assert [f["action"] for f in rows("core.flow")] == ["REJECT"]


def test_dns_query_is_read_as_ocsf_reads_it(samples: Path, read: Reader) -> None:
    ocsf = json.loads((samples / "resolver/ocsf-1.1.0-route53.ocsf.json").read_text())
    _, rows = read(samples / "resolver/ocsf-1.1.0-route53.raw")
    (query,), (ours,) = rows("staged.resolver_query"), rows("core.dns_query")
    assert query["query_timestamp"] == at("2022-10-13T21:02:36Z") == at(ocsf["time_dt"])
    assert query["query_name"] == ocsf["query"]["hostname"]
    assert ours["query_name"] == ocsf["query"]["hostname"].rstrip(".")
    assert (ours["query_type"], query["query_class"]) == (ocsf["query"]["type"], ocsf["query"]["class"])
    assert ours["rcode"] == ocsf["rcode"].upper()
    assert ours["answers"] == [answer["rdata"] for answer in ocsf["answers"]]
    assert ours["answer_count"] == len(ocsf["answers"]) == 1
    assert (ours["src_ip"], ours["src_port"]) == (ocsf["src_endpoint"]["ip"], ocsf["src_endpoint"]["port"])
    assert ours["vpc_id"] == ocsf["src_endpoint"]["vpc_uid"]
    assert ours["resolver_endpoint_id"] == ocsf["dst_endpoint"]["instance_uid"]
    assert query["srcids_resolver_network_interface"] == ocsf["dst_endpoint"]["interface_uid"]
    assert ours["transport"] == ocsf["connection_info"]["protocol_name"]
    assert (ours["account_id"], ours["region"]) == (ocsf["cloud"]["account"]["uid"], ocsf["cloud"]["region"])
    assert (ours["firewall_action"], ocsf["disposition"]) == ("ALERT", "Alert")
    assert ours["firewall_rule_group_id"] == ocsf["firewall_rule"]["uid"]
    assert ours["firewall_domain_list_id"] == ocsf["unmapped"]["firewall_domain_list_id"]


# ---------------------------------------------------------------- plain to see


def test_header_in_any_order_names_the_values(samples: Path, read: Reader) -> None:
    for name, version, places in (
        ("V3_FILE.log", 3, [(None, None), (None, None)]),
        ("V4_FILE.log", 4, [("wavelength", "wlid04"), ("outpost", "outpostid04")]),
    ):
        _, rows = read(samples / "flow_logs" / name)
        staged = rows("staged.vpc_flow")
        assert [flow["bytes"] for flow in staged] == [6392, 1698]
        assert {flow["account_id"] for flow in staged} == {"000000000000"}
        sources = [(flow["srcaddr"], flow["srcport"]) for flow in staged]
        assert sources == [("172.18.160.68", 443), ("172.18.160.93", 8088)]
        assert [flow["pkt_srcaddr"] for flow in staged] == ["192.168.0.1", "172.18.160.9"]
        assert [flow["tcp_flags"] for flow in staged] == [19, 3]
        assert {(flow["start"], flow["end"]) for flow in staged} == {(seconds(1568300367), seconds(1568300425))}
        assert [(flow["sublocation_type"], flow["sublocation_id"]) for flow in staged] == places
        assert {flow["version"] for flow in staged} == {version}
        assert {flow["action"] for flow in staged} == {None}  # not in the format, so unknown
        assert [flow["dst_port"] for flow in rows("core.flow")] == [47460, 443]


def test_records_without_data_are_gaps_and_not_flows(samples: Path, read: Reader) -> None:
    _, rows = read(samples / "flow_logs/V2_RECORDS.log")
    assert Counter(flow["action"] for flow in rows("core.flow")) == {"ACCEPT": 2, "REJECT": 1}
    gaps = rows("core.log_coverage")
    assert [(gap["interface_id"], gap["log_status"]) for gap in gaps] == [
        ("eni-1a2b3c4d", "NODATA"),
        ("eni-4b118871", "SKIPDATA"),
    ]
    assert {(gap["start_at"], gap["end_at"]) for gap in gaps} == {(seconds(1431280876), seconds(1431280934))}


def test_collectors_two_lines_are_read_without_a_last_line_end(samples: Path, read: Reader) -> None:
    _, rows = read(samples / "flow_logs/otel-multi.log")
    assert [(f["dst_ip"], f["dst_port"], f["action"], f["line"]) for f in rows("core.flow")] == [
        ("172.31.16.21", 22, "ACCEPT", 2),
        ("172.31.9.12", 3389, "REJECT", 3),
    ]


def test_events_of_2019_with_hyphens_in_their_keys(samples: Path, read: Reader) -> None:
    _, rows = read(samples / "networkmanager/tgw-guide-doc-events.json")
    names = [event["id"] for event in json.loads((samples / "networkmanager/tgw-guide-doc-events.json").read_text())]
    events = sorted(rows("core.network_event"), key=lambda event: names.index(event["event_id"]))
    assert [event["change_type"] for event in events] == [
        "VPC_ATTACHMENT_DELETED",
        "TGW_ROUTE_TABLE_ASSOCIATED",
        "VPN_CONNECTION_IPSEC_UP",
    ]
    assert {event["event_at"] for event in events} == {at("2019-06-30T23:18:50Z")}
    assert {event["region"] for event in events} == {"us-east-1"}  # where it happened, not where the bus is
    assert {event["account_id"] for event in events} == {"123456789012"}
    assert {"tgw-11111111111122222", "tgw-attach-012345678abc12345", "vpc-11223344556677aab"} <= set(
        events[0]["entity_ids"]
    )
    assert "tgw-rtb--123abc123abc123ab" in events[1]["entity_ids"]
    assert "vpn-33333333333344444" in events[2]["entity_ids"]
    assert events[2]["description"] == "IPsec for a VPN connection has come up."
    staged = {event["id"]: event for event in rows("staged.network_manager_event")}
    assert staged[names[2]]["outside_ip_address"] == "198.51.100.3"


def test_data_point_of_a_metric_stream(samples: Path, read: Reader) -> None:
    _, rows = read(samples / "metrics/single_record")
    (point,) = rows("core.metric_point")
    assert_is_published_point(point)
    assert json.loads(rows("staged.cloudwatch_metric")[0]["value"]) == {"count": 3, "sum": 20, "max": 18, "min": 0}


def assert_is_published_point(point: Row) -> None:
    assert point["event_at"] == datetime(2021, 1, 29, 14, 14, 58, tzinfo=UTC)
    assert (point["namespace"], point["metric_name"], point["unit"]) == ("AWS/EC2", "DiskWriteOps", "Seconds")
    assert (point["account_id"], point["region"]) == ("1234567890", "us-east-1")
    assert json.loads(point["dimensions"]) == {"InstanceId": "i-123456789012"}
    assert (point["sample_count"], point["sum"], point["minimum"], point["maximum"]) == (3, 20, 0, 18)
    assert point["average"] == pytest.approx(20 / 3)


# ---------------------------------------------------------------- blocks of AWS's guides

GUIDE = "aws_api/user_guide_blocks.jsonl"
FLOW_LINE = re.compile(r"^\s*(\d+ |- |i-\w+ )?(.*\s)?eni-\w+ .*$|^\d+ (\d{1,3}\.){3}", re.M)
HEADER = re.compile(r"^[a-z]+(-[a-z]+)*( [a-z]+(-[a-z]+)*)+$")


def blocks(samples: Path) -> list[Row]:
    return [json.loads(line) for line in (samples / GUIDE).read_text().splitlines()]


def example_blocks(samples: Path) -> dict[tuple[str, int], str]:
    """Blocks of the page of flow log examples: (heading, index) -> text."""
    page = [b for b in blocks(samples) if b["file"].endswith("flow-logs-records-examples.md")]
    return {(block["heading"], block["index"]): block["text"] for block in page}


def sectioned(samples: Path) -> dict[str, tuple[str, list[str]]]:
    """Heading -> (the format that the guide says, or "", blocks of records)."""
    found: dict[str, tuple[str, list[str]]] = {}
    for (heading, _), text in example_blocks(samples).items():
        header, records = found.get(heading, ("", []))
        found[heading] = (text.strip(), records) if HEADER.match(text.strip()) else (header, [*records, text])
    return found


# Per section of the guide: what its prose says of the records, as columns of core.flow or core.log_coverage.
SAID: dict[str, tuple[str, tuple[str, ...], list[tuple[Any, ...]]]] = {
    "Accepted and rejected traffic": (
        "core.flow", ("dst_port", "protocol", "action"), [(22, 6, "ACCEPT"), (3389, 6, "REJECT")],
    ),
    "No data and skipped records": (
        "core.log_coverage", ("interface_id", "log_status"),
        [("eni-1235b8ca123456789", "NODATA"), ("eni-11111111aaaaaaaaa", "SKIPDATA")],
    ),
    "Security group and network ACL rules": (
        "core.flow", ("protocol", "action"), [(1, "ACCEPT"), (1, "REJECT")],
    ),
    "IPv6 traffic": (
        "core.flow", ("src_ip", "dst_port", "bytes"), [("2001:db8:1234:a100:8d6e:3477:df66:f105", 22, 8855)],
    ),
    "TCP flag sequence": (
        "core.flow", ("src_port", "tcp_flags", "packets", "bytes"),
        [(43416, 2, 8, 568), (5001, 18, 7, 376), (43418, 2, 70, 100_701), (5001, 18, 12, 632),
         (5001, 1, 1219, 63_388), (43418, 1, 15_774, 23_294_588), (43638, 3, 17, 1260), (5001, 19, 14, 967)],
    ),
    "Traffic through a NAT gateway": (
        "core.flow", ("instance_id", "src_ip", "dst_ip", "pkt_src_ip", "pkt_dst_ip"),
        [(None, "10.0.1.5", "10.0.0.220", "10.0.1.5", "203.0.113.5"),
         (None, "10.0.0.220", "203.0.113.5", "10.0.0.220", "203.0.113.5"),
         (None, "203.0.113.5", "10.0.0.220", "203.0.113.5", "10.0.0.220"),
         (None, "10.0.0.220", "10.0.1.5", "203.0.113.5", "10.0.1.5")],
    ),
    "Traffic through a transit gateway": (
        "core.flow", ("instance_id", "src_ip", "pkt_src_ip", "tcp_flags"),
        [("i-01234567890123456", "10.20.33.164", "10.20.33.164", 3),
         ("i-01234567890123456", "10.40.2.236", "10.40.2.236", 19),
         (None, "10.40.1.175", "10.20.33.164", 3), (None, "10.40.2.236", "10.40.2.236", 19)],
    ),
    "Service name, traffic path, and flow direction": (
        "core.flow", ("direction", "src_aws_service", "dst_aws_service", "traffic_path"),
        [("ingress", "S3", None, None), ("egress", None, "S3", 8)],
    ),
}  # fmt: skip
# Lines that are no record: an ellipsis between two records, remarks behind a record. Refused, never guessed.
REFUSED = {"Traffic through a NAT gateway": 2, "Traffic through a transit gateway": 1}


def test_every_section_of_the_guide_is_compared(samples: Path) -> None:
    assert set(sectioned(samples)) == set(SAID)


@pytest.mark.parametrize("heading", SAID)
def test_records_of_the_guide_are_read_as_its_prose_says(
    heading: str, samples: Path, read: Reader, tmp_path: Path
) -> None:
    header, texts = sectioned(samples)[heading]
    (tmp_path / "block.log").write_text("".join([f"{header}\n"] * bool(header) + texts))
    reports, rows = read(tmp_path / "block.log")
    table, columns, said = SAID[heading]
    found = rows(table)
    assert [tuple(row[column] for column in columns) for row in found] == said
    refused = rows("ops.reject")
    assert len(refused) == REFUSED.get(heading, 0)
    assert all("values for" in reject["reason"] for reject in refused)
    assert {report.source for report in reports} == {"vpc_flow"}


def test_block_of_a_format_alone_holds_no_records(samples: Path, read: Reader, tmp_path: Path) -> None:
    headers = [header for header, _ in sectioned(samples).values() if header]
    assert len(headers) == 4
    for number, header in enumerate(headers):
        (tmp_path / f"{number}.log").write_text(header)
        reports, rows = read(tmp_path / f"{number}.log")
        assert sum(report.rows_in for report in reports) == 0
        assert rows("ops.reject") == []


def json_blocks(samples: Path, mark: str) -> list[str]:
    return [block["text"] for block in blocks(samples) if block["kind"] == "json" and mark in block["text"]]


def test_resolver_query_of_the_guide(samples: Path, read: Reader, tmp_path: Path) -> None:
    texts = json_blocks(samples, '"query_name"')
    assert len(texts) == 1
    (tmp_path / "block.json").write_text(texts[0])
    _, rows = read(tmp_path / "block.json")
    (query,) = rows("core.dns_query")
    assert query["event_at"] == at("2021-02-04T17:51:55Z")
    assert (query["query_name"], query["query_type"]) == ("15.3.4.32.in-addr.arpa", "PTR")
    assert (query["rcode"], query["firewall_action"]) == ("NOERROR", "BLOCK")
    assert (query["src_ip"], query["src_port"], query["transport"]) == ("4.5.64.102", 56067, "UDP")
    assert (query["answers"], query["answer_count"]) == (["203.0.113.9"], 1)
    assert (query["vpc_id"], query["instance_id"]) == ("vpc-7example", "i-0d15cd0d3example")
    assert (query["account_id"], query["region"]) == ("111122223333", "us-east-1")
    assert query["firewall_rule_group_id"] == "rslvr-frg-01234567890abcdef"


def test_metric_stream_records_of_the_guide(samples: Path, read: Reader, tmp_path: Path) -> None:
    texts = [text for text in json_blocks(samples, '"metric_stream_name"') if '"Columns"' not in text]
    assert len(texts) == 2
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.json").write_text(text)
        _, rows = read(tmp_path / f"{number}.json")
        (point,), (staged,) = rows("core.metric_point"), rows("staged.cloudwatch_metric")
        assert_is_published_point(point)
        assert json.loads(staged["value"])["TM(25%:75%)"] == 16.43
        assert json.loads(staged["value"])["p99.9"] == 17.8764


def test_no_other_block_of_the_guides_passes_for_a_record(samples: Path, read: Reader, tmp_path: Path) -> None:
    """Policies, table definitions, commands, key patterns and log filters are refused, each as one object or record."""
    records = {text for _, texts in sectioned(samples).values() for text in texts}
    records |= {header + "\n" for header, _ in sectioned(samples).values() if header}
    records |= set(json_blocks(samples, '"query_name"'))
    records |= {text for text in json_blocks(samples, '"metric_stream_name"') if '"Columns"' not in text}
    others = [block["text"] for block in blocks(samples) if block["text"] not in records]
    assert len(others) > 50
    place = tmp_path / "others"
    place.mkdir()
    for number, text in enumerate(others):
        (place / str(number)).write_text(text)
    reports, rows = read(place)
    assert [report.source for report in reports if report.rows_out] == []
    refused = pl.DataFrame(rows("ops.reject"))
    assert refused["uri"].n_unique() == len(set(others))
    assert refused["reason"].null_count() == 0
