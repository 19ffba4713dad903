"""A generator of smooth curves whose windows vary in every direction as real ones do."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rcgan.networks.conditions import first

__all__ = ["PrincipalGenerator"]

MOST = 64  # directions of a channel with a gain each; the others have one together
ENOUGH = 8  # windows a step of a label, without which the smallest variances are not known
LOUDEST = 2.0  # largest gain
FAINT = 1e-12


class PrincipalGenerator(nn.Module):
    r"""Give each principal direction of what another generator writes the size that it has in real windows.

    .. math:: x' = \mu + \sum_k \min\!\Big(2, \frac{s_k}{\sigma_k}\Big)\, v_k v_k^\top (x - \bar x)

    with the mean :math:`\mu`, the principal directions :math:`v_k` over the steps and the standard deviations
    :math:`s_k` of real windows of a label, for each channel, and the mean :math:`\bar x` and standard deviations
    :math:`\sigma_k` of what is written. A smooth curve has next to nothing in most directions, and a network that
    writes it step by step leaves its errors in all of them. Nothing is changed before :meth:`fit`, which comes after
    training: critics before which errors are put right teach less. Directions beyond the first 64 have one gain
    together. Pearson (1901), "On lines and planes of closest fit to systems of points in space".

    Args:
        generator: what writes the windows.
        steps: of a window.
        channels: of a window.
        labels: how many the first columns of the condition tell, 0 for none.

    Shapes:
        As the generator's: ``(b, t, channels)``.
    """

    before: Tensor
    after: Tensor
    directions: Tensor
    gains: Tensor
    rest: Tensor

    def __init__(self, generator: nn.Module, steps: int, channels: int, labels: int) -> None:
        super().__init__()
        self.generator, self.labels = generator, labels
        self.states, rank = max(1, labels), min(steps, MOST)
        self.register_buffer("before", torch.zeros(self.states, steps, channels))
        self.register_buffer("after", torch.zeros(self.states, steps, channels))
        self.register_buffer("directions", torch.zeros(self.states, channels, steps, rank))
        self.register_buffer("gains", torch.ones(self.states, channels, rank))
        self.register_buffer("rest", torch.ones(self.states, channels))

    def state(self, y: Tensor) -> Tensor:
        """Return the label of each window, ``(b,)``; 0 where there are none."""
        return first(y, self.labels)

    @torch.no_grad()
    def fit(self, real: Tensor, state: Tensor, made: Tensor, made_state: Tensor) -> None:
        """Learn from real windows ``(n, t, c)`` without holes and made ones ``(m, t, c)``, and the label of each.

        A label of fewer than eight windows a step keeps what is written.
        """
        for k in range(self.states):
            its, theirs = state == k, made_state == k
            if int(its.sum()) >= ENOUGH * real.shape[1]:
                for c in range(real.shape[-1]):
                    one, two = real[its, :, c].double(), made[theirs, :, c].double()
                    self.after[k, :, c], self.before[k, :, c] = one.mean(0), two.mean(0)
                    self._take(k, c, one - one.mean(0), two - two.mean(0))

    def _take(self, state: int, channel: int, real: Tensor, made: Tensor) -> None:
        """Take a channel's directions, and the gains that bring made windows ``(n, t)``, of mean 0, to real ones."""
        vectors = torch.linalg.eigh(real.T @ real)[1].flip(1)[:, : self.gains.shape[-1]]
        self.directions[state, channel] = vectors
        (s, left), (sigma, made_left) = (self._powers(x, vectors) for x in (real, made))
        self.gains[state, channel] = (s / sigma.clamp_min(FAINT)).sqrt().clamp_max(LOUDEST)
        self.rest[state, channel] = (left / made_left.clamp_min(FAINT)).sqrt().clamp_max(LOUDEST)

    def _powers(self, x: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Return how much is in each direction, ``(rank,)``, and in what is left."""
        along = x @ vectors
        return along.square().mean(0), (x - along @ vectors.T).square().sum(1).mean()

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        x = self.generator(z, e, y, valid)
        if self.training:
            return x
        state, out = self.state(y), torch.zeros_like(x)
        for k in range(self.states):
            out[state == k] = self._changed(x[state == k], k)
        return out * valid

    def _changed(self, x: Tensor, k: int) -> Tensor:
        """Return windows of a label, each direction at its size."""
        steps = x.shape[1]
        off, rest, vectors = x - self.before[k, :steps], self.rest[k], self.directions[k, :, :steps]
        along = torch.einsum("btc,ctr->bcr", off, vectors)
        changed = torch.einsum("bcr,ctr->btc", along * (self.gains[k] - rest[:, None]), vectors)
        return self.after[k, :steps] + rest * off + changed
