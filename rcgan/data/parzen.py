"""Manifold Parzen windows: a density of few points, as local as points that it was not fitted to bear out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from sklearn.covariance import ledoit_wolf

__all__ = ["ManifoldParzen"]

Doubles = NDArray[np.float64]
NEAREST = (5, 10, 20, 40)  # neighbours that are tried, up to half of the points; and all points
FOLDS = 5
ASKED = 60  # points left out of a fold that are asked, at most
FLOOR = 1e-6  # least variance of a kernel, in units of the points' own


@dataclass(frozen=True)
class ManifoldParzen:
    r"""A mixture of normal laws, one for each point, each that of the point's nearest neighbours.

    .. math:: p(v) = \frac1n \sum_j N(v; \mu_j, \Sigma_j)

    Vincent, Bengio (2003), "Manifold Parzen windows", eq. 3, with the mean of the ``k`` nearest neighbours in the place
    of the point, which is one of them, so that no point is itself the centre of anything; of ``d`` coordinates,
    covariances are drawn towards 0 by :math:`(d / (d + k))^2`. How many neighbours: those under which points that were
    left out are likeliest, a fifth of them at a time. Where that is all points, there is one normal law, with the
    covariance of Ledoit, Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices".

    Args:
        near: the neighbours, ``(m, k)``: of each point, or once all points.
        means: ``(m, d)``.
        factors: whose products with their transposes are the covariances, ``(m, d, d)``.

    >>> bands = np.repeat([0.0, 100.0], 40)[:, None] + np.random.default_rng(0).normal(size=(80, 1))
    >>> density = ManifoldParzen.fit(bands, bands, seed=0)
    >>> bool((np.abs(density.means.ravel() - 50) > 45).all() and density.factors.max() < 5)
    True
    """

    near: NDArray[np.intp]
    means: Doubles
    factors: Doubles

    @classmethod
    def fit(cls, points: Doubles, places: Doubles, seed: int, *, local: bool = True) -> ManifoldParzen:
        """Fit points ``(n, d)``, near each other where places ``(n, p)`` are; unless ``local``, one normal law."""
        n = len(points)
        centre, unit = points.mean(0), points.std(0)
        unit = np.where(unit > 0, unit, 1.0)
        told = (points - centre) / unit
        tried = [*(k for k in NEAREST if local and k <= n // 2), n]
        fold = np.random.default_rng(seed).permutation(n) % FOLDS
        likely = [_likelihood(told, places, k, fold) for k in tried] if len(tried) > 1 else [0.0]
        near, means, covariances = _kernels(told, places, tried[int(np.argmax(likely))])
        values, vectors = np.linalg.eigh(covariances)
        factors = unit[:, None] * vectors * np.sqrt(values.clip(0))[:, None]
        return cls(near, centre + unit * means, factors)


def _kernels(points: Doubles, places: Doubles, k: int) -> tuple[NDArray[np.intp], Doubles, Doubles]:
    """Return neighbours, means and covariances."""
    n, d = points.shape
    if k >= n:
        return np.arange(n)[None], points.mean(0)[None], np.asarray(ledoit_wolf(points)[0])[None] + FLOOR * np.eye(d)
    near = _distances(places, places).argsort(1, kind="stable")[:, :k]
    apart = points[near]
    means = apart.mean(1)
    apart = apart - means[:, None]
    full = apart.transpose(0, 2, 1) @ apart / k
    own, kept = np.arange(d), 1 - (d / (d + k)) ** 2
    covariances = kept * full
    covariances[:, own, own] = full[:, own, own] + FLOOR
    return near, means, covariances


def _distances(one: Doubles, two: Doubles) -> Doubles:
    """Return the squared distances, ``(n, m)``."""
    return (one**2).sum(1)[:, None] - 2 * one @ two.T + (two**2).sum(1)


def _likelihood(points: Doubles, places: Doubles, k: int, fold: NDArray[Any]) -> float:
    """Return the log-likelihood of points under what was fitted to those of the other folds."""
    total = 0.0
    for held in range(FOLDS):
        _, means, covariances = _kernels(points[fold != held], places[fold != held], k)
        lower = np.linalg.cholesky(covariances)
        apart = points[fold == held][None, :ASKED] - means[:, None]
        white = np.linalg.solve(lower, apart.transpose(0, 2, 1))
        size = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(1)
        each = np.asarray(logsumexp(-(white**2).sum(1) / 2 - size[:, None] - np.log(len(means)), axis=0))
        total += float(each.sum())
    return total
