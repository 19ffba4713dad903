"""A generator whose counters never fall: what another one writes of them, put in order."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Rearranged"]


class Rearranged(nn.Module):
    r"""Sort the channels that have a trend over the steps that exist.

    .. math:: x'_t = x_{(t)}, \qquad x_{(1)} \le x_{(2)} \le \dots

    (or the other way round). No value changes, so that none pile up at a bound, and every gradient goes to the step
    that wrote the value. Chernozhukov, Fernandez-Val, Galichon (2009), "Improving point and interval estimators of
    monotone functions by rearrangement", eq. 2.2: what comes out is never farther from a monotone curve than what went
    in.

    Args:
        generator: what writes the windows.
        trends: 1 for a channel that never falls, -1 for one that never rises, 0 for any other; the first channels'.

    Shapes:
        As the generator's: ``(b, t, D)``, 0 where ``valid`` is 0.
    """

    ways: Tensor

    def __init__(self, generator: nn.Module, trends: tuple[int, ...]) -> None:
        super().__init__()
        self.generator = generator
        self.places = [c for c, way in enumerate(trends) if way]
        self.register_buffer("ways", torch.tensor([float(trends[c]) for c in self.places]))

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        x = self.generator(z, e, y, valid)
        some = (x[..., self.places] * self.ways).masked_fill(valid == 0, torch.inf)
        out = x.clone()
        out[..., self.places] = (some.sort(1).values * self.ways).masked_fill(valid == 0, 0.0)
        return out
