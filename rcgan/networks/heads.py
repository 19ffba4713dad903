"""From the generator's raw output to the domain of each channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.interpolate import BSpline
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["SHARES", "Head", "PlainHead", "WindowHead", "gumbel", "gumbel_softmax", "softmax", "spline"]

Shares = Callable[[Tensor, Tensor], Tensor]


def softmax(o: Tensor, e: Tensor) -> Tensor:
    """Return the categories' shares as they are: the critic is shown numbers between 0 and 1."""
    return o.softmax(-1)


def gumbel(e: Tensor) -> Tensor:
    r"""Return Gumbel noise made of standard normal noise, :math:`-\log(-\log \Phi(e))`.

    >>> round(gumbel(torch.zeros(1)).item(), 4)  # -log(log 2)
    0.3665
    """
    return -(-torch.special.ndtr(e).clamp(1e-6, 1 - 1e-6).log()).log()


def gumbel_softmax(o: Tensor, e: Tensor) -> Tensor:
    r"""Return a draw from the categories as one-hot, with the gradient of a softmax at temperature 2/3.

    :math:`y = \mathrm{softmax}((o + g) / \tau)` with the noise :math:`g` of :func:`gumbel`. Jang, Gu, Poole
    (2017), "Categorical reparameterization with Gumbel-softmax", eq. 2 and section 2.2 (straight through).
    """
    soft = ((o + gumbel(e)) / (2 / 3)).softmax(-1)
    hard = F.one_hot(soft.argmax(-1), soft.shape[-1]).to(soft.dtype)
    return hard + soft - soft.detach()


SHARES: dict[str, Shares] = {"softmax": softmax, "gumbel": gumbel_softmax}


class Head(nn.Module, ABC):
    """Write continuous channels, and each categorical one's shares.

    Args:
        continuous: how many continuous channels there are.
        blocks: number of categories of each categorical channel.
        shares: ``softmax``, or ``gumbel_softmax``, which takes the last ``sum(blocks)`` noises of each step.

    Shapes:
        ``forward(o (b, t, D), code (b, k), e (b, t, s))`` to ``(b, t, D)``, ``D = continuous + sum(blocks)``.
    """

    def __init__(self, continuous: int, blocks: Sequence[int], shares: Shares = softmax) -> None:
        super().__init__()
        self.continuous, self.blocks, self.shares = continuous, tuple(blocks), shares

    @property
    def width(self) -> int:
        """How many channels the head writes."""
        return self.continuous + sum(self.blocks)

    @property
    def noise(self) -> int:
        """How many noises of each step it needs."""
        return sum(self.blocks) if self.shares is gumbel_softmax else 0

    @abstractmethod
    def numbers(self, o: Tensor, code: Tensor) -> Tensor:
        """Write the continuous channels, ``(b, t, continuous)``."""

    def forward(self, o: Tensor, code: Tensor, e: Tensor) -> Tensor:
        """Write the window."""
        values, raw = self.numbers(o[..., : self.continuous], code), o[..., self.continuous :]
        if not self.blocks:
            return values
        noise = e[..., e.shape[-1] - self.noise :] if self.noise else raw
        pairs = zip(raw.split(list(self.blocks), -1), noise.split(list(self.blocks), -1), strict=True)
        return torch.cat([values, *(self.shares(part, some) for part, some in pairs)], -1)


class PlainHead(Head):
    """Write continuous channels as they come, unsquashed."""

    def numbers(self, o: Tensor, code: Tensor) -> Tensor:
        """Return them."""
        return o


class WindowHead(Head):
    r"""Write a window as a level plus increments.

    For a continuous channel whose neighbouring steps agree (``spread < 0.7``),

    .. math:: x_t = \ell_t(z, y) + \sum_{s \le t} \sigma_\Delta\, e^{g(z, y)}\, o_s,

    for any other :math:`x_t = \ell_t(z, y) + e^{g(z, y)} o_t`. :math:`o` is the network's output, :math:`\ell` the
    level, :math:`g` the logarithm of the window's scale. Nothing is squashed, so no value piles up at a bound. The
    level of a long window is a curve, a cubic spline whose coefficients a dense network writes; of a short one it is
    the same at every step.

    Args:
        spread: standard deviation of the differences of each standardised continuous channel, ``(c,)``.
        blocks: number of categories of each categorical channel.
        code_width: how wide code and condition are together.
        hidden: half of the width of the layers that write level and scale.
        scaled: whether each window has a scale of its own (rough data); otherwise :math:`g = 0`.
        shares: as for :class:`Head`.
        curve: the level's basis, steps by coefficients (:func:`spline`); None for a level that stays.
    """

    spread: Tensor
    summed: Tensor
    curve: Tensor

    def __init__(
        self,
        spread: Tensor,
        blocks: Sequence[int],
        code_width: int,
        hidden: int,
        *,
        scaled: bool,
        shares: Shares = softmax,
        curve: Tensor | None = None,
    ) -> None:
        super().__init__(len(spread), blocks, shares)
        self.register_buffer("curve", torch.ones(1, 1) if curve is None else curve)
        summed = spread < 0.7
        self.register_buffer("spread", torch.where(summed, spread, torch.ones_like(spread)))
        self.register_buffer("summed", summed.float())
        self.per_window = nn.Sequential(
            nn.Linear(code_width, 2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * hidden, 2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(2 * hidden, self.continuous * (self.curve.shape[1] + scaled)),
        )

    def numbers(self, o: Tensor, code: Tensor) -> Tensor:
        """Sum increments on the level."""
        if not self.continuous:
            return o
        written = self.per_window(code).unflatten(-1, (-1, self.continuous))
        coefficients, log_scale = written.split([self.curve.shape[1], written.shape[1] - self.curve.shape[1]], 1)
        steps = torch.arange(o.shape[1], device=o.device).clamp_max(len(self.curve) - 1)
        moves = o * self.spread
        if log_scale.shape[1]:
            moves = moves * log_scale.exp()
        level = torch.einsum("tk,bkc->btc", self.curve[steps], coefficients)
        return torch.where(self.summed > 0, moves.cumsum(1), moves) + level


def spline(steps: int, coefficients: int) -> Tensor:
    """Return evenly spaced cubic B-splines at every step, ``(steps, coefficients)``; they add up to 1 at each.

    All are of one width, those at the ends too: a sharp one there would be taken for a spike.

    >>> spline(7, 5)[[0, 3]].mul(6).round().tolist()  # sixths: 1, 4, 1
    [[1.0, 4.0, 1.0, 0.0, 0.0], [0.0, 1.0, 4.0, 1.0, 0.0]]
    """
    apart = (steps - 1) / (coefficients - 3)
    knots = apart * np.arange(-3, coefficients + 1)
    basis = BSpline.design_matrix(np.arange(steps).clip(max=knots[-4]), knots, 3)
    return torch.from_numpy(basis.toarray().astype(np.float32))
