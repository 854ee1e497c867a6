"""Who talks to whom: the services of the simulated company, as data.

A selector is "vpc/role", a group of hosts outside ("onprem/…", "aws/…", "saas/…") or "internet/<region>".
"""

from dataclasses import dataclass

ICMP, TCP, UDP = 1, 6, 17


@dataclass(frozen=True)
class Link:
    """One kind of conversation.

    `rate` is conversations per minute at mean demand, `seconds` the mean duration, `ask` and `reply` the mean bytes of
    a conversation in each direction, `curve` the daily rhythm, `v6_share` the share of clients that use IPv6.
    """

    name: str
    client: str
    server: str
    port: int
    rate: float
    seconds: float
    ask: float
    reply: float
    curve: str = "us"
    protocol: int = TCP
    v6_share: float = 0.0


LINKS = (
    Link("shop-front", "internet/us-east-1", "prod-shop/alb", 443, 26, 15, 3_200, 46_000, v6_share=0.08),
    Link("shop-web", "prod-shop/alb", "prod-shop/web", 8080, 8, 10, 9_000, 130_000),
    Link("shop-app", "prod-shop/web", "prod-shop/app", 8443, 8, 10, 8_000, 60_000),
    Link("shop-cache", "prod-shop/app", "prod-shop/cache", 6379, 4, 20, 6_000, 90_000),
    Link("orders-db", "prod-shop/app", "prod-data/db-orders", 5432, 3.2, 40, 18_000, 150_000),
    Link("catalog-db", "prod-shop/app", "prod-data/db-catalog", 5432, 2.4, 40, 12_000, 220_000),
    Link("search", "prod-shop/app", "prod-data/search", 9200, 1.8, 8, 4_000, 70_000),
    Link("shop-pricing", "prod-shop/web", "prod-shop/nlb", 9090, 1, 8, 2_000, 9_000),
    Link("event-bus", "prod-shop/app", "prod-data/kafka", 9092, 0.06, 3_000, 4_000_000, 300_000),
    Link("secrets", "prod-shop/app", "prod-shop/endpoint", 443, 0.6, 3, 2_500, 6_500, "flat"),
    Link("secrets-data", "prod-data/etl", "prod-data/endpoint", 443, 0.3, 3, 2_500, 6_500, "flat"),
    Link("shop-s3", "prod-shop/app", "aws/s3", 443, 2, 12, 30_000, 260_000),
    Link("shop-dynamodb", "prod-shop/app", "aws/dynamodb", 443, 2, 25, 9_000, 24_000),
    Link("payments", "prod-shop/app", "saas/payments", 443, 1.3, 6, 4_500, 7_000),
    Link("shipping-api", "prod-shop/web", "saas/api", 443, 0.4, 6, 3_000, 9_000),
    Link("updates", "prod-shop/web", "saas/packages", 443, 0.2, 20, 2_500, 900_000, "flat"),
    Link("etl-orders", "prod-data/etl", "prod-data/db-orders", 5432, 0.6, 120, 20_000, 2_400_000, "flat"),
    Link("etl-s3", "prod-data/etl", "aws/s3", 443, 0.6, 40, 2_600_000, 25_000, "flat"),
    Link("telemetry-shop", "prod-shop/app", "shared-services/collector", 4317, 1, 30, 90_000, 4_000),
    Link("telemetry-data", "prod-data/db-orders", "shared-services/collector", 4317, 0.5, 30, 60_000, 3_000, "flat"),
    Link("telemetry-dev", "dev/box", "shared-services/collector", 4317, 2.5, 20, 30_000, 2_000, "flat"),
    Link("dev-artifacts", "dev/box", "shared-services/ci", 443, 0.8, 25, 6_000, 700_000, "office"),
    Link("dev-data", "dev/box", "prod-data/db-catalog", 5432, 0.4, 60, 9_000, 120_000, "office"),
    Link("dev-internet", "dev/box", "saas/packages", 443, 0.8, 15, 4_000, 400_000, "office"),
    Link("ci-deploy", "shared-services/ci", "dev/box", 22, 0.5, 45, 250_000, 30_000, "office"),
    Link("ci-internet", "shared-services/ci", "saas/packages", 443, 0.5, 20, 4_000, 800_000, "office"),
    Link("erp", "prod-shop/app", "onprem/erp", 443, 1.4, 20, 12_000, 36_000),
    Link("erp-orders", "onprem/erp", "prod-data/db-orders", 5432, 0.5, 30, 8_000, 60_000, "office"),
    Link("office", "onprem/office", "shared-services/ci", 443, 1, 40, 9_000, 240_000, "office"),
    Link("dns-forward", "shared-services/dns-out", "onprem/dns", 53, 2.5, 0, 78, 180, "us", UDP),
    Link("dns-inbound", "onprem/dns", "shared-services/dns-in", 53, 0.8, 0, 74, 190, "office", UDP),
    Link("eu-front", "internet/eu-west-1", "eu-prod/alb", 443, 7, 15, 3_100, 44_000, "eu", v6_share=0.18),
    Link("eu-web", "eu-prod/alb", "eu-prod/web", 8080, 2.4, 10, 9_000, 120_000, "eu"),
    Link("eu-app", "eu-prod/web", "eu-prod/app", 8443, 2, 10, 8_000, 60_000, "eu"),
    Link("eu-db", "eu-prod/app", "eu-prod/db", 5432, 1.4, 30, 15_000, 120_000, "eu"),
    Link("eu-s3", "eu-prod/app", "aws/s3-eu", 443, 0.6, 12, 20_000, 180_000, "eu"),
    Link("eu-payments", "eu-prod/app", "saas/payments", 443, 0.4, 6, 4_500, 7_000, "eu"),
    Link("eu-replication", "eu-prod/db", "prod-data/db-orders", 5432, 0.8, 60, 40_000, 1_900_000, "flat"),
    Link("backup", "prod-data/etl", "shared-services/backup", 9103, 3, 240, 14_000_000, 70_000, "backup"),
)

NUMBER = {link.name: number for number, link in enumerate(LINKS)}

# Periodic echo requests: (client, server, index of each); once a minute and pair.
PINGS = (
    ("shared-services/monitor", "prod-data/db-orders", 0, 0),
    ("shared-services/monitor", "prod-data/db-catalog", 0, 1),
    ("shared-services/monitor", "onprem/erp", 1, 0),
)

# Interfaces with a public address, which internet scanners find, with the scans per minute of each group.
SCANNED = (
    ("prod-shop/alb", 2.4),
    ("prod-shop/nat", 0.9),
    ("shared-services/nat", 0.7),
    ("eu-prod/alb", 1.2),
    ("eu-prod/nat", 0.4),
    ("prod-data/bastion", 0.4),
)
SCANNED_PORTS = (22, 23, 80, 445, 1433, 2222, 3306, 3389, 5060, 5900, 6379, 8080, 8443, 8728, 9200, 27017)
