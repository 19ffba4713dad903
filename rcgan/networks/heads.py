"""From the generator's raw output to the domain of each channel."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["WindowHead"]


class WindowHead(nn.Module):
    r"""Write a window as a level plus increments, and its categories as softmaxes.

    For a continuous channel whose neighbouring steps agree (``spread < 0.7``),

    .. math:: x_t = \ell(z, y) + \sum_{s \le t} \sigma_\Delta\, e^{g(z, y)}\, o_s,

    for any other :math:`x_t = \ell(z, y) + e^{g(z, y)} o_t`; for a categorical channel
    :math:`x_t = \mathrm{softmax}(o_t)`. :math:`o` is the recurrent network's output, :math:`\ell` the level,
    :math:`g` the logarithm of the window's scale. Nothing is squashed, so no value piles up at a bound.

    Args:
        spread: standard deviation of the differences of each standardised continuous channel, ``(c,)``.
        blocks: number of categories of each categorical channel.
        scaled: whether each window has a scale of its own (rough data); otherwise :math:`g = 0`.

    Shapes:
        ``forward(o, code)``: ``o (b, t, D)``, ``code (b, code_width)`` to ``(b, t, D)``, ``D = c + sum(blocks)``.
    """

    spread: Tensor
    summed: Tensor

    def __init__(self, spread: Tensor, blocks: Sequence[int], code_width: int, hidden: int, *, scaled: bool) -> None:
        super().__init__()
        summed = spread < 0.7
        self.register_buffer("spread", torch.where(summed, spread, torch.ones_like(spread)))
        self.register_buffer("summed", summed.float())
        self.blocks = tuple(blocks)
        self.continuous = len(spread)
        self.scaled = scaled
        self.per_window = nn.Sequential(
            nn.Linear(code_width, 2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * hidden, 2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * hidden, self.continuous * (2 if scaled else 1)),
        )

    @property
    def width(self) -> int:
        """How many channels the head writes."""
        return self.continuous + sum(self.blocks)

    def forward(self, o: Tensor, code: Tensor) -> Tensor:
        """Write the window."""
        c = self.continuous
        level, *log_scale = self.per_window(code)[:, None].split(c, dim=-1) if c else (o[..., :0],)
        moves = o[..., :c] * self.spread
        for g in log_scale:
            moves = moves * g.exp()
        values = level + torch.where(self.summed > 0, moves.cumsum(1), moves)
        shares = [block.softmax(-1) for block in o[..., c:].split(list(self.blocks), dim=-1)] if self.blocks else []
        return torch.cat([values, *shares], -1)
