"""What categories say of the numbers beside them: how high they are, and how far they spread."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["Categories"]

FAINT = 0.3  # standard deviations of a channel, of which ways between means say little
LEAST = 1e-3  # standard deviation: what is the same number throughout a category varies by no more


class Categories(nn.Module):
    r"""Tell numbers in units of the category that they come with, in each regime.

    .. math:: z_t = \frac{x_t - \mu_{r k_t}}{\sigma_{r k_t}}

    for category :math:`k_t` of step ``t`` and regime ``r``; of several categorical channels, one after the other. So a
    distance that is small while a machine runs is as small, beside what is usual, when it idles. A category that a
    regime does not have is told as in all regimes. What rests is left as it is, and what does not move with the
    category, as a temperature that follows slowly: where the category changes, it goes less than half of the way
    between the two means at once, by least squares over these steps. Each of them counts besides as a way of .3
    standard deviations that was gone: means that are hardly apart say nothing.

    Args:
        channels: continuous ones.
        blocks: how many categories each categorical channel has.
        regimes: how many there are.

    Shapes:
        ``told(x (b, t, channels), shares (b, t, sum(blocks)), regime (b,))`` to ``(b, t, channels)``, and so
        ``written``, the other way about.
    """

    mean: Tensor
    size: Tensor

    def __init__(self, channels: int, blocks: Sequence[int], regimes: int) -> None:
        super().__init__()
        self.blocks = tuple(blocks)
        self.register_buffer("mean", torch.zeros(regimes, sum(blocks), channels))
        self.register_buffer("size", torch.ones(regimes, sum(blocks), channels))

    @torch.no_grad()
    def fit(self, x: Tensor, shares: Tensor, regime: Tensor, seen: Tensor, moving: Tensor) -> None:
        """Learn from windows, and from cells that were observed.

        Args:
            x: numbers, without holes and of unit variance, ``(n, t, channels)``.
            shares: 1 for the category of each step, ``(n, t, sum(blocks))``.
            regime: of each window, ``(n,)``.
            seen: which numbers and categories were observed, ``(n, t, channels + sum(blocks))``.
            moving: which channels are told so, 1 or 0, ``(channels,)``.
        """
        c, z = len(moving), x
        for start, count in self._parts():
            for k in range(start, start + count):
                here = (shares[..., k] > 0)[..., None] & seen[..., c + k, None] & seen[..., :c]
                usual = _moments(z, here)
                for r in range(len(self.mean)):
                    mean, size, known = _moments(z, here & (regime == r)[:, None, None])
                    self.mean[r, k] = torch.where(known, mean, usual[0]) * moving
                    self.size[r, k] = torch.where(moving > 0, torch.where(known, size, usual[1]), 1)
            part = slice(start, start + count)
            mean, size = self._of(shares, regime, start, count)
            at_once = _at_once(z, mean, shares[..., part])
            self.mean[:, part] *= at_once
            self.size[:, part] = torch.where(at_once, self.size[:, part], 1)
            z = torch.where(at_once, (z - mean) / size, z)

    def told(self, x: Tensor, shares: Tensor, regime: Tensor) -> Tensor:
        """Return numbers in units of their categories."""
        for part in self._parts():
            mean, size = self._of(shares, regime, *part)
            x = (x - mean) / size
        return x

    def written(self, z: Tensor, shares: Tensor, regime: Tensor) -> Tensor:
        """Return what such numbers stand for."""
        for part in reversed(self._parts()):
            mean, size = self._of(shares, regime, *part)
            z = mean + size * z
        return z

    def unit(self, shares: Tensor, regime: Tensor) -> Tensor | float:
        """Return how far a unit of such numbers goes at each step, ``(b, t, channels)``."""
        size = 1.0
        for part in self._parts():
            size = size * self._of(shares, regime, *part)[1]
        return size

    def _parts(self) -> list[tuple[int, int]]:
        """Return where each channel's categories start, and how many they are."""
        return [(sum(self.blocks[:i]), count) for i, count in enumerate(self.blocks)]

    def _of(self, shares: Tensor, regime: Tensor, start: int, count: int) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation at each step, ``(b, t, channels)``."""
        category = start + shares[..., start : start + count].argmax(2)
        return self.mean[regime[:, None], category], self.size[regime[:, None], category]


def _at_once(x: Tensor, mean: Tensor, shares: Tensor) -> Tensor:
    """Return which channels of ``(n, t, c)`` go to their category's mean as soon as that changes, ``(c,)``.

    >>> mean, shares = torch.tensor([[[0.0], [2.0], [2.0]]]), torch.tensor([[[0], [1], [1]]])
    >>> _at_once(torch.tensor([[[0.0], [1.5], [2.0]]]), mean, shares)
    tensor([True])
    >>> _at_once(torch.tensor([[[0.0], [0.5], [2.0]]]), mean, shares)
    tensor([False])
    """
    moves, ways = x.diff(dim=1), mean.diff(dim=1)
    beside = FAINT**2 * (shares.diff(dim=1) != 0).any(2).sum()
    return (moves * ways).sum((0, 1)) + beside >= ((ways**2).sum((0, 1)) + beside) / 2


def _moments(x: Tensor, here: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and standard deviation of some cells of windows ``(n, t, c)``, and whether there are any, ``(c,)``.

    >>> x = torch.tensor([[[1.0, 5.0], [3.0, 6.0]]])
    >>> _moments(x, torch.tensor([[[True, False], [True, False]]]))
    (tensor([2., 0.]), tensor([1., 1.]), tensor([ True, False]))
    """
    count = here.sum((0, 1))
    mean = (x * here).sum((0, 1)) / count.clamp_min(1)
    size = (((x - mean) * here).square().sum((0, 1)) / count.clamp_min(1)).sqrt().clamp_min(LEAST)
    return mean, torch.where(count > 0, size, 1), count > 0
