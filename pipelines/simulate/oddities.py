"""Harmless oddities: unusual, visible in the data, and nobody's problem."""

from pipelines.simulate.chance import stream, uuid
from pipelines.simulate.incidents import Incident, Oddity, security_group
from pipelines.simulate.load import DEPLOY_STAGGER, Rhythm
from pipelines.simulate.network import Network


def harmless(network: Network, when: Rhythm, incidents: tuple[Incident, ...]) -> tuple[Oddity, ...]:
    """Everything that recurs or happens without an effect."""
    return (*_recurring(network, when), *_changes(network, when), *_decoys(network, incidents))


def _recurring(network: Network, when: Rhythm) -> list[Oddity]:
    etl = tuple(i.id for i in (*network.members("prod-data/etl"), *network.members("shared-services/backup")))
    shop = (network.vpc("prod-shop").id,)
    web = network.members("prod-shop/web")
    slots = len(web) // network.generations
    found = [
        Oddity("backup", *span, etl, (), "Nightly backup from prod-data to shared-services.") for span in when.backups
    ]
    found += [Oddity("surge", *span, shop, (), "A daily rush of customers at the same time.") for span in when.surges]
    for number, begin in enumerate(when.deploys):
        replaced = tuple(i.id for i in web if i.generation in (number, number + 1))
        events = (uuid(network.seed, f"run-instances/{number}"), uuid(network.seed, f"terminate-instances/{number}"))
        end = begin + slots * DEPLOY_STAGGER
        found.append(Oddity("deploy", begin, end, replaced, events, "Rolling replacement of the shop's web servers."))
    return found


def _changes(network: Network, when: Rhythm) -> list[Oddity]:
    rng = stream(network.seed, "changes")
    span = when.end - when.start
    names = ("route-created", "tags-created", "attachment-created", "route-denied")
    about = (
        "A route to a prefix that nobody uses yet.",
        "Tags on subnets.",
        "A new VPC was attached to the transit gateway; it carries no traffic yet.",
        "An attempt to delete a route was denied: nothing changed.",
    )
    entities = (
        network.id("rtb", "prod-data"),
        network.vpc("prod-shop").subnets[0],
        network.id("tgw-attach", "sandbox"),
        network.id("rtb", "prod-shop"),
    )
    found = []
    for place, (name, text, entity) in enumerate(zip(names, about, entities, strict=True)):
        at = when.start + int(span * (0.1 + 0.2 * place + 0.1 * rng.random()))
        ids = (uuid(network.seed, name), uuid(network.seed, f"{name}/envelope"))
        found.append(Oddity(name, at, at, (entity,), ids, text))
    return found


def _decoys(network: Network, incidents: tuple[Incident, ...]) -> list[Oddity]:
    """A change a few minutes before an incident that no change explains."""
    found = []
    for incident in incidents:
        if incident.kind in ("aws-impairment", "internet-weather"):
            name = f"decoy-{incident.kind}"
            at = incident.start - min(480, (incident.end - incident.start) // 5)
            ids = (uuid(network.seed, name), uuid(network.seed, f"{name}/envelope"))
            group = (security_group(network, "dev/box"),)
            found.append(
                Oddity(name, at, at, group, ids, f"A change in dev shortly before {incident.kind}, unrelated.")
            )
    return found
