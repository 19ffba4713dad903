"""Maps through quantiles: from values to normal scores, and from scores to values."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["through"]


def through(x: Tensor, here: Tensor, there: Tensor) -> Tensor:
    """Take numbers along the straight lines from knots ``here`` to knots ``there``, beyond them at their mean slope.

    Args:
        x: ``(..., n)``.
        here: strictly rising, ``(k,)`` or ``(..., k)``.
        there: ``(k,)`` or ``(..., k)``.

    >>> through(torch.tensor([0.5, 1.5, 4.0]), torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 3.0, 4.0])).tolist()
    [1.5, 3.5, 8.0]
    """
    left = torch.searchsorted(here, x.detach()).clamp(1, here.shape[-1] - 1) - 1
    first, last = here[..., :1], here[..., -1:]
    within = x.clamp(first, last)
    inside = _at(there, left) + (within - _at(here, left)) * _at(there.diff() / here.diff(), left)
    return inside + (x - within) * ((there[..., -1:] - there[..., :1]) / (last - first))


def _at(knots: Tensor, place: Tensor) -> Tensor:
    """Return the knots at these places, ``(..., n)``."""
    return knots.expand(*place.shape[:-1], -1).gather(-1, place)
