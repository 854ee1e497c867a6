"""Internet weather: how clients of each city and network reach AWS."""

from __future__ import annotations

from markupsafe import Markup

from dashboards import theme, words
from dashboards.components import Column as C
from dashboards.components import badge, chart, empty, panel, table
from dashboards.data import Answer
from dashboards.figures.world import ASPECT, score_state, world
from dashboards.queries.internet import CITY_NETWORKS
from dashboards.sections import Context, Section

_TITLE = "City-networks"
_ROWS = 8


def _body(context: Context) -> Markup:
    answer = context[CITY_NETWORKS]
    if answer.is_empty:
        body = empty(
            "No Internet measurements in this span",
            "Internet Monitor's files appear here after they are ingested.",
            answer,
        )
        return panel(_TITLE, body, answers=(answer,))
    return Markup('<div class="grid">{}{}</div>').format(_map(answer), _worst(answer))


def _map(answer: Answer) -> Markup:
    drawn = chart(
        world(answer.dicts()),
        "chart-world",
        "World map of city-networks: size is share of traffic, colour and shape the lower score",
        aspect=ASPECT,
        on_time=False,
    )
    about = (
        "Size: share of the monitor's traffic. Colour and shape: the lower of availability and performance score "
        "in the worst hour of this span."
    )
    return panel(_TITLE, drawn, about=about, answers=(answer,))


def _worst(answer: Answer) -> Markup:
    rows = sorted(
        answer.dicts(), key=lambda row: min(_score(row, "availability_score"), _score(row, "performance_score"))
    )[:_ROWS]
    stated = [row | {"state": _state_of(row), "place": _place(row), "network": _network(row)} for row in rows]
    columns = (
        C("state", "State", _state),
        C("place", "City"),
        C("network", "Network"),
        C("service_location", "To", kind="id"),
        C("traffic_percent", "Traffic", words.percent, "numeric"),
        C("availability_score", "Availability, lowest hour", words.percent, "numeric"),
        C("performance_score", "Performance, lowest hour", words.percent, "numeric"),
        C("worst_at", "Hour (UTC)", words.at, "time"),
        C("rtt_p50_ms", "RTT, median", words.milliseconds, "numeric"),
        C("rtt_p95_ms", "RTT p95, highest", words.milliseconds, "numeric"),
    )
    return panel("The worst city-networks", table(columns, stated, "The worst city-networks"), answers=())


def _state_of(row: dict[str, object]) -> str:
    return score_state(row["availability_score"], row["performance_score"])


def _place(row: dict[str, object]) -> str:
    return f"{words.text(row['city'], 60)}, {words.text(row['country'], 60)}"


def _network(row: dict[str, object]) -> str:
    return f"{words.text(row['network_name'], 60)} (AS{words.text(row['asn'])})"


def _score(row: dict[str, object], name: str) -> float:
    amount = words.number(row.get(name))
    return 101.0 if amount is None else amount


def _state(value: object) -> Markup:
    return badge(str(value), theme.STATE_WORDS[str(value)])


SECTION = Section("internet", "Internet", "Internet weather", "CloudWatch Internet Monitor.", (CITY_NETWORKS,), _body)
