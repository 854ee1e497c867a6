"""lake.duckdb -> one HTML file that needs nothing else: no server, no network, no fonts."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from dashboards import theme, words
from dashboards.components import empty
from dashboards.data import Answer, Lake, Span, open_lake
from dashboards.sections import (
    Context,
    Section,
    completeness,
    dictionary,
    dns,
    events,
    health,
    incidents,
    internet,
    overview,
    probes,
    traffic,
    transit,
)
from pipelines import __version__

SECTIONS: tuple[Section, ...] = tuple(
    module.SECTION
    for module in (
        overview,
        incidents,
        health,
        traffic,
        dns,
        transit,
        probes,
        internet,
        events,
        completeness,
        dictionary,
    )
)
_ASSETS = Path(__file__).parent / "assets"
DAYS = 7.0


@dataclass(frozen=True)
class ReportFile:
    """The file that was written, and what it tells about."""

    path: Path
    size: int
    seconds: float
    since: datetime | None
    until: datetime | None
    problems: tuple[str, ...]


def render(db: Path, out: Path, *, days: float = DAYS, now: datetime | None = None) -> ReportFile:
    """Write the report about the last ``days`` of the lake behind ``db`` to ``out``, whole or not at all."""
    started = time.perf_counter()
    with open_lake(db) as lake:
        context, problems = _ask(lake, days, now or datetime.now(UTC))
    page = compose(context, problems)
    _write(out, page)
    is_known = context.span.last_at is not None
    since, until = (context.span.since, context.span.until) if is_known else (None, None)
    return ReportFile(out, len(page.encode()), time.perf_counter() - started, since, until, problems)


def compose(context: Context, problems: Iterable[str] = ()) -> str:
    """The page for answers that are already there."""
    environment = Environment(loader=FileSystemLoader(_ASSETS), autoescape=True, undefined=StrictUndefined)
    script = (_ASSETS / "report.js").read_text(encoding="utf-8")
    scripts = [get_plotlyjs(), script]
    return environment.get_template("report.html").render(
        policy=_policy(scripts),
        style=_trusted(theme.css() + (_ASSETS / "report.css").read_text(encoding="utf-8")),
        scripts=[_trusted(each) for each in scripts],
        sections=[(section, _body(section, context)) for section in SECTIONS],
        span=_span_words(context.span),
        cut=_cut_words(context.span),
        problems=list(problems),
        now=words.utc(context.now),
        version=__version__,
    )


def _ask(lake: Lake, days: float, now: datetime) -> tuple[Context, tuple[str, ...]]:
    span, _ = lake.span(days)
    queries = {query.name: query for section in SECTIONS for query in section.queries}
    answers: dict[str, Answer] = {name: lake.ask(query, span) for name, query in queries.items()}
    problems = tuple(
        f"{name.replace('_', ' ')}: {answer.problem}" for name, answer in answers.items() if answer.problem
    )
    return Context(span, answers, now), problems


def _body(section: Section, context: Context) -> Markup:
    """A section's content. One that cannot be drawn says so and leaves the others alone."""
    try:
        return section.body(context)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"[:300]
        return Markup('<article class="panel">{}</article>').format(empty("This part could not be drawn", reason))


def _span_words(span: Span) -> str:
    if span.last_at is None:
        return "no data yet"
    return f"{words.at(span.since)} to {words.utc(span.until)} ({words.duration(span.until - span.since)})"


def _cut_words(span: Span) -> str:
    is_cut = span.first_at is not None and span.first_at < span.since
    return f"The lake goes back to {words.utc(span.first_at)}; older data is not shown here." if is_cut else ""


def _policy(scripts: list[str]) -> str:
    """A content security policy that runs these scripts and nothing else, and lets the page fetch nothing at all."""
    hashes = " ".join(f"'sha256-{_digest(each)}'" for each in scripts)
    rest = "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {hashes}; {rest}"


@cache
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _trusted(text: str) -> Markup:
    """Our own script or stylesheet, as it is."""
    return Markup(text)  # noqa: S704 - files of this package and of plotly, never data


def _write(out: Path, page: str) -> None:
    """Readers see the old file or the new one."""
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(page)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
