"""``python -m pipelines`` and the ``netlake`` command: one place where an error becomes a sentence and an exit code."""

from __future__ import annotations

import gc
import sys

from rich.console import Console

from pipelines.errors import NetlakeError


def main() -> None:
    """Runs the command line; exit code 0 only on success, 2 for wrong usage, 1 with one sentence for a failure."""
    gc.disable()  # importing makes a million objects and no garbage: looking for some takes a fifth of the start
    from pipelines.cli import app

    gc.set_threshold(100_000)  # frames are freed by their counts; cycles are rare and small
    gc.enable()
    try:
        app(prog_name="netlake")
    except NetlakeError as error:
        Console(stderr=True, soft_wrap=True).print(f"[red]netlake:[/] {_escaped(error)}", highlight=False)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has left: `netlake sql … | head`
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        Console(stderr=True, soft_wrap=True).print(f"[red]netlake:[/] {_escaped(error.strerror or error)}{where}")
        sys.exit(1)


def _escaped(text: object) -> str:
    return str(text).replace("[", r"\[")


if __name__ == "__main__":
    main()
