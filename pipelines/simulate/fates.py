"""What incidents do to conversations: refused, lost on the way, unanswered, or never begun."""

from dataclasses import replace

import numpy as np

from pipelines.simulate.chance import Flags, stream
from pipelines.simulate.conversations import CUT, LOST_BACK, LOST_OUT, OK, REFUSED, UNANSWERED, Conversations, concat
from pipelines.simulate.incidents import Incident, Story
from pipelines.simulate.links import LINKS, NUMBER, TCP, UDP
from pipelines.simulate.network import Network

_SYN_BYTES, _SYN_ACK_BYTES = 60, 60
_FAILOVER = 180  # seconds until the surviving tunnel has taken over


def apply(network: Network, planned: Conversations, story: Story) -> Conversations:
    """The conversations as they really went."""
    went = _refused(network, planned, story.of("security-group"))
    went = _route_lost(network, went, story.of("transit-route"))
    went = _tunnel_down(network, went, story.of("vpn-tunnel"))
    went = _resolver_silent(network, went, story.of("corporate-dns"))
    return _weather(network, went, story.of("internet-weather"))


def _during(conversations: Conversations, incident: Incident) -> Flags:
    return (conversations.begin >= incident.start) & (conversations.begin < incident.end)


def _failed(conversations: Conversations, which: Flags, fate: int, rng: np.random.Generator) -> Conversations:
    """Connections that never come up: three to six SYNs (or repeated datagrams) within half a minute."""
    count = len(conversations.begin)
    tries = np.where(conversations.protocol == TCP, rng.integers(3, 7, count), conversations.ask_packets)
    size = np.where(conversations.protocol == TCP, _SYN_BYTES, conversations.ask_bytes // conversations.ask_packets)
    waited = np.where(conversations.protocol == TCP, 2 ** (tries - 1) - 1, 0)
    answered = fate == LOST_BACK
    return replace(
        conversations,
        fate=np.where(which, fate, conversations.fate),
        seconds=np.where(which, waited, conversations.seconds),
        ask_packets=np.where(which, tries, conversations.ask_packets),
        ask_bytes=np.where(which, tries * size, conversations.ask_bytes),
        reply_packets=np.where(which, tries * answered, conversations.reply_packets),
        reply_bytes=np.where(which, tries * answered * _SYN_ACK_BYTES, conversations.reply_bytes),
    )


def _refused(network: Network, planned: Conversations, incident: Incident) -> Conversations:
    """The shop's new connections to the role are rejected; tracked ones live on, as security groups do."""
    link = next(link for link in LINKS if link.server == incident.target and link.client == "prod-shop/app")
    rng = stream(network.seed, "refused")
    hit = _during(planned, incident) & (planned.link == NUMBER[link.name])
    retries = planned.take(
        np.repeat(np.arange(len(hit)), np.where(hit, rng.poisson(incident.severity - 1, len(hit)), 0))
    )
    count = len(retries.begin)
    later = np.minimum(retries.begin + rng.integers(2, 25, count), incident.end - 1)
    retries = replace(retries, begin=later, source_port=rng.integers(1024, 65_536, count))
    refused = _failed(planned, hit, REFUSED, rng)
    return concat([refused, _failed(retries, np.full(count, True), REFUSED, rng)])


def _route_lost(network: Network, planned: Conversations, incident: Incident) -> Conversations:
    """Packets towards the VPC die in the transit gateway: requests to it, and replies to what it asked."""
    attachment = network.attachment_number(incident.target)
    rng = stream(network.seed, "route lost")
    towards, away = planned.target_attachment == attachment, planned.source_attachment == attachment
    going_on = (planned.begin < incident.start) & (planned.begin + planned.seconds >= incident.start)
    cut = going_on & (towards | away) & (planned.fate == OK)
    kept = np.where(cut, (incident.start - planned.begin) / (planned.seconds + 1), 1.0)
    shortened = replace(
        planned,
        fate=np.where(cut, CUT, planned.fate),
        seconds=np.where(cut, incident.start - planned.begin, planned.seconds),
        ask_packets=np.ceil(planned.ask_packets * kept).astype(np.int64),
        ask_bytes=np.ceil(planned.ask_bytes * kept).astype(np.int64),
        reply_packets=np.ceil(planned.reply_packets * kept).astype(np.int64),
        reply_bytes=np.ceil(planned.reply_bytes * kept).astype(np.int64),
    )
    now = _during(planned, incident) & (planned.fate == OK)
    return _failed(_failed(shortened, now & towards, LOST_OUT, rng), now & away, LOST_BACK, rng)


def _tunnel_down(network: Network, planned: Conversations, incident: Incident) -> Conversations:
    """Many connections with the data centre fail until the failover, then as many as the loss explains.

    Ours stay without an answer; theirs do not even reach us.
    """
    vpn = network.attachment_number("vpn")
    rng = stream(network.seed, "tunnel down")
    through = (planned.target_attachment == vpn) | (planned.source_attachment == vpn)
    share = np.where(planned.begin < incident.start + _FAILOVER, 0.6, incident.severity * 2.5)
    hit = _during(planned, incident) & through & (planned.fate == OK) & (rng.random(len(share)) < share)
    theirs = hit & (planned.source_attachment == vpn)
    return _failed(planned, hit & ~theirs, UNANSWERED, rng).take(np.flatnonzero(~theirs))


def _resolver_silent(network: Network, planned: Conversations, incident: Incident) -> Conversations:
    """Without a causing change it is the name servers that keep silent; with one, nothing is forwarded at all."""
    rng = stream(network.seed, "resolver silent")
    hit = _during(planned, incident) & (planned.link == NUMBER["dns-forward"]) & (planned.protocol == UDP)
    hit &= rng.random(len(hit)) < incident.severity
    if incident.causes:
        affected = hit & (rng.random(len(hit)) < 0.5)  # the forwarded queries of one VPC among three
        return planned.take(np.flatnonzero(~affected))
    return _failed(planned, hit, UNANSWERED, rng)


def _weather(network: Network, planned: Conversations, incident: Incident) -> Conversations:
    """Clients of one city-network that do not get through leave no trace."""
    number = int(incident.target)
    theirs = np.concatenate([network.groups[f"city/{number}"], network.groups[f"city-v6/{number}"]])
    rng = stream(network.seed, "weather")
    gone = (
        _during(planned, incident)
        & np.isin(planned.source, theirs)
        & (rng.random(len(planned.begin)) < incident.severity)
    )
    return planned.take(np.flatnonzero(~gone))
