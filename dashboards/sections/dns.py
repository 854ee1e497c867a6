"""DNS: queries by answer, zones that fail, what the DNS Firewall did."""

from __future__ import annotations

from markupsafe import Markup

from dashboards import words
from dashboards.components import Column as C
from dashboards.components import meter, tag
from dashboards.figures.layout import QUERIES
from dashboards.figures.series import Line
from dashboards.panels import SeriesPanel, listing
from dashboards.queries.dns import DNS_FIREWALL, DNS_SERIES, DNS_ZONES
from dashboards.sections import Context, Section

_QUERIES_PANEL = SeriesPanel(
    "chart-dns",
    "Queries by response code",
    "What Route 53 Resolver had to resolve; cached answers are not logged, so counts are lower bounds.",
    "queries_per_s",
    QUERIES,
    "queries/s",
    (
        Line("NOERROR", "NOERROR", "blue"),
        Line("NXDOMAIN", "NXDOMAIN", "orange"),
        Line("SERVFAIL", "SERVFAIL", "vermilion"),
        Line("REFUSED", "REFUSED", "purple"),
        Line("other", "other", "grey"),
    ),
    "No DNS queries in this span",
    "Resolver query logs appear here after `netlake build`.",
    stacked=True,
)


def _body(context: Context) -> Markup:
    return Markup('<div class="grid">{}{}{}</div>').format(
        _QUERIES_PANEL.render(context[DNS_SERIES], context.span), _zones(context), _firewall(context)
    )


def _zones(context: Context) -> Markup:
    columns = (
        C("zone", "Zone", kind="id"),
        C("failed_count", "Failed", words.count, "numeric"),
        C("failed_share", "Share failed", _bar, "share"),
        C("nxdomain_count", "NXDOMAIN", words.count, "numeric"),
        C("servfail_count", "SERVFAIL", words.count, "numeric"),
        C("query_count", "All queries", words.count, "numeric"),
    )
    about = "By number of queries that did not end in NOERROR."
    nothing, hint = "No failed queries in this span", "Every logged query ended in NOERROR, or none was logged."
    return listing("Zones that fail most", context[DNS_ZONES], columns, nothing, hint, about=about, wide=False)


def _firewall(context: Context) -> Markup:
    columns = (
        C("firewall_action", "Action", _action),
        C("zone", "Zone", kind="id"),
        C("query_count", "Queries", words.count, "numeric"),
        C("vpc_count", "VPCs", words.count, "numeric"),
        C("first_at", "First (UTC)", words.short_at, "time"),
        C("last_at", "Last (UTC)", words.short_at, "time"),
    )
    nothing, hint = (
        "The DNS Firewall did not act",
        "No query matched a rule with ALERT or BLOCK, or no firewall is associated.",
    )
    return listing(
        "DNS Firewall", context[DNS_FIREWALL], columns, nothing, hint, about="Queries that matched a rule.", wide=False
    )


def _bar(value: object) -> Markup:
    return meter(value, words.share(value))


def _action(value: object) -> Markup:
    return tag("bad" if value == "BLOCK" else "warn", words.text(value, 20))


SECTION = Section(
    "dns", "DNS", "DNS", "Route 53 Resolver query logs and DNS Firewall.", (DNS_SERIES, DNS_ZONES, DNS_FIREWALL), _body
)
