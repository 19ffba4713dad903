"""What a critic sees of a batch as a whole: how alike its windows are. For the ``around`` of critics.

Each side of a pair is read by itself, so that copies among generated windows show.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["MinibatchDeviation", "MinibatchDiscrimination"]


class MinibatchDiscrimination(nn.Module):
    r"""Add, for each of some learned kernels, how many windows of the batch are near.

    .. math:: o(x_i)_b = \sum_j \exp(-| M_{i,b} - M_{j,b} |_1), \qquad M_i = f(x_i) T

    The sum is over the whole batch, the window itself included, so that it is between 1 and the batch's size.
    Salimans et al. (2016), "Improved techniques for training GANs", section 3.2.

    Args:
        features: width of :math:`f(x)`.
        kernels: how many; :math:`T` is ``(features, kernels, width)``.
        width: of each.

    Shapes:
        ``forward(features (b, f))`` to ``(b, f + kernels)``.
    """

    def __init__(self, features: int, kernels: int = 32, width: int = 5) -> None:
        super().__init__()
        self.extra, self.width = kernels, width
        self.project = nn.Linear(features, kernels * width, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features with the sums beside them."""
        m = self.project(features).unflatten(-1, (self.extra, self.width))
        apart = (m[:, None] - m).abs().sum(-1)
        return torch.cat([features, (-apart).exp().sum(1)], -1)


class MinibatchDeviation(nn.Module):
    r"""Add the mean over the features of their standard deviation over the batch, the same number for every window.

    .. math:: \frac1F \sum_k \Big( \frac1n \sum_i \big(f_k(x_i) - \bar f_k\big)^2 \Big)^{1/2}

    Karras et al. (2018), "Progressive growing of GANs for improved quality, stability, and variation", section 3.

    Args:
        features: width of :math:`f(x)`.

    Shapes:
        ``forward(features (b, f))`` to ``(b, f + 1)``.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.extra = 1

    def forward(self, features: Tensor) -> Tensor:
        """Return the features with the deviation beside them."""
        deviation = (features.var(0, unbiased=False) + 1e-8).sqrt().mean()
        return torch.cat([features, deviation.expand(len(features), 1)], -1)
