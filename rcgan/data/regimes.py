"""Regimes: the operating points that windows gather around, found by clustering their levels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.cluster import KMeans

from rcgan.threads import one_thread

__all__ = ["Regimes"]

Floats = NDArray[np.float32]
MOST = 64
WINDOWS = 100  # per regime, on average
FEWEST = 20  # windows of a regime; the windows of a smaller one go to the nearest other
KNOTS = 129
NARROW = 5e-3  # least standard deviation of a channel within a regime, in its overall ones


@dataclass(frozen=True, eq=False)
class Regimes:
    r"""Standardise each window by the mean and standard deviation of its regime, and say which regime it is.

    Machines dwell at operating points: narrow bands of level that differ between runs. A generator conditioned on the
    regime need not find the bands, and a critic sees their fine structure:

    .. math:: x' = (x - \mu_r) / \sigma_r, \qquad r = \arg\min_k |\phi(x) - c_k|

    where :math:`\phi` is the mean of each channel over the window, mapped to normal scores (shares of categories:
    standardised). Liu et al. (2020), "Diverse image generation via self-conditioned GANs", section 3, with levels in
    the place of a critic's features. All in model space, ``(n, t, D)`` with the ``c`` continuous channels first.

    Args:
        knots: quantiles of the windows' means of every channel, ``(D, KNOTS)``; of a category's shares, mean and sd.
        centres: ``(k, D)``.
        means: ``(k, c)``.
        sds: ``(k, c)``.

    >>> Regimes.none(2).count
    1
    """

    knots: Floats
    centres: Floats
    means: Floats
    sds: Floats

    @classmethod
    def none(cls, continuous: int) -> Self:
        """Return a single regime, which changes nothing."""
        empty = np.zeros((0, KNOTS), np.float32)
        ones = np.ones((1, continuous), np.float32)
        return cls(empty, np.zeros((1, 0), np.float32), 0 * ones, ones)

    @classmethod
    def fit(cls, x: Floats, mask: Floats, continuous: int, windows: int, seed: int) -> Self:
        """Find the regimes of ``windows`` windows, of which ``x`` and ``mask`` ``(n, t, D)`` are all or some.

        One for every 100 windows, 64 at most, and none of fewer than 20 of those given.
        """
        count = min(MOST, windows // WINDOWS, len(x) // FEWEST)
        if count < 2:
            return cls.none(continuous)
        levels = _levels(x, mask)
        knots = np.nan_to_num(np.nanquantile(levels, np.linspace(0, 1, KNOTS), axis=0).T).astype(np.float32)
        knots[continuous:, 0] = np.nan_to_num(np.nanmean(levels[:, continuous:], axis=0))
        knots[continuous:, 1] = np.nan_to_num(np.nanstd(levels[:, continuous:], axis=0))
        places = _scores(levels, knots, continuous)
        with one_thread():  # sums of several threads differ from run to run
            found = KMeans(count, random_state=seed).fit(places)
        sizes = np.bincount(found.predict(places), minlength=count)
        centres = found.cluster_centers_[sizes >= FEWEST].astype(np.float32)
        ones = np.ones((len(centres), continuous), np.float32)
        return cls(knots, centres, 0 * ones, ones).over([(x, mask)])

    def over(self, parts: Iterable[tuple[Floats, Floats]]) -> Self:
        """Return the same regimes with the means and standard deviations of other windows, given some at a time.

        A regime's rare events, such as snow, may all lie outside the windows that it was found by.
        """
        if self.count == 1:
            return self
        c = self.means.shape[1]
        sums = np.zeros((3, *self.means.shape))
        for x, mask in parts:
            seen = mask[..., :c].astype(np.float64)
            values = x[..., :c] * seen
            told = np.eye(self.count)[self.of(x, mask)]
            sums += [told.T @ part.sum(1) for part in (seen, values, values**2)]
        count = np.maximum(sums[0], 1)
        means = sums[1] / count
        sds = np.sqrt(np.maximum(sums[2] / count - means**2, NARROW**2))
        sds = np.where(sums[0] > 0, sds, 1.0)
        return replace(self, means=means.astype(np.float32), sds=sds.astype(np.float32))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.centres)

    @property
    def width(self) -> int:
        """How many numbers tell the regime to a network: one each, or none if there is only one."""
        return self.count if self.count > 1 else 0

    def of(self, x: Floats, mask: Floats) -> NDArray[np.int32]:
        """Return the regime of each window, ``(n,)``."""
        if self.count == 1:
            return np.zeros(len(x), np.int32)
        places = _scores(_levels(x, mask), self.knots, self.means.shape[1])
        distance = (self.centres**2).sum(1) - 2 * places @ self.centres.T
        return distance.argmin(1).astype(np.int32)

    def tell(self, regime: NDArray[np.int32]) -> Floats:
        """Return the regimes ``(n,)`` as a network is told them: one-hot, ``(n, width)``."""
        return (regime[:, None] == np.arange(self.width)).astype(np.float32)

    def encode(self, x: Floats, mask: Floats, regime: NDArray[np.int32]) -> Floats:
        """Return windows ``(n, t, D)`` standardised within their regimes; 0 where nothing was observed."""
        c = self.means.shape[1]
        inner = (x[..., :c] - self.means[regime][:, None]) / self.sds[regime][:, None] * mask[..., :c]
        return np.concatenate([inner, x[..., c:]], axis=-1)

    def decode(self, x: Floats, regime: NDArray[np.int32]) -> Floats:
        """Undo :meth:`encode`."""
        c = self.means.shape[1]
        outer = x[..., :c] * self.sds[regime][:, None] + self.means[regime][:, None]
        return np.concatenate([outer, x[..., c:]], axis=-1)


def _levels(x: Floats, mask: Floats) -> NDArray[np.float64]:
    """Mean over time of what was observed of each channel, ``(n, D)``; NaN where nothing was."""
    count = mask.sum(1, dtype=np.float64)
    total = (x * mask).sum(1, dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _scores(levels: NDArray[np.float64], knots: Floats, continuous: int) -> Floats:
    """Normal scores of levels and standardised shares, ``(n, D)``; 0 where there is no level."""
    shares = np.linspace(0, 1, KNOTS)
    out = np.zeros(levels.shape)
    for k in range(levels.shape[1]):
        if k < continuous:
            out[:, k] = ndtri(np.interp(levels[:, k], knots[k], shares).clip(0.5 / KNOTS, 1 - 0.5 / KNOTS))
        else:
            out[:, k] = (levels[:, k] - knots[k, 0]) / max(float(knots[k, 1]), NARROW)
    return np.nan_to_num(out).astype(np.float32)
