"""Linear in the lags."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .table import Array, Lags, alike

__all__ = ["ridge", "solve"]

ALPHAS: Array = 10.0 ** np.arange(-3.0, 9.0, 2.0)
MOST_ROWS = 20_000  # over all groups of targets
FEWEST_ROWS = 2000


def ridge(lags: Lags, seed: int) -> Callable[[Array], Array]:
    """Least squares whose weights shrink to zero, which is the naive forecast.

    Each target's penalty is the one with the least absolute error in two-fold cross-validation: by squared error, rare
    large changes would decide for a channel that mostly stands still.
    """
    x, y = design(lags.inputs), lags.change.reshape(len(lags), -1)
    weights = np.zeros((x.shape[1], y.shape[1]))
    groups = alike(lags.change)
    for group in groups:
        rows = np.flatnonzero(np.isfinite(y[:, group[0]]))
        rows = rows[:: max(1, len(rows) // max(MOST_ROWS // len(groups), FEWEST_ROWS))]
        weights[:, group] = chosen(x[rows], y[rows][:, group], lags.fold[rows])
    return lambda inputs: (design(inputs) @ weights).reshape(-1, *lags.change.shape[1:], 1)


def design(inputs: Array) -> Array:
    """A column of ones before the flat inputs."""
    return np.concatenate([np.ones((len(inputs), 1)), inputs.reshape(len(inputs), -1)], 1)


def chosen(x: Array, y: Array, fold: NDArray[np.bool_]) -> Array:
    """Weights (features, targets) at each target's best penalty."""
    halves = [(x[fold == k], y[fold == k]) for k in (False, True)]
    if not all(len(a) for a, _ in halves):
        return solve(x, y, np.ones(1, np.float64))[0]
    errors = np.zeros((len(ALPHAS), y.shape[1]))
    for (a, b), (unseen, truth) in (halves, halves[::-1]):
        errors += np.abs(truth - unseen @ solve(a, b, ALPHAS)).sum(1)
    best = errors.argmin(0)
    return np.take_along_axis(solve(x, y, ALPHAS), best[None, None], axis=0)[0]


def solve(x: Array, y: Array, alphas: Array) -> Array:
    """Ridge weights (penalties, features, targets), by one eigendecomposition of X'X.

    >>> solve(np.array([[1.0], [1.0]]), np.array([[3.0], [5.0]]), np.array([0.0, 2.0])).ravel()
    array([4., 2.])
    """
    values, vectors = np.linalg.eigh(x.T @ x)
    floor = values.max(initial=0.0) * 1e-10 + 1e-300
    turned = vectors.T @ (x.T @ y)
    return np.stack([vectors @ (turned / np.maximum(values + alpha, floor)[:, None]) for alpha in alphas])
