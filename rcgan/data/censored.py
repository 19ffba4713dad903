"""What a smooth curve does while a sensor rests at the end of its range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Censored"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Sides = NDArray[np.int8]
OFTEN = 0.01  # of its values that are at a bound, from which on a channel is completed
ROUNDS = 20  # of completing windows and measuring what is complete
RIDGE = 1e-4  # of the mean variance, by which steps differ for reasons of their own
LEARNED_ON = 2e8  # multiplications in a round, a window of t steps being t ** 3: of so many windows the law is learned


@dataclass(frozen=True, eq=False)
class Censored:
    r"""Complete windows whose sensor rests at a bound: beyond it, as the rest of the curve tells.

    .. math:: x_u = \mu_u + \Sigma_{uo} \Sigma_{oo}^{-1} (x_o - \mu_o)

    for the steps :math:`u` at a bound and the others :math:`o`, or the bound where that is not beyond it. A sine cut
    off at 0 and 1 is a sine again, which is learned like any other; what is generated beyond a bound is decoded as the
    bound (:mod:`rcgan.data.coordinates`), and so rests there as often and as long as real curves do. The mean and the
    covariance over the steps are those of completed windows, measured and completed in turn. Tobin (1958), "Estimation
    of relationships for limited dependent variables"; Dempster, Laird, Rubin (1977), "Maximum likelihood from
    incomplete data via the EM algorithm", section 4.1, with the conditional mean alone, so that variances come out a
    little small.

    All in model space, ``(n, t, c)``, continuous channels first.

    Args:
        channels: which are completed, ``(j,)``.
        means: over the steps of each, ``(j, t)``.
        covariances: ``(j, t, t)``.

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

    @classmethod
    def none(cls, steps: int) -> Self:
        """Return what leaves windows as they are."""
        return cls(np.zeros(0, np.int32), np.zeros((0, steps), np.float32), np.zeros((0, steps, steps), np.float32))

    @classmethod
    def fit(cls, x: Floats, mask: Floats, sides: Sides) -> Self:
        """Learn from windows, some of whose cells were not observed, where ``mask`` is 0; ``sides`` as in encode."""
        t = x.shape[1]
        seen = mask[..., : sides.shape[2]].sum((0, 1))
        often = np.flatnonzero((sides != 0).sum((0, 1)) >= np.maximum(OFTEN * seen, 1)).astype(np.int32)
        most = max(2 * t, int(LEARNED_ON / t**3))
        some = np.linspace(0, len(x) - 1, min(len(x), most)).astype(int)
        laws = [_law(x[some, :, c].astype(np.float64), mask[some, :, c], sides[some, :, c]) for c in often]
        if not laws:
            return cls.none(t)
        means, covariances = zip(*laws, strict=True)
        return cls(often, np.stack(means).astype(np.float32), np.stack(covariances).astype(np.float32))

    def encode(self, x: Floats, mask: Floats, sides: Sides) -> Floats:
        """Return completed windows; ``sides`` ``(n, t, c)``: -1 at a bound below, 1 at one above, 0 elsewhere."""
        if not len(self.channels):
            return x
        out = x.copy()
        for c, mean, covariance in zip(self.channels, self.means, self.covariances, strict=True):
            told = _completed(x[..., c].astype(np.float64), mask[..., c], sides[..., c], mean, covariance)
            out[..., c] = np.where(sides[..., c] != 0, told, x[..., c])
        return out


def _law(x: Doubles, mask: Floats, sides: Sides) -> tuple[Doubles, Doubles]:
    """Return the mean and the covariance of completed windows ``(n, t)``."""
    known = np.where(mask > 0, x, 0.0)
    mean = known.sum(0) / np.maximum((mask > 0).sum(0), 1)
    whole = np.where(mask > 0, x, mean)
    covariance = _covariance(whole)
    for _ in range(ROUNDS):
        whole = _completed(x, mask, sides, mean, covariance)
        mean, covariance = whole.mean(0), _covariance(whole)
    return mean, covariance


def _covariance(whole: Doubles) -> Doubles:
    off = whole - whole.mean(0)
    covariance = off.T @ off / len(off)
    return covariance + RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))


def _completed(x: Doubles, mask: Floats, sides: Sides, mean: NDArray[Any], covariance: NDArray[Any]) -> Doubles:
    """Return windows ``(n, t)`` with what is at a bound, or was not observed, told by the rest."""
    known = (mask > 0) & (sides == 0)
    ask = np.flatnonzero(~known.all(1))
    both = known[ask, :, None] & known[ask, None, :]
    square = np.where(both, covariance, np.eye(x.shape[1]))
    off = np.where(known[ask], x[ask] - mean, 0.0)
    expected = mean + np.linalg.solve(square, off[..., None])[..., 0] @ covariance
    out = x.copy()
    beyond = np.where(sides[ask] < 0, np.minimum(expected, x[ask]), np.maximum(expected, x[ask]))
    out[ask] = np.where(known[ask], x[ask], np.where(sides[ask] != 0, beyond, expected))
    return out
