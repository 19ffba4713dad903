"""Noise of the training windows' own colour, and a generator that writes what such noise lacks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.marginals import Marginals

__all__ = ["ColouredGenerator", "ColouredNoise"]

VALUES = 2048  # of a block of steps: within it every covariance is kept
RIDGE = 1.0  # windows that a mean under a condition counts as having seen of the overall one


class ColouredNoise(nn.Module):
    r"""Turn white noise into noise with the training windows' means and covariances, given the condition.

    .. math:: g = B [y, 1] + V \operatorname{diag}(s_r)\, e, \qquad e \sim N(0, I)

    over all steps and channels at once: ``B`` is a ridge regression of the windows on their condition, the columns of
    ``V`` are the principal components of what that leaves, and :math:`s_r` their standard deviations in regime
    ``r``: common principal components, Flury (1984), "Common principal components in k groups", eq. 1.1. A long
    window is a chain of blocks of steps, beside the mean :math:`g_j = A g_{j-1} + V' \operatorname{diag}(s'_r) e_j`
    with the same ``A``, ``V'`` and ``s'`` for all blocks, so that cost and memory grow with the length and no faster.
    What jumps about is told by normal scores, of which :meth:`written` makes windows.

    Args:
        steps: of a window.
        channels: continuous ones.
        condition: width of the condition, whose last columns are the regime as one-hot, if there are several.
        regimes: how many there are.

    Shapes:
        ``forward(e (b, t, channels), y (b, condition))`` to ``(b, t, channels)``, standardised within the regime.
    """

    mean: Tensor
    vectors: Tensor
    scales: Tensor
    carry: Tensor

    def __init__(self, steps: int, channels: int, condition: int, regimes: int) -> None:
        super().__init__()
        self.steps, self.channels, self.condition, self.regimes = steps, channels, condition, regimes
        self.blocks = -(-steps // max(1, VALUES // channels))
        self.size = -(-steps // self.blocks)
        n, laws = self.size * channels, min(self.blocks, 2)
        self.marginals = Marginals(channels, regimes)
        self.register_buffer("mean", torch.zeros(condition + 1, steps * channels))
        self.register_buffer("vectors", torch.zeros(laws, n, n))
        self.register_buffer("scales", torch.zeros(laws, regimes, n))
        self.register_buffer("carry", torch.zeros(laws - 1, n, n))

    def regime(self, y: Tensor) -> Tensor:
        """Return the regime as one-hot, ``(b, regimes)``."""
        return y[:, self.condition - self.regimes :] if self.regimes > 1 else y.new_ones(len(y), 1)

    def blocked(self, x: Tensor) -> Tensor:
        """Lay the steps of each block side by side, ``(b, t, k)`` to ``(b, blocks, size k)``."""
        return F.pad(x, (0, 0, 0, -x.shape[1] % self.size)).unflatten(1, (self.blocks, self.size)).flatten(2)

    @torch.no_grad()
    def fit(self, x: Tensor, mask: Tensor, y: Tensor) -> None:
        """Take means and covariances from training windows.

        Args:
            x: windows, standardised within their regimes, ``(n, t, channels)``.
            mask: which of their cells were observed.
            y: their condition, ``(n, condition)``.
        """
        regime, told = self.regime(y).double(), _with_one(y).double()
        seen = mask.double()
        wide = self.marginals.fit(x.double(), seen, regime)
        usual = (wide * seen).sum((0, 1)) / seen.sum((0, 1)).clamp_min(1)
        known = torch.where(seen > 0, wide, usual).flatten(1)
        weight = torch.full((told.shape[1],), RIDGE, dtype=torch.float64)
        weight[-1] = 1e-6
        self.mean.copy_(torch.linalg.solve(told.T @ told + weight.diag(), told.T @ known))
        apart = self.blocked((wide - self._mean(y).double()) * seen)
        seen = self.blocked(seen)
        first = self.marginals.latent(_covariance(apart[:, 0], seen[:, 0]))
        self._fit_law(0, first, apart[:, 0], regime)
        if self.blocks > 1:
            n = len(first)
            pairs, on = (torch.cat([part[:, :-1], part[:, 1:]], 2).flatten(0, 1) for part in (apart, seen))
            both = self.marginals.latent(_covariance(pairs, on))
            gram, against = both[:n, :n], both[:n, n:]
            carry = torch.linalg.solve(gram + 1e-6 * gram.diagonal().mean() * torch.eye(n, dtype=gram.dtype), against)
            self.carry[0].copy_(carry)
            left = (pairs[:, n:] - pairs[:, :n] @ carry) * on[:, n:]
            self._fit_law(1, both[n:, n:] - against.T @ carry, left, regime.repeat_interleave(self.blocks - 1, 0))

    def _fit_law(self, law: int, covariance: Tensor, apart: Tensor, regime: Tensor) -> None:
        values, vectors = (part.flip(-1) for part in torch.linalg.eigh(covariance))
        vectors *= vectors.gather(0, vectors.abs().argmax(0, keepdim=True)).sign()  # the same whatever is padded
        shown = (apart @ vectors).square()
        pooled = shown.mean(0)
        each = regime.T @ shown / regime.sum(0).clamp_min(1)[:, None]  # not shrunk: regimes may be narrow by far
        each = each * torch.where(pooled > 0, values.clamp_min(0) / pooled, 0.0)
        self.vectors[law].copy_(vectors.T)
        self.scales[law].copy_(each.sqrt())

    def forward(self, e: Tensor, y: Tensor) -> Tensor:
        """Return the windows; 0 in steps beyond those fitted."""
        regime, whole = self.regime(y), self.blocks * self.size
        enough = torch.cat([e, e[:, : whole - self.steps]], 1)[:, :whole]  # also where the last block is cut
        white = self.blocked(enough)
        g = [(white[:, 0] * (regime @ self.scales[0])) @ self.vectors[0]]
        if self.blocks > 1:
            fresh = (white[:, 1:] * (regime @ self.scales[1])[:, None]) @ self.vectors[1]
            for j in range(self.blocks - 1):
                g.append(g[-1] @ self.carry[0] + fresh[:, j])
        apart = torch.stack(g, 1).unflatten(2, (self.size, self.channels)).flatten(1, 2)[:, : self.steps]
        return F.pad(self._mean(y) + apart, (0, 0, 0, e.shape[1] - self.steps))

    def written(self, g: Tensor, y: Tensor) -> Tensor:
        """Return the windows that are made of the normal numbers that :meth:`forward` returns."""
        return self.marginals(g, self.regime(y))

    def _mean(self, y: Tensor) -> Tensor:
        """Return the mean window under a condition, ``(b, t, channels)``."""
        return (_with_one(y) @ self.mean).unflatten(1, (self.steps, self.channels))


class ColouredGenerator(nn.Module):
    r"""Draw coloured noise, and add what another generator writes when it is shown that noise.

    .. math:: x = Q_r(g(e, y)) + G(z, [g, \Delta g, e'], y)

    with :math:`Q_r` of :class:`~rcgan.networks.marginals.Marginals`. What the noise has need not be learned: means,
    covariances, and the laws of what jumps about; :math:`G` starts near 0, and what it learns is the rest.

    Args:
        noise: the law of :math:`g`.
        generator: :math:`G`, whose noise of each step is ``2 channels + (s - channels)`` wide.
        spread: the unit of the differences, by channel.

    Shapes:
        ``forward(z (b, l), e (b, t, s), y (b, k), valid (b, t, 1))`` to ``(b, t, D)``, the continuous channels first;
        0 where ``valid`` is 0. The first ``channels`` of the noises of each step become :math:`g`.
    """

    spread: Tensor

    def __init__(self, noise: ColouredNoise, generator: nn.Module, spread: Tensor) -> None:
        super().__init__()
        self.noise, self.generator = noise, generator
        self.register_buffer("spread", spread.clamp_min(1e-6))

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        c = self.noise.channels
        g = self.noise(e[..., :c], y) * valid
        moves = F.pad(g.diff(dim=1), (0, 0, 1, 0)) / self.spread * valid
        written = self.generator(z, torch.cat([g, moves, e[..., c:]], -1), y, valid)
        windows = written[..., :c] + self.noise.written(g, y) * valid
        return torch.cat([windows, written[..., c:]], -1)


def _with_one(y: Tensor) -> Tensor:
    """Lay a 1 beside every condition."""
    return F.pad(y, (0, 1), value=1.0)


def _covariance(a: Tensor, seen: Tensor) -> Tensor:
    """Return the mean products of centred columns, over the rows that have both."""
    return a.T @ a / (seen.T @ seen).clamp_min(1)
