"""Families of small files: a member is a module, its name is the file's name, and there is no list to keep.

Standard library only, so that DAG files may import it at the top.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

FAMILIES = {
    "sources": ("pipelines.ingest.sources", "SOURCE"),
    "indicators": ("pipelines.health.indicators", "INDICATOR"),
    "detectors": ("pipelines.anomalies.detectors", "DETECTOR"),
    "rules": ("pipelines.diagnosis.rules", "RULE"),
}


@cache
def names(family: str) -> tuple[str, ...]:
    """Names of all members of ``family``, sorted; the package is looked up but none of its members is imported."""
    package, _ = FAMILIES[family]
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    found = {path.stem for folder in folders or () for path in Path(folder).glob("[a-z]*.py")}
    return tuple(sorted(found))


@cache
def load(family: str, name: str) -> Any:
    """The constant that the member's module defines (``SOURCE``, ``INDICATOR``, …); KeyError for an unknown name."""
    package, constant = FAMILIES[family]
    if name not in names(family):
        raise KeyError(f"no {family[:-1]} is called {name!r}; there are {', '.join(names(family))}")
    return getattr(importlib.import_module(f"{package}.{name}"), constant)


def members(family: str) -> tuple[Any, ...]:
    """All members of ``family``, loaded, by name."""
    return tuple(load(family, name) for name in names(family))
