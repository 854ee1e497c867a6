"""Findings: bins that deviate one after another are one row, with onset, size and evidence."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl

from pipelines import registry
from pipelines.anomalies.detector import Detector
from pipelines.anomalies.score import Scored, scored
from pipelines.anomalies.series import BIN, BINS_PER_HOUR, BoolArray, SeriesSet, read
from pipelines.model.tables import FINDING
from pipelines.model.window import Window

MAX_GAP = 2  # bins of silence that do not end a finding
PERSISTENCE = (2, 3)  # certain bins out of bins with data in a row that make a finding
MARGIN = 6 * BINS_PER_HOUR  # scored before the window, so that what began there is known and not found again
BEFORE, AFTER = 6, 12  # bins of evidence around the onset


@dataclass(frozen=True)
class Run:
    """Bins ``[first, end)`` of series ``row`` that belong together; certain from bin ``sure`` on."""

    row: int
    first: int
    end: int
    sure: int


def find(con: duckdb.DuckDBPyConnection, window: Window) -> pl.DataFrame:
    """Findings that begin in ``window``, of all detectors, as rows of finding.finding.

    A finding that has not ended by the end of the window ends there: look again over a longer window to learn its end.
    """
    rows = [row for detector in registry.members("detectors") for row in _of_detector(con, detector, window)]
    return pl.DataFrame(rows, schema=FINDING.polars, orient="row").sort(FINDING.order)


def _of_detector(con: duckdb.DuckDBPyConnection, detector: Detector, window: Window) -> Iterator[dict[str, Any]]:
    series = read(con, detector.sql, window.start - timedelta(days=detector.look_back_days), window.end)
    begin = max(0, (window.start - series.start) // BIN - MARGIN)
    for sign, name in ((1, detector.rises), (-1, detector.falls)):
        if name is None or not series.keys.height:
            continue
        result = scored(detector, series, begin, sign)
        for run in runs(result, begin):
            if series.at(run.first) >= window.start:
                yield _row(detector, series, result, run, name, sign)


def runs(result: Scored, begin: int) -> Iterator[Run]:
    """Runs of deviating bins from ``begin`` on, with gaps of at most MAX_GAP, that PERSISTENCE makes certain."""
    for row in np.flatnonzero(result.is_certain[:, begin:].any(axis=1)):
        bins = np.flatnonzero(result.deviates[row, begin:]) + begin
        for part in np.split(bins, np.flatnonzero(np.diff(bins) > MAX_GAP + 1) + 1):
            first, end = int(part[0]), int(part[-1]) + 1
            seen = np.flatnonzero(~np.isnan(result.score[row, first:end]))
            if (sure := _sure(result.is_certain[row, first:end][seen])) is not None:
                yield Run(int(row), first, end, first + int(seen[sure]))


def _sure(certain: BoolArray) -> int | None:
    """The first of the bins with data in which enough of the last few were certain."""
    needed, among = PERSISTENCE
    hits = np.flatnonzero(certain)
    for earlier, later in zip(hits, hits[needed - 1 :], strict=False):
        if later - earlier < among:
            return int(later)
    return None


def _row(detector: Detector, series: SeriesSet, result: Scored, run: Run, name: str, sign: int) -> dict[str, Any]:
    worst = _worst(series, result, run, sign)
    observed, expected = float(series.value[run.row, worst]), float(result.expected[run.row, worst])
    start, key = series.at(run.first), series.keys.row(run.row, named=True)
    return {
        "start_at": start,
        "end_at": series.at(run.end),
        "finding_id": finding_id(detector.name, name, key["entity_kind"], key["entity_id"], start),
        "detector": detector.name,
        "class": name,
        **key,
        "observed": _rounded(observed),
        "expected": _rounded(expected),
        "unit": detector.unit,
        "score": round(float(np.nanmax(result.score[run.row, run.first : run.end])), 3),
        "impact": round(_impact(detector, observed, expected), 4),
        "detected_at": series.at(run.sure + 1),
        "evidence": json.dumps(_evidence(series, result, run)),
    }


def finding_id(detector: str, name: str, kind: str, entity: str, start: datetime) -> str:
    """The same finding has the same id in every run."""
    text = "\n".join((detector, name, kind, entity, start.isoformat()))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _worst(series: SeriesSet, result: Scored, run: Run, sign: int) -> int:
    """The deviating bin with the most extreme value, the earliest of equals."""
    bins = slice(run.first, run.end)
    deviating = np.where(result.deviates[run.row, bins], sign * series.value[run.row, bins], np.nan)
    return run.first + int(np.nanargmax(deviating))


def _impact(detector: Detector, observed: float, expected: float) -> float:
    """Share of the entity's exposure that is hit: the excess of a share, else the relative change."""
    if detector.kind in ("ratio", "verdict") or detector.unit == "share":
        percent = 100.0 if detector.unit.startswith("percent") else 1.0
        return min(1.0, max(0.0, observed - expected) / percent)
    low, high = sorted((max(observed, 0.0), max(expected, 0.0)))
    return 1.0 - low / high if high > 0 else 0.0


def _evidence(series: SeriesSet, result: Scored, run: Run) -> list[dict[str, object]]:
    bins = range(max(0, run.first - BEFORE), min(series.value.shape[1], run.first + AFTER))
    return [
        {
            "time": f"{series.at(i):%Y-%m-%dT%H:%M:%SZ}",
            "observed": _rounded(float(series.value[run.row, i])),
            "expected": _rounded(float(result.expected[run.row, i])),
        }
        for i in bins
    ]


def _rounded(value: float) -> float | None:
    """Six significant digits; null for NaN, which JSON does not know."""
    return None if math.isnan(value) else float(f"{value:.6g}")
