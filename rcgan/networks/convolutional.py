"""One-dimensional convolutions over time."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.dense import Projection
from rcgan.networks.recurrent import spread_over

__all__ = ["ConvolutionalCritic"]


class ConvolutionalCritic(nn.Module):
    """Score a window by two convolutions of width 3, and the mean and maximum over time of what they find.

    It sees what an LSTM smooths over: the texture of neighbouring steps.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b,)``. Padding changes nothing.
    """

    def __init__(self, width: int, condition: int, hidden: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(width + condition, hidden, 3, padding=1)
        self.second = nn.Conv1d(hidden, hidden, 3, padding=1)
        self.score = Projection(2 * hidden, condition)

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return one score a window."""
        x = torch.cat([seen, spread_over(y, valid)], -1).transpose(1, 2)
        on = valid.transpose(1, 2)
        for layer in (self.first, self.second):
            x = F.leaky_relu(layer(x), 0.2) * on
        mean = x.sum(2) / on.sum(2).clamp_min(1)
        peak = x.masked_fill(on == 0, -torch.inf).amax(2)
        return self.score(torch.cat([mean, peak], -1), y)
