"""The contract of one rule: which changes can explain which symptoms, how soon, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Rule:
    """One kind of cause.

    ``changes`` is a regular expression that core.network_event.change_type matches as a whole.
    ``symptoms``: class of a finding -> how often, of all times such a change does harm in a way we would see, it looks
    like that. These are judgements, not measurements; 0.9 means "this is what it does".
    ``tau_minutes``: after this time without harm, the change is 1/e as likely to be the cause.
    ``exclusive``: prefixes of ids that settle reach: if event and incident both name such ids and share none, the
    change was somewhere else. ``spans_vpcs``: one such change can hit several VPCs.
    ``kind``: ``change`` (somebody did it) or ``state`` (it happened to our equipment).
    ``sentence``: the cause in words, with {change}, {target} and {actor}.
    """

    name: str
    about: str
    changes: str
    symptoms: Mapping[str, float]
    tau_minutes: float
    sentence: str
    kind: Literal["change", "state"] = "change"
    exclusive: tuple[str, ...] = ()
    spans_vpcs: bool = False
