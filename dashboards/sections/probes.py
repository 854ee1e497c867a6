"""Probes: round-trip time, loss, and AWS's own verdict on its part of the path."""

from __future__ import annotations

import polars as pl
from markupsafe import Markup

from dashboards import words
from dashboards.components import Column as C
from dashboards.components import badge, chart, empty, panel
from dashboards.data import Answer, Span
from dashboards.figures.layout import MILLISECONDS, PERCENT, Axis
from dashboards.figures.series import lines_of, over_time, with_marks
from dashboards.panels import listing
from dashboards.queries.transit import PROBE_SERIES, PROBES
from dashboards.sections import Context, Section

_NOTHING, _HINT = (
    "No probe results in this span",
    "CloudWatch metrics of Network Synthetic Monitor and Network Flow Monitor appear here.",
)


def _body(context: Context) -> Markup:
    answer = context[PROBE_SERIES]
    return Markup('<div class="grid">{}{}{}</div>').format(
        _measure(answer, context.span, "rtt_ms", MILLISECONDS, "Round-trip time", "chart-rtt"),
        _measure(answer, context.span, "loss_percent", PERCENT, "Packet loss", "chart-loss"),
        _probes(context[PROBES]),
    )


def _measure(answer: Answer, span: Span, value: str, axis: Axis, title: str, ident: str) -> Markup:
    if answer.is_empty or answer.rows[value].drop_nulls().is_empty():
        return panel(title, empty(_NOTHING, _HINT, answer), answers=(answer,), wide=False)
    drawn = over_time(answer.rows, span, answer.bin_s, value, axis, lines_of(answer.rows), shade_gaps=False)
    degraded = answer.rows.filter(pl.col("health_indicator") > 0)
    drawn = with_marks(drawn, degraded, value, axis, "AWS reports degradation")
    about = (
        f"Mean per {words.width(answer.bin_s)} of the six probes in the worst state; diamonds: HealthIndicator was 1."
    )
    return panel(title, chart(drawn, ident, f"{title} per probe over time"), about=about, answers=(answer,), wide=False)


def _probes(answer: Answer) -> Markup:
    columns = (
        C("probe", "Probe or monitor", kind="id"),
        C("namespace", "Namespace"),
        C("degraded_count", "HealthIndicator", _indicator),
        C("rtt_p50_ms", "RTT, median", words.milliseconds, "numeric"),
        C("rtt_max_ms", "highest", words.milliseconds, "numeric"),
        C("loss_percent", "Loss, mean", _loss, "numeric"),
        C("loss_max_percent", "highest", _loss, "numeric"),
        C("last_at", "Last (UTC)", words.at, "time"),
    )
    about = "HealthIndicator is AWS's verdict whether the degradation is inside the AWS network."
    return listing("All probes", answer, columns, _NOTHING, _HINT, about=about)


def _indicator(value: object) -> Markup:
    periods = words.number(value) or 0
    return badge("bad", f"degraded in {words.count(periods)} periods") if periods else badge("good", "never degraded")


def _loss(value: object) -> str:
    return words.percent(value, 2)


SECTION = Section(
    "probes",
    "Probes",
    "Probes",
    "Synthetic probes and flow monitors (CloudWatch), times in milliseconds.",
    (PROBE_SERIES, PROBES),
    _body,
)
