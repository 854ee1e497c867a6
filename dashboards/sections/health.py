"""Health over time and by entity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from markupsafe import Markup

from dashboards import theme, words
from dashboards.components import Column as C
from dashboards.components import badge, chart, empty, folded, panel, table
from dashboards.figures.health import cell_words, scores, strip
from dashboards.incidents import incident
from dashboards.queries.health import ENTITY_SCORES, INDICATOR_STRIP, SCORE_SERIES
from dashboards.queries.incidents import INCIDENTS
from dashboards.sections import Context, Section


def _body(context: Context) -> Markup:
    return Markup('<div class="grid">{}{}{}</div>').format(_timeline(context), _strip(context), _entities(context))


def _timeline(context: Context) -> Markup:
    answer = context[SCORE_SERIES]
    if answer.is_empty:
        body = empty("No scores yet", "`netlake health` computes them from the roll-ups.", answer)
        return panel("Score over time", body, answers=(answer,))
    drawn = scores(answer.rows, context.span, _bands(context))
    columns = (
        C("bin_at", "From (UTC)", words.at, "time"),
        C("availability", "Availability", words.percent, "numeric"),
        C("performance", "Performance", words.percent, "numeric"),
        C("coverage", "Coverage", words.percent, "numeric"),
    )
    low = answer.rows.sort("availability", nulls_last=True).head(40).to_dicts()
    body = chart(drawn, "chart-scores", "Availability, performance and coverage of the network over time, in percent")
    about = (
        f"Percent of baseline-weighted traffic that is not hit, lowest value per {words.width(answer.bin_s)}. "
        "Shaded: an incident was open."
    )
    more = folded("The lowest as a table", table(columns, low, "Lowest scores"))
    return panel("Score over time", body, about=about, answers=(answer,), more=more)


def _bands(context: Context) -> list[tuple[datetime, datetime]]:
    """When at least one incident was open."""
    found = [incident(row) for row in context[INCIDENTS].dicts()]
    spans = sorted((each.start_at, each.end_at or context.span.until) for each in found if each.start_at)
    merged: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _strip(context: Context) -> Markup:
    answer = context[INDICATOR_STRIP]
    if answer.is_empty:
        body = empty("No indicators yet", "`netlake health` computes them from the roll-ups.", answer)
        return panel("Worst indicators", body, answers=(answer,))
    cells = strip_cells(answer.dicts())
    drawn = strip(cells, context.span.grid(answer.bin_s), context.span)
    description = "State of the worst indicators over time: dark or bright cells are unhealthy, pale ones healthy"
    legend = Markup('<p class="legend">{}</p>').format(
        Markup("").join(
            Markup('<span><i class="swatch" style="background:var(--heat_{})"></i>{}</span>').format(
                state, theme.STATE_WORDS[state]
            )
            for state in ("good", "warn", "bad", "unknown")
        )
    )
    about = f"The {len(cells)} indicators with the most unhealthy time, worst state per {words.width(answer.bin_s)}."
    columns = (
        C("entity_kind", "Kind"),
        C("entity_id", "Entity", kind="id"),
        C("indicator", "Indicator", words.sentence),
        C("bad_bins", "Unhealthy (5-min bins)", words.count, "numeric"),
        C("warn_bins", "Degraded (5-min bins)", words.count, "numeric"),
    )
    rows = list({(row["entity_id"], row["indicator"], row["entity_kind"]): row for row in answer.dicts()}.values())
    more = folded("As a table", table(columns, rows, "Worst indicators"))
    return panel(
        "Worst indicators", legend + chart(drawn, "chart-strip", description), about=about, answers=(answer,), more=more
    )


def strip_cells(rows: list[dict[str, Any]]) -> dict[str, dict[datetime, tuple[int, str]]]:
    """Rows of the strip query as name -> time -> level and hover words."""
    cells: dict[str, dict[datetime, tuple[int, str]]] = {}
    for row in rows:
        name = f"<b>{words.label(words.sentence(str(row['indicator'] or '')))}</b>  {words.label(row['entity_id'], 44)}"
        level = int(row["level"] or 0)
        cells.setdefault(name, {})[row["bin_at"]] = (level, cell_words(row["value"], row["baseline"], level))
    return cells


def _entities(context: Context) -> Markup:
    answer = context[ENTITY_SCORES]
    if answer.is_empty:
        return panel(
            "Entities",
            empty("No scores by entity", "Scores exist for the network as a whole only.", answer),
            answers=(answer,),
        )
    columns = (
        C("entity_kind", "Kind"),
        C("entity_id", "Entity", kind="id"),
        C("state", "Latest state", _state),
        C("availability", "Availability, latest", words.percent, "numeric"),
        C("availability_low", "lowest", words.percent, "numeric"),
        C("performance", "Performance, latest", words.percent, "numeric"),
        C("performance_low", "lowest", words.percent, "numeric"),
        C("coverage", "Coverage, latest", words.percent, "numeric"),
        C("bad_minutes", "Unhealthy", _minutes, "numeric"),
    )
    return panel(
        "Entities with the most unhealthy time", table(columns, answer.dicts(), "Scores by entity"), answers=(answer,)
    )


def _state(value: object) -> Markup:
    state = str(value) if str(value) in theme.STATE_WORDS else "unknown"
    return badge(state, theme.STATE_WORDS[state])


def _minutes(value: object) -> str:
    amount = words.number(value)
    return words.NONE if amount is None else f"{amount:,.0f} min"


SECTION = Section(
    "health",
    "Health",
    "Health",
    "Scores say how much of the usual traffic is not hit; indicators say what is wrong, and where.",
    (SCORE_SERIES, INDICATOR_STRIP, ENTITY_SCORES, INCIDENTS),
    _body,
)
