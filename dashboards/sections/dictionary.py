"""The data dictionary, from the tables themselves."""

from __future__ import annotations

from markupsafe import Markup

from dashboards.components import Column as C
from dashboards.components import table
from dashboards.sections import Context, Section
from pipelines.model.schema import Table
from pipelines.model.tables import OURS

_TERMS = (
    ("Rates", "bits per second, SI prefixes: 1 Mbit/s is 1,000,000 bits per second."),
    ("Volumes", "bytes, SI prefixes: 1 GB is 1,000,000,000 bytes. As observed at interfaces unless said otherwise."),
    ("Times", "UTC, everywhere. A bin is named by its first moment."),
    (
        "Score",
        "percent of baseline-weighted traffic that is not hit, as in Internet Monitor; unknown below 80 % coverage.",
    ),
    ("Confidence", "how sure the named cause is, 0 to 100 %."),
    ("Rejected", "refused by a security group or a network ACL (flow log action REJECT)."),
    ("HealthIndicator", "1 when AWS saw a degradation inside its own network on the probe's path, else 0."),
    ("SKIPDATA / NODATA", "flow records lost inside AWS / no traffic in the capture window."),
)


def _body(context: Context) -> Markup:
    terms = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*term) for term in _TERMS)
    tables = Markup("").join(_table(each) for each in OURS)
    return Markup('<article class="panel"><dl class="terms">{}</dl><div class="tables">{}</div></article>').format(
        terms, tables
    )


def _table(each: Table) -> Markup:
    rows: list[dict[str, object]] = [
        {"name": field.name, "type": field.type, "unit": field.unit or "", "about": field.about}
        for field in each.fields
    ]
    columns = (C("name", "Column", kind="id"), C("type", "Type"), C("unit", "Unit"), C("about", "What"))
    return Markup('<details class="data"><summary><code>{}</code> {}</summary>{}</details>').format(
        each.full_name, each.about, table(columns, rows, f"{each.full_name}: {each.grain}")
    )


SECTION = Section(
    "dictionary", "Dictionary", "Data dictionary", "Terms, units and the tables behind this page.", (), _body
)
