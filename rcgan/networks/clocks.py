"""Windows that go by clocks of their own."""

from __future__ import annotations

import torch
from torch import Tensor

from rcgan.networks.quantiles import through

__all__ = ["by_clock", "told_at", "when"]

SLOWEST = 1e-3  # steps that a clock goes at each step, at least


def told_at(x: Tensor, times: Tensor) -> Tensor:
    """Return what windows ``(b, t, c)`` show at times between their steps, ``(b, s)``: ``(b, s, c)``.

    >>> told_at(torch.tensor([[[0.0], [1.0], [4.0]]]), torch.tensor([[0.5, 1.5, 2.0]])).flatten().tolist()
    [0.5, 2.5, 4.0]
    """
    step = times.floor().long().clamp(0, x.shape[1] - 2)
    low, high = (x.gather(1, at[..., None].expand(-1, -1, x.shape[2])) for at in (step, step + 1))
    return low + (high - low) * (times - step)[..., None]


def when(late: Tensor) -> Tensor:
    r"""Return which step of a clock happens at each step of windows, :math:`\gamma^{-1}(t)`, ``(b, t)``.

    The clock :math:`\gamma(t) = t + l(t)` never goes back, and begins and ends with the window.

    Args:
        late: how many steps later each step happens in the window, :math:`l`, ``(b, t)``.

    >>> when(torch.tensor([[0.0, 1.0, 1.0, 0.5, 0.0]])).round(decimals=2).tolist()
    [[0.0, 0.5, 1.0, 2.0, 4.0]]
    """
    steps = torch.arange(late.shape[1], dtype=late.dtype, device=late.device)
    clock = (late + (1 - SLOWEST) * steps).cummax(1).values + SLOWEST * steps
    clock = clock - clock[:, :1]
    clock = clock * (steps[-1] / clock[:, -1:])
    return through(steps.expand_as(clock).contiguous(), clock, steps).clamp(0, late.shape[1] - 1)


def by_clock(x: Tensor, late: Tensor) -> Tensor:
    r"""Return what windows show when each of their steps comes so much later, :math:`x(\gamma^{-1}(t))`, ``(b, t, c)``.

    Args:
        x: what happens at each step of the clock, ``(b, t, c)``.
        late: how many steps later it does in the window, ``(b, t)``.

    >>> x = torch.tensor([[[0.0], [1.0], [0.0], [0.0], [0.0]]])
    >>> by_clock(x, torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0]])).flatten().round(decimals=2).abs().tolist()
    [0.0, 1.0, 0.0, 0.0, 0.0]
    >>> by_clock(x, torch.tensor([[0.0, 1.0, 1.0, 0.5, 0.0]])).flatten().round(decimals=2).abs().tolist()
    [0.0, 0.5, 1.0, 0.0, 0.0]
    """
    return told_at(x, when(late))
