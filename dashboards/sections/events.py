"""Network events: what changed, who changed it, what AWS said about it."""

from __future__ import annotations

from markupsafe import Markup

from dashboards import words
from dashboards.components import Column as C
from dashboards.components import badge, chart, empty, panel, table
from dashboards.figures.timeline import timeline
from dashboards.queries.events import EVENTS
from dashboards.queries.incidents import INCIDENTS
from dashboards.sections import Context, Section

_TITLE = "Changes and states"


def _body(context: Context) -> Markup:
    answer = context[EVENTS]
    if answer.is_empty:
        body = empty(
            "No network events in this span", "Network Manager events and CloudTrail calls appear here.", answer
        )
        return panel(_TITLE, body, answers=(answer,))
    rows = answer.dicts()
    causes = frozenset(str(row["cause_event_id"]) for row in context[INCIDENTS].dicts() if row.get("cause_event_id"))
    total = words.number(rows[0].get("event_count")) or len(rows)
    about = (
        f"{words.count(len(rows))} of {words.count(total)} events, the newest. "
        if total > len(rows)
        else f"{words.count(total)} events. "
    )
    drawn = chart(
        timeline(rows, context.span, causes),
        "chart-events",
        "Network events by kind of change over time; hollow markers are failed calls",
    )
    first = panel(
        _TITLE,
        drawn,
        about=about + "Hollow: the call failed and nothing changed. Star: it explains an incident.",
        answers=(answer,),
    )
    told = [_told(row) for row in rows]
    ordered = sorted(told, key=lambda row: row["event_id"] not in causes)
    return Markup('<div class="grid">{}{}</div>').format(
        first, panel("Events", table(_COLUMNS, ordered, "Network events", most=15))
    )


def _told(row: dict[str, object]) -> dict[str, object]:
    """The row with what changed and what is said about it, each as one cell."""
    failed = Markup(" {}").format(badge("unknown", "failed")) if row["is_failed"] else ""
    said = Markup("{}<small>{}</small>").format(words.text(row["description"], 300), _resources(row["entities"]))
    return row | {"change": Markup("<code>{}</code>{}").format(words.text(row["change_type"]), failed), "said": said}


def _resources(value: object) -> str:
    """The first four resources, and how many more there are."""
    ids = value.split(", ") if isinstance(value, str) else []
    return ", ".join(words.text(each, 60) for each in ids[:4]) + (f" and {len(ids) - 4} more" if len(ids) > 4 else "")


def _whole(value: object) -> Markup:
    return value if isinstance(value, Markup) else Markup("{}").format(words.text(value))


_COLUMNS = (
    C("event_at", "Time (UTC)", words.at, "time"),
    C("change", "Change", _whole, "time"),
    C("said", "What, and which resources", _whole, "prose"),
    C("region", "Region", kind="id"),
    C("actor", "By", words.actor, "id", optional=True),
)

SECTION = Section(
    "events",
    "Events",
    "Network events",
    "Network Manager (states and topology) and CloudTrail (API calls).",
    (EVENTS, INCIDENTS),
    _body,
)
