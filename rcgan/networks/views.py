"""What a critic sees of a window: values, differences, shape within the window; each standardised.

A view is a function of :class:`Moves`, the continuous channels ``x`` and their mask, both ``(b, t, c)``, to ``(view,
mask)`` of the same shape. Cells that the mask hides are 0 in every view and carry no gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.quantiles import through

__all__ = ["VIEWS", "Moves", "NormalScores", "View", "Views", "differences"]

KNOTS = 65  # quantiles that normal scores go through
NARROW = 2e-4  # least distance of two of them, in standard deviations
FLOOR = 1e-2  # of a channel's usual step: a window that moves less counts as flat


def differences(x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    r"""Return :math:`x_t - x_{t-1}` where both are observed; the first step has none.

    >>> x = torch.tensor([[[1.0], [4.0], [9.0]]])
    >>> differences(x, torch.ones_like(x))[0].flatten().tolist()
    [0.0, 3.0, 5.0]
    """
    both = mask[:, 1:] * mask[:, :-1]
    step = (x[:, 1:] - x[:, :-1]) * both
    first = torch.zeros_like(x[:, :1])
    return torch.cat([first, step], 1), torch.cat([first, both], 1)


class Moves:
    """Windows and their mask, ``(b, t, c)`` both, with what several views of them share, made once."""

    def __init__(self, x: Tensor, mask: Tensor) -> None:
        self.x, self.mask = x, mask

    @cached_property
    def steps(self) -> tuple[Tensor, Tensor]:
        """The differences, and which there are."""
        return differences(self.x, self.mask)

    @cached_property
    def bends(self) -> tuple[Tensor, Tensor]:
        """The differences of the differences."""
        return differences(*self.steps)

    @cached_property
    def usual(self) -> Tensor:
        """Root mean square of a window's differences, ``(b, 1, c)``, never below ``FLOOR``."""
        step, seen = self.steps
        return (step.square().sum(1, keepdim=True) / seen.sum(1, keepdim=True).clamp_min(1) + FLOOR**2).sqrt()


View = Callable[[Moves], tuple[Tensor, Tensor]]


def values(w: Moves) -> tuple[Tensor, Tensor]:
    """Return the values themselves."""
    return w.x * w.mask, w.mask


def first_differences(w: Moves) -> tuple[Tensor, Tensor]:
    """Return the differences."""
    return w.steps


def second_differences(w: Moves) -> tuple[Tensor, Tensor]:
    """Return the differences of the differences."""
    return w.bends


def stays(w: Moves) -> tuple[Tensor, Tensor]:
    r"""Return :math:`x_t x_{t-1}`, which is 1 where a category lasts; the first step has none."""
    _, both = w.steps
    return F.pad(w.x[:, 1:] * w.x[:, :-1], (0, 0, 1, 0)) * both, both


def compressed(x: Tensor) -> Tensor:
    r"""Return :math:`\operatorname{sign}(x) \log(1 + |x|)`, so that rare large numbers do not drown the rest."""
    return x.abs().log1p().copysign(x)


def compressed_bends(w: Moves) -> tuple[Tensor, Tensor]:
    r"""Return the second differences times 10, compressed.

    Where a curve is straight between jumps, the jumps rule the second differences; here small bends show too.
    """
    bend, seen = w.bends
    return compressed(10 * bend), seen


def shape(w: Moves) -> tuple[Tensor, Tensor]:
    """Return ``(x - its window's mean) / (rms of its window's differences)``, compressed."""
    mean = (w.x * w.mask).sum(1, keepdim=True) / w.mask.sum(1, keepdim=True).clamp_min(1)
    return compressed((w.x - mean) / w.usual) * w.mask, w.mask


def scaled_differences(w: Moves) -> tuple[Tensor, Tensor]:
    """Return the differences over their window's root mean square."""
    step, seen = w.steps
    return step / w.usual, seen


def compressed_differences(w: Moves) -> tuple[Tensor, Tensor]:
    """Return the differences, compressed."""
    step, seen = w.steps
    return compressed(step), seen


def log_scale(w: Moves) -> tuple[Tensor, Tensor]:
    """Return the logarithm of the window's root mean square of differences, at every step."""
    return w.usual.log() * w.mask, w.mask


VIEWS: dict[str, View] = {
    "values": values,
    "differences": first_differences,
    "second_differences": second_differences,
    "compressed_bends": compressed_bends,
    "shape": shape,
    "scaled_differences": scaled_differences,
    "compressed_differences": compressed_differences,
    "log_scale": log_scale,
}


class NormalScores(nn.Module):
    r"""Map each channel's values to normal scores, :math:`\Phi^{-1}(F(x))`, by its training quantiles.

    Values that crowd in narrow bands, as operating points do, are spread out, so that a critic can tell their fine
    structure. Between ``KNOTS`` quantiles the map is linear; beyond them it goes on at their mean slope.

    Shapes:
        ``forward(x (b, t, c))`` to ``(b, t, c)``.
    """

    knots: Tensor
    scores: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        shares = (torch.arange(KNOTS) + 0.5) / KNOTS
        self.register_buffer("scores", torch.special.ndtri(shares))
        self.register_buffer("knots", self.scores.expand(channels, -1).clone())

    @torch.no_grad()
    def fit(self, x: Tensor, mask: Tensor) -> None:
        """Take the quantiles of the observed values ``(b, t, c)``."""
        shares = torch.special.ndtr(self.scores.double())
        for k in range(x.shape[-1]):
            seen = x[..., k][mask[..., k] > 0].double()
            if len(seen):
                places = (shares * (len(seen) - 1)).round().long()
                knots = seen.sort().values[places] + NARROW * torch.arange(KNOTS)  # strictly increasing
                self.knots[k] = (knots - NARROW * KNOTS / 2).float()

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores."""
        flat = x.flatten(0, -2).T.contiguous()
        return through(flat, self.knots, self.scores).T.reshape(x.shape)


class Views(nn.Module):
    r"""Stack the named views of the continuous channels, and values, differences and stays of the categories.

    Each cell is :math:`(v - \mu) / \sigma`, where ``mu`` and ``sigma`` are those of the training windows (:meth:`fit`),
    one pair a channel of each view, so that one penalty strength fits every scale. The continuous channels enter
    ``values`` as they are and the other views divided by ``spread``, the sd of their differences.

    Shapes:
        ``forward(x (b, t, D), mask (b, t, D))`` to values and mask ``(b, t, v)``, where ``v`` is
        ``c * len(names) + (3 + holes) * sum(blocks)``, and ``c`` more with holes.
    """

    unit: Tensor
    mean: Tensor
    sd: Tensor

    def __init__(self, names: Sequence[str], spread: Tensor, categories: int, *, holes: bool) -> None:
        super().__init__()
        self.names = tuple(names)
        self.continuous = len(spread)
        self.holes = holes
        self.scores = NormalScores(self.continuous if "normal_scores" in self.names else 0)
        standardised = self.continuous * len(self.names) + 3 * categories
        self.register_buffer("unit", spread.clamp_min(1e-6))
        self.register_buffer("mean", torch.zeros(standardised))
        self.register_buffer("sd", torch.ones(standardised))
        self.width = standardised + ((self.continuous + categories) if holes else 0)

    def raw(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the views, not yet standardised, and their masks."""
        c = self.continuous
        plain = Moves(x[..., :c], mask[..., :c])
        scaled = Moves(plain.x / self.unit, plain.mask)
        pairs = [self._view(name, plain if name in ("values", "normal_scores") else scaled) for name in self.names]
        if x.shape[-1] > c:
            categories = Moves(x[..., c:], mask[..., c:])
            pairs += [view(categories) for view in (values, first_differences, stays)]
        return torch.cat([v for v, _ in pairs], -1), torch.cat([m for _, m in pairs], -1)

    def _view(self, name: str, w: Moves) -> tuple[Tensor, Tensor]:
        return (self.scores(w.x) * w.mask, w.mask) if name == "normal_scores" else VIEWS[name](w)

    @torch.no_grad()
    def fit(self, x: Tensor, mask: Tensor) -> None:
        """Take the mean and standard deviation of every view from training windows."""
        if "normal_scores" in self.names:
            self.scores.fit(x[..., : self.continuous], mask[..., : self.continuous])
        seen, observed = self.raw(x, mask)
        count = observed.sum((0, 1)).clamp_min(1)
        self.mean.copy_((seen * observed).sum((0, 1)) / count)
        variance = ((seen - self.mean).square() * observed).sum((0, 1)) / count
        self.sd.copy_(torch.where(variance > 1e-12, variance.sqrt(), 1.0))

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the standardised views, and which of their cells can vary."""
        seen, observed = self.raw(x, mask)
        seen = (seen - self.mean) / self.sd * observed
        if not self.holes:
            return seen, observed
        return torch.cat([seen, mask], -1), torch.cat([observed, torch.zeros_like(mask)], -1)
