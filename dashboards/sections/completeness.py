"""How complete the data are: what was read, what was refused, which hours are missing."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from dashboards import theme, words
from dashboards.components import Column as C
from dashboards.components import badge, chart, panel, tag
from dashboards.figures.health import strip_of
from dashboards.figures.layout import unit
from dashboards.figures.series import Line
from dashboards.panels import SeriesPanel, listing
from dashboards.queries.completeness import HOURS, LOG_COVERAGE, REJECTS, SKIPDATA_SERIES, SOURCES
from dashboards.sections import Context, Section

_GAPS_PANEL = SeriesPanel(
    "chart-skipdata",
    "Gaps the flow logs admit",
    "SKIPDATA: records were lost inside AWS. NODATA: no traffic, which is no gap.",
    "window_count",
    unit("windows"),
    "capture windows",
    (Line("SKIPDATA", "SKIPDATA (lost)", "vermilion"), Line("NODATA", "NODATA (silence)", "grey", "dash")),
    "The flow logs admit no gaps",
    "No SKIPDATA or NODATA record in this span.",
    wide=False,
    height=240,
    shade_gaps=False,
)


def _body(context: Context) -> Markup:
    return Markup('<div class="grid">{}{}{}{}{}</div>').format(
        _sources(context),
        _hours(context),
        _rejects(context),
        _GAPS_PANEL.render(context[SKIPDATA_SERIES], context.span),
        _coverage(context),
    )


def _sources(context: Context) -> Markup:
    columns = (
        C("source", "Source", kind="id"),
        C("object_count", "Objects", words.count, "numeric"),
        C("dead_count", "unreadable", _concern, "numeric"),
        C("duplicate_count", "duplicate", words.count, "numeric"),
        C("bytes", "Stored", _bytes, "numeric"),
        C("rows_in", "Rows in", words.count, "numeric"),
        C("rows_out", "out", words.count, "numeric"),
        C("rows_rejected", "rejected", _concern, "numeric"),
        C("rows_duplicate", "duplicate", words.count, "numeric"),
        C("last_hour", "Last hour with events (UTC)", _hour, "time"),
        C("last_ingested_at", "Last ingested (UTC)", words.at, "time"),
    )
    about = "The ledger of the whole lake: rows in = rows out + rejected + duplicate."
    hint = "`netlake ingest` fills the ledger."
    return listing("Sources", context[SOURCES], columns, "Nothing has been ingested yet", hint, about=about)


def _hours(context: Context) -> Markup:
    answer = context[HOURS]
    title = "Hours with data"
    if answer.is_empty:
        return Markup("")
    grid = context.span.grid(answer.bin_s)
    cells: dict[str, dict[datetime, int]] = {}
    for row in answer.dicts():
        cells.setdefault(words.label(row["source"]), {})[row["bin_at"]] = int(row["object_count"])  # type: ignore[call-overload, index]
    levels = [[1.0 if at in own else 0.0 for at in grid] for own in cells.values()]
    hover = [
        [f"{at:%a %d %b, %H:%M} UTC<br>{name}: {own.get(at, 0):,} objects" for at in grid]
        for name, own in cells.items()
    ]
    drawn = strip_of(
        list(cells), levels, hover, grid, context.span, [theme.color("heat_unknown"), theme.color("green")]
    )
    missing = sum(at not in own for own in cells.values() for at in grid)
    about = (
        f"One cell per {words.width(answer.bin_s)}; pale cells have no object. {words.count(missing)} of "
        f"{words.count(len(cells) * len(grid))} cells are empty. Event sources are silent when nothing happens."
    )
    body = chart(drawn, "chart-hours", "Hours with data by source; pale cells are hours without any object")
    return panel(title, body, about=about, answers=(answer,))


def _rejects(context: Context) -> Markup:
    columns = (
        C("source", "Source", kind="id"),
        C("reason", "Reason"),
        C("record_count", "Records", words.count, "numeric"),
        C("object_count", "Objects", words.count, "numeric"),
        C("sample_record", "One of them", _sample, "id"),
    )
    hint = "Every record could be typed, or none was read."
    return listing(
        "Rejected records",
        context[REJECTS],
        columns,
        "No rejected records",
        hint,
        about="Kept in ops.reject, with object and line.",
    )


def _coverage(context: Context) -> Markup:
    columns = (
        C("log_status", "Status", _status),
        C("vpc_id", "VPC", kind="id"),
        C("window_count", "Windows", words.count, "numeric"),
        C("interface_count", "Interfaces", words.count, "numeric"),
        C("first_at", "First (UTC)", words.short_at, "time"),
        C("last_at", "Last (UTC)", words.short_at, "time"),
    )
    nothing, hint = "The flow logs admit no gaps", "No SKIPDATA or NODATA record in this span."
    return listing("SKIPDATA and NODATA by VPC", context[LOG_COVERAGE], columns, nothing, hint, wide=False)


def _bytes(value: object) -> str:
    return words.scaled(value, "B")


def _concern(value: object) -> str | Markup:
    return badge("warn", words.count(value)) if words.number(value) else words.count(value)


def _hour(value: object) -> str:
    return words.text(value).replace("T", " ") + ":00" if isinstance(value, str) else words.NONE


def _sample(value: object) -> Markup:
    return Markup("<code>{}</code>").format(words.text(value, 120))


def _status(value: object) -> Markup:
    return tag("bad" if value == "SKIPDATA" else "plain", words.text(value, 20))


SECTION = Section(
    "completeness",
    "Data",
    "Data completeness",
    "What a number is worth depends on what was seen.",
    (SOURCES, HOURS, REJECTS, SKIPDATA_SERIES, LOG_COVERAGE),
    _body,
)
