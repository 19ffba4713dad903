"""What the columns of a condition say."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["first"]


def first(y: Tensor, count: int) -> Tensor:
    """Return which of so many first columns of a condition is told, ``(b,)``; 0 where there is but one, or none.

    >>> first(torch.tensor([[0.0, 1.0, 5.0]]), 2).tolist(), first(torch.zeros(2, 0), 0).tolist()
    ([1], [0, 0])
    """
    return y[:, :count].argmax(1) if count > 1 else y.new_zeros(len(y), dtype=torch.long)
