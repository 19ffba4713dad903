"""Channels that jump about, told by normal scores: no smoothness is lost, and noise of any law is easily made."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rcgan.data.traits import TURNS, turning

__all__ = ["alike", "jumps", "knots", "scores", "values"]

Floats = NDArray[np.floating[Any]]
Doubles = NDArray[np.float64]

JUMPS = 0.6  # sd of a channel's differences over its own from which on it jumps about; white noise has 1.4
LARGER = 2.0  # sd of a channel under one label over that under another, up to which one law can be that of both
COUNT = 129
ENOUGH = 10 * COUNT  # values, for so many quantiles to be known
NARROW = 1e-5  # least distance of two knots, in standard deviations
FARTHEST = 4.0  # score of the least and of the largest value
SCORES: Doubles = np.concatenate([[-FARTHEST], ndtri((np.arange(COUNT) + 0.5) / COUNT), [FARTHEST]])


def jumps(told: Doubles) -> NDArray[np.bool_]:
    """Return which channels of windows ``(n, t, c)``, NaN where missing, differ from step to step as much as at all.

    By chance, that is: a fast wave does too, and would get a bend at every knot.
    """
    channels = np.moveaxis(told, -1, 0)
    spread = [_sd(step[~np.isnan(step)]) for step in np.diff(channels, axis=2)]
    size = [_sd(some[~np.isnan(some)]) for some in channels]
    chance = [turning(np.diff(values, axis=1)) > TURNS for values in channels]
    large = [0 < JUMPS * whole <= part for part, whole in zip(spread, size, strict=True)]
    return np.array(large, dtype=bool) & np.array(chance, dtype=bool)


def alike(told: Doubles, labels: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Return which channels of windows ``(n, t, c)``, NaN where missing, are about as large under each label ``(n,)``.

    The law of a mixture of large and small bends both: noise of the small one's covariance would have the tails of the
    large one.
    """
    channels = [[some[labels == label] for label in np.unique(labels)] for some in np.moveaxis(told, -1, 0)]
    sds = [[_sd(some[~np.isnan(some)]) for some in each if not np.isnan(some).all()] for each in channels]
    return np.array([max(each, default=0.0) <= LARGER * min(each, default=0.0) for each in sds], dtype=bool)


def knots(column: Doubles) -> tuple[float, ...]:
    """Return the quantiles of a column without holes that :data:`SCORES` belong to, made to rise strictly.

    The least and the largest value are the first and the last; a value that many rows share lies in the middle of its
    quantiles.
    """
    places = np.quantile(column, np.concatenate([[0], (np.arange(COUNT) + 0.5) / COUNT, [1]]))
    apart = NARROW * _sd(column) * (np.arange(len(places)) - (len(places) - 1) / 2)
    return tuple((places + apart).tolist())


def scores(told: Doubles, at: tuple[float, ...]) -> Doubles:
    r"""Return :math:`\Phi^{-1}(F(u))`, linear between the knots, beyond them at its mean slope; NaN stays.

    >>> at = knots(np.random.default_rng(0).uniform(size=100_000))
    >>> scores(np.array([0.84, 0.975]), at).round(1).tolist()
    [1.0, 2.0]
    """
    return _through(told, np.asarray(at), SCORES)


def values(scored: Doubles, at: tuple[float, ...]) -> Doubles:
    """Undo :func:`scores`."""
    return _through(scored, SCORES, np.asarray(at))


def _through(x: Doubles, here: Doubles, there: Doubles) -> Doubles:
    slope = (there[-1] - there[0]) / (here[-1] - here[0])  # ends that many rows share are steep
    outside = x - x.clip(here[0], here[-1])
    return np.interp(x, here, there) + slope * outside


def _sd(x: Doubles) -> float:
    return float(x.std()) if len(x) else 0.0
