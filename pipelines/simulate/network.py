"""What exists: accounts, VPCs, interfaces, attachments and every address that can appear in a record.

Interfaces and addresses are numbered; the vectorised parts of the simulation work with these numbers and look names up
last. An interface's primary address has the number of the interface itself.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.simulate.chance import Ints, digest, identifier, stream
from pipelines.simulate.cities import CITIES
from pipelines.simulate.inventory import MAIN, OUTSIDE, ROLES, SECOND, VPCS, Role

_ZONES = {MAIN: ("use1-az1", "use1-az2", "use1-az4"), SECOND: ("euw1-az1", "euw1-az2", "euw1-az3")}
_CLIENTS_PER_CITY, _CLIENTS_V6_PER_CITY, _SCANNERS = 60, 12, 400


@dataclass(frozen=True)
class Vpc:
    """One VPC; `subnets` in the order of `zones`, each a /20 of the VPC's /16."""

    name: str
    id: str
    account: str
    region: str
    prefix: str
    zones: tuple[str, ...]
    subnets: tuple[str, ...]

    @property
    def cidr(self) -> str:
        return f"{self.prefix}.0.0/16"


@dataclass(frozen=True)
class Interface:
    """One ENI; `owner` is what the flow log shows as account-id, `since` and `until` are Unix seconds."""

    id: str
    role: str
    vpc: int
    zone: int
    address: str
    address_v6: str
    instance: str | None
    kind: str | None
    owner: str
    generation: int


@dataclass(frozen=True)
class Attachment:
    """One transit gateway attachment; `vpc` is -1 for VPN, Direct Connect and peering."""

    name: str
    id: str
    vpc: int
    kind: str
    resource: str


@dataclass(frozen=True)
class Network:
    """Everything that exists. `addresses[i]` for i < len(interfaces) is interface i's primary address.

    `groups` maps "vpc/role", a group of `OUTSIDE`, "city/<n>", "city-v6/<n>" and "scanners" to their numbers:
    interface numbers for roles, address numbers for the rest. `services[i]` is the AWS service code of address i.
    """

    seed: int
    vpcs: tuple[Vpc, ...]
    interfaces: tuple[Interface, ...]
    attachments: tuple[Attachment, ...]
    addresses: tuple[str, ...]
    services: tuple[str | None, ...]
    groups: dict[str, Ints]
    generations: int

    def id(self, prefix: str, name: str) -> str:
        """The id of a named resource that is neither a VPC, an interface nor an attachment."""
        return identifier(self.seed, prefix, name)

    def vpc(self, name: str) -> Vpc:
        return next(vpc for vpc in self.vpcs if vpc.name == name)

    def vpc_number(self, name: str) -> int:
        return next(number for number, vpc in enumerate(self.vpcs) if vpc.name == name)

    def attachment_number(self, name: str) -> int:
        return next(number for number, attachment in enumerate(self.attachments) if attachment.name == name)

    def members(self, group: str) -> tuple[Interface, ...]:
        return tuple(self.interfaces[number] for number in self.groups[group])


def build(seed: int, generations: int) -> Network:
    """The network for a seed; `generations` is how many sets of interfaces the redeployed roles go through."""
    vpcs = tuple(_vpc(seed, *row) for row in VPCS)
    interfaces = tuple(_interfaces(seed, vpcs, generations))
    groups: dict[str, list[int]] = {}
    for number, interface in enumerate(interfaces):
        groups.setdefault(f"{vpcs[interface.vpc].name}/{interface.role}", []).append(number)
    addresses = [interface.address for interface in interfaces]
    services: list[str | None] = [None] * len(addresses)
    for group, members, service in _outside(seed, interfaces):
        groups[group] = list(range(len(addresses), len(addresses) + len(members)))
        addresses.extend(members)
        services.extend([service] * len(members))
    return Network(
        seed=seed,
        vpcs=vpcs,
        interfaces=interfaces,
        attachments=tuple(_attachments(seed, vpcs)),
        addresses=tuple(addresses),
        services=tuple(services),
        groups={name: np.array(numbers, dtype=np.int64) for name, numbers in groups.items()},
        generations=generations,
    )


def _vpc(seed: int, name: str, account: str, region: str, prefix: str) -> Vpc:
    zones = _ZONES[region]
    subnets = tuple(identifier(seed, "subnet", f"{name}/{zone}") for zone in zones)
    return Vpc(name, identifier(seed, "vpc", name), account, region, prefix, zones, subnets)


def _interfaces(seed: int, vpcs: tuple[Vpc, ...], generations: int) -> list[Interface]:
    numbers = {vpc.name: number for number, vpc in enumerate(vpcs)}
    found = []
    for order, role in enumerate(ROLES):
        for generation in range(generations if role.replaced_by_deploys else 1):
            for index in range(role.count):
                vpc = vpcs[numbers[role.vpc]]
                found.append(_interface(seed, vpc, numbers[role.vpc], role, order, generation, index))
    return found


def _interface(seed: int, vpc: Vpc, number: int, role: Role, order: int, generation: int, index: int) -> Interface:
    name = f"{vpc.name}/{role.name}/{generation}/{index}"
    zone = index % len(vpc.zones)
    # A /20 has 16 third octets: the role takes one, so that an address tells a reader where it belongs.
    host = 10 + generation * role.count + index
    address = f"{vpc.prefix}.{zone * 16 + order % 15 + 1}.{10 + host % 240}"
    tail = digest(seed, f"v6/{name}", 16)
    return Interface(
        id=identifier(seed, "eni", name),
        role=role.name,
        vpc=number,
        zone=zone,
        address=address,
        address_v6=f"2600:1f18:{0x4A30 + number:x}:a1{zone:02x}:" + ":".join(_group(tail, i) for i in range(4)),
        instance=None if role.managed else identifier(seed, "i", name),
        kind=role.kind,
        owner="unknown" if role.hidden_owner else vpc.account,
        generation=generation,
    )


def _group(tail: str, index: int) -> str:
    return f"{int(tail[index * 4 : index * 4 + 4], 16) | 0x1000:x}"


def _attachments(seed: int, vpcs: tuple[Vpc, ...]) -> list[Attachment]:
    rows = [(vpc.name, number, "vpc", vpc.id) for number, vpc in enumerate(vpcs) if vpc.region == MAIN]
    rows.append(("vpn", -1, "vpn", identifier(seed, "vpn", "onprem")))
    rows.append(("dx", -1, "direct-connect-gateway", identifier(seed, "dxgw", "onprem")))
    rows.append(("peering", -1, "peering", identifier(seed, "tgw", SECOND)))
    return [Attachment(name, identifier(seed, "tgw-attach", name), vpc, kind, to) for name, vpc, kind, to in rows]


def _outside(seed: int, interfaces: tuple[Interface, ...]) -> list[tuple[str, list[str], str | None]]:
    """Groups of addresses that are no interface's primary address: (group, addresses, AWS service code)."""
    rng = stream(seed, "addresses")
    groups: list[tuple[str, list[str], str | None]] = [
        (name, [f"{prefix}.{20 + host}" for host in range(count)], service)
        for name, (prefix, count, service) in OUTSIDE.items()
    ]
    groups.append(("interfaces-v6", [interface.address_v6 for interface in interfaces], None))
    for number, city in enumerate(CITIES):
        hosts = rng.choice(60_000, _CLIENTS_PER_CITY, replace=False) + 1000
        groups.append((f"city/{number}", [f"{city.octet}.{40 + number}.{h >> 8}.{h & 255}" for h in hosts], None))
        tails = rng.integers(0x1000, 0xFFFF, (_CLIENTS_V6_PER_CITY, 4))
        site = f"2a0{city.octet % 10}:{0x4D00 + number:x}"
        v6 = [f"{site}:{a:x}:{b:x}:{c:x}:{d:x}:{a ^ 0x1111 | 1:x}:{b | 1:x}" for a, b, c, d in tails.tolist()]
        groups.append((f"city-v6/{number}", v6, None))
    octets = rng.integers(0, 256, (_SCANNERS, 3)).tolist()
    firsts = rng.choice([45, 80, 89, 92, 141, 162, 185, 193, 194, 212], _SCANNERS).tolist()
    scanners = [f"{first}.{a}.{b}.{c}" for first, (a, b, c) in zip(firsts, octets, strict=True)]
    groups.append(("scanners", scanners, None))
    return groups
