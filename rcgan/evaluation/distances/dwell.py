"""How long a category lasts."""

from __future__ import annotations

import numpy as np

from rcgan.evaluation.panel import Panel

from .measure import Array, Distance, each, mean, total_variation

__all__ = ["dwell", "dwells"]


def dwells(values: Array) -> Array:
    """Rows that each stay in a category lasts, in windows of codes ``(n, t)``; cut off at a window's ends and at holes.

    >>> dwells(np.array([[0.0, 0.0, 1.0, np.nan, 1.0]]))
    array([2., 1., 1.])
    """
    ended = np.pad(values[:, :-1] != values[:, 1:], ((0, 0), (0, 1)), constant_values=True).ravel()
    ends = np.flatnonzero(ended)
    lasted = np.diff(ends, prepend=-1)
    return lasted[~np.isnan(values.ravel()[ends])].astype(np.float64)


def distance(real: Panel, other: Panel) -> float:
    """Total variation of the dwell times, mean over categorical channels."""
    each: list[float] = []
    for c, _ in real.category_counts():
        a, b = (dwells(p.values[..., c].astype(np.float64)) for p in (real, other))
        each.append(total_variation(a, b, max(p.values.shape[1] for p in (real, other)) + 1))
    return mean(np.array(each))


dwell = Distance(
    "dwell distance",
    each(distance),
    "Share of the stays in a category that would have to last otherwise.",
    asked=lambda real: bool(real.category_counts()),
)
