"""Commands of the README work as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pipelines

if TYPE_CHECKING:
    from conftest import Demo, Netlake

README = Path(pipelines.__file__).parents[1] / "README.md"
FEWEST = 5
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.S | re.M)


def commands() -> list[str]:
    """Lines of the README's shell blocks that begin with ``netlake``, without their remarks."""
    lines = (line for block in BLOCK.findall(README.read_text()) for line in block.replace("\\\n", " ").splitlines())
    return [line for line in map(str.strip, lines) if line.startswith("netlake ")]


def test_readme_shows_commands() -> None:
    assert len(commands()) >= FEWEST


@pytest.mark.parametrize("command", commands())
def test_command_of_the_readme_works(command: str, demo: Demo, netlake: Netlake) -> None:
    """In a folder where the README's ``./lake`` and ``./demo`` are those of a demo that has run."""
    words = shlex.split(command, comments=True)[1:]
    ran = netlake(*words, cwd=demo.lake.parent)
    assert ran.rc == 0, ran.stderr
    assert ran.stdout.strip()
