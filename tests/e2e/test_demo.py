"""The demo against the truth that the simulator wrote beside its files: counts to the record, incidents with causes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipelines.lake import models

if TYPE_CHECKING:
    from conftest import Demo, Netlake

Row = dict[str, Any]
EARLY, LATE = timedelta(minutes=5), timedelta(minutes=30)
QUIET = timedelta(hours=24)
PLANTED = (
    "aws-impairment",
    "transit-route",
    "internet-weather",
    "corporate-dns",
    "security-group",
    "vpn-tunnel",
)
# Classes under which each planted kind may show: its own, and those of what it does to others.
COMPATIBLE = {
    "probe_rtt": {"probe_rtt", "probe_loss", "region_latency", "aws_health"},
    "probe_loss": {"probe_loss", "probe_rtt", "tunnel_down"},
    "transit_drop": {"transit_drop", "volume_drop", "reject_burst"},
    "internet_weather": {"internet_weather", "internet"},
    "dns_failure": {"dns_failure"},
    "reject_burst": {"reject_burst", "volume_drop"},
}
SOURCES = (
    "vpc_flow",
    "transit_gateway_flow",
    "resolver_query",
    "network_manager_event",
    "cloudtrail_event",
    "cloudwatch_metric",
    "internet_measurement",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def span(row: Row, lake_end: datetime) -> tuple[datetime, datetime]:
    return at(row["start"]), at(row["end"]) if row["end"] else lake_end


def ask(demo: Demo, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(demo.lake / "lake.duckdb"), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        return con.execute(statement).fetchall()


def one(demo: Demo, statement: str) -> Any:
    ((value, *_),) = ask(demo, statement)
    return value


@pytest.fixture(scope="module")
def incidents(demo: Demo) -> list[Row]:
    found: list[Row] = demo.printed["incidents"]
    assert found, "the demo found nothing at all"
    return found


# ---------------------------------------------------------------- counts


def test_duration(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\ndemo: {demo.seconds:.0f} s, {demo.printed['records']:,} records, {demo.printed['objects']:,} objects")
    assert demo.printed["seconds"] <= demo.seconds
    assert demo.seconds < 300


@pytest.mark.parametrize("source", SOURCES)
def test_every_record_is_staged_once(source: str, demo: Demo) -> None:
    expected = demo.labels["totals"][source]["records"]
    assert expected > 0
    odd = demo.labels["oddities_of_delivery"]
    if source == "cloudtrail_event":  # calls that EventBridge announced too, and one event that came twice
        expected += odd["events_by_both_ways"] + odd["repeated_events"]
    assert one(demo, f"select count(*) from staged.{source}") == expected  # noqa: S608


def test_flow_records_by_status_and_their_sums(demo: Demo) -> None:
    totals = demo.labels["totals"]["vpc_flow"]
    by_status = dict(ask(demo, "select log_status, count(*) from staged.vpc_flow group by log_status"))
    assert by_status == {"OK": totals["ok"], "NODATA": totals["no_data"], "SKIPDATA": totals["skip_data"]}
    sums = "cast(sum(bytes) as bigint), cast(sum(packets) as bigint)"
    assert ask(demo, f"select {sums} from staged.vpc_flow") == [(totals["ok_bytes"], totals["ok_packets"])]  # noqa: S608


def test_core_flows_are_those_staged_less_the_repeated(demo: Demo) -> None:
    (counted,) = ask(demo, "select count(*), cast(sum(bytes) as bigint) from core.flow")
    (distinct,) = ask(
        demo,
        """select count(*), cast(sum(bytes) as bigint) from (select distinct on (account_id, interface_id, resource_id,
           vpc_id, flow_direction, srcaddr, dstaddr, srcport, dstport, protocol, pkt_srcaddr, pkt_dstaddr, packets,
           bytes, start, "end", action, tcp_flags) bytes
           from staged.vpc_flow where coalesce(log_status, 'OK') = 'OK')""",
    )
    assert counted == distinct
    assert counted[0] > 0.9 * demo.labels["totals"]["vpc_flow"]["ok"]


def test_transit_records_and_what_they_lost(demo: Demo) -> None:
    totals = demo.labels["totals"]["transit_gateway_flow"]
    lost = "no_route_packets + blackhole_packets + mtu_exceeded_packets + ttl_expired_packets"
    counted = ask(demo, f"select count(*), cast(sum({lost}) as bigint) from core.transit_flow")  # noqa: S608
    assert counted == [(totals["ok"], totals["lost_packets"])]


def test_dns_queries_that_failed(demo: Demo) -> None:
    failed = one(demo, "select count(*) from core.dns_query where rcode in ('SERVFAIL', 'REFUSED')")
    assert failed == demo.labels["totals"]["resolver_query"]["failed"] > 0


def test_an_event_counts_once_however_it_was_delivered(demo: Demo) -> None:
    assert ask(demo, "select count(*) - count(distinct event_id) from core.network_event") == [(0,)]
    managed = one(demo, "select count(distinct event_id) from core.network_event where provider = 'networkmanager'")
    assert managed == demo.labels["totals"]["network_manager_event"]["managed_events"]


def test_rejects_are_the_malformed_lines_and_the_truncated_object(demo: Demo) -> None:
    odd = demo.labels["oddities_of_delivery"]
    rejects = ask(demo, "select uri, line, reason from ops.reject")
    bucket = demo.root / "bucket"
    told = {(str(Path(uri).relative_to(bucket)), line) for uri, line, _ in rejects}
    malformed = {(row["key"], row["line"]) for row in odd["malformed_lines"]}
    truncated = {(row["key"], None) for row in odd["truncated_objects"]}
    assert len(malformed) == odd["malformed_line_count"] > 0
    assert truncated
    assert told == malformed | truncated
    assert len(rejects) == len(told) == demo.printed["rejected"]
    assert all(reason for _, _, reason in rejects)


def test_repeated_object_is_counted_and_not_read_again(demo: Demo) -> None:
    odd = demo.labels["oddities_of_delivery"]
    repeated = ask(demo, "select uri, rows_duplicate from ops.ingested_object where state = 'duplicate'")
    assert sum(rows for _, rows in repeated) == odd["duplicate_records"] > 0
    pairs = {frozenset((row["key"], row["same_as"])) for row in odd["duplicate_objects"]}
    keys = {str(Path(uri).relative_to(demo.root / "bucket")) for uri, _ in repeated}
    assert len(keys) == len(pairs)
    assert all(keys & pair for pair in pairs)


def test_every_object_of_the_bucket_is_in_the_ledger_and_its_records_add_up(demo: Demo) -> None:
    uris = {uri for (uri,) in ask(demo, "select distinct uri from ops.ingested_object")}
    assert uris == {str(path) for path in (demo.root / "bucket").rglob("*") if path.is_file()}
    wrong = "select count(*) from ops.ingested_object where rows_in <> rows_out + rows_rejected + rows_duplicate"
    assert one(demo, wrong) == 0
    assert one(demo, "select cast(sum(rows_in) as bigint) from ops.ingested_object") == demo.printed["records"]


@pytest.mark.parametrize("model", models.models(), ids=lambda model: model.full_name)
def test_grain_of_a_model_tells_its_rows_apart(model: models.Model, demo: Demo) -> None:
    grain = ", ".join(model.grain)
    count, twice = ask(
        demo,
        f"select cast(sum(n) as bigint), count(*) filter (n > 1) from "  # noqa: S608
        f"(select {grain}, count(*) as n from {model.full_name} group by {grain})",
    )[0]
    assert count > 0
    assert twice == 0


def test_rollups_add_up_to_the_flows(demo: Demo) -> None:
    raw = ask(demo, "select count(*), cast(sum(bytes) as bigint), cast(sum(packets) as bigint) from core.flow")
    for rollup in ("flow_1m", "flow_1h"):
        sums = ", ".join(f"cast(sum({column}) as bigint)" for column in ("flow_count", "bytes", "packets"))
        assert ask(demo, f"select {sums} from rollup.{rollup}") == raw  # noqa: S608


# ---------------------------------------------------------------- incidents


@pytest.fixture(scope="module")
def related(demo: Demo) -> dict[str, set[str]]:
    """What contains what, as the records themselves say: id -> ids of what it lies in or under."""
    pairs = ask(
        demo,
        """select distinct interface_id, vpc_id from core.flow where vpc_id is not null
           union select distinct attachment_id, src_vpc_id from core.transit_flow where direction = 'ingress'
           union select distinct attachment_id, dst_vpc_id from core.transit_flow where direction = 'egress'
           union select distinct subnet_id, vpc_id from core.flow where vpc_id is not null""",
    )
    found: dict[str, set[str]] = {}
    for child, parent in pairs:
        if child and parent:
            found.setdefault(child, set()).add(parent)
    return found


def named(entities: Iterable[str], related: dict[str, set[str]]) -> set[str]:
    """Ids of the entities, of the parts of composed ids (``monitor/probe``), and of what contains them."""
    parts = {part for entity in entities for part in (entity, *entity.split("/"))}
    places = (entity.split("/") for entity in entities if entity.count("/") == 3)  # region/country/city/network
    parts |= {f"{city} {network}" for *_, city, network in places}
    return parts | {parent for part in parts for parent in related.get(part, ())}


def matches(planted: Row, incidents: list[Row], demo: Demo, related: dict[str, set[str]]) -> list[Row]:
    """Incidents about the planted one: overlapping in time, an entity or its parent in common, a class that fits."""
    end = at(demo.labels["end"])
    start, stop = at(planted["start"]) - EARLY, at(planted["end"]) + LATE
    hit = named(planted["entities"], related)
    return [
        incident
        for incident in incidents
        if span(incident, end)[0] <= stop
        and span(incident, end)[1] >= start
        and incident["class"] in COMPATIBLE[planted["class"]]
        and hit & named(incident["entities"], related)
    ]


def planted_of(demo: Demo, kind: str) -> Row:
    (found,) = [incident for incident in demo.labels["incidents"] if incident["kind"] == kind]
    return dict(found)


def test_every_kind_of_incident_is_planted(demo: Demo) -> None:
    assert sorted(incident["kind"] for incident in demo.labels["incidents"]) == sorted(PLANTED)


@pytest.mark.parametrize("kind", PLANTED)
class TestPlantedIncident:
    """What was planted is found, in time, and explained."""

    def test_is_found(self, kind: str, demo: Demo, incidents: list[Row], related: dict[str, set[str]]) -> None:
        assert matches(planted_of(demo, kind), incidents, demo, related)

    def test_begins_when_it_began(
        self, kind: str, demo: Demo, incidents: list[Row], related: dict[str, set[str]]
    ) -> None:
        planted = planted_of(demo, kind)
        found = matches(planted, incidents, demo, related)
        onset = min((at(incident["start"]) for incident in found), default=at(demo.labels["start"]))
        assert at(planted["start"]) - EARLY <= onset <= at(planted["start"]) + LATE

    def test_cause_is_named(self, kind: str, demo: Demo, incidents: list[Row], related: dict[str, set[str]]) -> None:
        """One of the events that did it; or none, where no event did it."""
        planted = planted_of(demo, kind)
        causes = {incident["cause_event_id"] for incident in matches(planted, incidents, demo, related)}
        assert causes
        if planted["cause_event_ids"]:
            assert causes & set(planted["cause_event_ids"])
        assert causes <= {None, *planted["cause_event_ids"]}

    def test_blame_is_right(self, kind: str, demo: Demo, incidents: list[Row], related: dict[str, set[str]]) -> None:
        planted = planted_of(demo, kind)
        blamed = {incident["blame"] for incident in matches(planted, incidents, demo, related)}
        assert planted["blame"] in blamed
        assert blamed <= {planted["blame"], "unknown"}

    def test_is_told_once(self, kind: str, demo: Demo, incidents: list[Row], related: dict[str, set[str]]) -> None:
        """One trouble is one incident, not one per interface; two may stand where its effects are far apart."""
        assert len(matches(planted_of(demo, kind), incidents, demo, related)) <= 2


def test_quiet_day_is_quiet(demo: Demo, incidents: list[Row]) -> None:
    quiet_until = at(demo.labels["start"]) + QUIET
    assert min(at(planted["start"]) for planted in demo.labels["incidents"]) >= quiet_until
    early = [i["summary"] for i in incidents if at(i["start"]) < quiet_until - EARLY]
    assert early == []


def test_harmless_oddities_are_no_incidents(demo: Demo, incidents: list[Row], related: dict[str, set[str]]) -> None:
    """Backups, rushes, deployments and decoys: whatever is found in their time is about what was planted."""
    explained = [
        incident["id"]
        for planted in demo.labels["incidents"]
        for incident in matches(planted, incidents, demo, related)
    ]
    assert [incident["summary"] for incident in incidents if incident["id"] not in explained] == []


def test_harmless_changes_are_never_the_cause(demo: Demo, incidents: list[Row]) -> None:
    harmless = {event for oddity in demo.labels["oddities"] for event in oddity["events"]}
    assert harmless
    assert not harmless & {incident["cause_event_id"] for incident in incidents}


def test_causes_are_events_of_the_lake(demo: Demo, incidents: list[Row]) -> None:
    events = {event for (event,) in ask(demo, "select event_id from core.network_event")}
    named_causes = {incident["cause_event_id"] for incident in incidents} - {None}
    assert named_causes
    assert named_causes <= events


def test_incidents_say_what_where_since_when_and_why(demo: Demo, incidents: list[Row], netlake: Netlake) -> None:
    listed = netlake("--lake", demo.lake, "incidents", "--json").json
    assert listed == incidents
    fields = {
        "id", "start", "end", "detected_at", "class", "kind", "entities", "cause_event_id", "confidence", "summary",
    }  # fmt: skip
    for incident in incidents:
        assert fields <= set(incident)
        assert incident["entities"]
        assert 0 <= incident["confidence"] <= 1
        assert at(incident["start"]) < at(incident["detected_at"])
        assert incident["end"] is None or at(incident["start"]) < at(incident["end"])
        assert f"{at(incident['start']):%Y-%m-%d %H:%M}" in incident["summary"]


# ---------------------------------------------------------------- what people get


def test_report_is_one_file_that_needs_no_network(demo: Demo, incidents: list[Row]) -> None:
    page = Path(demo.printed["report"]).read_text()
    assert len(page) > 100_000
    loaded = re.findall(r"<(?:script|img|iframe|source)\b[^>]*\bsrc\s*=\s*[\"']?(?!data:)([^\"'\s>]+)", page)
    loaded += re.findall(r"<link\b[^>]*\bhref\s*=\s*[\"']?(?!data:|#)([^\"'\s>]+)", page)
    loaded += re.findall(r"@import\b[^;]+|url\(\s*[\"']?https?:[^)]+\)", page)
    assert loaded == []
    assert all(incident["entities"][0].split("/")[-1] in page for incident in incidents)


def test_lake_answers_as_the_readme_says(demo: Demo, netlake: Netlake) -> None:
    statement = "select count(*) n, sum(bytes) b from core.flow"
    ((count, size),) = ask(demo, "select count(*), cast(sum(bytes) as bigint) from core.flow")
    (answer,) = netlake("--lake", demo.lake, "sql", statement, "--json").json
    assert answer == {"n": count, "b": size}


def test_published_file_answers_any_duckdb_anywhere(demo: Demo, tmp_path: Path) -> None:
    script = (
        "import duckdb, json, sys\n"
        "con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(json.dumps(con.execute('select count(*), cast(sum(bytes) as bigint) from core.flow').fetchall()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(demo.lake / "lake.duckdb")],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    expected = ask(demo, "select count(*), cast(sum(bytes) as bigint) from core.flow")
    assert [tuple(row) for row in json.loads(ran.stdout)] == expected


def test_health_is_measured_for_the_whole_network(demo: Demo) -> None:
    bins = ask(demo, "select count(*), count(availability) from health.score where entity_kind = 'network'")
    assert bins[0][0] > 0
    assert bins[0][1] > 0.9 * bins[0][0]


def test_lake_is_whole(demo: Demo, netlake: Netlake) -> None:
    findings = {row["what"]: row for row in netlake("--lake", demo.lake, "doctor", "--json").json}
    for what in ("lake", "interrupted ingests", "missing data files", "hours to build", "lake.duckdb"):
        assert findings[what]["state"] == "good", findings[what]


def test_second_run_adds_nothing(demo: Demo, netlake: Netlake, incidents: list[Row]) -> None:
    views = "select schema_name || '.' || view_name from duckdb_views() where not internal and schema_name <> 'ops'"
    tables = ask(demo, views)
    counts = {name: one(demo, f"select count(*) from {name}") for (name,) in tables}  # noqa: S608
    assert sum(counts.values()) > 1_000_000
    again = netlake("--lake", demo.lake, "demo", "--to", demo.root, "--json").json
    assert {name: one(demo, f"select count(*) from {name}") for name in counts} == counts  # noqa: S608
    assert again["incidents"] == incidents
    assert again["records"] == 0 or again["records"] == demo.printed["records"]
