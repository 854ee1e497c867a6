"""One writer per source: from what happened to the objects in the bucket."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.simulate import (
    calls,
    counters,
    delivery,
    dns,
    events,
    flows,
    internet,
    labels,
    measured,
    metrics,
    mishaps,
    transit,
    transit_log,
)
from pipelines.simulate.cities import CITIES
from pipelines.simulate.conversations import Conversations
from pipelines.simulate.delivery import SLOT, Delivered, by_slot, packed, put, slot_delay
from pipelines.simulate.formats import FLOW_LOGS, TRANSIT_GATEWAY, FlowLog
from pipelines.simulate.incidents import Story
from pipelines.simulate.inventory import MAIN, NET_ACCOUNT, PROD_ACCOUNT
from pipelines.simulate.load import Rhythm
from pipelines.simulate.mishaps import Outcome, Place
from pipelines.simulate.network import Network
from pipelines.simulate.observe import Observations, Slices


@dataclass(frozen=True)
class World:
    """Everything that the writers need, drawn once."""

    root: Path
    network: Network
    when: Rhythm
    story: Story
    scale: float
    conversations: Conversations
    seen: Observations
    slices: Slices


@dataclass(frozen=True)
class Written:
    """The objects of one source and its line in the totals."""

    objects: tuple[Delivered, ...]
    totals: dict[str, int]
    outcomes: tuple[Outcome, ...] = ()


def vpc_flow_logs(world: World) -> Written:
    """All VPC flow logs; the totals leave out what only the truncated object holds and count duplicates once."""
    outcomes: list[Outcome] = []
    sums: dict[str, int] = {}
    for log in FLOW_LOGS:
        found, counts = vpc_flow_log(world, log)
        outcomes += found
        sums = {name: sums.get(name, 0) + count for name, count in counts.items()}
    objects = [one for outcome in outcomes for one in outcome.objects]
    records = sum(outcome.records for outcome in outcomes)
    return Written(tuple(objects), labels.totals(objects, records, **sums), tuple(outcomes))


def vpc_flow_log(world: World, log: FlowLog) -> tuple[list[Outcome], dict[str, int]]:
    """One flow log: (what became of each slot, sums over the records of intact objects)."""
    when, network = world.when, world.network
    lines = flows.written(network, world.conversations, world.seen, world.slices, when.start, when.end, log)
    vpc = network.vpc(log.vpc)
    header = " ".join(log.fields).encode() + b"\n"
    place = Place(world.root, network.seed, vpc.account, vpc.region, network.id("fl", log.vpc), log.layout, header)
    plan = mishaps.planned(network.seed, log.vpc, np.unique(lines.slots).tolist())
    found, intact, first = [], np.full(len(lines.slots), True), 0
    for slot, body in by_slot(lines.text, lines.slots):
        outcome = mishaps.delivered(place, slot, body, plan.get(slot))
        last = first + int((lines.slots == slot).sum())
        # The truncated object holds the end of its slot.
        intact[last - sum(records for _, records in outcome.truncated) : last] = False
        found.append(outcome)
        first = last
    return found, flows.counted(lines, intact)


def transit_flow_logs(world: World, crossed: transit.Crossings, cut: Slices) -> Written:
    when, network = world.when, world.network
    blackhole = world.story.of("transit-route").severity > 0
    text = transit_log.written(network, world.conversations, crossed, cut, when.start, when.end, blackhole)
    header = " ".join(TRANSIT_GATEWAY).encode() + b"\n"
    place = Place(world.root, network.seed, NET_ACCOUNT, MAIN, network.id("fl", "tgw"), "default", header)
    found = [mishaps.delivered(place, slot, body, None) for slot, body in by_slot(text.text, text.slots)]
    objects = [one for outcome in found for one in outcome.objects]
    records = text.ok + text.no_data
    more = {"ok": text.ok, "no_data": text.no_data, "lost_packets": text.lost_packets}
    return Written(tuple(objects), labels.totals(objects, records, **more))


def resolver_logs(world: World) -> Written:
    objects, records, failed = [], 0, 0
    incident, seed = world.story.of("corporate-dns"), world.network.seed
    for name in dns.VPCS:
        log = dns.written(world.network, world.when, incident, name, world.scale)
        vpc = world.network.vpc(name)
        for slot, body in by_slot(log.text, log.slots):
            key = delivery.resolver_key(seed, vpc.account, vpc.id, slot)
            objects.append(put(world.root, key, packed(body), slot + dns.SLOT + slot_delay(seed, key)))
        records += len(log.slots)
        failed += log.failed
    return Written(tuple(objects), labels.totals(objects, records, failed=failed))


def events_both_ways(world: World) -> tuple[dict[str, Written], dict[str, int]]:
    """Both ways of events: EventBridge through Firehose, and the trail in S3.

    Totals of the first are by event id; of the second by eventID over both ways, as a reader that knows both counts.
    """
    made = calls.calls(world.network, world.when, world.story)
    announced = events.events(world.network, world.story, made)
    bridge, repeated = event_objects(world, announced)
    trail = trail_objects(world, made)
    managed = sum(event.body["source"] == "aws.networkmanager" for event in announced)
    counts = {"announced_calls": len(announced) - managed, "managed_events": managed}
    return {
        "network_manager_event": Written(tuple(bridge), labels.totals(bridge, managed, **counts)),
        "cloudtrail_event": Written(tuple(trail), labels.totals(trail, len(made))),
    }, {"repeated_events": repeated, "events_by_both_ways": len(announced) - managed}


def event_objects(world: World, announced: tuple[events.Event, ...]) -> tuple[list[Delivered], int]:
    """Firehose objects of up to 15 minutes: events one after the other without a newline; one event comes again."""
    seed = world.network.seed
    arrivals = [(event.at + 20 + place % 40, event) for place, event in enumerate(announced)]
    again = announced[len(announced) // 3]
    arrivals.append((again.at + 700, again))
    batches: dict[int, list[tuple[int, bytes]]] = {}
    for at, event in sorted(arrivals, key=lambda arrival: (arrival[0], arrival[1].body["id"])):
        batches.setdefault(at // metrics.BATCH, []).append((at, calls.compact(event.body).encode()))
    objects = []
    for batch in batches.values():
        first = batch[0][0]
        key = delivery.firehose_key(seed, events.STREAM, first)
        objects.append(put(world.root, key, packed(b"".join(body for _, body in batch)), first + metrics.BATCH))
    return objects, 1


def trail_objects(world: World, made: tuple[calls.Call, ...]) -> list[Delivered]:
    seed = world.network.seed
    files: dict[tuple[str, int], list[calls.Json]] = {}
    for call in made:
        slot = (call.at // SLOT + 1) * SLOT
        files.setdefault((call.record["recipientAccountId"], slot), []).append(call.record)
    objects = []
    for (account, slot), records in sorted(files.items()):
        key = delivery.trail_key(seed, account, MAIN, slot)
        text = json.dumps({"Records": records}, separators=(",", ":")).encode()
        objects.append(put(world.root, key, packed(text), slot + slot_delay(seed, key)))
    return objects


def metric_stream(world: World, sums: transit.TransitSums) -> Written:
    network, story, c = world.network, world.story, world.conversations
    at = metrics.clock(world.when)
    _, availability, performance = internet.scores(network.seed, world.when, story.of("internet-weather"))
    series = [
        *measured.probes(network, at, story),
        *measured.flow_monitors(network, at, c, story),
        *counters.transit_gateway(network, at, sums, story.of("transit-route").severity > 0),
        *counters.nat_gateways(network, at, c, world.seen, world.slices),
        *counters.hybrid(network, at, sums, story),
        *counters.resolver(network, at, c, story),
        *measured.infrastructure(network, at, story),
        *measured.internet(at, availability, performance, np.array([city.weight for city in CITIES])),
    ]
    text, batches, count = metrics.written(network.seed, series)
    objects = []
    for batch, body in by_slot(text, batches):
        key = delivery.firehose_key(network.seed, metrics.STREAM, batch + 7)
        objects.append(put(world.root, key, packed(body), batch + metrics.BATCH + 30))
    return Written(tuple(objects), labels.totals(objects, count))


def measurements(world: World) -> Written:
    seed = world.network.seed
    text, slots = internet.written(seed, world.when, world.story.of("internet-weather"))
    objects = []
    for slot, body in by_slot(text, slots):
        key = delivery.measurement_key(seed, PROD_ACCOUNT, MAIN, slot)
        objects.append(put(world.root, key, packed(body), slot + internet.SLOT + slot_delay(seed, key)))
    return Written(tuple(objects), labels.totals(objects, len(slots)))
