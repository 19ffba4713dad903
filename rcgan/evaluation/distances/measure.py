"""What a distance is: one statistic of two sets of windows, one number, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rcgan.evaluation.panel import Panel, moments
from rcgan.evaluation.utility import Better

__all__ = [
    "Array",
    "Distance",
    "Sets",
    "all_vectors",
    "columns",
    "each",
    "evenly",
    "mean",
    "observed",
    "total_variation",
    "vectors",
]

Array = NDArray[np.float64]
Made = TypeVar("Made")
MOST = 2000  # windows of a set that distances of whole windows look at


@dataclass(frozen=True)
class Sets:
    """Real windows, the sets compared with them, and what several distances need to know of all of these.

    Attributes:
        real: the windows that distances are measured from.
        others: the sets compared with them.
        seed: fixes every draw.
        made: what ``once`` has made so far.

    >>> from rcgan.evaluation.panel import as_panel
    >>> sets = Sets(as_panel(np.zeros((4, 3, 1)), "real"), ())
    >>> sets.once(all_vectors) is sets.once(all_vectors)
    True
    """

    real: Panel
    others: tuple[Panel, ...]
    seed: int = 0
    made: dict[Any, Any] = field(default_factory=dict[Any, Any])

    def once(self, make: Callable[[Sets], Made]) -> Made:
        """What ``make`` finds of these sets; made when first asked for, and kept."""
        if make not in self.made:
            self.made[make] = make(self)
        return self.made[make]


@dataclass(frozen=True)
class Distance:
    """A named distance.

    Attributes:
        name: as the report has it.
        found: one number for each of the sets compared; NaN where the data cannot answer.
        meaning: a sentence for the report.
        better: which way is better.
        lacking: why the number can be NaN.
        asked: whether the question arises for such real windows.
        quick: whether it is also asked of the windows of each label alone.
    """

    name: str
    found: Callable[[Sets], list[float]]
    meaning: str
    better: Better = "lower"
    lacking: str = "no channel has the values for it in both sets"
    asked: Callable[[Panel], bool] = lambda _: True
    quick: bool = True

    def between(self, real: Panel, other: Panel) -> float:
        """The number for two sets."""
        return self.found(Sets(real, (other,)))[0]


def each(distance: Callable[[Panel, Panel], float]) -> Callable[[Sets], list[float]]:
    """A number of (real, other) for every other set."""
    return lambda sets: [distance(sets.real, other) for other in sets.others]


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


def columns(panel: Panel, real: Panel | None = None) -> Array:
    """Windows as numbers ``(n, t, columns)``, NaN where nothing is observed; categories are 0/1 columns.

    Numbers are standardised by the real windows, and left as they are where these are None.

    >>> from rcgan.evaluation.panel import as_panel
    >>> x = as_panel(np.array([[[1.0], [3.0], [np.nan]]]), "real")
    >>> columns(x, x).ravel()
    array([-1.,  1., nan])
    """
    middle, sd = (0.0, 1.0) if real is None else moments(real.values[..., real.continuous])
    values = panel.values.astype(np.float64)
    parts = [(values[..., panel.continuous] - middle) / sd]
    for c, count in panel.category_counts():
        codes = values[..., [c]]
        parts.append(np.where(np.isnan(codes), np.nan, codes == np.arange(count)))
    return np.concatenate(parts, -1)


def vectors(real: Panel, *others: Panel) -> list[Array]:
    """All sets as vectors ``(n, steps * columns)`` of one width, at most ``MOST`` of each, drawn evenly.

    Their ``columns``, with 0 where nothing is observed and past a window's end.
    """
    steps = max(p.values.shape[1] for p in (real, *others))

    def flat(panel: Panel) -> Array:
        full = np.nan_to_num(columns(panel.take(evenly(len(panel))), real))
        return np.pad(full, ((0, 0), (0, steps - full.shape[1]), (0, 0))).reshape(len(full), -1)

    return [flat(panel) for panel in (real, *others)]


def all_vectors(sets: Sets) -> list[Array]:
    """The real windows' vectors, then those of the other sets."""
    return vectors(sets.real, *sets.others)


def evenly(count: int, most: int = MOST) -> NDArray[np.int64]:
    """Positions of ``most`` of ``count`` windows, or of all.

    >>> evenly(5, 3)
    array([0, 2, 4])
    """
    return np.linspace(0, count - 1, min(most, count)).round().astype(np.int64)
