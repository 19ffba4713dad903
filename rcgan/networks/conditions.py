"""What the columns of a condition say."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["first", "last", "regression", "with_one"]

RIDGE = 1.0  # windows that a mean under a condition counts as having seen of the overall one
FREE = 1e-6  # ... where it has a mean of its own


def first(y: Tensor, count: int) -> Tensor:
    """Return which of so many first columns of a condition is told, ``(b,)``; 0 where there is but one, or none.

    >>> first(torch.tensor([[0.0, 1.0, 5.0]]), 2).tolist(), first(torch.zeros(2, 0), 0).tolist()
    ([1], [0, 0])
    """
    return y[:, :count].argmax(1) if count > 1 else y.new_zeros(len(y), dtype=torch.long)


def last(y: Tensor, count: int) -> Tensor:
    """Return the last so many columns of a condition, ``(b, count)``, or where there is but one regime, that one.

    >>> last(torch.tensor([[5.0, 0.0, 1.0]]), 2).tolist(), last(torch.zeros(2, 0), 1).tolist()
    ([[0.0, 1.0]], [[1.0], [1.0]])
    """
    return y[:, y.shape[1] - count :] if count > 1 else y.new_ones(len(y), 1)


def with_one(y: Tensor) -> Tensor:
    """Lay a 1 beside every condition."""
    return F.pad(y, (0, 1), value=1.0)


def regression(y: Tensor, known: Tensor, free: int = 0) -> Tensor:
    """Return what a ridge regression says of numbers ``(n, k)`` under conditions ``(n, c)``, ``(c + 1, k)``.

    The first ``free`` columns have means of their own, as the last row, which is that of no condition.

    >>> regression(torch.tensor([[1.0], [0.0]]), torch.tensor([[5.0], [1.0]]), free=1).round().tolist()
    [[4.0], [1.0]]
    """
    told = with_one(y).double()
    weight = torch.full((told.shape[1],), RIDGE, dtype=torch.float64)
    weight[-1] = weight[:free] = FREE
    return torch.linalg.solve(told.T @ told + weight.diag(), told.T @ known.double())
