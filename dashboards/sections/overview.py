"""The first screen: three scores, open incidents, freshness, and the verdict in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from markupsafe import Markup

from dashboards import theme, words
from dashboards.components import badge, icon, sparkline, tile
from dashboards.data import Answer
from dashboards.incidents import BLAMES, Incident, incident, json_list
from dashboards.queries.health import SCORE_LATEST, SCORE_SERIES, SCORE_WORST
from dashboards.queries.incidents import INCIDENT_COUNTS, INCIDENTS
from dashboards.sections import Context, Section

_NEEDED_COVERAGE = 80.0
# Scores stand next to Internet Monitor's: 95 is its default threshold of a health event.
_WARN_SCORE = 95.0
_HINTS = {
    "availability": "share of baseline traffic without an availability problem",
    "performance": "share of baseline traffic without a performance problem",
    "coverage": "share of baseline traffic with fresh data",
}


def score_state(name: str, value: object, coverage: object) -> str:
    """State of one score. Without enough coverage nothing is green."""
    amount, seen = words.number(value), words.number(coverage)
    if amount is None or (name != "coverage" and seen is not None and seen < _NEEDED_COVERAGE):
        return "unknown"
    if name == "coverage":
        return "good" if amount >= _WARN_SCORE else "warn" if amount >= _NEEDED_COVERAGE else "bad"
    return "good" if amount >= 99 else "warn" if amount > _WARN_SCORE else "bad"


def verdict(context: Context) -> Markup:
    """One paragraph for somebody who reads nothing else."""
    latest, found = context[SCORE_LATEST], [incident(row) for row in context[INCIDENTS].dicts()]
    if latest.is_empty and not found:
        return Markup("<p>{}</p>").format(
            "This lake holds no health scores and no incidents yet, so there is nothing to conclude."
        )
    parts = [_now_sentence(latest), _incident_sentence(found), _worst_sentence(context)]
    return Markup("<p>{}</p>").format(Markup(" ").join(part for part in parts if part))


def _body(context: Context) -> Markup:
    return Markup('<div class="tiles">{}{}{}</div><div class="verdict">{}</div>').format(
        Markup("").join(_score_tile(context, name) for name in _HINTS),
        _incident_tile(context),
        _fresh_tile(context),
        verdict(context),
    )


def _score_tile(context: Context, name: str) -> Markup:
    latest = context[SCORE_LATEST].first()
    value, history = latest.get(name), context[SCORE_SERIES]
    state = score_state(name, value, latest.get("coverage"))
    values = [words.number(each) for each in history.rows[name].to_list()] if not history.is_empty else []
    known = [each for each in values if each is not None]
    low = min(known, default=0.0)
    spark = sparkline(values, min(low, 95.0), 100.0) if known else Markup("")
    note = f"lowest {words.percent(low)} in this span" if known else _HINTS[name]
    number = words.percent(value).removesuffix(" %")
    return tile(
        name.capitalize(),
        number,
        unit=" %" if number != words.NONE else "",
        badge_=badge(state, theme.STATE_WORDS[state]),
        note=note,
        extra=spark,
    )


def _incident_tile(context: Context) -> Markup:
    counts = context[INCIDENT_COUNTS].first()
    if not counts:
        return tile(
            "Open incidents",
            words.NONE,
            badge_=badge("unknown", "not computed"),
            note="no incidents table in this lake",
        )
    opened, total = counts.get("open_count"), counts.get("incident_count")
    is_known = bool(total) or not context[SCORE_LATEST].is_empty
    state = "bad" if opened else "good" if is_known else "unknown"
    word = "needs attention" if opened else "none open" if is_known else "not computed yet"
    return tile(
        "Open incidents", words.count(opened), badge_=badge(state, word), note=f"{words.count(total)} in this span"
    )


def _fresh_tile(context: Context) -> Markup:
    last = context.span.last_at
    if last is None:
        return tile("Newest data", words.NONE, badge_=badge("unknown", "no data"), note="nothing has been ingested")
    age = words.between(last, context.now)
    state = (
        "good"
        if age is not None and age < timedelta(hours=1)
        else "warn"
        if age is not None and age < timedelta(days=1)
        else "unknown"
    )
    word = f"{words.duration(age)} old" if age is not None and age > timedelta(0) else "up to date"
    return tile(
        "Newest data", f"{last:%H:%M}", unit=f" {last:%d %b %Y}", badge_=badge(state, word), note="newest event, UTC"
    )


def _now_sentence(latest: Answer) -> Markup | None:
    row = latest.first()
    if not row:
        return None
    state = str(row.get("state") or "unknown")
    available, performing = (words.number(row.get(name)) for name in ("availability", "performance"))
    is_subtle = state in ("warn", "bad") and min(available or 0, performing or 0) >= 99.5
    return Markup(
        "{} At {} the network is <strong>{}</strong>: {} of its usual traffic is available and {} performs as usual, "
        "seen with {} of the expected data{}."
    ).format(
        icon(state),
        words.utc(row.get("window_end") or row.get("window_start")),
        theme.STATE_WORDS.get(state, "unknown"),
        words.percent(available),
        words.percent(performing),
        words.percent(row.get("coverage")),
        "; single indicators are still off" if is_subtle else "",
    )


def _incident_sentence(found: list[Incident]) -> Markup | None:
    opened = [each for each in found if each.is_open]
    if not found:
        return Markup("No incident was found in this span.")
    lead = (opened or found)[0]
    side = f"Points to: {BLAMES[lead.blame]}."
    told = lead.summary or f"{lead.title} at {lead.where} since {words.utc(lead.start_at)}. {side}"
    if len(opened) == 1:
        intro, rank = "One incident is open:", ""
    elif opened:
        intro, rank = f"{len(opened)} incidents are open.", "The most severe: "
    else:
        intro, rank = (
            "No incident is open now.",
            "The most severe in this span: " if len(found) > 1 else "The one in this span: ",
        )
    return Markup("<strong>{}</strong> {}{}").format(intro, rank, told)


def _worst_sentence(context: Context) -> Markup | None:
    row = context[SCORE_WORST].first()
    lowest = min(
        (v for name in ("availability", "performance") if (v := words.number(row.get(name))) is not None), default=100.0
    )
    if not row or lowest >= 99.95 or not isinstance(row.get("window_start"), datetime):
        return None
    who = [
        f"{words.text(each.get('entity_id'), 60)} ({words.sentence(each.get('indicator') or '')})"
        for each in json_list(row.get("contributors"))[:3]
        if each.get("entity_id")
    ]
    by = f", mostly {', '.join(who)}" if who else ""
    return Markup("{}").format(f"The lowest score was {words.percent(lowest)} at {words.utc(row['window_start'])}{by}.")


SECTION = Section(
    "overview",
    "Overview",
    "Network health",
    "",
    (SCORE_LATEST, SCORE_SERIES, SCORE_WORST, INCIDENTS, INCIDENT_COUNTS),
    _body,
)
