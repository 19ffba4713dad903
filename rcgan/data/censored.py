"""What a curve does while a sensor rests at the end of its range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from rcgan.data.relations import ATOM
from rcgan.data.traits import TURNS, noise_floor, turning

__all__ = ["Censored"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Sides = NDArray[np.int8]
ROUNDS = 20  # of completing windows and measuring what is complete
RIDGE = 1e-4  # of the mean variance, by which steps differ for reasons of their own
SWEEPS = 5  # in which each step of rough windows is drawn given all others
FAR = 8.0  # standard deviations, within which truncated normal numbers are drawn
LEARNED_ON = 2e8  # multiplications in a round, a window of t steps being t ** 3: of so many windows the law is learned


@dataclass(frozen=True, eq=False)
class Censored:
    r"""Complete windows whose sensor rests at a bound: beyond it, as the rest of the curve tells.

    .. math:: x_u \sim N(\mu_u + \Sigma_{uo} \Sigma_{oo}^{-1} (x_o - \mu_o),\ \sigma^2)

    beyond the bound, for the steps :math:`u` at a bound and the others :math:`o`. A sine cut off at 0 and 1 is a sine
    again, which is learned like any other; what is generated beyond a bound is decoded as the bound
    (:mod:`rcgan.data.bends`), and so rests there as often and as long as real curves do. The mean and the covariance
    over the steps are those of completed windows, measured and completed in turn, and :math:`\sigma` is the noise of
    the instrument, as it is elsewhere (:func:`~rcgan.data.traits.noise_floor`); without noise, the nearest place that
    is not inside the bound. What is rough is drawn as a normal process, step by step given all others, some times over:
    with the precision :math:`\Lambda = \Sigma^{-1}`,

    .. math:: x_u \sim N(x_u - (\Lambda (x - \mu))_u / \Lambda_{uu},\ 1 / \Lambda_{uu})

    Tobin (1958), "Estimation of relationships for limited dependent variables", eq. 1; Tanner, Wong (1987), "The
    calculation of posterior distributions by data augmentation", section 2; Chib (1992), "Bayes inference in the Tobit
    censored regression model", section 2. Numbers are drawn by the window's own digits, so that a window is completed
    in the same way wherever it comes.

    All in model space, ``(n, t, c)``, continuous channels first.

    Args:
        channels: which are completed, ``(j,)``.
        means: over the steps of each, ``(j, t)``.
        covariances: ``(j, t, t)``.
        noise: :math:`\sigma` of each, ``(j,)``.
        rough: whether it is, ``(j,)``.

    >>> t, rng = np.arange(24), np.random.default_rng(0)
    >>> sine = np.sin(0.3 * t + rng.uniform(0, 6, (500, 1)))[..., None].astype(np.float32)
    >>> cut, mask = sine.clip(-0.8, 0.8), np.ones_like(sine)
    >>> sides = (np.sign(sine) * (np.abs(sine) >= 0.8)).astype(np.int8)
    >>> whole = Censored.fit(cut, mask, sides).encode(cut, mask, sides)
    >>> bool(np.abs(whole - sine).mean() < 0.1 * np.abs(cut - sine).mean())
    True
    """

    channels: NDArray[np.int32]
    means: Floats
    covariances: Floats
    noise: Floats
    rough: NDArray[np.bool_]

    @classmethod
    def none(cls, steps: int) -> Self:
        """Return what leaves windows as they are."""
        empty = np.zeros((0, steps, steps), np.float32)
        return cls(np.zeros(0, np.int32), empty[..., 0], empty, empty[:, 0, 0], np.zeros(0, np.bool_))

    @classmethod
    def fit(cls, x: Floats, mask: Floats, sides: Sides) -> Self:
        """Learn from windows, some of whose cells were not observed, where ``mask`` is 0; ``sides`` as in encode."""
        t = x.shape[1]
        seen = mask[..., : sides.shape[2]].sum((0, 1))
        often = np.flatnonzero((sides != 0).sum((0, 1)) >= np.maximum(ATOM * seen, 1)).astype(np.int32)
        if not len(often):
            return cls.none(t)
        most = max(2 * t, int(LEARNED_ON / t**3))
        some = np.linspace(0, len(x) - 1, min(len(x), most)).astype(int)
        free = np.where((mask[..., often] > 0) & (sides[..., often] == 0), x[..., often], np.nan)
        noise = [noise_floor(channel) for channel in np.moveaxis(free, 2, 0)]
        rough = [turning(np.diff(channel, axis=1)) > TURNS for channel in np.moveaxis(free, 2, 0)]
        parts = ((x[some, :, c], mask[some, :, c], sides[some, :, c]) for c in often)
        laws = [_law(*part, sd, drawn) for part, sd, drawn in zip(parts, noise, rough, strict=True)]
        means, covariances = (np.stack(part).astype(np.float32) for part in zip(*laws, strict=True))
        return cls(often, means, covariances, np.asarray(noise, np.float32), np.asarray(rough, np.bool_))

    def encode(self, x: Floats, mask: Floats, sides: Sides) -> Floats:
        """Return completed windows; ``sides`` ``(n, t, c)``: -1 at a bound below, 1 at one above, 0 elsewhere."""
        out = x.copy()
        for c, *law in zip(self.channels, self.means, self.covariances, self.noise, self.rough, strict=True):
            told = _completed(x[..., c], mask[..., c], sides[..., c], *law)
            out[..., c] = np.where(sides[..., c] != 0, told, x[..., c])
        return out


def _law(x: Floats, mask: Floats, sides: Sides, noise: float, rough: bool) -> tuple[Doubles, Doubles]:
    """Return the mean and the covariance of completed windows ``(n, t)``."""
    known = np.where(mask > 0, x, 0.0).astype(np.float64)
    mean = known.sum(0) / np.maximum((mask > 0).sum(0), 1)
    whole = np.where(mask > 0, x, mean)
    covariance = _covariance(whole)
    for _ in range(ROUNDS):
        whole = _completed(x, mask, sides, mean, covariance, noise, rough)
        mean, covariance = whole.mean(0), _covariance(whole)
    return mean, covariance


def _covariance(whole: Doubles) -> Doubles:
    off = whole - whole.mean(0)
    covariance = off.T @ off / len(off)
    return covariance + RIDGE * max(np.trace(covariance) / len(covariance), RIDGE) * np.eye(len(covariance))


def _completed(
    x: Floats, mask: Floats, sides: Sides, mean: NDArray[Any], covariance: NDArray[Any], noise: float, rough: bool
) -> Doubles:
    """Return windows ``(n, t)`` with what is at a bound, or was not observed, told by the rest."""
    known = (mask > 0) & (sides == 0)
    ask = np.flatnonzero(~known.all(1))
    at, side, known = x[ask].astype(np.float64), sides[ask], known[ask]
    square = np.where(known[:, :, None] & known[:, None, :], covariance, np.eye(x.shape[1]))
    off = np.where(known, at - mean, 0.0)
    expected = mean + np.linalg.solve(square, off[..., None])[..., 0] @ covariance
    told = np.where(known, at, _beyond(expected, at, side, noise, _shares(x[ask], 0)))
    if rough:
        precision = np.linalg.inv(covariance.astype(np.float64))
        for sweep in range(1, 1 + SWEEPS):
            shares = _shares(x[ask], sweep)
            for u in np.flatnonzero(~known.all(0)):
                alone = told[:, u] - (told - mean) @ precision[u] / precision[u, u]
                drawn = _beyond(alone, at[:, u], side[:, u], precision[u, u] ** -0.5, shares[:, u])
                told[:, u] = np.where(known[:, u], at[:, u], drawn)
    out = x.astype(np.float64)
    out[ask] = told
    return out


def _beyond(centre: Doubles, bound: Doubles, side: Sides, sd: float, shares: Doubles) -> Doubles:
    """Return normal numbers beyond their bounds, by their shares; anywhere where the side is 0."""
    inside = side * (bound - centre)
    if sd == 0:
        return centre + side * np.maximum(inside, 0.0)
    drawn = -ndtri(shares * ndtr(-np.clip(inside / sd, -FAR, FAR))) * sd
    return centre + np.where(side == 0, ndtri(shares) * sd, side * np.maximum(inside, drawn))


def _shares(x: Floats, draw: int) -> Doubles:
    """Return a number between 0 and 1 for each cell of windows ``(n, t)``, as good as random, told by the window.

    Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators", figure 16.
    """
    digits, t = np.ascontiguousarray(x).view(np.uint32).astype(np.uint64), np.arange(1, x.shape[1] + 1, dtype=np.uint64)
    start = (digits * (2 * t + 1)).sum(1, keepdims=True)
    z = start + (t + np.uint64(draw * x.shape[1])) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54
