"""Dense networks: no recurrence, no convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Projection", "SummaryCritic"]


class Projection(nn.Module):
    r"""Score features, under a condition, by projection: :math:`w \cdot h + b + y^\top V h`.

    Miyato, Koyama (2018), "cGANs with projection discriminator", eq. 3.

    Shapes:
        ``forward(h (b, width), y (b, k))`` to ``(b,)``.
    """

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1 + condition)

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Return one score a window."""
        plain, by_condition = self.score(h).split([1, y.shape[-1]], -1)
        return plain[:, 0] + (by_condition * y).sum(-1)


class SummaryCritic(nn.Module):
    """Score a window by what sums it up: mean and root mean square over time of everything seen.

    It minds what holds for a window as a whole, such as which levels go together under which label.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b,)``. Padding changes nothing.
    """

    def __init__(self, width: int, condition: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(2 * width + condition, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.2),
        )
        self.score = Projection(hidden, condition)

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return one score a window."""
        steps = valid.sum(1).clamp_min(1)
        mean = (seen * valid).sum(1) / steps
        rms = ((seen.square() * valid).sum(1) / steps + 1e-6).sqrt()
        return self.score(self.body(torch.cat([mean, rms, y], -1)), y)
