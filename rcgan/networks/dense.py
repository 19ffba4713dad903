"""Dense networks: no recurrence, no convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["SummaryCritic"]


class SummaryCritic(nn.Module):
    """Score a window by what sums it up: mean and root mean square over time of everything seen.

    It minds what holds for a window as a whole, such as which levels go together under which label.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b,)``. Padding changes nothing.
    """

    def __init__(self, width: int, condition: int, hidden: int) -> None:
        super().__init__()
        self.score = nn.Sequential(
            nn.Linear(2 * width + condition, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 1),
        )

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return one score a window."""
        steps = valid.sum(1).clamp_min(1)
        mean = (seen * valid).sum(1) / steps
        rms = ((seen.square() * valid).sum(1) / steps + 1e-6).sqrt()
        return self.score(torch.cat([mean, rms, y], -1))[:, 0]
