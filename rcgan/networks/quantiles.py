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
    right = torch.searchsorted(here, x.detach()).clamp(1, here.shape[-1] - 1)
    (low, high), (one, two) = ((_at(knots, right - 1), _at(knots, right)) for knots in (here, there))
    first, last = here[..., :1], here[..., -1:]
    inside = one + (x.clamp(first, last) - low) * ((two - one) / (high - low))
    outside = x - x.clamp(first, last)
    return inside + outside * ((there[..., -1:] - there[..., :1]) / (last - first))


def _at(knots: Tensor, place: Tensor) -> Tensor:
    """Return the knots at these places, ``(..., n)``."""
    return knots.expand(*place.shape[:-1], -1).gather(-1, place)
