"""What a distance is: one statistic of two sets of windows, one number, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rcgan.evaluation.panel import Panel, moments
from rcgan.evaluation.utility import Better

__all__ = ["Array", "Distance", "evenly", "mean", "observed", "total_variation", "vectors"]

Array = NDArray[np.float64]
MOST = 2000  # windows of a set that distances of whole windows look at


@dataclass(frozen=True)
class Distance:
    """A named distance.

    Attributes:
        name: as the report has it.
        between: the number for (real, other); NaN where the data cannot answer.
        meaning: a sentence for the report.
        better: which way is better.
        lacking: why the number can be NaN.
        asked: whether the question arises for such real windows.
    """

    name: str
    between: Callable[[Panel, Panel], float]
    meaning: str
    better: Better = "lower"
    lacking: str = "no channel has the values for it in both sets"
    asked: Callable[[Panel], bool] = lambda _: True


def mean(each: Array) -> float:
    """Mean over the channels for which it can be told; NaN if there is none.

    >>> mean(np.array([1.0, np.nan, 3.0])), mean(np.array([]))
    (2.0, nan)
    """
    told = each[np.isfinite(each)]
    return float(told.mean()) if len(told) else np.nan


def observed(values: NDArray[np.floating]) -> Array:
    """The cells that are not missing, flat."""
    return values[~np.isnan(values)].astype(np.float64)


def total_variation(real: Array, other: Array, count: int) -> float:
    """Half the summed gap between the shares of ``count`` categories.

    >>> total_variation(np.array([0.0, 1.0]), np.array([1.0, 1.0]), 2)
    0.5
    """
    if not len(real) or not len(other):
        return np.nan
    a, b = (np.bincount(x.astype(int), minlength=count) / len(x) for x in (real, other))
    return float(np.abs(a - b).sum() / 2)


def vectors(real: Panel, *others: Panel) -> list[Array]:
    """All sets as vectors ``(n, steps * columns)`` of one width, at most ``MOST`` of each, drawn evenly.

    Numbers are standardised by the real windows, categories are 0/1 columns; 0 where nothing is observed.
    """
    steps = max(p.values.shape[1] for p in (real, *others))
    middle, sd = moments(real.values[..., real.continuous])

    def flat(panel: Panel) -> Array:
        values = panel.values[evenly(len(panel))]
        columns = [(values[..., panel.continuous].astype(np.float64) - middle) / sd]
        columns += [values[..., [c]] == np.arange(n) for c, n in panel.category_counts()]
        full = np.nan_to_num(np.concatenate(columns, -1))
        return np.pad(full, ((0, 0), (0, steps - full.shape[1]), (0, 0))).reshape(len(values), -1)

    return [flat(panel) for panel in (real, *others)]


def evenly(count: int) -> NDArray[np.int64]:
    """Positions of ``MOST`` of ``count`` windows, or of all."""
    return np.linspace(0, count - 1, min(MOST, count)).round().astype(np.int64)
