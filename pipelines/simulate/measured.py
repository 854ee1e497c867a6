"""Metrics that AWS measures for us: synthetic probes, flow monitors, its own latency, Internet scores."""

import numpy as np

from pipelines.simulate.chance import Floats, Ints, stream
from pipelines.simulate.conversations import LOST_BACK, LOST_OUT, REFUSED, UNANSWERED, Conversations
from pipelines.simulate.incidents import FLOW_MONITORS, PROBES, Incident, Story, probe_id
from pipelines.simulate.inventory import MAIN, NET_ACCOUNT, PROD_ACCOUNT, SECOND
from pipelines.simulate.metrics import Clock, Series, during, per_minute
from pipelines.simulate.network import Network

_DEGRADED = 100.0  # value of the network health indicator when AWS finds itself impaired; 0 otherwise


def probes(network: Network, at: Clock, story: Story) -> list[Series]:
    """Network Synthetic Monitor: round trip, loss and health indicator of every probe."""
    vpn, aws = story.of("vpn-tunnel"), story.of("aws-impairment")
    found = []
    for monitor, names in PROBES.items():
        for place, name in enumerate(names):
            rng = stream(network.seed, f"probe/{monitor}/{name}")
            count = len(at.minutes)
            rtt = (9000 + 450 * place if monitor == "dc-vpn" else 3200 + 120 * place) * rng.lognormal(0, 0.025, count)
            loss = np.where(rng.random(count) < 0.004, rng.uniform(1, 4, count), 0.0)
            health = np.zeros(count)
            if monitor == "dc-vpn":
                rtt, loss = _on_one_tunnel(at.minutes, rtt, loss, vpn, rng)
            elif name == aws.target.split()[0]:
                hit = during(at.minutes, aws)
                rtt = np.where(hit, rtt * aws.severity * rng.normal(1, 0.04, count), rtt)
                loss = np.where(hit, rng.uniform(0, 1.2, count), loss)
                health = np.where(hit, _DEGRADED, 0.0)
            dimensions = {"Monitor": monitor, "Probe": probe_id(network.seed, monitor, name)}
            rows = (("RTT", "Microseconds", rtt, 6, 0.02), ("PacketLoss", "Percent", loss, 6, 0.0))
            for metric, unit, values, samples, spread in (*rows, ("HealthIndicator", "None", health, 1, 0.0)):
                known = loss < 100 if metric == "RTT" else np.full(count, True)
                found.append(
                    Series(PROD_ACCOUNT, "AWS/NetworkMonitor", metric, dimensions, unit,
                           at.minutes[known], values[known], samples, spread)
                )  # fmt: skip
    return found


def _on_one_tunnel(
    minutes: Ints, rtt: Floats, loss: Floats, incident: Incident, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Nearly everything is lost until the failover; then the one tunnel that is left queues and drops."""
    hit = during(minutes, incident)
    failing = hit & (minutes < incident.start + 120)
    crowded = 100 * incident.severity * rng.uniform(0.6, 1.4, len(minutes))
    lost = np.where(failing, rng.choice([66.67, 83.33, 100.0], len(minutes)), crowded)
    slower = rtt * (1 + 8 * incident.severity) * rng.lognormal(0, 0.05, len(minutes))
    return np.where(hit, slower, rtt), np.where(hit, lost, loss)


def flow_monitors(network: Network, at: Clock, c: Conversations, story: Story) -> list[Series]:
    """Network Flow Monitor: volume from the conversations, retransmissions by chance and by failed attempts."""
    aws = story.of("aws-impairment")
    vpcs = np.array([interface.vpc for interface in network.interfaces])
    minute = (c.begin - at.start) // 60
    inside = (minute >= 0) & (c.client >= 0) & (c.server >= 0)
    found = []
    for name, (client, server) in FLOW_MONITORS.items():
        between = (
            inside & (vpcs[c.client] == network.vpc_number(client)) & (vpcs[c.server] == network.vpc_number(server))
        )
        rng = stream(network.seed, f"flow monitor/{name}")
        count = len(at.minutes)
        volume = per_minute(minute, c.ask_bytes + c.reply_bytes, between, count)
        packets = per_minute(minute, c.ask_packets + c.reply_packets, between, count)
        failed = between & np.isin(c.fate, (REFUSED, LOST_OUT, LOST_BACK, UNANSWERED))
        again = per_minute(minute, c.ask_packets - 1, failed, count)
        hit = during(at.minutes, aws) & (name == aws.target.split()[1])
        ratio = np.where(hit, 0.012 * aws.severity, 0.0006)
        retransmissions = rng.poisson(packets * ratio) + rng.poisson(np.where(hit, 6, 0.2), count) + again
        timeouts = rng.poisson(np.where(hit, 3.0, 0.05), count) + again
        usual = {"shop-to-data": 640, "shop-to-cache": 290, "eu-to-data": 68_000}[name]
        rtt = usual * rng.lognormal(0, 0.04, count) * np.where(hit, aws.severity, 1)
        sparse = rng.random(count) < 0.7
        rows = (
            ("DataTransferred", "Bytes", volume, np.full(count, True)),
            ("Retransmissions", "Count", retransmissions, np.full(count, True)),
            ("Timeouts", "Count", timeouts, np.full(count, True)),
            ("RoundTripTime", "Microseconds", rtt, sparse),
            ("HealthIndicator", "None", np.where(hit, _DEGRADED, 0.0), np.full(count, True)),
        )
        dimensions = {"MeasurementSource": "AWS", "MonitorName": name}
        found += [
            Series(
                PROD_ACCOUNT, "AWS/NetworkFlowMonitor", metric, dimensions, unit, at.minutes[known], values[known] * 1.0
            )
            for metric, unit, values, known in rows
        ]
    return found


def infrastructure(network: Network, at: Clock, story: Story) -> list[Series]:
    """AWS's own median round trips between zones and regions, in milliseconds."""
    aws = story.of("aws-impairment")
    zone = f"use1-{aws.target.split()[0]}"
    pairs = {(MAIN, SECOND): 66.8, ("use1-az1", "use1-az2"): 0.71, ("use1-az1", "use1-az4"): 0.93}
    pairs |= {("use1-az2", "use1-az4"): 0.82, ("use1-az1", "use1-az1"): 0.31}
    found = []
    for (source, target), usual in pairs.items():
        rng = stream(network.seed, f"infrastructure/{source}/{target}")
        hit = during(at.fives, aws, 300) & (zone in (source, target)) & (source != target)
        values = usual * rng.lognormal(0, 0.012, len(at.fives)) * np.where(hit, aws.severity, 1)
        dimensions = {"Source": source, "Destination": target, "Statistic": "p50"}
        found.append(
            Series(NET_ACCOUNT, "AWS/EC2/InfrastructurePerformance", "AggregateAWSNetworkPerformance", dimensions,
                   "Milliseconds", at.fives, values)
        )  # fmt: skip
    return found


def internet(at: Clock, availability: Floats, performance: Floats, weights: Floats) -> list[Series]:
    """Scores of the whole monitor: means over the city-networks by their share of traffic, in percent."""
    share = weights / weights.sum()
    dimensions = {"MeasurementSource": "AWS", "MonitorName": "shop"}
    rows = (("AvailabilityScore", share @ availability), ("PerformanceScore", share @ performance))
    return [Series(PROD_ACCOUNT, "AWS/InternetMonitor", name, dimensions, "Percent", at.fives, v) for name, v in rows]
