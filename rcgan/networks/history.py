"""What the weights of a network were so far, on the mean."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

__all__ = ["History"]


class History(nn.Module):
    r"""Keep the mean of a network's weights over all turns so far, and tell how far they are from it.

    .. math:: \Big| \theta - \frac1t \sum_{i=1}^{t} \theta[i] \Big|^2

    While training, each call is a turn. Salimans et al. (2016), "Improved techniques for training GANs", section 3.3.

    Args:
        network: whose weights; it is not kept.

    Shapes:
        ``forward(network)`` to a number.

    >>> layer = nn.Linear(1, 1, bias=False)
    >>> history = History(layer)
    >>> for value in (1.0, 2.0, 6.0):  # the means are 1, 1.5 and 3
    ...     _ = nn.init.constant_(layer.weight, value)
    ...     print(round(history(layer).item(), 4))
    0.0
    0.25
    9.0
    """

    count: Tensor

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        weights = list(network.parameters())
        self.names = [f"mean{k}" for k in range(len(weights))]
        for name, weight in zip(self.names, weights, strict=True):
            self.register_buffer(name, torch.zeros_like(weight, requires_grad=False))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    def forward(self, network: nn.Module) -> Tensor:
        """Take the weights into the mean, and return their squared distance to it."""
        weights = list(network.parameters())
        means = [cast(Tensor, getattr(self, name)) for name in self.names]
        if self.training:
            self._take(means, weights)
        return torch.stack([(w - m).square().sum() for w, m in zip(weights, means, strict=True)]).sum()

    @torch.no_grad()
    def _take(self, means: list[Tensor], weights: list[nn.Parameter]) -> None:
        self.count += 1
        for mean, weight in zip(means, weights, strict=True):
            mean += (weight - mean) / self.count
