"""The smoothed bootstrap of few windows: each is mixed of some that are near each other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.data.alignment import near_ones
from rcgan.networks.clocks import told_at, when
from rcgan.networks.mixture import one_of

__all__ = ["Bootstrap", "Mixing", "neighbours"]

MOST = 500  # windows that are kept
BEYOND = 0.02  # of the range of a label's windows, by which those made may leave it

Floats = NDArray[np.floating[Any]]


class Mixing(NamedTuple):
    """How a label's windows are mixed: of how many near ones, and whether they go by clocks."""

    near: int
    clocked: bool


class Bootstrap(nn.Module):
    r"""Turn white noise into windows mixed of a few that are near each other.

    .. math:: x = \mu_j + \frac{1}{\sqrt{k - 1}} \sum_{i \in N_j} w_i (x_i - \mu_j)
                = \sum_{i \in N_j} s_i x_i, \qquad s_i = \frac1k + \frac{w_i - \bar w}{\sqrt{k - 1}}, \qquad
              \mu_j = \frac1k \sum_{i \in N_j} x_i, \quad w_i \sim N(0, 1)

    with the ``k`` windows :math:`N_j` nearest to a window :math:`j` drawn at random, itself one of them: a mixture of
    normal laws as in Vincent, Bengio (2003), "Manifold Parzen windows", eq. 3, in all directions that the neighbours
    differ in. Where k is all of them it is one normal law. Shapes that few windows show in two kinds, or bent, are no
    normal law's, and are kept by what is near.

    By clocks, what happens in window j at step t happens in its neighbour i at :math:`\gamma_{ij}(t)`, and both what is
    shown and when are mixed, by the same shares:

    .. math:: x(\gamma(t)) = \sum_i s_i\, x_i(\gamma_{ij}(t)), \qquad \gamma(t) = \sum_i s_i\, \gamma_{ij}(t)

    so that what all of them show at one time stays there, and what comes sooner or later is not blurred. Rough windows
    are taken at their own steps, the nearest ones: between two of them noise is quieter, and edges are slopes.

    Of many windows, what is near is near enough for noise to be most of what differs, and the weights have their usual
    length, :math:`\sum_i (w_i - \bar w)^2 = k - 1`: that makes it as loud in each. Few windows are told to be the more
    alike the shorter the weights are, and all lengths are needed. Where one of many leaves the range of the label's
    windows by more than a fiftieth of it, all its shares are brought nearer to :math:`1 / k` until it does no more: a
    new real one is beyond all others by a chance of two in as many.

    Args:
        steps: of a window.
        width: numbers at each step.
        windows: how many there are to learn from: 500 are kept at most.
        near: how many a window is mixed of; of no more than there is noise for.
        clocked: whether by clocks.
        rough: whether windows have noise or edges.
        many: whether there are many.

    Shapes:
        ``forward(e (b, t, s))`` to ``(b, t, width)``, with ``s`` at least ``width``.
    """

    windows: Tensor
    nearest: Tensor
    late: Tensor
    count: Tensor

    def __init__(
        self,
        steps: int,
        width: int,
        windows: int,
        near: int,
        *,
        clocked: bool = False,
        rough: bool = False,
        many: bool = False,
    ) -> None:
        super().__init__()
        kept, near = min(windows, MOST), min(near, steps * width - 1)
        self.clocked, self.rough, self.many = clocked, rough, many
        self.register_buffer("windows", torch.zeros(kept, steps, width))
        self.register_buffer("nearest", torch.zeros(kept, near, dtype=torch.long))
        self.register_buffer("late", torch.zeros(kept, near, steps if clocked else 0))
        self.register_buffer("count", torch.ones(1))

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Keep windows ``(n, t, width)`` without holes, some of all, which are near which, and by what clocks."""
        kept = min(len(x), len(self.windows))
        x = x[torch.arange(kept) * len(x) // kept]
        self.take(x, *neighbours(x.double().cpu().numpy(), self.nearest.shape[1], clocked=self.clocked))

    @torch.no_grad()
    def take(self, x: Tensor, nearest: NDArray[np.intp], late: Floats) -> None:
        """Keep windows ``(n, t, width)``, which are near which, and how much later: as :func:`neighbours` says."""
        n, k = len(x), self.nearest.shape[1]
        of = np.arange(k) % nearest.shape[1]
        self.windows[:n], self.nearest[:n] = x, torch.from_numpy(nearest[:, of])
        self.late[:n] = torch.from_numpy(late[:, of])
        self.count.fill_(n)

    def forward(self, e: Tensor) -> Tensor:
        """Return the windows."""
        k = self.nearest.shape[1]
        white = e.flatten(1)
        which = one_of(white[:, 0], self.count)
        w = white[:, 1 : 1 + k]
        w = w - w.mean(1, keepdim=True)
        shares = 1 / k + (F.normalize(w) if self.many else w / (k - 1) ** 0.5)
        mixed, mean = (self._by_clocks if self.clocked else self._as_they_are)(which, shares)
        return self._within(mixed, mean) if self.many else mixed

    def _as_they_are(self, which: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
        """Return windows mixed of those near the ones that are named, ``(b,)``, by shares ``(b, k)``; and means."""
        near, flat = self.nearest[which], self.windows.flatten(1)
        of = shares.new_zeros(len(which), len(flat))
        mixed, mean = (
            of.scatter_add(1, near, part) @ flat for part in (shares, torch.full_like(shares, 1 / len(near.T)))
        )
        return mixed.view(-1, *self.windows.shape[1:]), mean.view(-1, *self.windows.shape[1:])

    def _by_clocks(self, which: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
        """Return the same of windows by their clocks."""
        near, late = self.nearest[which], self.late[which]
        step = when(torch.einsum("bk,bkt->bt", shares, late))
        step = step.round() if self.rough else step
        mixed, mean = torch.zeros_like(self.windows[which]), torch.zeros_like(self.windows[which])
        for i in range(near.shape[1]):  # one after the other: all at once take k times the memory
            there = step + told_at(late[:, i, :, None], step)[..., 0]
            there = there.round() if self.rough else there
            told = told_at(self.windows[near[:, i]], there)
            mixed, mean = mixed + shares[:, i, None, None] * told, mean + told / near.shape[1]
        return mixed, mean

    def _within(self, mixed: Tensor, mean: Tensor) -> Tensor:
        """Bring windows that leave the range of those kept nearer to their mean, until they do no more."""
        kept = self.windows[: int(self.count)]
        low, high = kept.amin((0, 1)), kept.amax((0, 1))
        low, high = low - BEYOND * (high - low), high + BEYOND * (high - low)
        off = mixed - mean
        room = torch.where(off > 0, high - mean, mean - low).clamp_min(0) / off.abs().clamp_min(1e-12)
        return mean + off * room.amin((1, 2), keepdim=True).clamp_max(1)


def neighbours(x: NDArray[np.float64], k: int, *, clocked: bool) -> tuple[NDArray[np.intp], Floats]:
    """Return the ``k`` windows nearest to each, ``(n, k)``, and how many steps later they are, ``(n, k, t or 0)``."""
    k = min(k, len(x))
    if clocked:
        nearest, clock = near_ones(x, k)
        return nearest, clock - np.arange(x.shape[1])
    flat = x.reshape(len(x), -1)
    return cdist(flat, flat).argsort(1, kind="stable")[:, :k], np.zeros((len(x), k, 0))
