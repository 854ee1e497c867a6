"""Health: verdicts and scores by hand-computed cases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines import registry
from pipelines.health.score import measure
from pipelines.model.schema import TIMESTAMP
from pipelines.model.tables import CORE, INDICATOR, SCORE
from pipelines.model.window import Window

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = Window(START, START + timedelta(hours=24))
FLOW_ROLLUP = """bucket_at timestamptz, account_id text, region text, vpc_id text, subnet_id text, interface_id text,
    direction text, action text, protocol int, flow_count bigint, packets bigint, bytes bigint, is_final bool"""
DNS_ROLLUP = """bucket_at timestamptz, account_id text, region text, vpc_id text, zone text, rcode text,
    firewall_action text, query_count bigint, client_count bigint, is_final bool"""


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """An empty in-memory lake."""
    con = duckdb.connect()
    con.execute("create schema core; create schema rollup; set TimeZone = 'UTC'")
    for table in CORE:
        con.register("empty_rows", table.empty())
        con.execute(f"create table {table.full_name} as select * from empty_rows")  # noqa: S608
    for name in ("flow_1m", "flow_1h"):
        con.execute(f"create table rollup.{name}({FLOW_ROLLUP})")
    con.execute(f"create table rollup.dns_5m({DNS_ROLLUP})")
    return con


def bin_at(index: int) -> datetime:
    """Start of a 5-minute bin."""
    return START + timedelta(minutes=5 * index)


def put(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, object]]) -> None:
    """Insert rows; columns that are not given are null."""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    times = [name for name in ("event_at", "bucket_at") if name in frame.columns]
    con.register("given_rows", frame.cast(dict.fromkeys(times, TIMESTAMP)))
    con.execute(f"insert into {table} by name select * from given_rows")  # noqa: S608


def flow_rows(interface: str, vpc: str | None, rejects: list[int], accepts: list[int]) -> list[dict[str, object]]:
    """rollup.flow_1m, one minute per bin."""
    return [
        {"bucket_at": bin_at(i), "interface_id": interface, "vpc_id": vpc, "action": action, "flow_count": counts[i]}
        for i in range(len(rejects))
        for action, counts in (("REJECT", rejects), ("ACCEPT", accepts))
        if counts[i]
    ]


def loss_rows(entity: str, percents: list[float | None], name: str = "PacketLoss") -> list[dict[str, object]]:
    """core.metric_point of a probe, one point per bin; None: no point."""
    return [
        {"event_at": bin_at(i), "namespace": "AWS/NetworkMonitor", "metric_name": name, "entity_kind": "probe",
         "entity_id": entity, "sum": value, "average": value, "maximum": value, "sample_count": 1.0, "unit": "Percent"}
        for i, value in enumerate(percents) if value is not None
    ]  # fmt: skip


def at(frame: pl.DataFrame, index: int, **keys: str) -> dict[str, object]:
    """The one row of a bin."""
    return frame.filter(pl.col("window_start") == bin_at(index), **keys).row(0, named=True)


def test_members_are_consistent() -> None:
    for name in registry.names("indicators"):
        member = registry.load("indicators", name)
        assert member.name == name
        assert member.sign * member.good <= member.sign * member.warn <= member.sign * member.bad
        assert member.runbook


def test_an_empty_lake_gives_empty_frames(con: duckdb.DuckDBPyConnection) -> None:
    indicators, scores = measure(con, DAY)
    assert indicators.schema == INDICATOR.polars
    assert scores.schema == SCORE.polars
    assert indicators.is_empty()
    assert scores.is_empty()


def test_share_needs_floor_baseline_and_trials(con: duckdb.DuckDBPyConnection) -> None:
    rejects, accepts = [2] * 288, [98] * 288
    for i, (bad, good) in {200: (60, 40), 201: (4, 96), 202: (2, 0), 203: (0, 100)}.items():
        rejects[i], accepts[i] = bad, good
    put(con, "rollup.flow_1m", flow_rows("eni-1", "vpc-1", rejects, accepts))
    indicators, _ = measure(con, DAY)
    rows = {i: at(indicators, i, indicator="reject_share", entity_id="eni-1") for i in (5, 200, 201, 202, 203)}
    assert rows[5]["baseline"] is None
    assert rows[5]["state"] == "unknown"  # the first hour has no past
    assert (rows[200]["value"], rows[200]["baseline"], rows[200]["weight"]) == (0.6, 0.02, 100.0)
    assert (rows[200]["is_bad"], rows[200]["state"]) == (True, "bad")
    assert rows[201]["is_bad"] is False  # under the floor of 5 %
    assert rows[202]["is_bad"] is False  # two of two prove nothing
    assert rows[203]["state"] == "good"


def test_a_usual_level_is_not_bad(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "rollup.flow_1m", flow_rows("eni-1", None, [30] * 288, [70] * 288))
    indicators, _ = measure(con, DAY)
    assert not indicators.filter(indicator="reject_share")["is_bad"].any()
    assert set(indicators.filter(indicator="reject_share")["entity_kind"]) == {"interface"}  # no VPC in default logs


def test_network_score_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    # eni-1 carries 300 flows a bin, eni-2 100; in bin 200 all of eni-2's are rejected: a quarter of the weight is hit.
    put(con, "rollup.flow_1m", flow_rows("eni-1", "vpc-1", [0] * 288, [300] * 288))
    hit = [100 if i == 200 else 0 for i in range(288)]
    put(con, "rollup.flow_1m", flow_rows("eni-2", "vpc-1", hit, [100 - r for r in hit]))
    put(con, "core.metric_point", loss_rows("dc/p1", [0.0] * 288) + loss_rows("dc/p2", [0.0] * 288))
    _, scores = measure(con, DAY)
    network = at(scores, 200, entity_id="network")
    assert network["availability"] == pytest.approx(100 * (1 - (0.25 + 0.0) / 2))  # mean of rejects and loss
    assert network["performance"] is None
    assert network["coverage"] == 100.0
    assert network["state"] == "bad"  # a quarter is more than 5 %
    assert json.loads(str(network["contributors"])) == [
        {"entity_id": "eni-2", "indicator": "reject_share", "share": 0.25, "value": 1.0}
    ]
    vpc = at(scores, 200, entity_id="vpc-1")
    assert vpc["availability"] == pytest.approx(75.0)  # as a whole, a quarter of its flows
    assert vpc["state"] == "bad"
    assert at(scores, 199, entity_id="network")["state"] == "good"
    assert "eni-2" not in scores["entity_id"].to_list()


def test_an_outage_does_not_remove_its_own_weight(con: duckdb.DuckDBPyConnection) -> None:
    lost: list[float | None] = [100.0 if i >= 200 else 0.0 for i in range(288)]
    put(con, "core.metric_point", loss_rows("dc/p1", lost) + loss_rows("dc/p2", [0.0] * 288))
    indicators, scores = measure(con, DAY)
    for i in (200, 230, 287):  # what was bad does not become the baseline either
        assert at(indicators, i, entity_id="dc/p1")["is_bad"] is True
        assert at(indicators, i, entity_id="dc/p1")["baseline"] == 0.0
        assert at(scores, i, entity_id="network")["availability"] == 50.0
        assert at(scores, i, entity_id="dc")["availability"] == 50.0  # the monitor that both belong to
        assert at(scores, i, entity_id="dc")["state"] == "bad"


def test_silence_lowers_coverage_and_hides_the_state(con: duckdb.DuckDBPyConnection) -> None:
    for name, until in (("p1", 288), ("p2", 200), ("p3", 200), ("p4", 200)):
        put(con, "core.metric_point", loss_rows(f"dc/{name}", [0.0] * until))
    _, scores = measure(con, DAY)
    assert at(scores, 201, entity_id="network")["coverage"] == 100.0  # still within the tolerated two bins
    network = at(scores, 210, entity_id="network")
    assert network["coverage"] == pytest.approx(25.0)
    assert network["state"] == "unknown"


def test_silent_interface_and_lost_records(con: duckdb.DuckDBPyConnection) -> None:
    always, until_200 = [10] * 288, [10] * 200
    put(con, "rollup.flow_1m", flow_rows("eni-1", "vpc-1", [0] * 288, always))
    put(con, "rollup.flow_1m", flow_rows("eni-2", "vpc-1", [0] * 200, until_200))
    put(con, "rollup.flow_1m", flow_rows("eni-3", "vpc-1", [0] * 288, [10 if i % 2 == 0 else 0 for i in range(288)]))
    quiet = [{"event_at": bin_at(i), "interface_id": "eni-4", "log_status": "NODATA"} for i in range(288)]
    lost = [{"event_at": bin_at(150), "interface_id": "eni-1", "log_status": "SKIPDATA"}]
    put(con, "core.log_coverage", quiet + lost)
    indicators, _ = measure(con, DAY)
    seen = indicators.filter(indicator="log_coverage", entity_kind="interface")
    bad = seen.filter("is_bad").select("entity_id", "window_start", "value").rows()
    assert bad[0] == ("eni-1", bin_at(150), 0.5)
    assert {row[0] for row in bad[1:]} == {"eni-2"}  # neither the 600-second log nor the one without traffic
    assert (bad[1][1], bad[1][2]) == (bin_at(203), 1.0)
    assert bad[-1][1] == bin_at(235)  # after three hours it is taken for gone


def test_aws_verdict_on_both_scales(con: duckdb.DuckDBPyConnection) -> None:
    for entity, degraded in (("m/one", 1.0), ("m/hundred", 100.0), ("m/fine", 0.0)):
        put(con, "core.metric_point", loss_rows(entity, [degraded] * 12, "HealthIndicator"))
    indicators, scores = measure(con, Window(START, START + timedelta(hours=1)))
    states = indicators.filter(pl.col("window_start") == START).select("entity_id", "state").rows()
    assert states == [("m/fine", "good"), ("m/hundred", "bad"), ("m/one", "bad")]
    assert at(scores, 0, entity_id="network")["availability"] == pytest.approx(100 / 3)


def test_history_is_the_baseline_and_cutting_time_does_not_matter(con: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(1)
    percents: list[float | None] = rng.choice([0.0, 0.0, 0.0, 0.5], 288).tolist()
    percents[250:260] = [30.0] * 10
    put(con, "core.metric_point", loss_rows("dc/p1", percents))
    whole, whole_scores = measure(con, DAY)
    history, scores = INDICATOR.empty(), SCORE.empty()
    for hour in DAY.hours():
        indicator_rows, score_rows = measure(con, hour, history)
        history, scores = pl.concat([history, indicator_rows]), pl.concat([scores, score_rows])
    assert history.equals(whole)
    assert scores.equals(whole_scores)
    assert measure(con, DAY)[1].equals(whole_scores)


def test_nulls_survive(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "core.metric_point", loss_rows("dc/p1", [0.0] * 24) + [{"event_at": START, "metric_name": "PacketLoss"}])
    put(con, "rollup.flow_1m", [{"bucket_at": START, "flow_count": 5}])
    indicators, _ = measure(con, Window(START, START + timedelta(hours=2)))
    assert indicators["entity_id"].null_count() == 0
