"""What goes wrong, as data: planted incidents and harmless oddities, drawn from the seed.

The last twelve hours (or all of a shorter period) are cut into as many stretches as there are incidents; each incident
gets one stretch in a drawn order and lies somewhere in its middle, so no two overlap in time and cause.
"""

from dataclasses import dataclass, field

import numpy as np

from pipelines.simulate.chance import identifier, stream, uuid
from pipelines.simulate.cities import CITIES
from pipelines.simulate.load import Rhythm
from pipelines.simulate.network import Network

TROUBLED_SPAN = 12 * 3600
KINDS = ("security-group", "transit-route", "vpn-tunnel", "aws-impairment", "corporate-dns", "internet-weather")
# VPCs whose resolver forwards the corporate zone to the data centre.
RESOLVING = ("prod-shop", "shared-services", "dev")
PROBES = {"dc-vpn": ("erp-1", "erp-2", "erp-3"), "dc-dx": ("az1", "az2", "az4")}
FLOW_MONITORS = {
    "shop-to-data": ("prod-shop", "prod-data"),
    "shop-to-cache": ("prod-shop", "prod-shop"),
    "eu-to-data": ("eu-prod", "prod-data"),
}


@dataclass(frozen=True)
class Incident:
    """One planted incident; times in Unix seconds, `severity` in the unit that its kind uses (see `_plan`).

    `target` names what is hit in our own words, `entities` are the AWS ids that are impacted. `causes` holds every id
    under which the causing event can be met (the EventBridge envelope and the CloudTrail event have one each); the
    first is the one to report.
    """

    kind: str
    klass: str
    start: int
    end: int
    target: str
    severity: float
    entities: tuple[str, ...]
    causes: tuple[str, ...]
    blame: str
    about: str


@dataclass(frozen=True)
class Oddity:
    """Something unusual that harms nobody and must not become a finding."""

    kind: str
    start: int
    end: int
    entities: tuple[str, ...]
    events: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class Story:
    """Everything out of the ordinary in one simulation."""

    incidents: tuple[Incident, ...]
    oddities: tuple[Oddity, ...] = field(default=())

    def of(self, kind: str) -> Incident:
        return next(incident for incident in self.incidents if incident.kind == kind)


def probe_id(seed: int, monitor: str, probe: str) -> str:
    return f"probe-{identifier(seed, 'p', f'{monitor}/{probe}')[2:]}"


def security_group(network: Network, role: str) -> str:
    """The security group that protects the interfaces of a role, for example "prod-data/db-orders"."""
    return network.id("sg", role)


def rhythm(seed: int, start: int, end: int) -> Rhythm:
    """Deploys, backups and surges: each recurs at the same time of day, so the second one is no news."""
    rng = stream(seed, "rhythm")
    night, lunch, deploy = (int(rng.integers(*span)) for span in ((3600, 3 * 3600), (0, 7200), (0, 3600)))
    backup = _daily(start, end, night)
    # Surge and deploy must recur: seen from the end they lie in the last twelve hours, and a day before.
    surge = _daily(start, end, (end - 4 * 3600 + lunch) % 86_400)
    deploys = _daily(start, end, (end - 9 * 3600 + deploy) % 86_400)
    return Rhythm(
        start=start,
        end=end,
        deploys=tuple(deploys),
        backups=tuple((begin, begin + 2400) for begin in backup),
        surges=tuple((begin, begin + 2400) for begin in surge),
        surge_factor=float(rng.uniform(1.25, 1.4)),
    )


def _daily(start: int, end: int, time_of_day: int) -> list[int]:
    first = start - start % 86_400 + time_of_day
    return [moment for moment in range(first - 86_400, end, 86_400) if start <= moment < end - 600]


def plan(network: Network, when: Rhythm) -> Story:
    """Draw times, targets and magnitudes of everything that goes wrong."""
    rng = stream(network.seed, "incidents")
    troubled = min(TROUBLED_SPAN, when.end - when.start)
    stretch = troubled // len(KINDS)
    incidents = []
    for place, kind in enumerate(rng.permutation(KINDS).tolist()):
        begin = when.end - troubled + place * stretch
        start = begin + int(stretch * rng.uniform(0.12, 0.35))
        end = start + int(stretch * rng.uniform(0.25, 0.45))
        incidents.append(_plan(network, kind, start, end, rng))
    return Story(tuple(sorted(incidents, key=lambda incident: incident.start)))


def _plan(network: Network, kind: str, start: int, end: int, rng: np.random.Generator) -> Incident:
    makers = {
        "security-group": _security_group,
        "transit-route": _transit_route,
        "vpn-tunnel": _vpn_tunnel,
        "aws-impairment": _aws_impairment,
        "corporate-dns": _corporate_dns,
        "internet-weather": _internet_weather,
    }
    return makers[kind](network, start, end, rng)


def _security_group(network: Network, start: int, end: int, rng: np.random.Generator) -> Incident:
    """`severity` is the factor by which refused clients try more often."""
    role = str(rng.choice(["prod-data/db-orders", "prod-data/db-catalog", "prod-data/search"]))
    event = uuid(network.seed, "sg-revoked")
    return Incident(
        "security-group",
        "reject_burst",
        start,
        end,
        role,
        float(rng.uniform(3.0, 6.0)),
        tuple(interface.id for interface in network.members(role)),
        (event, uuid(network.seed, "sg-revoked/envelope")),
        "us",
        f"The rule that lets the shop's application servers reach {role} was revoked.",
    )


def _transit_route(network: Network, start: int, end: int, rng: np.random.Generator) -> Incident:
    """`severity` is 1 where the route turned into a black hole, 0 where it is missing altogether."""
    name = str(rng.choice(["peering", "dev"]))
    vpc = "eu-prod" if name == "peering" else name
    attachment = network.attachments[network.attachment_number(name)]
    causes = ("route-uninstalled/envelope", "route-deleted", "route-deleted/envelope")
    return Incident(
        "transit-route",
        "transit_drop",
        start,
        end,
        name,
        float(rng.integers(0, 2)),
        (attachment.id, network.vpc(vpc).id),
        tuple(uuid(network.seed, cause) for cause in causes),
        "us",
        f"The transit gateway lost its route to {vpc}.",
    )


def _vpn_tunnel(network: Network, start: int, end: int, rng: np.random.Generator) -> Incident:
    """`severity` is the share of packets lost once the other tunnel carries everything."""
    causes = ("ipsec-down/envelope", "bgp-down/envelope")
    probes = tuple(probe_id(network.seed, "dc-vpn", probe) for probe in PROBES["dc-vpn"])
    attachment = network.attachments[network.attachment_number("vpn")]
    return Incident(
        "vpn-tunnel",
        "probe_loss",
        start,
        end,
        str(rng.integers(0, 2)),
        float(rng.uniform(0.04, 0.12)),
        (*probes, network.id("vpn", "onprem"), attachment.id),
        tuple(uuid(network.seed, cause) for cause in causes),
        "us",
        "One of the two VPN tunnels to the data centre went down; the other one is too narrow for the traffic of both.",
    )


def _aws_impairment(network: Network, start: int, end: int, rng: np.random.Generator) -> Incident:
    """`severity` is the factor by which round trips take longer."""
    probe = str(rng.choice(PROBES["dc-dx"]))
    monitor = str(rng.choice(list(FLOW_MONITORS)))
    return Incident(
        "aws-impairment",
        "probe_rtt",
        start,
        end,
        f"{probe} {monitor}",
        float(rng.uniform(1.5, 2.3)),
        (probe_id(network.seed, "dc-dx", probe), monitor),
        (),
        "aws",
        "AWS reports its own network as degraded: longer round trips and retransmissions without any change of ours.",
    )


def _corporate_dns(network: Network, start: int, end: int, rng: np.random.Generator) -> Incident:
    """`severity` is the share of queries for the corporate zone that fail; `target` "*" means in every VPC."""
    causes: tuple[str, ...] = ()
    name = str(rng.choice(RESOLVING))
    severity = float(rng.uniform(0.75, 0.97))
    if rng.random() < 0.5:
        target = "*"
        entities = (network.id("rslvr-out", "corp"), *(network.vpc(other).id for other in RESOLVING))
        about = "The resolver endpoint gets no answer from the name servers in the data centre."
    else:
        target, causes = name, ("rule-disassociated", "rule-disassociated/envelope")
        entities = (network.vpc(name).id,)
        about = f"{name} was detached from the resolver rule of the corporate zone."
    ids = tuple(uuid(network.seed, cause) for cause in causes)
    return Incident("corporate-dns", "dns_failure", start, end, target, severity, entities, ids, "us", about)


def _internet_weather(network: Network, start: int, end: int, rng: np.random.Generator) -> Incident:
    """`severity` is the share of clients of one city-network that cannot reach us."""
    number = int(rng.choice([n for n, city in enumerate(CITIES) if city.weight >= 1.5]))
    city = CITIES[number]
    return Incident(
        "internet-weather",
        "internet_weather",
        start,
        end,
        str(number),
        float(rng.uniform(0.33, 0.48)),
        (f"{city.city} AS{city.asn}", city.city, str(city.asn)),
        (),
        "internet",
        f"Clients of {city.network} (AS{city.asn}) in {city.city} have trouble reaching us.",
    )
