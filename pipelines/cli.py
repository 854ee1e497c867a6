"""The ``netlake`` command: arguments in, one step called, its result shown. No logic."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

import pipelines
from pipelines import answers, console, registry, steps
from pipelines.errors import ConfigError
from pipelines.lake import catalog, publish
from pipelines.model.window import Window
from pipelines.settings import Settings

app = typer.Typer(
    help="AWS network telemetry in, answers with evidence out.\n\nTry `netlake demo` first: it needs no AWS account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Since = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Start of the span, ISO 8601, UTC.")]
Until = Annotated[str | None, typer.Option("--to", metavar="TIME", help="End of the span, ISO 8601, UTC.")]

DEMO_START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday; fixed, so that the demo is the same everywhere


def examples(*lines: str) -> str:
    """The epilog of a command's help."""
    return "**Examples**\n\n" + "\n\n".join(f"`{line}`" for line in lines)


def _version(wanted: bool) -> None:
    if wanted:
        console.say(f"netlake {pipelines.__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    lake: Annotated[
        Path | None, typer.Option(help="Folder of the lake.", envvar="NETLAKE_LAKE", show_default="./lake")
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """Options that come before the command."""
    try:
        context.obj = Settings() if lake is None else Settings(lake=lake)
    except ValidationError as error:
        wrong = error.errors()[0]
        name = "NETLAKE_" + "_".join(map(str, wrong["loc"])).upper()
        raise ConfigError(f"{name} cannot be {wrong['input']!r}: {wrong['msg']}") from error


@app.command(epilog=examples("netlake demo", "netlake --lake /tmp/trial demo --to /tmp/trial-files"))
def demo(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help="Folder for the simulated files and the report.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Another seed is another network with other incidents.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Simulate a day and a half of a network, find out what is wrong in it, and write the report."""
    from pipelines import demonstration

    with console.progress() as show:
        shown = demonstration.run(context.obj, to, DEMO_START, seed, show)
    if as_json:
        console.as_json(shown.as_dict())
    else:
        for line in shown.lines():
            console.say(line)


@app.command(epilog=examples("netlake simulate files", "netlake simulate files --hours 72 --seed 3 --scale 2"))
def simulate(
    to: Annotated[Path, typer.Argument(help="Folder to write to: `bucket/` as in S3, `labels.json` beside it.")],
    start: Annotated[str, typer.Option(metavar="TIME", help="First moment, ISO 8601, UTC.")] = f"{DEMO_START:%Y-%m-%d}",
    hours: Annotated[int, typer.Option(min=1, help="Hours to simulate.")] = 36,
    seed: Annotated[int, typer.Option(help="Another seed is another network.")] = 7,
    scale: Annotated[float, typer.Option(min=0.01, help="Traffic relative to the demo's.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Write the files that AWS would deliver for a made-up network with known incidents."""
    from pipelines.simulate import simulate as write

    with console.progress() as show:
        made = write(to, start=_time(start), hours=hours, seed=seed, scale=scale, progress=show)
    facts = {"folder": str(made.root), "objects": made.objects, "bytes": made.bytes, "flow_records": made.flow_records}
    console.as_json(facts) if as_json else console.table([facts])


@app.command(
    epilog=examples(
        "netlake ingest ./AWSLogs",
        "netlake --lake prod ingest flow-logs/ dns/ --json",
        "netlake ingest export.log --source transit_gateway_flow",
    )
)
def ingest(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files or folders of log objects.")],
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"Overrule recognition: {', '.join(registry.names('sources'))}.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read AWS's log objects into the lake; what is known already is not read again."""
    if source is not None and source not in registry.names("sources"):
        raise typer.BadParameter(f"there is no source {source!r}; `netlake sources` lists them", param_hint="--source")
    answers.check_places(paths)
    lake = catalog.create(context.obj)
    with console.progress() as show:
        done = steps.ingest(lake, paths, source, show)
    steps.publish_lake(lake)
    console.reports(done, as_json)
    answers.check_usable(done)


@app.command(epilog=examples("netlake build", "netlake build --from 2026-03-02 --to 2026-03-03"))
def build(context: typer.Context, since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """Core tables and roll-ups, of whatever is new or of a span."""
    lake = catalog.open_existing(context.obj)
    with console.progress() as show:
        done = steps.build(lake, answers.windows(lake, _span(since, until)), show)
    steps.publish_lake(lake)
    console.reports(done, as_json)


@app.command(epilog=examples("netlake health", "netlake health --from 2026-03-02 --to 2026-03-03 --json"))
def health(context: typer.Context, since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """Measure health indicators and scores of a span (default: all of the lake), then show the newest score."""
    lake = catalog.open_existing(context.obj)
    with console.progress() as show:
        steps.measure(lake, answers.everything(lake, _span(since, until)), show)
    steps.publish_lake(lake)
    scores = answers.newest_scores(lake)
    console.as_json(scores) if as_json else console.table(scores, "health, newest bin")


@app.command(epilog=examples("netlake detect", "netlake detect --from 2026-03-02 --to 2026-03-03"))
def detect(context: typer.Context, since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """Look for anomalies in a span (default: all of the lake) and merge them into incidents with causes."""
    lake = catalog.open_existing(context.obj)
    with console.progress() as show:
        done = steps.detect(lake, answers.everything(lake, _span(since, until)), show)
    steps.publish_lake(lake)
    console.reports(done, as_json)


@app.command(epilog=examples("netlake run", "netlake run --from 2026-03-02T06:00 --to 2026-03-02T12:00"))
def run(context: typer.Context, since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """All steps after ingest, over a span or over whatever is new."""
    lake = catalog.open_existing(context.obj)
    with console.progress() as show:
        done = steps.run(lake, answers.windows(lake, _span(since, until)), show)
    console.reports(done, as_json)


@app.command(
    epilog=examples(
        "netlake sql 'select count(*) n, sum(bytes) b from core.flow' --json",
        "netlake sql 'from health.score order by window_start desc limit 5'",
    )
)
def sql(
    context: typer.Context,
    statement: Annotated[str, typer.Argument(help="One DuckDB statement; the lake is read-only.")],
    as_json: AsJson = False,
) -> None:
    """Ask the lake."""
    rows = publish.ask(catalog.open_existing(context.obj), statement)
    console.as_json(rows) if as_json else console.table(rows)


@app.command(epilog=examples("netlake incidents", "netlake incidents --json"))
def incidents(context: typer.Context, as_json: AsJson = False) -> None:
    """What is wrong, where, since when and why; the worst first."""
    found = answers.incidents(catalog.open_existing(context.obj))
    if as_json:
        console.as_json(found)
    else:
        console.incidents(found)


@app.command(epilog=examples("netlake report", "netlake report -o /tmp/network.html"))
def report(
    context: typer.Context,
    output: Annotated[Path, typer.Option("-o", "--output", help="HTML file to write.")] = Path("report.html"),
    as_json: AsJson = False,
) -> None:
    """Write the lake's state as one HTML file that opens without a network."""
    written = answers.report(catalog.open_existing(context.obj), output)
    facts = {"report": str(written.absolute()), "bytes": written.stat().st_size}
    console.as_json(facts) if as_json else console.say(f"wrote {facts['report']} ({facts['bytes']:,} bytes)")


@app.command(epilog=examples("netlake sources", "netlake sources vpc_flow", "netlake sources --json"))
def sources(
    name: Annotated[str | None, typer.Argument(help="Show the fields of this source as Markdown.")] = None,
    as_json: AsJson = False,
) -> None:
    """Log types that can be ingested; with a name, the dictionary of one."""
    if name is not None and name not in registry.names("sources"):
        raise typer.BadParameter(f"there is no source {name!r}; `netlake sources` lists them")
    known = [registry.load("sources", n) for n in ([name] if name else registry.names("sources"))]
    if name and not as_json:
        print(known[0].table.markdown())  # noqa: T201 (Markdown is not for rich)
        return
    rows = [{"source": s.name, "table": s.table.full_name, "fields": len(s.fields), "about": s.about} for s in known]
    console.as_json(rows) if as_json else console.table(rows)


@app.command(epilog=examples("netlake doctor", "netlake --lake prod doctor --json"))
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check this machine and the lake; exit code 1 if something needs care."""
    from pipelines import checkup

    findings = checkup.examine(context.obj)
    rows = [finding.as_dict() for finding in findings]
    console.as_json(rows) if as_json else console.table(rows)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)


def _span(since: str | None, until: str | None) -> Window | None:
    if (since is None) != (until is None):
        raise typer.BadParameter("a span needs both --from and --to")
    if since is None or until is None:
        return None
    try:
        return Window.parse(since, until)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a time; write it like 2026-03-02 or 2026-03-02T06:00") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
