"""Ids of AWS resources named anywhere in a text: events and API calls name them under too many keys to list.

Where a resource has no id with a telling prefix, the key or the path before its id tells it, and is cut off after.
"""

from __future__ import annotations

import polars as pl

# Longer prefixes first: the first alternative that matches wins.
_PREFIXES = (
    "vpc-bpa-exclude", "vpc-encryption-control", "vpce-svc", "vpce", "vpc", "subnet", "eni-attach", "eni",
    "sgr", "sg", "aclassoc", "acl", "rtbassoc", "rtb", "tgw-attach", "tgw-rtb-announcement", "tgw-rtb", "tgw-ptb",
    "tgw-connect-peer", "tgw-mcast-domain", "tgw", "vpn-concentrator", "vpn", "cvpn-endpoint", "cgw", "vgw", "eigw",
    "igw", "lgw-rtb", "lgw", "cagw", "nat", "pcx", "pl", "eipalloc", "eipassoc", "dopt", "fl", "i",
    "dxcon", "dxvif", "dxlag", "rslvr-[a-z]+", "rqlc", "rni", "core-network", "attachment", "global-network",
    "connect-peer", "peering", "device", "site", "link",
)  # fmt: skip

# Hexadecimal digits as AWS gives them, or what its documentation writes in their place (``7example``, ``0abcdefgh``);
# documentation also shows two hyphens (``tgw-rtb--123…``). Names that merely begin with a prefix stay out.
_PREFIXED = rf"\b(?:{'|'.join(_PREFIXES)})-{{1,2}}(?:[0-9a-f]{{8,}}[0-9A-Za-z]*|[0-9][0-9A-Za-z]{{7,}})"

_TOLD_BY = r'directConnectGatewayId":"|dx-gateway/|[hH]ostedZoneId":"(?:/?hostedzone/)?|hostedzone/'
_PATTERN = "|".join(
    (
        _PREFIXED,
        r"\battachment[0-9a-f]{17}\b",  # routing updates print it so, without a hyphen
        r"arn:aws[a-z-]*:network-firewall:[A-Za-z0-9:/_-]+",  # firewalls, policies and rule groups have names only
        rf"(?:{_TOLD_BY})[0-9A-Za-z][0-9A-Za-z-]{{7,}}",
    )
)


def ids(*texts: str) -> pl.Expr:
    """Ids named in the columns ``texts`` (any of which may be null): distinct, sorted, never null."""
    text = pl.concat_str([pl.col(name).fill_null("") for name in texts], separator=" ")
    found = text.str.extract_all(_PATTERN).list.eval(pl.element().str.replace(rf"^(?:{_TOLD_BY})", ""))
    return found.list.unique().list.sort()
