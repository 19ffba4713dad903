"""What a forecaster is given, and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEVELS", "MEDIAN", "Array", "Forecaster", "Lags", "alike", "typical"]

Array = NDArray[np.float64]
LEVELS = (np.arange(9) + 0.5) / 9  # of the quantiles that a probabilistic forecaster gives
MEDIAN = 4  # the place of one half among them


@dataclass(frozen=True)
class Lags:
    """Forecast origins as rows.

    Attributes:
        inputs: (rows, lags, columns) what was last seen, standardised: the numbers first, then categories as 0/1.
        change: (rows, horizons, channels) change to come of every number, in its sd; NaN where it is unknown.
        fold: (rows,) which half of a cross-validation a row is in.
    """

    inputs: Array
    change: Array
    fold: NDArray[np.bool_]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.inputs)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Lags:
        """Some of the rows."""
        return Lags(self.inputs[index], self.change[index], self.fold[index])


Forecaster = Callable[[Lags, int], Callable[[Array], Array]]
"""Learn rows under a seed; return what maps inputs (rows, lags, columns) to (rows, horizons, channels, levels).

The last axis holds the quantiles at ``LEVELS``, or the median alone.
"""


def typical(change: Array) -> Array:
    """Mean absolute change (horizons, channels), 1 where there is none: every channel counts by its own scale."""
    known = np.isfinite(change)
    mean = np.where(known, np.abs(change), 0).sum(0) / np.maximum(known.sum(0), 1)
    return np.where(mean > 0, mean, 1.0)


def alike(change: Array) -> list[NDArray[np.int64]]:
    """The targets, flat (horizon by horizon), that are known in some row, grouped by the rows where they are known.

    >>> alike(np.array([[[1.0, np.nan, 2.0]], [[1.0, 1.0, 2.0]]]))
    [array([0, 2]), array([1])]
    """
    known = np.isfinite(change.reshape(len(change), -1))
    groups: dict[bytes, list[int]] = {}
    for k in np.flatnonzero(known.any(0)):
        groups.setdefault(np.packbits(known[:, k]).tobytes(), []).append(int(k))
    return [np.array(group) for group in groups.values()]
