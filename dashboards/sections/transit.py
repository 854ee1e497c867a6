"""Transit gateways: traffic by attachment, drops by cause."""

from __future__ import annotations

from markupsafe import Markup

from dashboards import words
from dashboards.components import Column as C
from dashboards.components import chart, empty, panel, table
from dashboards.data import Answer
from dashboards.figures.layout import BITS, PACKETS, unit
from dashboards.figures.ranked import ranked
from dashboards.figures.series import REST, Line
from dashboards.panels import SeriesPanel
from dashboards.queries.transit import TRANSIT_ATTACHMENTS, TRANSIT_DROPS_SERIES, TRANSIT_SERIES
from dashboards.sections import Context, Section

_CAUSES = {
    "no_route": ("No route", "vermilion"),
    "blackhole": ("Blackhole route", "purple"),
    "mtu_exceeded": ("MTU exceeded", "gold"),
    "ttl_expired": ("TTL expired", "sky"),
}
_NOTHING, _HINT = (
    "No transit gateway traffic in this span",
    "Transit gateway flow logs appear here after they are ingested.",
)
_TRAFFIC_PANEL = SeriesPanel(
    "chart-transit",
    "Traffic by attachment",
    "The six largest attachments; a flow that crosses the gateway counts at both of its attachments.",
    "bits_per_s",
    BITS,
    "bit/s",
    (Line(REST, "All others", "grey", "dot"),),
    _NOTHING,
    _HINT,
)
_DROPS_PANEL = SeriesPanel(
    "chart-drops",
    "Dropped packets by cause",
    "All attachments, as the gateway counted them.",
    "packets_per_s",
    PACKETS,
    "packets/s",
    tuple(Line(key, name, color) for key, (name, color) in _CAUSES.items()),
    _NOTHING,
    _HINT,
    height=220,
)


def _body(context: Context) -> Markup:
    return Markup('<div class="grid">{}{}{}</div>').format(
        _TRAFFIC_PANEL.render(context[TRANSIT_SERIES], context.span),
        _DROPS_PANEL.render(context[TRANSIT_DROPS_SERIES], context.span),
        _attachments(context[TRANSIT_ATTACHMENTS]),
    )


def _attachments(answer: Answer) -> Markup:
    title = "Attachments: volume and drops"
    if answer.is_empty:
        return panel(title, empty(_NOTHING, _HINT, answer), answers=(answer,))
    rows = answer.dicts()
    columns = (
        C("attachment_id", "Attachment", kind="id"),
        C("transit_gateway_id", "Gateway", kind="id"),
        C("bytes_in", "In", _bytes, "numeric"),
        C("bytes_out", "Out", _bytes, "numeric"),
        C("packets", "Packets", words.count, "numeric"),
        *(C(f"{key}_packets", f"{name} (packets)", words.count, "numeric") for key, (name, _) in _CAUSES.items()),
    )
    return panel(
        title,
        _drops(rows) + table(columns, rows, title),
        about="Those with the most dropped packets first.",
        answers=(answer,),
    )


def _drops(rows: list[dict[str, object]]) -> Markup:
    hit = [row for row in rows if _dropped(row)]
    if not hit:
        return Markup('<p class="calm">No attachment dropped a packet in this span.</p>')
    parts = {name: [words.number(row[f"{key}_packets"]) or 0 for row in hit] for key, (name, _) in _CAUSES.items()}
    drawn = ranked(
        [words.label(row["attachment_id"]) for row in hit],
        parts,
        unit("packets", 7),
        [f"{words.count(_dropped(row))} packets" for row in hit],
        [color for _, color in _CAUSES.values()],
    )
    return chart(drawn, "chart-attachments", "Dropped packets by attachment and cause", on_time=False)


def _dropped(row: dict[str, object]) -> float:
    return sum(words.number(row[f"{key}_packets"]) or 0 for key in _CAUSES)


def _bytes(value: object) -> str:
    return words.scaled(value, "B")


SECTION = Section(
    "transit",
    "Transit",
    "Transit gateways",
    "Transit gateway flow logs: volume and drops by attachment and cause.",
    (TRANSIT_SERIES, TRANSIT_DROPS_SERIES, TRANSIT_ATTACHMENTS),
    _body,
)
