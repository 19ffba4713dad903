"""Dense networks: no recurrence, no convolution."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["Projection"]


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
