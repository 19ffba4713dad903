r"""Whole windows as a network that learnt the real ones sees them: Context-FID.

.. math:: |\mu - \mu'|^2 + \mathrm{tr}\left(\Sigma + \Sigma' - 2 (\Sigma \Sigma')^{1/2}\right)

Frechet distance of the normal distributions fitted to the encodings of both sets by TS2Vec, trained on the real one.
Jeha et al. (2022), "PSA-GAN: Progressive self attention GANs for synthetic time series", section 4.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rcgan.errors import DataError
from rcgan.evaluation.panel import Panel
from rcgan.evaluation.published import pair

from .measure import MOST, Array, Distance, Sets, columns, evenly
from .ts2vec import encoded, learnt_encoder

__all__ = ["context", "context_fid", "frechet"]

ROWS = 100  # rows of a window up to which it is learnt as a whole
ALL_ROWS = 200_000  # rows of all windows of a set


def context_fid(real: Any, synthetic: Any, *, seed: int = 0) -> float:
    """Frechet distance of synthetic from real windows, as TS2Vec trained on the real ones encodes them; 0 is best.

    Args:
        real: windows (n, t, d) as an array, or ``Windows``; at least 2 windows of at least 2 rows.
        synthetic: windows of the same channels.
        seed: fixes the network.

    Raises:
        DataError: other channels, or too few windows or rows.

    As published: values are taken as they are, and all windows are used; scale both sets by the range of the real one
    to compare with papers that do. A row with a missing cell counts as missing. The distance of finite sets is above 0,
    the more so the fewer windows there are: compare with ``context_fid`` of real windows that are equally many. From
    seed to seed it varies, on the Stocks benchmark with a standard deviation of 9 to 18 %: give the mean of several.

    >>> x = np.random.default_rng(0).random((40, 6, 1))
    >>> context_fid(x, x[:20]) < 1
    True
    """
    panels = pair(real, synthetic)
    for panel, name in zip(panels, ("real", "synthetic"), strict=True):
        if min(panel.values.shape[:2]) < 2:
            n, t = panel.values.shape[:2]
            raise DataError(f"{name} has {n} windows of {t} rows; Context-FID needs at least 2 windows of 2 rows")
    a, b = (columns(panel) for panel in panels)
    encoder = learnt_encoder(a, seed)
    return frechet(encoded(encoder, a), encoded(encoder, b))


def frechet(a: Array, b: Array) -> float:
    r"""Frechet distance of the normal distributions fitted to vectors ``a`` and ``b``, ``(n, k)`` each.

    With the centred vectors' triangular factors :math:`\Sigma = R^\top R`, the trace of
    :math:`(\Sigma \Sigma')^{1/2}` is the sum of the singular values of :math:`R R'^\top`.
    Heusel et al. (2017), "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", eq. 6.

    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> round(frechet(x, x + [3, 4]), 6)
    25.0
    """
    one, two = (np.linalg.qr(x - x.mean(0), mode="r") / np.sqrt(len(x) - 1) for x in (a, b))
    shared = np.linalg.svd(one @ two.T, compute_uv=False).sum()
    squared = ((a.mean(0) - b.mean(0)) ** 2).sum() + (one**2).sum() + (two**2).sum() - 2 * shared
    return max(0.0, float(squared))


def stretches(x: Array) -> Array:
    """Windows ``(n, t, d)`` of more than 100 rows cut into equal parts of at most 100; a rest at the end is left out.

    >>> stretches(np.zeros((4, 250, 1))).shape
    (12, 83, 1)
    """
    n, t, d = x.shape
    parts = -(-t // ROWS)
    return x[:, : t // parts * parts].reshape(n * parts, -1, d)


def found(sets: Sets) -> list[float]:
    """The distance of every other set; all seen by one network, and equally many windows of each.

    At most 2,000 windows, of more than 100 rows fewer, and these are learnt in stretches. A step with nothing observed
    is missing; in others a missing cell has the mean, since TS2Vec would take the whole step for missing.
    """
    most = min(MOST, max(2, ALL_ROWS // max(p.values.shape[1] for p in (sets.real, *sets.others))))
    count = min(most, *(len(p) for p in sets.others))
    if min(count, len(sets.real), sets.real.values.shape[1]) < 2:
        return [np.nan] * len(sets.others)

    def shown(panel: Panel, most: int) -> Array:
        values = columns(panel.take(evenly(len(panel), most)), sets.real)
        return np.where(np.isnan(values).all(2, keepdims=True), np.nan, np.nan_to_num(values))

    real = shown(sets.real, most)
    encoder = learnt_encoder(stretches(real), sets.seed)
    known = encoded(encoder, real)
    return [frechet(known, encoded(encoder, shown(other, count))) for other in sets.others]


context = Distance(
    "Context-FID",
    found,
    "Frechet distance of whole windows, standardised by the real ones, as a network that learnt the real test windows "
    "without labels (TS2Vec) encodes them. Sets of few windows are far apart: look at the distance of the real ones.",
    lacking="there are fewer than two windows, or they have one row",
    quick=False,
)
