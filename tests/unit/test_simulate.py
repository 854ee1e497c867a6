"""The simulator writes what the format reference says, the same for the same seed, and its labels add up."""

import gzip
import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.simulate import Simulation, simulate

START = datetime(2026, 9, 1, 12, tzinfo=UTC)
# Section 1.7 of the format reference.
FLOW_LOG_NAME = re.compile(
    r"^(?P<acct>\d{12})_vpcflowlogs_(?P<region>[a-z0-9-]+)_(?P<fl>fl-[0-9a-f]+)_(?P<ts>\d{8}T\d{4}Z)_(?P<hash>[0-9a-z]+)"
    r"\.log\.(?P<ext>gz|parquet(\.gz)?)$"
)
DEFAULT = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
KEYS = {
    "flow": r"AWSLogs/\d{12}/vpcflowlogs/[a-z0-9-]+/\d{4}/\d\d/\d\d/[^/]+",
    "flow by the hour": r"AWSLogs/aws-account-id=\d{12}/aws-service=vpcflowlogs/aws-region=[a-z0-9-]+/year=\d{4}/"
    r"month=\d\d/day=\d\d/hour=\d\d/[^/]+",
    "resolver": r"AWSLogs/\d{12}/vpcdnsquerylogs/(vpc-[0-9a-f]{17})/\d{4}/\d\d/\d\d/\1_vpcdnsquerylogs_\d{12}_"
    r"\d{8}T\d{4}Z_[0-9a-f]+\.log\.gz",
    "trail": r"AWSLogs/(\d{12})/CloudTrail/us-east-1/\d{4}/\d\d/\d\d/\1_CloudTrail_us-east-1_\d{8}T\d{4}Z_[0-9a-f]+"
    r"\.json\.gz",
    "internet": r"AWSLogs/\d{12}/internetmonitor/us-east-1/\d{4}/\d\d/\d\d/[^/]+\.log\.gz",
    "firehose": r"(metric-stream|network-events)/\d{4}/\d\d/\d\d/\d\d/\1-1-\d{4}(-\d\d){5}-[0-9a-f-]{36}\.gz",
}


@dataclass(frozen=True)
class Line:
    """One line of a flow log object: its tokens by field name, or only its text if it is no record."""

    key: str
    number: int
    text: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Tree:
    """A simulation read back: object texts by key, unreadable objects apart."""

    made: Simulation
    labels: dict[str, Any]
    texts: dict[str, str]
    torn: tuple[str, ...]

    def of(self, fragment: str) -> dict[str, str]:
        found = {key: text for key, text in self.texts.items() if fragment in key}
        assert found, f"no object with {fragment} in its key"
        return found

    def incident(self, kind: str) -> dict[str, Any]:
        return next(incident for incident in self.labels["incidents"] if incident["kind"] == kind)


def read(made: Simulation) -> Tree:
    bucket = made.root / "bucket"
    texts, torn = {}, []
    for path in sorted(path for path in bucket.rglob("*") if path.is_file()):
        try:
            texts[str(path.relative_to(bucket))] = gzip.decompress(path.read_bytes()).decode()
        except (EOFError, zlib.error):
            torn.append(str(path.relative_to(bucket)))
    return Tree(made, json.loads((made.root / "labels.json").read_text()), texts, tuple(torn))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return read(simulate(tmp_path_factory.mktemp("simulation"), start=START, hours=3, seed=11, scale=0.6))


def flow_lines(tree: Tree, transit: bool = False) -> Iterator[Line]:
    """Lines of each distinct flow log object, malformed ones with empty fields."""
    repeated = {one["key"] for one in tree.labels["oddities_of_delivery"]["duplicate_objects"]}
    for key, text in tree.of("_vpcflowlogs_").items():
        header, *lines = text.removesuffix("\n").split("\n")
        names = header.split(" ")
        if ("tgw-id" in names) == transit and key not in repeated:
            for number, line in enumerate(lines, 2):
                tokens = line.split(" ")
                whole = len(tokens) == len(names) and "0x6" not in tokens
                yield Line(key, number, line, dict(zip(names, tokens, strict=True)) if whole else {})


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def during(incident: dict[str, Any], moment: str) -> bool:
    return seconds(incident["start"]) <= int(moment) < seconds(incident["end"])


def concatenated(text: str) -> list[dict[str, Any]]:
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


def checksums(root: Path) -> dict[str, str]:
    paths = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_same_arguments_give_the_same_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        simulate(tmp_path / name, start=START, hours=1, seed=seed, scale=0.2)
    one = checksums(tmp_path / "one")
    assert one
    assert one == checksums(tmp_path / "two")
    assert not one.keys() & {key for key in checksums(tmp_path / "other") if "vpcflowlogs" in key}


def test_every_key_has_a_documented_form(tree: Tree) -> None:
    forms = Counter()
    for key in (*tree.texts, *tree.torn):
        matching = [name for name, pattern in KEYS.items() if re.fullmatch(pattern, key)]
        assert len(matching) == 1, key
        forms[matching[0]] += 1
        if "_vpcflowlogs_" in key:
            assert FLOW_LOG_NAME.match(key.rsplit("/", 1)[1]), key
    assert forms.keys() == KEYS.keys()
    assert any("/0" in key or "=0" in key for key in tree.texts), "one account id begins with 0"


def test_simulation_reports_what_lies_in_the_bucket(tree: Tree) -> None:
    paths = [path for path in (tree.made.root / "bucket").rglob("*") if path.is_file()]
    assert tree.made.objects == len(paths) == sum(one["objects"] for one in tree.labels["totals"].values())
    assert tree.made.bytes == sum(path.stat().st_size for path in paths)
    assert not list((tree.made.root / "bucket").rglob("labels.json"))


def test_flow_log_headers_are_of_at_least_three_formats(tree: Tree) -> None:
    headers = {text.split("\n", 1)[0] for text in tree.of("_vpcflowlogs_").values()}
    assert DEFAULT in headers
    counts = sorted(len(header.split()) for header in headers)
    assert counts == [14, 29, 29, 36, 54]


def test_flow_records_add_up_to_the_labels(tree: Tree) -> None:
    totals, ugly = tree.labels["totals"]["vpc_flow"], tree.labels["oddities_of_delivery"]
    lines = list(flow_lines(tree))
    records = [line.fields for line in lines if line.fields]
    status = Counter(record["log-status"] for record in records)
    assert len(records) == totals["records"] == tree.made.flow_records
    assert status == {"OK": totals["ok"], "NODATA": totals["no_data"], "SKIPDATA": totals["skip_data"]}
    assert sum(int(record["bytes"]) for record in records if record["bytes"] != "-") == totals["ok_bytes"]
    assert sum(int(record["packets"]) for record in records if record["packets"] != "-") == totals["ok_packets"]
    malformed = [(line.key, line.number) for line in lines if not line.fields]
    assert sorted(malformed) == sorted((one["key"], one["line"]) for one in ugly["malformed_lines"])
    assert len(malformed) == ugly["malformed_line_count"] > 0
    assert len({line.text for line in lines if line.fields}) == len(records), "no record is written twice"


def test_mishaps_of_delivery_are_as_labelled(tree: Tree) -> None:
    ugly = tree.labels["oddities_of_delivery"]
    assert [one["key"] for one in ugly["truncated_objects"]] == list(tree.torn)
    for one in ugly["duplicate_objects"]:
        assert one["key"] != one["same_as"]
        assert tree.texts[one["key"]] == tree.texts[one["same_as"]]
        assert tree.texts[one["key"]].count("\n") - 1 == one["records"]
    assert ugly["duplicate_objects"]
    for key in ugly["late_objects"]:
        slot = datetime.strptime(key.rsplit("_", 2)[1], "%Y%m%dT%H%MZ").replace(tzinfo=UTC).timestamp()
        assert (tree.made.root / "bucket" / key).stat().st_mtime > slot + 3 * 3600
    assert ugly["late_objects"]


def test_flow_records_follow_the_reference(tree: Tree) -> None:
    seen = Counter()
    for line in flow_lines(tree):
        record = line.fields
        if not record:
            continue
        slot = datetime.strptime(line.key.rsplit("_", 2)[1], "%Y%m%dT%H%MZ").replace(tzinfo=UTC).timestamp()
        assert slot <= int(record["end"]) < slot + 300
        assert int(record["start"]) <= int(record["end"])
        if record["log-status"] != "OK":
            assert record["srcaddr"] == record["packets"] == record["action"] == "-"
            continue
        assert record["action"] in ("ACCEPT", "REJECT")
        assert int(record["packets"]) > 0
        if "tcp-flags" in record:
            flags = int(record["tcp-flags"])
            assert flags in (0, 1, 2, 3, 4, 5, 6, 18, 19, 22)
            assert record["protocol"] == "6" or flags == 0
            assert (record["traffic-path"] == "-") or record["flow-direction"] == "egress"
            seen[record["flow-direction"], record["type"]] += 1
        seen["unknown owner"] += record["account-id"] == "unknown"
        seen["tagged"] += "%20" in record.get("instance-tag", "")
        seen["next hop"] += record.get("next-hop-interface-type") == "transit_gateway"
        seen["blocked public access"] += record.get("reject-reason") == "BPA" and record["bytes"] == "-"
        seen["icmp"] += record["protocol"] == "1" and record["srcport"] == "0"
        seen["udp"] += record["protocol"] == "17"
        seen["s3"] += record.get("pkt-dst-aws-service") == "S3" and record["traffic-path"] == "7"
    assert len(seen) == 11
    assert all(seen.values()), seen


def test_both_sides_of_a_conversation_agree(tree: Tree) -> None:
    """What leaves one monitored interface arrives at the other, in total."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for line in flow_lines(tree):
        record = line.fields
        if record.get("flow-direction", "-") != "-" and record["dstport"] == "6379" and record["action"] == "ACCEPT":
            flow = (record["srcaddr"], record["srcport"])
            sums.setdefault(flow, Counter())[record["flow-direction"]] += int(record["bytes"])
    complete = [sides for sides in sums.values() if len(sides) == 2]
    assert len(complete) > 100
    # Only connections across the edge of the period or beside a SKIPDATA window may differ.
    assert sum(sides["ingress"] != sides["egress"] for sides in complete) < 0.03 * len(complete)


def test_transit_gateway_logs_have_the_default_format_and_add_up(tree: Tree) -> None:
    records = [line.fields for line in flow_lines(tree, transit=True)]
    totals = tree.labels["totals"]["transit_gateway_flow"]
    assert all(records)
    assert len(records) == totals["records"]
    lost = [record for record in records if record["packets-lost-no-route"] not in ("-", "0")]
    lost += [record for record in records if record["packets-lost-blackhole"] not in ("-", "0")]
    assert lost
    assert all(record["flow-direction"] == "ingress" for record in lost)
    assert all(record["tgw-pair-attachment-id"] == "-" for record in lost)
    dropped = sum(int(r["packets-lost-no-route"]) + int(r["packets-lost-blackhole"]) for r in lost)
    assert dropped == totals["lost_packets"]


def test_revoked_rule_rejects_the_shop(tree: Tree) -> None:
    incident = tree.incident("security-group")
    entities = set(incident["entities"])
    hit = [
        line.fields for line in flow_lines(tree) if line.fields and line.fields["interface-id"] in entities
        and line.fields["log-status"] == "OK"
    ]  # fmt: skip
    inside = Counter(record["action"] for record in hit if during(incident, record["start"]))
    outside = Counter(record["action"] for record in hit if not during(incident, record["start"]))
    assert inside["REJECT"] > 5
    assert outside["REJECT"] == 0 < outside["ACCEPT"]


def test_lost_route_empties_the_attachment(tree: Tree) -> None:
    incident = tree.incident("transit-route")
    attachment = incident["entities"][0]
    arriving = [
        line.fields for line in flow_lines(tree, transit=True)
        if line.fields["tgw-attachment-id"] == attachment and line.fields["flow-direction"] == "egress"
    ]  # fmt: skip
    assert arriving
    assert not [record for record in arriving if during(incident, record["start"])]


def test_resolver_queries_are_json_lines_and_fail_when_labelled(tree: Tree) -> None:
    queries = [json.loads(line) for text in tree.of("vpcdnsquerylogs").values() for line in text.splitlines()]
    totals, incident = tree.labels["totals"]["resolver_query"], tree.incident("corporate-dns")
    assert len(queries) == totals["records"]
    assert sum(query["rcode"] == "SERVFAIL" for query in queries) == totals["failed"]
    required = {"version", "account_id", "region", "vpc_id", "query_timestamp", "query_name", "query_type"}
    required |= {"query_class", "rcode", "answers", "srcaddr", "srcport", "transport", "srcids"}
    assert all(query.keys() >= required for query in queries)
    assert all(isinstance(query["srcport"], str) for query in queries)
    assert any(len(query["answers"]) > 1 for query in queries)
    assert any("firewall_rule_action" in query for query in queries)
    hit = [
        query["rcode"] for query in queries
        if query["query_name"].endswith(".corp.example.") and query["vpc_id"] in incident["entities"]
        and incident["start"] <= query["query_timestamp"] < incident["end"]
    ]  # fmt: skip
    assert hit.count("SERVFAIL") > 0.5 * len(hit) > 0


def test_events_come_by_both_ways(tree: Tree) -> None:
    bridged = [event for text in tree.of("network-events/").values() for event in concatenated(text)]
    assert not any("\n" in text for text in tree.of("network-events/").values())
    trail = [record for text in tree.of("/CloudTrail/").values() for record in json.loads(text)["Records"]]
    ids = Counter(event["id"] for event in bridged)
    ugly, totals = tree.labels["oddities_of_delivery"], tree.labels["totals"]
    assert len(bridged) - len(ids) == ugly["repeated_events"] == 1
    managed = {event["id"] for event in bridged if event["source"] == "aws.networkmanager"}
    assert len(managed) == totals["network_manager_event"]["records"]
    announced = {event["detail"]["eventID"] for event in bridged if event["id"] not in managed}
    recorded = {record["eventID"] for record in trail}
    assert announced < recorded
    assert len(announced) == ugly["events_by_both_ways"]
    assert len(recorded) == len(trail) == totals["cloudtrail_event"]["records"]
    assert not [r for r in trail if r["readOnly"] and r["eventID"] in announced]
    assert [record["eventName"] for record in trail if "errorCode" in record] == ["DeleteRoute"]
    known = set(ids) | recorded
    for incident in tree.labels["incidents"]:
        assert set(incident["cause_event_ids"]) <= known
        assert incident["cause_event_id"] in {*incident["cause_event_ids"], None}


def test_metrics_tell_ours_from_theirs(tree: Tree) -> None:
    points = [json.loads(line) for text in tree.of("metric-stream/").values() for line in text.splitlines()]
    assert len(points) == tree.labels["totals"]["cloudwatch_metric"]["records"]
    assert len({p["namespace"] for p in points}) == 9
    assert all(p["value"].keys() == {"max", "min", "sum", "count"} for p in points)
    vpn, aws = tree.incident("vpn-tunnel"), tree.incident("aws-impairment")

    def mean(metric: str, entity: str, incident: dict[str, Any], inside: bool) -> float:
        values = [
            p["value"]["sum"] / p["value"]["count"] for p in points
            if p["metric_name"] == metric and entity in p["dimensions"].values()
            and during(incident, str(p["timestamp"] // 1000)) == inside
        ]  # fmt: skip
        assert values
        return sum(values) / len(values)

    probe = vpn["entities"][0]
    assert mean("PacketLoss", probe, vpn, True) > 3 > mean("PacketLoss", probe, vpn, False)
    assert mean("HealthIndicator", probe, vpn, True) == 0
    for entity, metric in zip(aws["entities"], ("RTT", "RoundTripTime"), strict=True):
        assert mean("HealthIndicator", entity, aws, True) > 0
        assert mean(metric, entity, aws, True) > 1.3 * mean(metric, entity, aws, False)
    assert aws["cause_event_id"] is None
    assert (vpn["blame"], aws["blame"]) == ("us", "aws")


def test_internet_measurements_degrade_in_one_city(tree: Tree) -> None:
    rows = [json.loads(line) for text in tree.of("/internetmonitor/").values() for line in text.splitlines()]
    assert len(rows) == tree.labels["totals"]["internet_measurement"]["records"]
    incident = tree.incident("internet-weather")
    bad = {
        row["clientLocation"]["city"] for row in rows if row["internetHealth"]["availability"]["experienceScore"] < 75
    }
    assert bad == {incident["entities"][1]}
    assert all(-90 <= row["clientLocation"]["latitude"] <= 90 for row in rows)


def test_incidents_do_not_overlap_and_depend_on_the_seed(tree: Tree, tmp_path: Path) -> None:
    spans = [(seconds(one["start"]), seconds(one["end"])) for one in tree.labels["incidents"]]
    assert len(spans) == 6
    assert all(end < after for (_, end), (after, _) in zip(spans, spans[1:], strict=False))
    other = read(simulate(tmp_path, start=START, hours=3, seed=12, scale=0.1))
    assert [one["start"] for one in other.labels["incidents"]] != [one["start"] for one in tree.labels["incidents"]]


@pytest.mark.parametrize(
    "wrong",
    [{"start": datetime(2026, 9, 1)}, {"hours": 0}, {"scale": 0.0}],  # noqa: DTZ001
)
def test_impossible_arguments_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="start must be aware"):
        simulate(tmp_path, **({"start": START} | wrong))
