"""Traffic: accepted and rejected over time, who talks to whom, what is refused."""

from __future__ import annotations

from markupsafe import Markup

from dashboards import words
from dashboards.components import Column as C
from dashboards.components import chart, empty, facts, panel, table
from dashboards.data import Answer
from dashboards.figures.layout import BITS, BYTES, unit
from dashboards.figures.ranked import ranked
from dashboards.figures.series import Line
from dashboards.panels import SeriesPanel, listing
from dashboards.queries.traffic import REJECT_PORTS, REJECT_SOURCES, TOP_TALKERS, TRAFFIC_SERIES, TRAFFIC_TOTALS
from dashboards.sections import Context, Section

_ACCEPTED = (
    Line("accepted egress", "Accepted, egress", "blue"),
    Line("accepted ingress", "Accepted, ingress", "sky"),
    Line("accepted", "Accepted, direction not logged", "green"),
)
_REJECTED = (Line("rejected", "Rejected", "vermilion"),)
_NOTHING = "No traffic in this span"
_HINT = "Roll-ups of VPC flow logs appear here after `netlake build`."
_ACCEPTED_PANEL = SeriesPanel(
    "chart-accepted",
    "Accepted traffic",
    "As observed at interfaces: a flow between two monitored interfaces counts at both.",
    "bits_per_s",
    BITS,
    "bit/s",
    _ACCEPTED,
    _NOTHING,
    _HINT,
    stacked=True,
)
_REJECTED_PANEL = SeriesPanel(
    "chart-rejected",
    "Rejected traffic",
    "What security groups and network ACLs refused.",
    "bits_per_s",
    BITS,
    "bit/s",
    _REJECTED,
    "Nothing was rejected",
    "No REJECT records in this span.",
    height=200,
    shade_gaps=False,
)


def _body(context: Context) -> Markup:
    series = context[TRAFFIC_SERIES]
    return Markup('{}<div class="grid">{}{}{}{}{}</div>').format(
        _totals(context[TRAFFIC_TOTALS]),
        _ACCEPTED_PANEL.render(_only(series, rejected=False), context.span),
        _REJECTED_PANEL.render(_only(series, rejected=True), context.span),
        _talkers(context[TOP_TALKERS]),
        _ports(context[REJECT_PORTS]),
        _sources(context[REJECT_SOURCES]),
    )


def _only(answer: Answer, *, rejected: bool) -> Answer:
    if answer.is_empty:
        return answer
    is_rejected = answer.rows["series"] == "rejected"
    return Answer(answer.query, answer.sql, answer.rows.filter(is_rejected if rejected else ~is_rejected), answer.bin_s)


def _totals(answer: Answer) -> Markup:
    row = answer.first()
    flows, rejected = words.number(row.get("flow_count")), words.number(row.get("rejected_flow_count"))
    if not flows:
        return Markup("")
    return facts(
        [
            ("Volume at interfaces", words.scaled(row.get("bytes"), "B")),
            ("Flow records", words.count(flows)),
            ("Rejected", words.share((rejected or 0) / flows, 2) + " of flows"),
            ("Interfaces", words.count(row.get("interface_count"))),
            ("VPCs named", words.count(row.get("vpc_count"))),
        ]
    )


def _talkers(answer: Answer) -> Markup:
    title = "Top talkers"
    if answer.is_empty:
        return panel(title, empty("No accepted flows in this span", _HINT, answer), answers=(answer,))
    rows = answer.dicts()
    names = [
        f"{words.label(row['src_ip'])} → {words.label(row['dst_ip'])} :{words.label(row['port'])}" for row in rows[:10]
    ]
    volumes = [words.number(row["bytes"]) or 0 for row in rows[:10]]
    drawn = ranked(names, {"bytes": volumes}, BYTES, [words.scaled(volume, "B") for volume in volumes], ["blue"])
    columns = (
        C("src_ip", "Source", kind="id"),
        C("dst_ip", "Destination", kind="id"),
        C("port", "Service port", words.text, "numeric", "the lower of the two ports"),
        C("protocol", "Protocol", words.protocol),
        C("bytes", "Volume", _bytes, "numeric"),
        C("byte_share", "Share", words.share, "numeric"),
        C("packets", "Packets", words.count, "numeric"),
        C("flow_count", "Records", words.count, "numeric"),
        C("interface_count", "Seen at", words.count, "numeric", "interfaces that recorded it"),
        C("src_service", "Source service", optional=True),
        C("dst_service", "Destination service", optional=True),
    )
    body = Markup('<div class="split"><div>{}</div><div>{}</div></div>').format(
        chart(drawn, "chart-talkers", "Pairs of addresses by volume, largest first", on_time=False),
        table(columns, rows, "Top talkers by volume"),
    )
    about = "Accepted volume by address pair and service port (the lower of the two), as observed at interfaces."
    return panel(title, body, about=about, answers=(answer,))


def _ports(answer: Answer) -> Markup:
    title = "Rejects by destination port"
    if answer.is_empty:
        return panel(
            title,
            empty("Nothing was rejected", "No REJECT records in this span.", answer),
            answers=(answer,),
            wide=False,
        )
    rows = answer.dicts()
    names = [
        f"{words.label(row['dst_port'])}/{words.protocol(row['protocol'])}"
        f"  from {words.count(row['source_count'])} sources"
        for row in rows
    ]
    flows = [words.number(row["flow_count"]) or 0 for row in rows]
    totals = [f"{words.count(flow)} flows" for flow in flows]
    body = chart(
        ranked(names, {"flows": flows}, unit("flows"), totals, ["vermilion"]),
        "chart-ports",
        "Rejected flows by destination port",
        on_time=False,
    )
    return panel(title, body, about="Flow records with action REJECT.", answers=(answer,), wide=False)


def _sources(answer: Answer) -> Markup:
    columns = (
        C("src_ip", "Source", kind="id"),
        C("src_service", "AWS service", optional=True),
        C("flow_count", "Flows", words.count, "numeric"),
        C("destination_count", "Hosts", words.count, "numeric"),
        C("port_count", "Ports", words.count, "numeric"),
        C("first_at", "First (UTC)", words.short_at, "time"),
        C("last_at", "Last (UTC)", words.short_at, "time"),
    )
    about = "Many hosts or ports from one source look like a scan."
    return listing(
        "Rejects by source",
        answer,
        columns,
        "Nothing was rejected",
        "No REJECT records in this span.",
        about=about,
        wide=False,
    )


def _bytes(value: object) -> str:
    return words.scaled(value, "B")


SECTION = Section(
    "traffic",
    "Traffic",
    "Traffic",
    "VPC flow logs, rates in bits per second and volumes in bytes (SI: 1 kB is 1,000 bytes).",
    (TRAFFIC_TOTALS, TRAFFIC_SERIES, TOP_TALKERS, REJECT_PORTS, REJECT_SOURCES),
    _body,
)
