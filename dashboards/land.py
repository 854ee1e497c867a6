"""The world as filled polygons on a plain plot: a map that needs no tiles, no fonts and no network.

Outlines are Natural Earth's 1:110m land (public domain) in tenths of a degree; see assets/README.md.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LAND = Path(__file__).parent / "assets" / "land_110m.json"
# Robinson (1963): parallels every 5 degrees, relative length and distance from the equator.
_LATITUDES = np.arange(0, 95, 5, dtype=float)
_LENGTHS = np.array(
    [
        1.0,
        0.9986,
        0.9954,
        0.99,
        0.9822,
        0.973,
        0.96,
        0.9427,
        0.9216,
        0.8962,
        0.8679,
        0.835,
        0.7986,
        0.7597,
        0.7186,
        0.6732,
        0.6213,
        0.5722,
        0.5322,
    ]
)
_DISTANCES = np.array(
    [
        0.0,
        0.062,
        0.124,
        0.186,
        0.248,
        0.31,
        0.372,
        0.434,
        0.4958,
        0.5571,
        0.6176,
        0.6769,
        0.7346,
        0.7903,
        0.8435,
        0.8936,
        0.9394,
        0.9761,
        1.0,
    ]
)
X_MAX = 0.8487 * np.pi
Y_MAX = 1.3523
SOUTHERNMOST = -58.0

Floats = NDArray[np.float64]


def project(longitude: ArrayLike, latitude: ArrayLike) -> tuple[Floats, Floats]:
    """Robinson's projection of degrees: x within ±2.67, y within ±1.36."""
    lon, lat = np.asarray(longitude, dtype=float), np.clip(np.asarray(latitude, dtype=float), -90, 90)
    length = np.interp(np.abs(lat), _LATITUDES, _LENGTHS)
    distance = np.interp(np.abs(lat), _LATITUDES, _DISTANCES)
    return 0.8487 * np.radians(lon) * length, 1.3523 * np.sign(lat) * distance


@cache
def outlines() -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Projected rings, one after the other with a None between them: one filled trace. Antarctica is left out."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for ring in json.loads(_LAND.read_text(encoding="utf-8")):
        points = np.array(ring, dtype=float).reshape(-1, 2) / 10
        if points[:, 1].max() < SOUTHERNMOST:
            continue
        x, y = project(points[:, 0], points[:, 1])
        xs += [*np.round(x, 3).tolist(), None]
        ys += [*np.round(y, 3).tolist(), None]
    return tuple(xs), tuple(ys)


def graticule() -> tuple[list[float | None], list[float | None]]:
    """Meridians and parallels every 30 degrees, as one broken line."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    latitudes = np.arange(SOUTHERNMOST, 85, 6)
    for lon in range(-180, 181, 30):
        x, y = project(np.full_like(latitudes, lon), latitudes)
        xs += [*np.round(x, 3).tolist(), None]
        ys += [*np.round(y, 3).tolist(), None]
    for lat in (-30, 0, 30, 60):
        x, y = project([-180, 180], [lat, lat])
        xs += [*np.round(x, 3).tolist(), None]
        ys += [*np.round(y, 3).tolist(), None]
    return xs, ys
