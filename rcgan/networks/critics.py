"""Several critics over the same views: one score each."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rcgan.networks.views import Seen, Views

__all__ = ["Critics"]


class Critics(nn.Module):
    """Show the same views of a window to critics of different kinds.

    Shapes:
        ``see(x (b, t, D), mask (b, t, D))`` to ``Seen`` ``(b, t, v)``;
        ``judge(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b, len(critics))``.
    """

    def __init__(self, views: Views, critics: Sequence[nn.Module]) -> None:
        super().__init__()
        self.views = views
        self.critics = nn.ModuleList(critics)

    def see(self, x: Tensor, mask: Tensor) -> Seen:
        """Return the standardised views of a window."""
        return self.views(x, mask)

    def judge(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return one score a critic; higher means more real."""
        return torch.stack([critic(seen, y, valid) for critic in self.critics], -1)
