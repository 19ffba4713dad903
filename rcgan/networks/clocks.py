"""Windows that go by clocks of their own."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from rcgan.networks.quantiles import through

__all__ = ["by_clock"]

PACE = 5.0  # largest logarithm of a clock's pace


def by_clock(x: Tensor, paces: Tensor) -> Tensor:
    r"""Return what windows show at each step when they go by clocks, :math:`x(\gamma^{-1}(t))`, ``(b, t, c)``.

    Args:
        x: what happens at each time of the clock, ``(b, t, c)``.
        paces: the logarithm of how far each step takes the clock, up to a factor for the whole window, ``(b, t)``; that
            of the first counts for nothing.

    >>> x = torch.tensor([[[0.0], [1.0], [2.0], [3.0]]])
    >>> by_clock(x, torch.tensor([[0.0, 0.0, 0.0, 0.0]])).flatten().tolist()
    [0.0, 1.0, 2.0, 3.0]
    >>> slow = by_clock(x, torch.tensor([[1.0, 2.0, 1.0, 1.0]]).log())  # half of the time goes to the first
    >>> slow.flatten().mul(3).round().tolist()  # thirds
    [0.0, 2.0, 5.0, 9.0]
    """
    steps = torch.arange(x.shape[1], dtype=x.dtype, device=x.device)
    clock = F.pad(paces[:, 1:].clamp(-PACE, PACE).exp().cumsum(1), (1, 0))
    clock = clock * (steps[-1] / clock[:, -1:])
    when = through(steps.expand_as(clock).contiguous(), clock, steps)
    channels = x.transpose(1, 2)
    return through(when[:, None].expand_as(channels).contiguous(), steps, channels).transpose(1, 2)
