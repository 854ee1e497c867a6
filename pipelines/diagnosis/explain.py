"""Words: what, where, since when, why, and who is to blame, in one sentence."""

from __future__ import annotations

import re

from pipelines.diagnosis.blame import Verdict
from pipelines.diagnosis.grouping import Group
from pipelines.diagnosis.localise import described

WHAT = {
    "reject_burst": "Connections that used to be accepted are rejected",
    "transit_drop": "The transit gateway drops packets",
    "dns_failure": "DNS queries fail",
    "probe_loss": "Probes lose packets",
    "probe_rtt": "Round trips take longer",
    "tunnel_down": "A VPN tunnel is down",
    "aws_health": "AWS reports its network impaired",
    "region_latency": "AWS's backbone takes longer",
    "nat_ports": "A NAT gateway runs out of ports",
    "internet": "Internet clients reach AWS badly",
    "volume_drop": "Traffic has dropped",
    "volume_surge": "Traffic has surged",
}
NO_CHANGE = "no change explains it"
FORWARDED = "no change explains it, but what fails was forwarded to name servers of our own"
AWS = "AWS reports an impairment of its own network on this path"
INTERNET = "Internet Monitor sees the impairment between the client network and AWS"
BLAME = {"us": "ours to fix", "aws": "on AWS's side", "internet": "on the Internet", "unknown": "side unknown"}
_NOT_IDS = re.compile(r"[0-9.]+|global-network-.*|core-network-.*")


def cause(verdict: Verdict) -> str:
    """The cause in words."""
    if verdict.change is not None:
        event = verdict.change.event
        targets = [i for i in event["entity_ids"] or () if not _NOT_IDS.fullmatch(i)]
        return verdict.change.rule.sentence.format(
            change=event["change_type"],
            target=described(targets) or "an unnamed resource",
            actor=_actor(event["actor"]),
        )
    if verdict.kind == "unknown" and verdict.blame == "us":
        return FORWARDED
    return {"aws": AWS, "internet": INTERNET}.get(verdict.kind, NO_CHANGE)


def summary(group: Group, verdict: Verdict) -> str:
    """One sentence about an incident."""
    lead, others = group.lead, len(group.entities) - 1
    where = f"{lead.row['entity_kind']} {lead.entity}" + (f" and {others} more" if others else "")
    if lead.row["parent_id"]:
        where += f" in {lead.row['parent_id']}"
    observed, expected = (_amount(lead.row[name], lead.row["unit"]) for name in ("observed", "expected"))
    what = WHAT.get(lead.name, lead.name.replace("_", " ").capitalize())
    why = f"{cause(verdict)}{_lag(group, verdict)}"
    since = f"{group.start:%Y-%m-%d %H:%M} UTC"
    return f"{what} at {where} since {since} ({observed} instead of {expected}): {why}; {BLAME[verdict.blame]}."


def _amount(value: float | None, unit: str | None) -> str:
    if value is None:
        return "unknown"
    if unit in ("share", "share of samples"):
        return f"{100 * value:.3g} %"
    return f"{_rounded(value)} {unit or ''}".strip()


def _rounded(value: float) -> str:
    """Three digits that matter, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _lag(group: Group, verdict: Verdict) -> str:
    if verdict.change is None:
        return ""
    return f" at {verdict.change.event['event_at']:%H:%M:%S}"


def _actor(arn: str | None) -> str:
    return arn.rsplit(":", 1)[-1] if arn else "AWS"
