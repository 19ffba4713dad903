r"""Whole windows: the sliced Wasserstein distance.

.. math:: \left( E_\theta\, W_2^2(\theta^\top x, \theta^\top x') \right)^{1/2}, \qquad |\theta| = 1

Bonneel et al. (2015), "Sliced and Radon Wasserstein barycenters of measures".
"""

from __future__ import annotations

import numpy as np

from .measure import Array, Distance, Sets, all_vectors

__all__ = ["sliced", "sliced_wasserstein"]

DIRECTIONS = 256
QUANTILES = (np.arange(200) + 0.5) / 200


def sliced_wasserstein(a: Array, b: Array, seed: int = 0) -> float:
    """Distance of two sets of vectors ``(n, k)``, over 256 directions drawn at random.

    >>> x = np.random.default_rng(0).normal(size=(500, 1))
    >>> round(sliced_wasserstein(x, x + 3), 3)
    3.0
    """
    directions = np.random.default_rng(seed).normal(size=(a.shape[1], DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    one, two = (np.quantile(x @ directions, QUANTILES, axis=0) for x in (a, b))
    return float(np.sqrt(((one - two) ** 2).mean()))


def found(sets: Sets) -> list[float]:
    """The distances of standardised windows."""
    real, *others = sets.once(all_vectors)
    return [sliced_wasserstein(real, other) for other in others]


sliced = Distance(
    "sliced Wasserstein distance",
    found,
    "Distance of whole windows, standardised, along directions drawn at random, in standard deviations.",
)
