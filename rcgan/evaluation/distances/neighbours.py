r"""Whole windows: precision, recall, density and coverage.

With :math:`B(x)` the ball around a window that reaches its fifth nearest neighbour in its own set,

- precision: share of other windows in some real window's ball;
- recall: share of real windows in some other window's ball;
- density: mean number of real balls that hold another window, over five;
- coverage: share of real windows whose ball holds another window.

Kynkaanniemi et al. (2019), "Improved precision and recall metric", eq. 2; Naeem et al. (2020), "Reliable fidelity and
diversity metrics", eq. 3 and 4.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from .measure import Array, Distance, Sets, all_vectors

__all__ = ["coverage", "density", "neighbourhoods", "precision", "recall"]

NEAREST = 5


def neighbourhoods(a: Array, b: Array) -> dict[str, float]:
    """Precision, recall, density and coverage of vectors ``b`` beside real ones ``a``, ``(n, k)`` each.

    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> neighbourhoods(x, x + 100)
    {'precision': 0.0, 'recall': 0.0, 'density': 0.0, 'coverage': 0.0}
    """
    if min(len(a), len(b)) <= NEAREST:
        return dict.fromkeys(("precision", "recall", "density", "coverage"), np.nan)
    reach = [NearestNeighbors(n_neighbors=NEAREST).fit(x).kneighbors()[0][:, -1] for x in (a, b)]
    far = cdist(a, b)
    held = far <= reach[0][:, None]
    return {
        "precision": float(held.any(0).mean()),
        "recall": float((far <= reach[1]).any(1).mean()),
        "density": float(held.sum(0).mean() / NEAREST),
        "coverage": float(held.any(1).mean()),
    }


def all_four(sets: Sets) -> list[dict[str, float]]:
    """The four of every set beside the real one."""
    real, *others = sets.once(all_vectors)
    return [neighbourhoods(real, other) for other in others]


def named(name: str, meaning: str) -> Distance:
    """One of the four."""

    def found(sets: Sets) -> list[float]:
        return [four[name] for four in sets.once(all_four)]

    return Distance(name, found, meaning, "higher", "there are not more than five windows")


precision = named("precision", "Share of windows that lie among real ones: not far from some real test window.")
recall = named("recall", "Share of real test windows that lie among these.")
density = named("density", "How crowded with real windows their places are; 1 for two sets of one kind.")
coverage = named("coverage", "Share of real test windows that have one of these nearby.")
