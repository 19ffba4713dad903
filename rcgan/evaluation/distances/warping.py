r"""How near the nearest window is, when one may run a little ahead of the other: dynamic time warping.

.. math:: \min_{\pi} \Big( \sum_{(i, j) \in \pi} |x_i - x'_j|^2 \Big)^{1/2}, \qquad |i - j| \le t / 10

over paths from both first to both last rows that never go back. Sakoe, Chiba (1978), "Dynamic programming algorithm
optimization for spoken word recognition", section II, every step with weight 1.
"""

from __future__ import annotations

import numpy as np
from tslearn.metrics import cdist_dtw

from rcgan.evaluation.panel import Panel

from .measure import Array, Distance, Sets, columns, evenly

__all__ = ["nearest_warped", "warping"]

WINDOWS = 200
CELLS = 4e8  # of all tables of row against row; where windows are long, fewer windows


def nearest_warped(real: list[Array], others: list[Array]) -> Array:
    """Distance (n,) of each real window ``(t, columns)`` to the nearest other, root mean square over its cells.

    >>> x = np.eye(20)[:, [5]]  # a peak, and the same a row later: within the band, so nothing is lost
    >>> nearest_warped([x], [np.roll(x, 1, 0), x + 3])
    array([0.])
    """
    band = max(1, max(map(len, [*real, *others])) // 10)
    far = cdist_dtw(real, others, global_constraint="sakoe_chiba", sakoe_chiba_radius=band)
    return far.min(1) / np.sqrt([x.size for x in real])


def found(sets: Sets) -> list[float]:
    """The mean of it over the real windows for every other set, equally many windows of each.

    Windows as ``vectors`` has them, 0 where nothing is observed, but each as long as it is.
    """
    steps = max(p.values.shape[1] for p in (sets.real, *sets.others))
    most = min(WINDOWS, max(10, int((CELLS / (steps * (2 * (steps // 10) + 1))) ** 0.5)))

    def series(panel: Panel, count: int) -> list[Array]:
        some = panel.take(evenly(len(panel), count))
        full = np.nan_to_num(columns(some, sets.real))
        return [x[:k] for x, k in zip(full, some.lengths, strict=True)]

    real = series(sets.real, most)
    count = min(most, *map(len, sets.others))
    return [float(nearest_warped(real, series(other, count)).mean()) for other in sets.others]


warping = Distance(
    "nearest under time warping",
    found,
    "Distance of a real test window to the nearest of these, when each may run a tenth of its length ahead of the "
    "other; in standard deviations a cell, mean over at most 200 windows.",
    quick=False,
)
