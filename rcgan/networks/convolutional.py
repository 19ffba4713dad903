"""One-dimensional convolutions over time: a texture reader, and DCGAN's strided twins."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.heads import Head
from rcgan.networks.reader import Reader
from rcgan.networks.recurrent import spread_over

__all__ = ["StridedGenerator", "StridedReader", "TextureReader"]

Normalise = Callable[[int], nn.Module]


class TextureReader(Reader):
    """Read a window by two convolutions of width 3: the mean and maximum over time of what they find.

    It sees what an LSTM smooths over: the texture of neighbouring steps.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b, 2 hidden)``. Padding changes nothing.
    """

    def __init__(self, width: int, condition: int, hidden: int, steps: int) -> None:
        super().__init__()
        self.features = 2 * hidden
        self.first = nn.Conv1d(width, hidden, 3, padding=1)
        self.told = nn.Linear(condition, hidden, bias=False) if condition else None
        self.second = nn.Conv1d(hidden, hidden, 3, padding=1)

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the features."""
        on = valid.transpose(1, 2)
        found = self.first(seen.transpose(1, 2))
        if self.told is not None:
            found = found + self.told(y)[..., None]
        x = F.leaky_relu(found, 0.2) * on
        x = F.leaky_relu(self.second(x), 0.2) * on
        mean = x.sum(2) / on.sum(2).clamp_min(1)
        peak = (x + on.log()).max(2).values  # the logarithm of 0 rules padding out
        return torch.cat([mean, peak], -1)


class StridedGenerator(nn.Module):
    """Unfold a code over time: a quarter of the steps first, then two transposed convolutions of stride 2.

    Normalised and rectified behind every layer but the last. Radford, Metz, Chintala (2016), "Unsupervised
    representation learning with deep convolutional generative adversarial networks", section 3, in one dimension.
    A window has a fixed length.

    Args:
        head: writes the window.
        latent: width of the code.
        noise: width of the noise of each step; it enters the head alone.
        condition: width of the condition.
        hidden: channels before the last layer; twice as many before.
        steps: of a window.
        normalise: makes the normalisation of so many channels; None for batch normalisation.

    Shapes:
        ``forward(z (b, l), e (b, t, s), y (b, k), valid (b, t, 1))`` to ``(b, t, D)``; 0 where ``valid`` is 0.
    """

    def __init__(
        self,
        head: Head,
        latent: int,
        noise: int,
        condition: int,
        hidden: int,
        steps: int,
        normalise: Normalise | None = None,
    ) -> None:
        super().__init__()
        normalise = normalise or nn.BatchNorm1d
        self.head, self.steps, self.quarter = head, steps, -(-steps // 4)
        self.start = nn.Linear(latent + condition, 2 * hidden * self.quarter)
        self.body = nn.Sequential(
            normalise(2 * hidden),
            nn.ReLU(),
            nn.ConvTranspose1d(2 * hidden, hidden, 4, 2, 1),
            normalise(hidden),
            nn.ReLU(),
            nn.ConvTranspose1d(hidden, head.width, 4, 2, 1),
        )

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        code = torch.cat([z, y], -1)
        o = self.body(self.start(code).unflatten(-1, (-1, self.quarter)))[..., : self.steps]
        return self.head(o.transpose(1, 2), code, e) * valid


class StridedReader(Reader):
    """Fold a window up with two convolutions of stride 2, normalised behind every one but the first.

    Args:
        width: of what is seen.
        condition: width of the condition.
        hidden: channels of the first convolution; the second has twice as many.
        steps: of a window.
        normalise: as for :class:`StridedGenerator`. A penalty on the slope of single windows goes with
            normalisations that do not mix windows: those of :mod:`rcgan.networks.normalisation`, or
            :func:`unnormalised`.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b, 2 hidden ceil(t / 4))``.
    """

    def __init__(self, width: int, condition: int, hidden: int, steps: int, normalise: Normalise | None = None) -> None:
        super().__init__()
        normalise = normalise or nn.BatchNorm1d
        self.features = 2 * hidden * -(-steps // 4)
        self.pad = -steps % 4
        self.body = nn.Sequential(
            nn.Conv1d(width + condition, hidden, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv1d(hidden, 2 * hidden, 4, 2, 1),
            normalise(2 * hidden),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the features."""
        x = torch.cat([seen * valid, spread_over(y, valid)], -1).transpose(1, 2)
        return self.body(F.pad(x, (0, self.pad)))


def unnormalised(channels: int) -> nn.Module:
    """Return no normalisation: what a penalty on the slope of each window asks for."""
    return nn.Identity()
