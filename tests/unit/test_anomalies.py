"""Anomalies: tails by hand-computed cases, quiet lakes stay quiet, planted shifts are found with their onset."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines import registry
from pipelines.anomalies import tails
from pipelines.anomalies.findings import find
from pipelines.model.schema import TIMESTAMP
from pipelines.model.tables import CORE, FINDING
from pipelines.model.window import Window

Load = Callable[[int, datetime], float]
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
FLOW_ROLLUP = pl.Schema(
    {
        "bucket_at": TIMESTAMP, "account_id": pl.String(), "region": pl.String(), "vpc_id": pl.String(),
        "subnet_id": pl.String(), "interface_id": pl.String(), "direction": pl.String(), "action": pl.String(),
        "protocol": pl.Int32(), "flow_count": pl.Int64(), "packets": pl.Int64(), "bytes": pl.Int64(),
        "is_final": pl.Boolean(),
    }
)  # fmt: skip
DNS_ROLLUP = pl.Schema(
    {
        "bucket_at": TIMESTAMP, "account_id": pl.String(), "region": pl.String(), "vpc_id": pl.String(),
        "zone": pl.String(), "rcode": pl.String(), "firewall_action": pl.String(), "query_count": pl.Int64(),
        "client_count": pl.Int64(), "is_final": pl.Boolean(),
    }
)  # fmt: skip


def lake(**rows: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    """An in-memory lake; ``rows`` by table, ``__`` for the dot; columns that are not given are null."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    empty = {table.full_name: table.empty() for table in CORE}
    empty |= {"rollup.flow_1m": FLOW_ROLLUP.to_frame(), "rollup.flow_1h": FLOW_ROLLUP.to_frame()}
    empty["rollup.dns_5m"] = DNS_ROLLUP.to_frame()
    for schema in ("core", "rollup"):
        con.execute(f"create schema {schema}")
    for name, frame in empty.items():
        given = rows.get(name.replace(".", "__"))
        full = frame if given is None else pl.concat([frame, given], how="diagonal_relaxed").cast(frame.schema)
        con.register("full_rows", full)
        con.execute(f"create table {name} as select * from full_rows")  # noqa: S608
    return con


def unchanged(eni: int, at: datetime) -> float:
    """No change."""
    return 1.0


def bins(hours: int) -> list[datetime]:
    """5-minute bins from START on."""
    return [START + timedelta(minutes=5 * i) for i in range(12 * hours)]


def day_curve(at: datetime, low: float = 1.0, high: float = 3.0) -> float:
    """Load over the day, lowest at 03:00."""
    hour = at.hour + at.minute / 60
    return low + (high - low) * (1 - math.cos(2 * math.pi * (hour - 3) / 24)) / 2


def traffic(
    seed: int, hours: int = 36, interfaces: int = 8, flows: Load = unchanged, size: Load = unchanged
) -> pl.DataFrame:
    """rollup.flow_1m with a 1:3 day and heavy-tailed flows; ``flows`` and ``size`` scale them per interface and bin."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(interfaces):
        scale = rng.uniform(10, 80)
        for at in bins(hours):
            count = int(rng.poisson(scale * day_curve(at) * flows(i, at)))
            total = int(rng.lognormal(9, 1.0, count).sum() * size(i, at))
            rows.append((at, "111111111111", "eu-west-1", f"vpc-{i % 2}", f"eni-{i}", "ACCEPT", count, total))
    names = ["bucket_at", "account_id", "region", "vpc_id", "interface_id", "action", "flow_count", "bytes"]
    return pl.DataFrame(rows, schema=names, orient="row").cast({"bucket_at": TIMESTAMP})


def flows(seed: int, hours: int = 36, interfaces: int = 4, reject: Load = lambda eni, at: 0.01) -> pl.DataFrame:
    """core.flow: port 443 of each interface, plus a scanner that is always rejected."""
    rng = np.random.default_rng(seed)
    parts = []
    for i in range(interfaces):
        for at in bins(hours):
            count = int(rng.poisson(12 * day_curve(at)))
            refused = rng.random(count) < reject(i, at)
            scans = int(rng.poisson(4))
            ports = [443] * count + rng.integers(1, 1024, scans).tolist()
            parts.append(
                pl.DataFrame(
                    {
                        "event_at": [at + timedelta(seconds=int(s)) for s in rng.integers(0, 300, count + scans)],
                        "interface_id": f"eni-{i}", "vpc_id": f"vpc-{i % 2}", "protocol": 6, "src_port": 40_000,
                        "dst_port": ports,
                        "action": ["REJECT" if r else "ACCEPT" for r in refused] + ["REJECT"] * scans,
                    }
                )
            )  # fmt: skip
    return pl.concat(parts).cast({"event_at": TIMESTAMP})


def metric(namespace: str, name: str, entity: str, values: list[float], unit: str = "Percent") -> pl.DataFrame:
    """core.metric_point of one probe, one point per bin; NaN: no point."""
    times = [START + timedelta(minutes=5 * i) for i in range(len(values))]
    frame = pl.DataFrame({"event_at": times, "average": values, "sum": values, "maximum": values}).with_columns(
        namespace=pl.lit(namespace), metric_name=pl.lit(name), entity_kind=pl.lit("probe"), entity_id=pl.lit(entity),
        sample_count=pl.lit(1.0), unit=pl.lit(unit), dimensions=pl.lit("{}"),
    )  # fmt: skip
    return frame.filter(pl.col("average").is_not_nan()).cast({"event_at": TIMESTAMP})


LAST_12 = Window(START + timedelta(hours=24), START + timedelta(hours=36))


def test_binomial_tail_against_exact_sums() -> None:
    for n, p, r in [(10, 0.01, 3), (50, 0.1, 15), (1000, 0.002, 12), (20, 0.5, 19)]:
        exact = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(r, n + 1))
        got = float(tails.binomial(np.array([float(r)]), np.array([float(n)]), np.array([p]))[0])
        assert -1e-8 <= -math.log(exact) - got < 0.15  # never more certain than the truth, and close to it


def test_binomial_tail_is_zero_at_the_mean_and_unknown_without_data() -> None:
    got = tails.binomial(np.array([1.0, 0.0, np.nan]), np.array([10.0, 10.0, 10.0]), np.array([0.1, 0.1, 0.1]))
    assert got[0] == 0.0
    assert got[1] == 0.0
    assert np.isnan(got[2])


def test_log_gamma() -> None:
    x = np.array([1.0, 2.0, 5.5, 100.0, 1e6])
    np.testing.assert_allclose(tails.log_gamma(x), [math.lgamma(v) for v in x], atol=1e-8, rtol=1e-12)


def test_peaks_over_threshold_of_a_normal_series() -> None:
    rng = np.random.default_rng(1)
    past = rng.normal(0, 1, (50, 2880))
    score = tails.peaks_over_threshold(np.full((50, 1), 3.719), past, np.ones(50))  # p = 1e-4 of a normal
    assert abs(float(np.median(score)) - 9.2) < 1.5
    silent = tails.peaks_over_threshold(np.array([[1.0]]), np.zeros((1, 288)), np.array([0.1]))
    assert float(silent[0, 0]) == pytest.approx(-math.log(0.02) + 1.0 / 0.037)


def test_poisson_lower_tail_against_exact_sums() -> None:
    for mean, r in [(12.0, 0), (40.0, 15), (1000.0, 850)]:
        exact = sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(r + 1))
        got = float(tails.poisson_low(np.array([float(r)]), np.array([mean]))[0])
        assert -1e-8 <= -math.log(exact) - got < 0.15


def test_benjamini_hochberg() -> None:
    p = np.array([[0.01], [0.02], [0.03], [0.5]])  # limits at q = 0.04: .01 .02 .03 .04
    assert tails.significant(-np.log(p), 0.04)[:, 0].tolist() == [True, True, True, False]
    assert tails.significant(np.array([[np.nan], [5.0]]), 0.1)[:, 0].tolist() == [False, True]
    assert tails.significant(np.zeros((0, 3)), 0.1).shape == (0, 3)


def test_members_are_consistent() -> None:
    for name in registry.names("detectors"):
        member = registry.load("detectors", name)
        assert member.name == name
        assert member.rises or member.falls
        assert member.runbook


def test_empty_lake_gives_an_empty_frame_of_the_right_shape() -> None:
    found = find(lake(), LAST_12)
    assert found.is_empty()
    assert found.schema == FINDING.polars


@pytest.mark.parametrize("seed", range(4))
def test_a_quiet_lake_has_no_findings(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    probes = []
    for i in range(4):
        loss, rtt = np.where(rng.random(432) < 0.02, 1.0, 0.0), rng.gamma(50, 200 * (i + 1), 432)
        probes.append(metric("AWS/NetworkMonitor", "PacketLoss", f"dc/p{i}", loss.tolist()))
        probes.append(metric("AWS/NetworkMonitor", "RTT", f"dc/p{i}", rtt.tolist(), "Microseconds"))
    con = lake(rollup__flow_1m=traffic(seed), core__flow=flows(seed), core__metric_point=pl.concat(probes))
    assert find(con, Window(START, START + timedelta(hours=36)))["finding_id"].to_list() == []


def test_rejects_on_a_known_service_are_found_with_their_onset() -> None:
    onset = START + timedelta(hours=30, minutes=20)
    end = onset + timedelta(hours=1)
    con = lake(core__flow=flows(7, reject=lambda i, at: 1.0 if i == 2 and onset <= at < end else 0.01))
    found = find(con, LAST_12)
    own = found.filter(entity_id="eni-2").to_dicts()
    assert [(f["class"], f["start_at"], f["end_at"], f["parent_id"]) for f in own] == [
        ("reject_burst", onset, end, "vpc-0")
    ]
    assert own[0]["detected_at"] == onset + timedelta(minutes=10)
    assert own[0]["observed"] == 1.0
    assert set(found["entity_id"]) <= {"eni-2", "vpc-0"}
    assert {"time", "observed", "expected"} == set(json.loads(own[0]["evidence"])[0])


def test_a_drop_of_volume_is_found_and_a_gap_of_the_log_is_not() -> None:
    onset = START + timedelta(hours=29, minutes=35)
    dropped = traffic(3, flows=lambda i, at: 0.02 if i == 1 and at >= onset else 1.0)
    found = find(lake(rollup__flow_1m=dropped), LAST_12)
    assert [(f["class"], f["entity_id"], f["start_at"]) for f in found.filter(entity_kind="interface").to_dicts()] == [
        ("volume_drop", "eni-1", onset)
    ]
    silent = traffic(3).filter(~((pl.col("interface_id") == "eni-1") & (pl.col("bucket_at") >= onset)))
    assert find(lake(rollup__flow_1m=silent), LAST_12).is_empty()


def test_a_surge_is_found_but_not_a_nightly_backup_nor_a_modest_rise() -> None:
    onset = START + timedelta(hours=31)
    surge = traffic(5, size=lambda i, at: 20.0 if i == 0 and onset <= at < onset + timedelta(hours=1) else 1.0)
    found = find(lake(rollup__flow_1m=surge), LAST_12)
    assert ("volume_surge", "eni-0", onset) in found.select("class", "entity_id", "start_at").rows()
    nightly = traffic(5, size=lambda i, at: 20.0 if i == 0 and at.hour == 2 else 1.0)
    assert find(lake(rollup__flow_1m=nightly), Window(START, START + timedelta(hours=36))).is_empty()
    modest = traffic(5, size=lambda i, at: 2.0 if i == 0 and onset <= at < onset + timedelta(hours=2) else 1.0)
    assert find(lake(rollup__flow_1m=modest), LAST_12).is_empty()


def test_probe_loss_latency_and_aws_verdict() -> None:
    rng = np.random.default_rng(2)
    at, hit = np.arange(432), slice(400, 412)
    loss, rtt, verdict = np.zeros(432), rng.normal(12_000, 150, 432), np.zeros(432)
    loss[hit], rtt[hit], verdict[hit] = 30.0, 21_000.0, 100.0
    con = lake(
        core__metric_point=pl.concat(
            [
                metric("AWS/NetworkMonitor", "PacketLoss", "dc/p1", loss.tolist()),
                metric("AWS/NetworkMonitor", "RTT", "dc/p1", rtt.tolist(), "Microseconds"),
                metric("AWS/NetworkMonitor", "HealthIndicator", "dc/p1", verdict.tolist(), "None"),
                metric("AWS/NetworkMonitor", "PacketLoss", "dc/p2", np.where(at % 97 == 0, 1.0, 0.0).tolist()),
            ]
        )
    )
    found = find(con, LAST_12)
    onset = START + timedelta(minutes=5 * 400)
    assert sorted(found.select("class", "entity_id", "start_at").rows()) == [
        ("aws_health", "dc/p1", onset),
        ("probe_loss", "dc/p1", onset),
        ("probe_rtt", "dc/p1", onset),
    ]
    assert found.filter(pl.col("class") == "probe_rtt")["observed"][0] == pytest.approx(21.0)
    assert set(found["parent_id"]) == {"dc"}


def test_dns_and_transit_ratios() -> None:
    rng = np.random.default_rng(4)
    dns, transit = [], []
    for i, at in enumerate(bins(36)):
        failing = 0.5 if 380 <= i < 392 else 0.002
        bad = int(rng.binomial(400, failing))
        dns += [(at, "vpc-0", "SERVFAIL", bad), (at, "vpc-0", "NXDOMAIN", 30), (at, "vpc-0", "NOERROR", 400 - bad)]
        lost = [40] * 5 + [0] * 45 if 390 <= i < 396 else [0] * 50
        transit += [(at, "tgw-attach-1", "ingress", "vpc-0", 5000, packets) for packets in lost]
    names = ["bucket_at", "vpc_id", "rcode", "query_count"]
    con = lake(
        rollup__dns_5m=pl.DataFrame(dns, schema=names, orient="row").cast({"bucket_at": TIMESTAMP}),
        core__transit_flow=pl.DataFrame(
            transit, orient="row",
            schema=["event_at", "attachment_id", "direction", "src_vpc_id", "packets", "no_route_packets"],
        ).cast({"event_at": TIMESTAMP}),
    )  # fmt: skip
    found = find(con, LAST_12).select("class", "entity_id", "parent_id", "start_at", "end_at").rows()
    assert found == [
        ("dns_failure", "vpc-0", None, bins(36)[380], bins(36)[392]),
        ("transit_drop", "tgw-attach-1", "vpc-0", bins(36)[390], bins(36)[396]),
    ]


def test_with_days_of_history_the_season_is_the_baseline() -> None:
    """Four days: half of the peak is lost on the last, which is still above every night."""
    onset = START + timedelta(hours=86)  # 14:00
    window = Window(START + timedelta(hours=72), START + timedelta(hours=96))
    halved = traffic(
        11, 96, 4, flows=lambda i, at: 0.35 if i == 1 and onset <= at < onset + timedelta(hours=1) else 1.0
    )
    found = find(lake(rollup__flow_1m=halved), window).filter(entity_kind="interface")
    assert found.select("class", "entity_id", "start_at").rows() == [("volume_drop", "eni-1", onset)]
    nightly = traffic(11, 96, 4, size=lambda i, at: 20.0 if i == 1 and at.hour == 2 else 1.0)
    assert find(lake(rollup__flow_1m=nightly), window).is_empty()


def test_few_rejects_bin_after_bin_are_found() -> None:
    hit = set(range(400, 410))
    rows = [(at, "eni-1", "vpc-1", 443, "REJECT" if i in hit else "ACCEPT") for i, at in enumerate(bins(36))] * 2
    frame = pl.DataFrame(rows, schema=["event_at", "interface_id", "vpc_id", "dst_port", "action"], orient="row")
    frame = frame.with_columns(src_port=pl.lit(50_000), protocol=pl.lit(6)).cast({"event_at": TIMESTAMP})
    found = find(lake(core__flow=frame), LAST_12).filter(entity_kind="interface")
    assert found.select("start_at", "end_at").rows() == [(bins(36)[400], bins(36)[410])]
    assert found["detected_at"][0] == bins(36)[404]  # five hits in half an hour, twice


def test_a_single_bad_bin_is_not_a_finding_and_two_bursts_close_by_are_one() -> None:
    loss = np.zeros(432)
    loss[350] = 50.0
    loss[[400, 401, 404, 405]] = 50.0
    found = find(lake(core__metric_point=metric("AWS/NetworkMonitor", "PacketLoss", "dc/p1", loss.tolist())), LAST_12)
    assert found.select("start_at", "end_at").rows() == [
        (START + timedelta(minutes=2000), START + timedelta(minutes=2030))
    ]


def test_cutting_time_into_other_windows_finds_the_same() -> None:
    loss = np.zeros(432)
    loss[350:380] = 20.0
    con = lake(core__metric_point=metric("AWS/NetworkMonitor", "PacketLoss", "dc/p1", loss.tolist()))
    whole = find(con, LAST_12)
    late = find(con, Window(START + timedelta(hours=30), START + timedelta(hours=36)))
    early = find(con, Window(START + timedelta(hours=24), START + timedelta(hours=30)))
    assert whole.height == 1
    assert late.is_empty()  # it began before; nothing is found twice
    assert early["finding_id"].to_list() == whole["finding_id"].to_list()
    assert find(con, LAST_12).equals(whole)
