"""Incidents: what, where, since when, why, who has to act, and the evidence."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from datetime import datetime

from markupsafe import Markup

from dashboards import words
from dashboards.components import Column as C
from dashboards.components import badge, chart, empty, folded, query, table, tag
from dashboards.figures.health import axis_of, evidence
from dashboards.incidents import BLAMES, Evidence, Incident, incident
from dashboards.queries.incidents import CAUSE_EVENTS, INCIDENT_COUNTS, INCIDENTS
from dashboards.sections import Context, Section

_CARDS = 12
_SHOWN_ENTITIES = 8
Event = Mapping[str, object]


def _body(context: Context) -> Markup:
    answer = context[INCIDENTS]
    if answer.is_empty:
        return Markup('<article class="panel">{}{}</article>').format(
            empty("No incidents in this span", "Either all is well, or `netlake detect` has not run yet.", answer),
            _behind(context),
        )
    found = [incident(row) for row in answer.dicts()]
    events = {str(event.get("event_id")): event for event in context[CAUSE_EVENTS].dicts()}
    cards = Markup("").join(
        card(each, i, events.get(each.cause_event_id or "")) for i, each in enumerate(found[:_CARDS])
    )
    rest = _rest(found[_CARDS:])
    return Markup('{}{}<div class="panel slim">{}</div>').format(cards, rest, _behind(context))


def card(each: Incident, position: int, event: Event | None) -> Markup:
    """One incident."""
    lead = each.leading_evidence()
    head = Markup('<header class="incident-head">{}<h3>{}</h3><span class="where">{}</span></header>').format(
        badge("bad", "open") if each.is_open else tag("plain", "ended"), each.title, each.where
    )
    words_ = Markup('<div class="incident-words">{}<p class="summary">{}</p>{}{}{}</div>').format(
        _when(each),
        each.summary or f"{each.title} at {each.where}.",
        _cause(each, event),
        _entities(each),
        _others(each, lead),
    )
    return Markup(
        '<article class="panel incident {}" id="incident-{}">{}<div class="incident-body">{}{}</div></article>'
    ).format("open" if each.is_open else "ended", position, head, words_, _evidence(each, position, lead, event))


def _when(each: Incident) -> Markup:
    until = "still open" if each.is_open else words.utc(each.end_at)
    lasted = words.between(each.start_at, each.end_at)
    delay = words.between(each.start_at, each.detected_at)
    pairs = [("Since", words.utc(each.start_at)), ("Until", until)]
    pairs += [("Lasted", words.duration(lasted))] if lasted else []
    pairs += [("Detected after", words.duration(delay))] if delay else []
    items = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*pair) for pair in pairs)
    return Markup('<dl class="when">{}</dl>').format(items)


def _cause(each: Incident, event: Event | None) -> Markup:
    sure = (
        Markup('<span class="confidence">confidence {}</span>').format(words.share(each.confidence, 0))
        if each.confidence is not None
        else ""
    )
    said = Markup("")
    if event:
        told, change = words.text(event.get("description"), 300), words.text(event.get("change_type"))
        code = "" if change in told else Markup(" <code>{}</code>").format(change)
        who = f" by {words.actor(event['actor'])}" if event.get("actor") else ""
        said = Markup('<p class="event"><span class="event-at">{}</span> {}{}{}</p>').format(
            words.utc(event.get("event_at")), told, code, who
        )
    return Markup(
        '<div class="cause"><div class="cause-head"><span class="key">Cause</span>{}{}{}</div><p>{}</p>{}</div>'
    ).format(
        tag(f"blame-{each.blame}", BLAMES[each.blame]),
        Markup('<span class="kind">{}</span>').format(each.kind),
        sure,
        each.cause,
        said,
    )


def _entities(each: Incident) -> Markup:
    shown = Markup("").join(Markup("<li><code>{}</code></li>").format(name) for name in each.entities[:_SHOWN_ENTITIES])
    more = len(each.entities) - _SHOWN_ENTITIES
    tail = Markup("<li>and {} more</li>").format(more) if more > 0 else ""
    return (
        Markup('<div class="impact"><span class="key">Impacted</span><ul>{}{}</ul></div>').format(shown, tail)
        if shown
        else Markup("")
    )


def _others(each: Incident, lead: Evidence | None) -> Markup:
    others = sorted(
        {_seen(found) for found in each.evidence if found is not lead and found.detector and found.entity_id}
    )
    if not others:
        return Markup("")
    return Markup('<p class="others">Also seen: {}{}</p>').format(
        ", ".join(others[:5]), " and more" if len(others) > 5 else ""
    )


def _seen(found: Evidence) -> str:
    return f"{words.sentence(found.detector)} at {found.entity_id}"


def _evidence(each: Incident, position: int, lead: Evidence | None, event: Event | None) -> Markup:
    if lead is None:
        return Markup('<div class="incident-chart">{}</div>').format(
            empty("No evidence to draw", "The finding carries no bins around its onset.")
        )
    cause_at = event.get("event_at") if event else None
    drawn = evidence(
        lead.bins, lead.unit, each.start_at, each.end_at, cause_at if isinstance(cause_at, datetime) else None
    )
    about = f"{words.sentence(lead.detector)} at {lead.entity_id}" + (
        f", in {lead.unit.replace('share', 'percent', 1)}" if lead.unit else ""
    )
    rows = [{"at": point.at, "observed": point.observed, "expected": point.expected} for point in lead.bins]
    columns = (
        C("at", "Time (UTC)", words.at, "time"),
        C("observed", "Observed", _writer(lead.unit), "numeric"),
        C("expected", "Expected", _writer(lead.unit), "numeric"),
    )
    return Markup('<div class="incident-chart"><p class="about">{}</p>{}{}</div>').format(
        about,
        chart(
            drawn,
            f"evidence-{position}",
            f"Observed and expected value of {about}, onset {words.utc(each.start_at)}",
            on_time=False,
        ),
        folded("Evidence as a table", table(columns, rows, f"Evidence: {about}")),
    )


def _writer(unit: str) -> Callable[[object], str]:
    """Values as the chart writes them; its labels are escaped for Plotly, a table escapes for itself."""
    axis = axis_of(unit)
    return lambda value: html.unescape(axis.write(value))


def _rest(found: list[Incident]) -> Markup:
    if not found:
        return Markup("")
    rows: list[dict[str, object]] = [
        {
            "start": each.start_at,
            "end": each.end_at,
            "title": each.title,
            "where": each.where,
            "blame": BLAMES[each.blame],
        }
        for each in found
    ]
    columns = (
        C("start", "Since (UTC)", words.at, "time"),
        C("end", "Until (UTC)", words.at, "time"),
        C("title", "What"),
        C("where", "Where", kind="id"),
        C("blame", "Points to"),
    )
    return Markup('<article class="panel"><header><h3>Less severe incidents</h3></header>{}</article>').format(
        table(columns, rows, "Less severe incidents")
    )


def _behind(context: Context) -> Markup:
    return Markup('<div class="behind">{}</div>').format(
        Markup("").join(query(context[each]) for each in (INCIDENTS, CAUSE_EVENTS))
    )


SECTION = Section(
    "incidents",
    "Incidents",
    "Incidents",
    "Findings that belong together, open and most severe first, each with its most likely cause and how sure that is.",
    (INCIDENTS, INCIDENT_COUNTS, CAUSE_EVENTS),
    _body,
)
