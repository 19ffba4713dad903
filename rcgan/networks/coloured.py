"""Noise of the training windows' own colour, and a generator that writes what such noise lacks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["ColouredGenerator", "ColouredNoise"]

VALUES = 768  # of a block of steps: within it every covariance is kept
RIDGE = 1.0  # windows that a mean under a condition counts as having seen of the overall one


class ColouredNoise(nn.Module):
    r"""Turn white noise into windows with the training windows' means and covariances, given the condition.

    .. math:: g = B [y, 1] + V \operatorname{diag}(s_r)\, e, \qquad e \sim N(0, I)

    over all steps and channels at once: ``B`` is a ridge regression of the windows on their condition, the columns of
    ``V`` are the principal components of what that leaves, and :math:`s_r` their standard deviations in regime
    ``r``: common principal components, Flury (1984), "Common principal components in k groups", eq. 1.1. A long
    window is a chain of blocks of steps, beside the mean :math:`g_j = A g_{j-1} + V' \operatorname{diag}(s'_r) e_j`
    with the same ``A``, ``V'`` and ``s'`` for all blocks, so that cost and memory grow with the length and no faster.

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
        wide, seen = x.double(), mask.double()
        usual = (wide * seen).sum((0, 1)) / seen.sum((0, 1)).clamp_min(1)
        known = torch.where(seen > 0, wide, usual).flatten(1)
        weight = torch.full((told.shape[1],), RIDGE, dtype=torch.float64)
        weight[-1] = 1e-6
        self.mean.copy_(torch.linalg.solve(told.T @ told + weight.diag(), told.T @ known))
        apart = self.blocked((wide - self._mean(y).double()) * seen)
        seen = self.blocked(seen)
        self._fit_law(0, apart[:, 0], seen[:, 0], regime)
        if self.blocks > 1:
            before, now = apart[:, :-1].flatten(0, 1), apart[:, 1:].flatten(0, 1)
            was, on = seen[:, :-1].flatten(0, 1), seen[:, 1:].flatten(0, 1)
            gram, against = _covariance(before, before, was, was), _covariance(before, now, was, on)
            gram += 1e-6 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
            self.carry[0].copy_(torch.linalg.solve(gram, against))
            left = (now - before @ self.carry[0].double()) * on
            self._fit_law(1, left, on, regime.repeat_interleave(self.blocks - 1, 0))

    def _fit_law(self, law: int, apart: Tensor, seen: Tensor, regime: Tensor) -> None:
        values, vectors = (part.flip(-1) for part in torch.linalg.eigh(_covariance(apart, apart, seen, seen)))
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

    def _mean(self, y: Tensor) -> Tensor:
        """Return the mean window under a condition, ``(b, t, channels)``."""
        return (_with_one(y) @ self.mean).unflatten(1, (self.steps, self.channels))


class ColouredGenerator(nn.Module):
    r"""Draw coloured noise, and add what another generator writes when it is shown that noise.

    .. math:: x = g(e, y) + G(z, [g, \Delta g, e'], y)

    What the noise has, means and covariances, need not be learned; :math:`G` starts near 0, and what it
    learns is the rest.

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
        return torch.cat([written[..., :c] + g, written[..., c:]], -1)


def _with_one(y: Tensor) -> Tensor:
    """Lay a 1 beside every condition."""
    return F.pad(y, (0, 1), value=1.0)


def _covariance(a: Tensor, b: Tensor, seen: Tensor, too: Tensor) -> Tensor:
    """Return the mean products of two sets of centred columns, over the rows that have both."""
    return a.T @ b / (seen.T @ too).clamp_min(1)
