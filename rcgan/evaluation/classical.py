"""Classical augmentation: what a generator has to beat to be worth its training.

Each function returns as many new windows as it is given, one from each, with its label. Numbers are changed in units of
the standard deviation of their channel; a category is taken from the row nearest in time; what is missing stays so.
Names and strengths are those of Iwana, Uchida (2021), "An empirical survey of data augmentation for time series
classification with neural networks", section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from tslearn.metrics import dtw_path

from .panel import Panel, moments

__all__ = [
    "CLASSICAL",
    "dtw_average",
    "jitter",
    "magnitude_warp",
    "scaling",
    "time_warp",
    "window_slice",
]

Floats = NDArray[np.float32]
Augmentation = Callable[[Panel, np.random.Generator], Panel]

JITTER = 0.03
SCALING = 0.1
WARP = 0.2
KNOTS = 4
SLICE = 0.9


def jitter(panel: Panel, rng: np.random.Generator) -> Panel:
    """Add normal noise of 0.03 standard deviations to every number."""
    _, sd = moments(panel.values[..., panel.continuous])
    values = panel.values.copy()
    values[..., panel.continuous] += (JITTER * sd * rng.normal(size=(*values.shape[:2], len(sd)))).astype(np.float32)
    return replace(panel, values=values)


def scaling(panel: Panel, rng: np.random.Generator) -> Panel:
    """Scale each window's distance from the channel's mean by one normal factor of 1 +- 0.1 a channel."""
    return magnified(panel, 1 + SCALING * rng.normal(size=(len(panel), 1, int(panel.continuous.sum()))))


def magnitude_warp(panel: Panel, rng: np.random.Generator) -> Panel:
    """Scale as ``scaling`` does, by a factor of 1 +- 0.2 that changes smoothly over the window."""
    curves = smooth_curves(panel, rng, int(panel.continuous.sum()))
    return magnified(panel, curves)


def time_warp(panel: Panel, rng: np.random.Generator) -> Panel:
    """Let time run at a speed of 1 +- 0.2 that changes smoothly over the window; its ends stay where they are."""
    speed = smooth_curves(panel, rng, 1)[..., 0].clip(0.1)
    values = panel.values.copy()
    for i, length in enumerate(panel.lengths):
        passed = np.concatenate([[0.0], np.cumsum(speed[i, 1:length])])
        if passed[-1] > 0:
            values[i, :length] = taken(panel, values[i, :length], passed / passed[-1] * (length - 1))
    return replace(panel, values=values)


def window_slice(panel: Panel, rng: np.random.Generator) -> Panel:
    """Cut nine tenths out of each window, at a random place, and stretch them to its length."""
    values = panel.values.copy()
    for i, length in enumerate(panel.lengths):
        reach = SLICE * (length - 1)
        start = rng.uniform(0, length - 1 - reach)
        values[i, :length] = taken(panel, values[i, :length], start + np.linspace(0, reach, length))
    return replace(panel, values=values)


def dtw_average(panel: Panel, rng: np.random.Generator) -> Panel:
    """Average each window with another one of its label along their best alignment under dynamic time warping.

    The rows that the alignment pairs are averaged, and stretched to the window's length. Kamycki, Kapuscinski,
    Oszust (2020), "Data augmentation with suboptimal warping for time-series classification", section 2.
    """
    mean, sd = moments(panel.values[..., panel.continuous])
    values = panel.values.copy()
    for i, length in enumerate(panel.lengths):
        alike = np.arange(len(panel)) if panel.codes is None else np.flatnonzero(panel.codes == panel.codes[i])
        j = int(rng.choice(alike))
        one, two = panel.values[i, :length], panel.values[j, : panel.lengths[j]]
        sides = [np.nan_to_num((x[:, panel.continuous] - mean) / sd) for x in (one, two)]
        if sides[0].shape[1]:
            path = np.asarray(dtw_path(*sides)[0])
            aligned = one[path[:, 0]].copy()
            other = two[path[:, 1]]
            aligned[:, panel.continuous] = (aligned[:, panel.continuous] + other[:, panel.continuous]) / 2
            values[i, :length] = taken(panel, aligned, np.linspace(0, len(path) - 1, length))
    return replace(panel, values=values)


CLASSICAL: dict[str, Augmentation] = {
    "jitter": jitter,
    "scaling": scaling,
    "magnitude warp": magnitude_warp,
    "time warp": time_warp,
    "window slice": window_slice,
    "DTW average": dtw_average,
}


def magnified(panel: Panel, factors: NDArray[np.float64]) -> Panel:
    """Distances from the channels' means times factors that broadcast to ``(n, t, c)``."""
    mean, _ = moments(panel.values[..., panel.continuous])
    values = panel.values.copy()
    values[..., panel.continuous] = (values[..., panel.continuous] - mean) * factors + mean
    return replace(panel, values=values)


def smooth_curves(panel: Panel, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Curves ``(n, t, count)`` around 1: cubic splines through 6 normal numbers of sd 0.2."""
    t = panel.values.shape[1]
    knots = 1 + WARP * rng.normal(size=(KNOTS + 2, len(panel), count))
    spline = CubicSpline(np.linspace(0, max(t - 1, 1), KNOTS + 2), knots)
    return np.moveaxis(spline(np.arange(t)), 0, 1)


def taken(panel: Panel, rows: Floats, places: NDArray[np.float64]) -> Floats:
    """Rows ``(m, d)`` at places between 0 and m - 1: numbers on the line between, categories from the nearest row.

    A number beside a missing one is missing, unless its place is exactly on a row.
    """
    low = np.floor(places).astype(int).clip(0, len(rows) - 1)
    high = np.minimum(low + 1, len(rows) - 1)
    share = (places - low)[:, None].astype(np.float32)
    out = np.where(share > 0, rows[low] * (1 - share) + rows[high] * share, rows[low])
    nearest = np.rint(places).astype(int).clip(0, len(rows) - 1)
    out[:, ~panel.continuous] = rows[nearest][:, ~panel.continuous]
    return out
