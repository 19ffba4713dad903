"""The smoothed bootstrap of few windows: each is mixed of some that are near each other."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from torch import Tensor, nn

from rcgan.data.alignment import LONG, comes_late, near_ones
from rcgan.data.labelwise import answers
from rcgan.networks.clocks import told_at, when
from rcgan.networks.mixture import one_of

__all__ = ["Bootstrap", "Mixing", "mixings"]

MOST = 500  # windows that are kept
NEAREST = (5, 7, 10, 14, 20, 28, 40)  # windows that one is mixed of, up to half of them, or else all;
LEAST = 3  # ... of very few windows
CLOCKED = 20  # windows, at most, that one is mixed of by clocks
WORSE = 0.2  # by which nearest neighbours may tell more where windows go by clocks
COPIED = 0.4  # share of real windows that have a real one as their nearest, below which more are mixed
SHORT = 8  # steps from which on windows are looked at
FEWEST = 4  # windows without holes that a label must have,
WHOLE = 0.5  # ... and share of its windows that must be so: those are mixed
ASKED = 100  # windows of a label that are compared with what is mixed of them,
DRAWS = 8  # ... as often

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

    Args:
        steps: of a window.
        width: numbers at each step.
        windows: how many there are to learn from: 500 are kept at most.
        near: how many a window is mixed of; of no more than there is noise for.
        clocked: whether by clocks.
        rough: whether windows have noise or edges.

    Shapes:
        ``forward(e (b, t, s))`` to ``(b, t, width)``, with ``s`` at least ``width``.
    """

    windows: Tensor
    nearest: Tensor
    late: Tensor
    count: Tensor

    def __init__(
        self, steps: int, width: int, windows: int, near: int, *, clocked: bool = False, rough: bool = False
    ) -> None:
        super().__init__()
        kept, near = min(windows, MOST), min(near, steps * width - 1)
        self.clocked, self.rough = clocked, rough
        self.register_buffer("windows", torch.zeros(kept, steps, width))
        self.register_buffer("nearest", torch.zeros(kept, near, dtype=torch.long))
        self.register_buffer("late", torch.zeros(kept, near, steps if clocked else 0))
        self.register_buffer("count", torch.ones(1))

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Keep windows ``(n, t, width)`` without holes, which are near which, and by what clocks."""
        x = x[: len(self.windows)]
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
        shares = 1 / k + (w - w.mean(1, keepdim=True)) / (k - 1) ** 0.5
        if self.clocked:
            return self._by_clocks(which, shares)
        mixed = white.new_zeros(len(e), len(self.windows)).scatter_add(1, self.nearest[which], shares)
        return (mixed @ self.windows.flatten(1)).unflatten(1, self.windows.shape[1:])

    def _by_clocks(self, which: Tensor, shares: Tensor) -> Tensor:
        """Return windows mixed of those near the ones that are named, ``(b,)``, by shares ``(b, k)``."""
        near, late = self.nearest[which], self.late[which]
        step = when(torch.einsum("bk,bkt->bt", shares, late))
        mixed = torch.zeros_like(self.windows[which])
        for i in range(near.shape[1]):  # one after the other: all at once take k times the memory
            there = step + told_at(late[:, i, :, None], step)[..., 0]
            there = there.round() if self.rough else there
            mixed = mixed + shares[:, i, None, None] * told_at(self.windows[near[:, i]], there)
        return mixed


def neighbours(x: NDArray[np.float64], k: int, *, clocked: bool) -> tuple[NDArray[np.intp], Floats]:
    """Return the ``k`` windows nearest to each, ``(n, k)``, and how many steps later they are, ``(n, k, t or 0)``."""
    k = min(k, len(x))
    if clocked:
        nearest, clock = near_ones(x, k)
        return nearest, clock - np.arange(x.shape[1])
    flat = x.reshape(len(x), -1)
    return cdist(flat, flat).argsort(1, kind="stable")[:, :k], np.zeros((len(x), k, 0))


def mixings(x: Floats, mask: Floats, labels: NDArray[np.integer[Any]], seed: int, *, rough: bool) -> dict[int, Mixing]:
    r"""Return how each label's few windows are to be mixed: by clocks or not, and of how many.

    Of ``n`` windows and as many mixed of them, half of the real windows should have a real one as their nearest, and
    half of the mixed ones a mixed one, by values and by moves. Copies are nearer to real windows than these are to each
    other; sums of many, or by clocks that nothing goes by, lie apart. Schilling (1986), "Multivariate two-sample tests
    based on nearest neighbors". From 40 steps on, windows go by clocks (:func:`~rcgan.data.alignment.near_ones`),
    unless nearest neighbours tell clearly more then; in any case where alignment shows that one shape comes sooner or
    later (:func:`~rcgan.data.alignment.comes_late`). Five are mixed, as by Chawla and others (2002), "SMOTE", or more
    where these are copies: less than .4 of the real windows have a real one as their nearest. Windows of less than 8
    steps are left out, and so are labels with less than 4 windows, or less than half of them, that are whole: without
    holes and as long as the longest.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        seed: of what is mixed.
        rough: whether windows have noise or edges.
    """
    return answers(
        partial(_mixing, rough=rough), x, mask, labels, seed, shortest=SHORT, fewest=FEWEST, most=ASKED, share=WHOLE
    )


def _mixing(x: NDArray[np.float64], rng: np.random.Generator, *, rough: bool) -> Mixing:
    """Return how windows are to be mixed."""
    n, t = x.shape[:2]
    half = max(LEAST, n // 2)
    few = [k for k in NEAREST if k <= half] or [half]
    timed = _found(x, [k for k in few if k <= CLOCKED], rng, clocked=True, rough=rough) if t >= LONG else {}
    plain = {} if timed and comes_late(x, rng) else _found(x, [*few, n], rng, clocked=False, rough=rough)
    clocked = _least(timed) < _least(plain) + WORSE
    found = timed if clocked else plain
    return Mixing(next((near for near, told in found.items() if told.kept >= COPIED), max(found)), clocked)


class Told(NamedTuple):
    """What nearest neighbours tell of mixed windows."""

    kept: float  # share of real windows that have a real one as their nearest
    apart: float  # how far that share and the mixed windows' are from a half, the mean of values and of moves


def _found(
    x: NDArray[np.float64], each: list[int], rng: np.random.Generator, *, clocked: bool, rough: bool
) -> dict[int, Told]:
    """Return what nearest neighbours tell where so many windows each are mixed."""
    (n, t, c), generator = x.shape, torch.Generator().manual_seed(int(rng.integers(2**31)))
    kept, found = neighbours(x, max(each), clocked=clocked), dict[int, Told]()
    for near in each:
        law = Bootstrap(t, c, n, near, clocked=clocked, rough=rough)
        law.take(torch.from_numpy(x), *kept)
        made = law(torch.randn(DRAWS * n, t, c, generator=generator)).double().numpy()
        values, moves = _shares(x, made), _shares(np.diff(x, axis=1), np.diff(made, axis=1))
        found[near] = Told(values[0], float(np.abs(np.subtract([values, moves], 0.5)).sum() / 2))
    return found


def _least(found: dict[int, Told]) -> float:
    """Return how little can be told."""
    return min((told.apart for told in found.values()), default=np.inf)


def _shares(real: Floats, made: Floats) -> tuple[float, float]:
    """Return how many of ``n`` windows, and of sets of as many made ones, have one of their own kind as their nearest.

    >>> line = np.arange(40.0)[:, None]
    >>> copies, far, other = line + 0.01, line + 1000, np.random.default_rng(0).uniform(0, 40, (400, 1))
    >>> _shares(line, copies), _shares(line, far), np.abs(np.subtract(_shares(line, other), 0.5)).sum() < 0.5
    ((0.0, 0.0), (1.0, 1.0), np.True_)
    """
    flat = real.reshape(len(real), -1)
    between = cdist(flat, flat)
    np.fill_diagonal(between, np.inf)
    shares: list[tuple[float, float]] = []
    for some in made.reshape(-1, *flat.shape):
        across, within = cdist(some, flat), cdist(some, some)
        np.fill_diagonal(within, np.inf)
        shares.append(((between.min(1) < across.min(0)).mean(), (within.min(1) < across.min(1)).mean()))
    mine, theirs = np.mean(shares, axis=0).tolist()
    return mine, theirs
