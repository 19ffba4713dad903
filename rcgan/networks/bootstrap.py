"""The smoothed bootstrap of few windows: each is mixed of some that are near each other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from torch import Tensor, nn

from rcgan.data.alignment import LONG, comes_late, told_by_template
from rcgan.data.labelwise import answers
from rcgan.networks.clocks import by_clock
from rcgan.networks.mixture import one_of

__all__ = ["Bootstrap", "Mixing", "mixings"]

MOST = 500  # windows that are kept
NEAREST = (5, 10, 20)  # windows that one is mixed of, to choose from, up to half of them; and all
SHORT = 8  # steps from which on windows are looked at
FEWEST = 4  # windows that a label must have
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
                = \sum_{i \in N_j} \left(\frac1k + \frac{w_i - \bar w}{\sqrt{k - 1}}\right) x_i, \qquad
              \mu_j = \frac1k \sum_{i \in N_j} x_i, \quad w_i \sim N(0, 1)

    with the ``k`` windows :math:`N_j` nearest to a window :math:`j` drawn at random, itself one of them: a mixture of
    normal laws as in Vincent, Bengio (2003), "Manifold Parzen windows", eq. 3, in all directions that the neighbours
    differ in. Where k is all of them it is one normal law. Shapes that few windows show in two kinds, or bent, are no
    normal law's, and are kept by what is near.

    Args:
        steps: of a window.
        width: numbers at each step.
        windows: how many there are to learn from: 500 are kept at most.
        near: how many a window is mixed of; of no more than there is noise for.

    Shapes:
        ``forward(e (b, t, s))`` to ``(b, t, width)``, with ``s`` at least ``width``.
    """

    windows: Tensor
    nearest: Tensor
    count: Tensor

    def __init__(self, steps: int, width: int, windows: int, near: int) -> None:
        super().__init__()
        kept, near = min(windows, MOST), min(near, steps * width - 1)
        self.register_buffer("windows", torch.zeros(kept, steps, width))
        self.register_buffer("nearest", torch.zeros(kept, near, dtype=torch.long))
        self.register_buffer("count", torch.ones(1))

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Keep windows ``(n, t, width)`` without holes, and which are near which."""
        x = x[: len(self.windows)]
        n, k = len(x), self.nearest.shape[1]
        flat = x.flatten(1).double().cpu().numpy()
        order = cdist(flat, flat).argsort(1, kind="stable")[:, np.arange(k) % n]
        self.windows[:n], self.nearest[:n] = x, torch.from_numpy(order)
        self.count.fill_(n)

    def forward(self, e: Tensor) -> Tensor:
        """Return the windows."""
        k = self.nearest.shape[1]
        white = e.flatten(1)
        which = one_of(white[:, 0], self.count)
        w = white[:, 1 : 1 + k]
        shares = 1 / k + (w - w.mean(1, keepdim=True)) / (k - 1) ** 0.5
        mixed = white.new_zeros(len(e), len(self.windows)).scatter_add(1, self.nearest[which], shares)
        return (mixed @ self.windows.flatten(1)).unflatten(1, self.windows.shape[1:])


def mixings(x: Floats, mask: Floats, labels: NDArray[np.integer[Any]], seed: int) -> dict[int, Mixing]:
    r"""Return how each label's few windows are to be mixed: so that nearest neighbours tell least.

    Of ``n`` windows and as many mixed of them, half of the real windows should have a real one as their nearest, and
    half of the mixed ones a mixed one. Copies are nearer to real windows than these are to each other; sums of many,
    or by clocks that nothing goes by, lie apart. Schilling (1986), "Multivariate two-sample tests based on nearest
    neighbors". Tried are 5, 10, 20 and all windows, each as they are and, from 40 steps on, by clocks of their own
    (:func:`~rcgan.data.alignment.clocks`); by these alone, where alignment shows that one shape comes sooner or later
    (:func:`~rcgan.data.alignment.comes_late`). Windows of less than 8 steps, and labels
    with holes, unequal lengths or less than 4 windows, are left out.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        seed: of what is mixed.
    """
    return answers(_least_told, x, mask, labels, seed, shortest=SHORT, fewest=FEWEST, most=ASKED)


def _least_told(x: NDArray[np.float64], rng: np.random.Generator) -> Mixing:
    """Return how windows are mixed so that nearest neighbours tell least."""
    n, t = x.shape[:2]
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    told: dict[bool, Floats] = {False: x} if t < LONG or not comes_late(x, rng) else {}
    if t >= LONG:
        told[True] = told_by_template(x)
    found: dict[Mixing, float] = {}
    for clocked, windows in told.items():
        for near in (*(k for k in NEAREST if k <= n // 2), n):
            law = Bootstrap(t, windows.shape[2], n, near)
            law.fit(torch.from_numpy(windows))
            made = law(torch.randn(DRAWS * n, *windows.shape[1:], generator=generator))
            made = by_clock(made[..., :-1], made[..., -1]) if clocked else made
            found[Mixing(near, clocked)] = _told(x, made.double().numpy())
    return min(found, key=lambda mixing: found[mixing])


def _told(real: Floats, made: Floats) -> float:
    """Return how far nearest neighbours are from telling nothing of windows ``(n, ...)`` and sets of n made ones.

    >>> line = np.arange(40.0)[:, None]
    >>> copies, far, other = line + 0.01, line + 1000, np.random.default_rng(0).uniform(0, 40, (40, 1))
    >>> _told(line, copies), _told(line, far), _told(line, other) < 0.5
    (1.0, 1.0, True)
    """
    flat = real.reshape(len(real), -1)
    between = cdist(flat, flat)
    np.fill_diagonal(between, np.inf)
    shares: list[tuple[float, float]] = []
    for some in made.reshape(-1, *flat.shape):
        across, within = cdist(some, flat), cdist(some, some)
        np.fill_diagonal(within, np.inf)
        shares.append(((between.min(1) < across.min(0)).mean(), (within.min(1) < across.min(1)).mean()))
    return float(np.abs(np.mean(shares, axis=0) - 0.5).sum())
