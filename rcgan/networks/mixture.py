"""A mixture of normal laws, drawn from white noise."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Mixture", "one_of"]


def one_of(e: Tensor, count: Tensor) -> Tensor:
    """Return which of ``count`` equally likely ones white noise ``(b,)`` draws.

    >>> one_of(torch.tensor([-0.1, 0.1, 9.0]), torch.tensor([2.0])).tolist()
    [0, 1, 1]
    """
    return (torch.special.ndtr(e) * count).long().minimum(count.long() - 1)


class Mixture(nn.Module):
    r"""Turn white noise into points of a mixture, :math:`p(v) = \frac1n \sum_j N(v; \mu_j, L_j L_j^\top)`.

    Args:
        most: laws that there may be.
        width: of a point.

    Shapes:
        ``forward(e (b, 1 + width))`` to which law was drawn ``(b,)`` and the point ``(b, width)``.
    """

    means: Tensor
    factors: Tensor
    count: Tensor

    def __init__(self, most: int, width: int) -> None:
        super().__init__()
        self.register_buffer("means", torch.zeros(most, width))
        self.register_buffer("factors", torch.zeros(most, width, width))
        self.register_buffer("count", torch.ones(1))

    @torch.no_grad()
    def fit(self, means: Tensor, factors: Tensor) -> None:
        """Take the laws' means ``(n, width)`` and factors ``(n, width, width)``."""
        n = len(means)
        self.means[:n], self.factors[:n] = means.to(self.means), factors.to(self.factors)
        self.count.fill_(n)

    def forward(self, e: Tensor) -> tuple[Tensor, Tensor]:
        """Return laws and points."""
        which = one_of(e[:, 0], self.count)
        return which, (self.factors[which] @ e[:, 1:, None])[..., 0] + self.means[which]
