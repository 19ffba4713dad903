"""Manifold Parzen windows: a density of few points, as local as points that it was not fitted to bear out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
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
        chosen = n
        if len(tried) > 1:
            likely = sum(_likelihoods(told, places, fold == held, tried) for held in range(FOLDS))
            chosen = tried[int(np.argmax(likely))]
        near = _nearest(places)[:, :chosen] if chosen < n else np.arange(n)[None]
        means, covariances = _kernels(told, near)
        values, vectors = np.linalg.eigh(covariances)
        factors = unit[:, None] * vectors * np.sqrt(values.clip(0))[:, None]
        return cls(near, centre + unit * means, factors)


def _nearest(places: Doubles) -> NDArray[np.intp]:
    """Return all from the nearest to the farthest, of each place, itself the first: ``(n, n)``."""
    return cdist(places, places, "sqeuclidean").argsort(1, kind="stable")


def _kernels(points: Doubles, near: NDArray[np.intp]) -> tuple[Doubles, Doubles]:
    """Return means and covariances of these neighbours ``(m, k)``; of all points, if once."""
    d, k = points.shape[1], near.shape[1]
    apart = points[near]
    means = apart.mean(1)
    if len(near) == 1:
        return means, np.asarray(ledoit_wolf(points)[0])[None] + FLOOR * np.eye(d)
    apart = apart - means[:, None]
    full = apart.transpose(0, 2, 1) @ apart / k
    own, kept = np.arange(d), 1 - (d / (d + k)) ** 2
    covariances = kept * full
    covariances[:, own, own] = full[:, own, own] + FLOOR
    return means, covariances


def _likelihoods(points: Doubles, places: Doubles, held: NDArray[np.bool_], tried: list[int]) -> Doubles:
    """Return the log-likelihood of held points under what the others tell, with each number of neighbours."""
    known, asked = points[~held], points[held][:ASKED]
    order, every = _nearest(places[~held]), np.arange(len(known))[None]
    found: list[float] = []
    for k in tried:
        means, covariances = _kernels(known, order[:, :k] if k < len(known) else every)
        lower = np.linalg.cholesky(covariances)
        white = np.linalg.solve(lower, (asked[None] - means[:, None]).transpose(0, 2, 1))
        size = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(1)
        each = np.asarray(logsumexp(-(white**2).sum(1) / 2 - size[:, None] - np.log(len(means)), axis=0))
        found.append(float(each.sum()))
    return np.array(found)
