"""A generator of smooth curves, read off by an instrument that adds noise of its own."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["MeasuredGenerator"]


class MeasuredGenerator(nn.Module):
    r"""Add white noise to the windows of another generator, as large as was measured, and let that be corrected.

    .. math:: x_t = G(z, y)_t + \sigma\, e^{h(z, y)}\, e_t, \qquad e_t \sim N(0, I)

    with the floor :math:`\sigma` of each channel (:class:`~rcgan.data.traits.Traits`) and a network :math:`h` that is
    0 at first: windows may be more or less noisy, and noise can vanish. The curve is made without any, so that it
    stays as smooth as it is.

    Args:
        generator: :math:`G`, without noise of its own.
        floor: standard deviation of the noise of each channel; 0 for none.
        code: width of code and condition together.
        hidden: width of the layer between.

    Shapes:
        ``forward(z (b, l), e (b, t, c), y (b, k), valid (b, t, 1))`` to ``(b, t, c)``; 0 where ``valid`` is 0.
    """

    floor: Tensor

    def __init__(self, generator: nn.Module, floor: Tensor, code: int, hidden: int) -> None:
        super().__init__()
        self.generator = generator
        self.register_buffer("floor", floor)
        self.loudness = nn.Sequential(nn.Linear(code, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, len(floor)))
        for weight in self.loudness[-1].parameters():
            nn.init.zeros_(weight)

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        loud = self.floor * self.loudness(torch.cat([z, y], -1)).exp()
        return self.generator(z, e[..., :0], y, valid) + loud[:, None] * e[..., : len(self.floor)] * valid
