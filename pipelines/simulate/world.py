"""One simulation from seed to bucket: what exists, what happens, who sees it, and how it is delivered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.simulate import fates, incidents, labels, oddities, publish, traffic, transit
from pipelines.simulate import network as networks
from pipelines.simulate.delivery import SLOT
from pipelines.simulate.observe import observations, sliced
from pipelines.simulate.publish import World, Written

Progress = Callable[[str, int, int], None]
STEPS = ("traffic", "vpc_flow", "transit_gateway_flow", "resolver_query", "events", "cloudwatch_metric", "internet")


@dataclass(frozen=True)
class Simulation:
    """What was written: `objects` and `bytes` of the bucket, `flow_records` as in the totals of the labels."""

    root: Path
    start: datetime
    end: datetime
    objects: int
    bytes: int
    flow_records: int


def simulate(
    out: Path,
    *,
    start: datetime,
    hours: int = 36,
    seed: int = 7,
    scale: float = 1.0,
    progress: Progress | None = None,
) -> Simulation:
    """Write `<out>/bucket` and `<out>/labels.json`; equal arguments give equal bytes.

    `start` is aware and on a whole five minutes; `scale` multiplies traffic, not the size of the network.
    """
    if start.tzinfo is None or start.timestamp() % SLOT or hours < 1 or scale <= 0:
        message = "start must be aware and on a whole five minutes, hours at least 1, scale more than 0"
        raise ValueError(message)
    tell = progress or (lambda step, done, total: None)
    tell(STEPS[0], 0, len(STEPS))
    world = _world(out, int(start.timestamp()), hours, seed, scale)
    written: dict[str, Written] = {}
    crossed = transit.crossings(world.conversations)
    cut = transit.sliced(world.network, world.conversations, crossed)
    sums = transit.summed(world.network, crossed, cut, world.when.start, world.when.end)
    tell(STEPS[1], 1, len(STEPS))
    written["vpc_flow"] = publish.vpc_flow_logs(world)
    tell(STEPS[2], 2, len(STEPS))
    written["transit_gateway_flow"] = publish.transit_flow_logs(world, crossed, cut)
    tell(STEPS[3], 3, len(STEPS))
    written["resolver_query"] = publish.resolver_logs(world)
    tell(STEPS[4], 4, len(STEPS))
    happened, repeated = publish.events_both_ways(world)
    written |= happened
    tell(STEPS[5], 5, len(STEPS))
    written["cloudwatch_metric"] = publish.metric_stream(world, sums)
    tell(STEPS[6], 6, len(STEPS))
    written["internet_measurement"] = publish.measurements(world)
    outcomes = list(written["vpc_flow"].outcomes)
    totals = {name: one.totals for name, one in written.items()}
    labels.write(out / "labels.json", seed, world.when, world.story, outcomes, repeated, totals)
    tell("done", len(STEPS), len(STEPS))
    objects = [one for source in written.values() for one in source.objects]
    return Simulation(
        root=out,
        start=start,
        end=start + timedelta(hours=hours),
        objects=len(objects),
        bytes=sum(one.size for one in objects),
        flow_records=written["vpc_flow"].totals["records"],
    )


def _world(out: Path, start: int, hours: int, seed: int, scale: float) -> World:
    when = incidents.rhythm(seed, start, start + hours * 3600)
    network = networks.build(seed, generations=len(when.deploys) + 1)
    story = incidents.plan(network, when)
    story = replace(story, oddities=oddities.harmless(network, when, story.incidents))
    went = fates.apply(network, traffic.conversations(network, when, scale), story)
    seen = observations(went)
    return World(out, network, when, story, scale, went, seen, sliced(went, seen, network))
