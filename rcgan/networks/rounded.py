"""A generator whose readings lie where an instrument's do: what another one writes, rounded as it will be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rcgan.networks.conditions import first

__all__ = ["Rounded"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class Rounded(nn.Module):
    r"""Round the channels that lie on a grid or on levels, so that a critic is shown what the user gets.

    .. math:: x' = q(x), \qquad \partial x' / \partial x := 1

    where :math:`q` is the nearest place, by the units of the channel and not by those of model space. Beyond the first
    and the last place, numbers stay as they are. Bengio, Leonard, Courville (2013), "Estimating or propagating
    gradients through stochastic neurons for conditional computation", section 4 (straight through).

    Args:
        generator: what writes the windows, standardised within their regimes.
        counts: how many places there are on each of the first channels; 0 where any number is one.
        regimes: how many regimes there are.

    Shapes:
        As the generator's: ``(b, t, D)``, 0 where ``valid`` is 0. The last ``regimes`` columns of the condition tell
        the regime, where there are several.
    """

    means: Tensor
    sds: Tensor

    def __init__(self, generator: nn.Module, counts: Sequence[int], regimes: int) -> None:
        super().__init__()
        self.generator, self.regimes = generator, regimes
        self.channels = [c for c, count in enumerate(counts) if count]
        for c in self.channels:
            self.register_buffer(f"places{c}", torch.arange(float(counts[c])))
            self.register_buffer(f"bounds{c}", torch.arange(float(counts[c] - 1)) + 0.5)
        self.register_buffer("means", torch.zeros(regimes, len(counts)))
        self.register_buffer("sds", torch.ones(regimes, len(counts)))

    def fit(self, places: Sequence[Doubles], bounds: Sequence[Doubles], means: Floats, sds: Floats) -> None:
        """Take the places of each channel in model space, in order, where the next one begins, and the regimes.

        Args:
            places: ``(k,)`` each.
            bounds: ``(k - 1,)`` each.
            means: of the channels in each regime, ``(regimes, c)``.
            sds: of the channels in each regime, ``(regimes, c)``.
        """
        for c in self.channels:
            self.get_buffer(f"places{c}").copy_(torch.from_numpy(places[c]))
            self.get_buffer(f"bounds{c}").copy_(torch.from_numpy(bounds[c]))
        self.means.copy_(torch.from_numpy(means))
        self.sds.copy_(torch.from_numpy(sds))

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        x = self.generator(z, e, y, valid)
        regime = first(y[:, -self.regimes :], self.regimes)
        columns = list(x.unbind(-1))
        for c in self.channels:
            mean, sd = self.means[regime, c, None], self.sds[regime, c, None]
            places, whole = self.get_buffer(f"places{c}"), (columns[c] * sd + mean).detach()
            near = places[torch.searchsorted(self.get_buffer(f"bounds{c}"), whole.contiguous())]
            inside = (whole >= places[0]) & (whole <= places[-1])
            rounded = torch.where(inside, (near - mean) / sd, columns[c].detach())
            columns[c] = columns[c] + (rounded - columns[c].detach()) * valid[..., 0]
        return torch.stack(columns, -1)
