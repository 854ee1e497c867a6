"""Conversations: what two addresses say to each other, before anybody observes it."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from pipelines.simulate.chance import Ints

# What becomes of a conversation. LATE is a packet that arrives after its connection was closed.
OK, REFUSED, LOST_OUT, LOST_BACK, UNANSWERED, LATE, BLOCKED_PUBLIC, CUT = range(8)


@dataclass(frozen=True)
class Conversations:
    """Parallel arrays, one element per conversation; -1 stands for "none".

    `source`, `target` are address numbers; `client`, `server`, `nat`, `*_gateway` interface numbers; `*_attachment`
    attachment numbers; `*_path` traffic-path codes; `begin` Unix seconds, `seconds` the duration.
    """

    link: Ints
    begin: Ints
    seconds: Ints
    client: Ints
    server: Ints
    source: Ints
    target: Ints
    source_port: Ints
    target_port: Ints
    protocol: Ints
    ask_packets: Ints
    ask_bytes: Ints
    reply_packets: Ints
    reply_bytes: Ints
    fate: Ints
    source_gateway: Ints
    target_gateway: Ints
    nat: Ints
    source_attachment: Ints
    target_attachment: Ints
    ask_path: Ints
    reply_path: Ints

    def take(self, which: np.ndarray) -> Self:
        return type(self)(**{field.name: getattr(self, field.name)[which] for field in fields(self)})


def concat(parts: list[Conversations]) -> Conversations:
    names = [field.name for field in fields(Conversations)]
    return Conversations(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def no_path(count: int) -> dict[str, Ints]:
    names = ("source_gateway", "target_gateway", "nat", "source_attachment", "target_attachment")
    nothing = {name: np.full(count, -1) for name in names}
    return nothing | {"ask_path": np.zeros(count, np.int64), "reply_path": np.zeros(count, np.int64)}
