"""What every critic and encoder is made of: a trunk that reads a window, and a score of what it read."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["Projection", "Reader"]


class Reader(nn.Module):
    """A trunk: ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b, features)``."""

    features: int


class Projection(nn.Module):
    r"""Score features, under a condition, by projection: :math:`w \cdot h + b + y^\top V h`.

    Miyato, Koyama (2018), "cGANs with projection discriminator", eq. 3.

    Shapes:
        ``forward(h (b, width), y (b, k))`` to ``(b, outputs)``.
    """

    def __init__(self, width: int, condition: int, outputs: int = 1) -> None:
        super().__init__()
        self.outputs = outputs
        self.score = nn.Linear(width, outputs * (1 + condition))

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """Return the scores of each window."""
        plain, by_condition = self.score(h).unflatten(-1, (self.outputs, -1)).split([1, y.shape[-1]], -1)
        return plain[..., 0] + (by_condition * y[:, None]).sum(-1)
