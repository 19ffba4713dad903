r"""Whole windows: the maximum mean discrepancy, without bias.

.. math:: \mathrm{MMD}^2 = E k(x, \tilde x) + E k(x', \tilde x') - 2 E k(x, x')

Gretton et al. (2012), "A kernel two-sample test", eq. 3 (a U-statistic: no window meets itself), with the Gaussian
kernel of the median distance. Taken in blocks of 500 windows, so that memory does not grow: section 6 there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from .measure import Array, Distance, Sets, all_vectors

__all__ = ["discrepancy", "mean_discrepancy"]

BLOCK = 500


def mean_discrepancy(a: Array, b: Array) -> float:
    """Squared discrepancy of two sets of vectors ``(n, k)``; about 0, also below it, for two of one kind.

    >>> x, y = np.random.default_rng(0).normal(size=(2, 1000, 3))
    >>> abs(mean_discrepancy(x, y)) < 0.01 < mean_discrepancy(x, y + 1)
    True
    """
    if min(len(a), len(b)) < 2:
        return np.nan
    width = float(np.median(pdist(a[:BLOCK]))) or 1.0

    def kernel(square: NDArray[np.floating]) -> float:
        return float(np.exp(-square / (2 * width**2)).mean())

    found: list[float] = []
    for i in range(0, min(len(a), len(b)), BLOCK):
        one, two = a[i : i + BLOCK], b[i : i + BLOCK]
        if len(one) > 1 and len(two) > 1:
            within = kernel(pdist(one, "sqeuclidean")) + kernel(pdist(two, "sqeuclidean"))
            found.append(within - 2 * kernel(cdist(one, two, "sqeuclidean")))
    return float(np.mean(found)) if found else np.nan


def found(sets: Sets) -> list[float]:
    """The discrepancies of standardised windows."""
    real, *others = sets.once(all_vectors)
    return [mean_discrepancy(real, other) for other in others]


discrepancy = Distance(
    "maximum mean discrepancy",
    found,
    "Squared distance of whole windows under a Gaussian kernel, estimated without bias: around 0, also below, for two "
    "sets of one kind.",
    lacking="there are fewer than two windows",
)
