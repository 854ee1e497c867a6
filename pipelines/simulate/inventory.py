"""The company's network as data: accounts, VPCs, roles of interfaces, and hosts elsewhere."""

from dataclasses import dataclass

NET_ACCOUNT, PROD_ACCOUNT, DEV_ACCOUNT = "012290417735", "481516234209", "730958114462"


MAIN, SECOND = "us-east-1", "eu-west-1"


@dataclass(frozen=True)
class Role:
    """`count` interfaces that do the same work in one VPC; managed ones belong to an AWS service, to no instance."""

    vpc: str
    name: str
    count: int
    managed: bool = False
    kind: str | None = None
    hidden_owner: bool = False
    replaced_by_deploys: bool = False


VPCS = (
    ("prod-shop", PROD_ACCOUNT, MAIN, "10.10"),
    ("prod-data", PROD_ACCOUNT, MAIN, "10.20"),
    ("shared-services", NET_ACCOUNT, MAIN, "10.30"),
    ("dev", DEV_ACCOUNT, MAIN, "10.40"),
    ("eu-prod", PROD_ACCOUNT, SECOND, "10.50"),
)


ROLES = (
    Role("prod-shop", "alb", 3, managed=True),
    Role("prod-shop", "nat", 2, managed=True, kind="nat_gateway"),
    Role("prod-shop", "web", 8, replaced_by_deploys=True),
    Role("prod-shop", "app", 10),
    Role("prod-shop", "cache", 3),
    Role("prod-shop", "nlb", 2, managed=True, kind="network_load_balancer", hidden_owner=True),
    Role("prod-shop", "endpoint", 2, managed=True, kind="vpc_endpoint", hidden_owner=True),
    Role("prod-shop", "tgw", 3, managed=True, kind="transit_gateway"),
    Role("prod-shop", "idle", 1),
    Role("prod-data", "db-orders", 3),
    Role("prod-data", "db-catalog", 3),
    Role("prod-data", "search", 3),
    Role("prod-data", "kafka", 3),
    Role("prod-data", "etl", 4),
    Role("prod-data", "bastion", 1),
    Role("prod-data", "endpoint", 1, managed=True, kind="vpc_endpoint", hidden_owner=True),
    Role("prod-data", "tgw", 3, managed=True, kind="transit_gateway"),
    Role("shared-services", "nat", 2, managed=True, kind="nat_gateway"),
    Role("shared-services", "dns-out", 2, managed=True),
    Role("shared-services", "dns-in", 2, managed=True),
    Role("shared-services", "collector", 2),
    Role("shared-services", "monitor", 2),
    Role("shared-services", "backup", 2),
    Role("shared-services", "ci", 2),
    Role("shared-services", "tgw", 3, managed=True, kind="transit_gateway"),
    Role("dev", "box", 6),
    Role("dev", "tgw", 2, managed=True, kind="transit_gateway"),
    Role("dev", "idle", 1),
    Role("eu-prod", "alb", 2, managed=True),
    Role("eu-prod", "nat", 1, managed=True, kind="nat_gateway"),
    Role("eu-prod", "web", 4),
    Role("eu-prod", "app", 3),
    Role("eu-prod", "db", 2),
    Role("eu-prod", "tgw", 2, managed=True, kind="transit_gateway"),
    Role("eu-prod", "idle", 1),
)


# Hosts outside our VPCs by group: (first three octets, how many, AWS service code of the range).
OUTSIDE: dict[str, tuple[str, int, str | None]] = {
    "onprem/erp": ("172.16.8", 3, None),
    "onprem/office": ("172.16.40", 24, None),
    "onprem/dns": ("172.16.53", 2, None),
    "aws/s3": ("52.216.88", 12, "S3"),
    "aws/s3-eu": ("52.218.36", 8, "S3"),
    "aws/dynamodb": ("52.94.0", 8, "DYNAMODB"),
    "saas/payments": ("198.51.100", 6, None),
    "saas/packages": ("151.101.2", 10, None),
    "saas/api": ("13.248.148", 4, "GLOBALACCELERATOR"),
}


TUNNELS = ("35.84.102.207", "44.231.18.66")  # outside addresses of the VPN connection's two tunnels
