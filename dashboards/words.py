"""Values as words: every number with its unit, every time in UTC, every text from a log made harmless."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

NONE = "–"
_PREFIXES = ("", "k", "M", "G", "T", "P", "E")
# Control characters and the marks that reorder text: a name must not be able to disguise itself.
_DISGUISE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ACRONYMS = frozenset({"aws", "bgp", "dns", "mtu", "nat", "rtt", "tcp", "tgw", "vpc", "vpn"})
PROTOCOLS: Mapping[int, str] = {1: "ICMP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 58: "ICMPv6", 132: "SCTP"}


def number(value: object) -> float | None:
    """``value`` as a finite float, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < float("inf") and value == value else None


def scaled(value: object, unit: str) -> str:
    """``1234567, "B"`` -> ``1.23 MB`` (SI: powers of 1,000)."""
    amount = number(value)
    if amount is None:
        return NONE
    power = 0
    while abs(amount) >= 999.5 and power < len(_PREFIXES) - 1:
        amount, power = amount / 1000, power + 1
    digits = 0 if abs(amount) >= 100 or (power == 0 and amount == int(amount)) else 1 if abs(amount) >= 10 else 2
    return f"{amount:,.{digits}f} {_PREFIXES[power]}{unit}".strip()


def count(value: object) -> str:
    """``1234567`` -> ``1,234,567``."""
    amount = number(value)
    return NONE if amount is None else f"{amount:,.0f}"


def percent(value: object, digits: int = 1) -> str:
    """A value that is already in percent. Never rounds a loss away: 99.97 is not 100."""
    amount = number(value)
    if amount is None:
        return NONE
    text = f"{amount:.{digits}f}"
    if (float(text) == 100 and amount < 100) or (float(text) == 0 and amount > 0):
        text = f"{amount:.{digits + 2}f}"
    return f"{text} %" if float(text) not in (0, 100) else f"{float(text):.0f} %"


def share(value: object, digits: int = 1) -> str:
    """A share between 0 and 1, as percent."""
    amount = number(value)
    return NONE if amount is None else percent(amount * 100, digits)


def milliseconds(value: object) -> str:
    """``12.345`` -> ``12.3 ms``."""
    amount = number(value)
    return NONE if amount is None else f"{amount:,.{0 if amount >= 100 else 1}f} ms"


def at(value: object) -> str:
    """``2026-03-01 14:05``: UTC, as the column's head says."""
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else NONE


def short_at(value: object) -> str:
    """``01 Mar 14:05``: UTC, for narrow tables."""
    return f"{value:%d %b %H:%M}" if isinstance(value, datetime) else NONE


def utc(value: object) -> str:
    """``2026-03-01 14:05 UTC``, for running text."""
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else NONE


def duration(value: timedelta | None) -> str:
    """``2 h 15 min``: the two largest units that matter."""
    if value is None:
        return NONE
    minutes = round(value.total_seconds() / 60)
    if abs(minutes) < 1:
        return f"{value.total_seconds():.0f} s"
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (left, "min")]
    return " ".join([f"{amount} {unit}" for amount, unit in parts if amount][:2])


def between(start: object, end: object) -> timedelta | None:
    """``end - start`` when both are times."""
    return end - start if isinstance(start, datetime) and isinstance(end, datetime) else None


def protocol(value: object) -> str:
    """``6`` -> ``TCP``."""
    return PROTOCOLS.get(value, f"protocol {value}") if isinstance(value, int) else NONE


def texts(value: object) -> list[str]:
    """A list column as texts; anything else as an empty list."""
    return [text(item) for item in value if item is not None] if isinstance(value, list) else []


def text(value: object, longest: int = 200) -> str:
    """Text from a log without control characters, cut to ``longest``; still to be escaped by whoever writes HTML."""
    if value is None:
        return NONE
    clean = _DISGUISE.sub("\ufffd", str(value))
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def label(value: object, longest: int = 40) -> str:
    """Text for a Plotly label or hover, where pseudo-HTML would be read: escaped. Long ids lose their middle."""
    clean = text(value)
    if len(clean) > longest:
        clean = f"{clean[: longest // 2]}…{clean[-(longest - longest // 2 - 1) :]}"
    # A percent sign before a brace would be read as a template when the label is part of one.
    return html.escape(clean, quote=False).replace("%{", "% {")


def actor(value: object) -> str:
    """The part of an ARN that names the caller; other names as they are."""
    name = str(value or "")
    return text((name.split(":", 5)[-1] if name.startswith("arn:") else name) or None, 80)


def width(bin_s: int) -> str:
    """``300`` -> ``5 min``: the width of a time bin."""
    return f"{bin_s // 3600} h" if bin_s % 3600 == 0 else f"{bin_s // 60} min"


def sentence(value: object) -> str:
    """``dns_failure`` -> ``DNS failure``."""
    plain = text(value).replace("_", " ").strip()
    spelled = " ".join(part.upper() if part in _ACRONYMS else part for part in plain.split(" "))
    return opening(spelled)


def opening(value: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return value[:1].upper() + value[1:]


def stamp(value: datetime) -> str:
    """A time as Plotly reads it: without a zone, because it would ignore one."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
