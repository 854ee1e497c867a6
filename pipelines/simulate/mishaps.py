"""Ugly but real: objects that come twice, late, in two parts or cut off, and lines that are no records.

Each mishap belongs to one flow log and one publishing slot; all lie in the quiet part of the period.
"""

from dataclasses import dataclass
from pathlib import Path

from pipelines.simulate.chance import stream
from pipelines.simulate.delivery import SLOT, Delivered, flow_log_key, packed, put, slot_delay

TWICE, LATE, SPLIT, TRUNCATED, MALFORMED = "twice", "late", "split", "truncated", "malformed"
_LATE_BY = 3 * 3600
_FEW, _JOINED, _WORD = "too few fields", "two records in one line", "not a number"
# Flow log -> (mishap, what exactly); the truncated object is the second part of a slot, so the first is intact.
_PLAN = {
    "prod-shop": ((TWICE, ""), (SPLIT, ""), (SPLIT, ""), (MALFORMED, _FEW), (MALFORMED, _WORD)),
    "prod-data": ((MALFORMED, _JOINED), (SPLIT, "")),
    "shared-services": ((LATE, ""),),
    "dev": ((MALFORMED, _WORD), (MALFORMED, _FEW)),
    "eu-prod": ((TRUNCATED, ""),),
}


@dataclass(frozen=True)
class Outcome:
    """What one flow log delivered. `records` counts well-formed lines of whole objects, each record once.

    `twice` holds (key, first key, records), `late` keys, `malformed` (key, line number with the header as 1, what) and
    `truncated` (key, records that are lost with it).
    """

    objects: tuple[Delivered, ...]
    records: int
    twice: tuple[tuple[str, str, int], ...] = ()
    late: tuple[str, ...] = ()
    malformed: tuple[tuple[str, int, str], ...] = ()
    truncated: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a flow log is delivered to and how its keys are made."""

    root: Path
    seed: int
    account: str
    region: str
    flow_log: str
    layout: str
    header: bytes

    def key(self, slot: int, part: int) -> str:
        return flow_log_key(self.seed, self.account, self.region, self.flow_log, slot, self.layout, part)

    def put(self, slot: int, part: int, lines: bytes, delay: int = 0) -> Delivered:
        key = self.key(slot, part)
        return put(self.root, key, packed(self.header + lines), slot + SLOT + slot_delay(self.seed, key) + delay)


def planned(seed: int, name: str, slots: list[int]) -> dict[int, tuple[str, str]]:
    """Slot -> (mishap, what exactly) for one flow log; only slots of the first half are considered."""
    quiet = slots[1 : max(2, len(slots) // 2)]
    mishaps = _PLAN.get(name, ())
    picks = stream(seed, f"mishaps/{name}").permutation(len(quiet))[: len(mishaps)].tolist()
    return {quiet[pick]: mishap for pick, mishap in zip(picks, mishaps, strict=False)}


def delivered(place: Place, slot: int, lines: bytes, mishap: tuple[str, str] | None) -> Outcome:
    """Deliver the lines of one slot."""
    count = lines.count(b"\n")
    if mishap is None:
        return Outcome((place.put(slot, 0, lines),), count)
    kind, what = mishap
    if kind == TWICE:
        first, second = place.put(slot, 0, lines), place.put(slot, 1, lines, 240)
        return Outcome((first, second), count, twice=((second.key, first.key, count),))
    if kind == LATE:
        late = place.put(slot, 0, lines, _LATE_BY)
        return Outcome((late,), count, late=(late.key,))
    if kind == MALFORMED:
        return _malformed(place, slot, lines, what)
    return _parted(place, slot, lines, kind)


def _parted(place: Place, slot: int, lines: bytes, kind: str) -> Outcome:
    """Several files for one slot are normal; of one, the end is missing."""
    every = lines.splitlines(keepends=True)
    half = len(every) // 2
    first = place.put(slot, 0, b"".join(every[:half]))
    rest = b"".join(every[half:])
    if kind == SPLIT:
        return Outcome((first, place.put(slot, 1, rest)), len(every))
    whole = packed(place.header + rest)
    key = place.key(slot, 1)
    torn = put(place.root, key, whole[: len(whole) * 3 // 5], slot + SLOT + slot_delay(place.seed, key))
    return Outcome((first, torn), half, truncated=((key, len(every) - half),))


def _malformed(place: Place, slot: int, lines: bytes, what: str) -> Outcome:
    """Add one line that is no record, made of a real one; no record is lost by it."""
    every = lines.splitlines(keepends=True)
    good = next((line for line in every if b" OK" in line and b" 6 " in line), None)
    if good is None:  # a slot too quiet to make a malformed line of
        return Outcome((place.put(slot, 0, lines),), len(every))
    bad = {
        _FEW: b" ".join(good.split()[:-3]) + b"\n",
        _JOINED: good.rstrip(b"\n") + b" " + good,
        _WORD: good.replace(b" 6 ", b" 0x6 "),
    }[what]
    after = len(every) // 2
    mixed = place.put(slot, 0, b"".join([*every[:after], bad, *every[after:]]))
    return Outcome((mixed,), len(every), malformed=((mixed.key, after + 2, what),))
