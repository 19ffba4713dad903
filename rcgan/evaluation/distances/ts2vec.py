r"""TS2Vec: a network that turns each row of a window into a vector, learnt from the windows without labels.

Two overlapping crops of the same windows, each with half of its rows masked at random, are encoded. A row's vector
must know its twin, the same row in the other crop, among the other rows of its window and among the same row of the
other windows of the batch; at full resolution, and after every max-pooling by two over time:

.. math:: \ell = -\log \frac{\exp(z \cdot z^+)}{\sum_{z' \ne z} \exp(z \cdot z')}, \qquad
    L = \frac{1}{S} \sum_{s=1}^S \tfrac{1}{2} (\ell_{\text{rows}} + \ell_{\text{windows}})

Yue et al. (2022), "TS2Vec: Towards universal representation of time series", AAAI, eq. 1 to 3 and algorithm 1; sizes,
optimiser and number of iterations are those of the authors' code.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from rcgan.threads import one_thread

__all__ = ["Encoder", "encoded", "hierarchical_loss", "learnt_encoder"]

OUTPUT, HIDDEN, DEPTH, BATCH = 320, 64, 10, 8
MASKED, DROPOUT = 0.5, 0.1
SMALL, FEW, MANY = 100_000, 200, 600  # values up to which there are few iterations, else many

Floats = NDArray[np.floating]


class Convolution(nn.Conv1d):
    """Width 3, dilated, same length; where the outer taps can only meet padding, the middle one does it all."""

    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__(inputs, outputs, 3, padding=dilation, dilation=dilation)

    def forward(self, input: Tensor) -> Tensor:
        """``(n, inputs, t)`` to ``(n, outputs, t)``."""
        if self.dilation[0] < input.shape[2]:
            return super().forward(input)
        return F.conv1d(input, self.weight[:, :, 1:2], self.bias)


class Block(nn.Module):
    """Two dilated convolutions, each after a GELU, around a way past them."""

    def __init__(self, outputs: int, dilation: int) -> None:
        super().__init__()
        self.first = Convolution(HIDDEN, outputs, dilation)
        self.second = Convolution(outputs, outputs, dilation)
        self.past = nn.Identity() if outputs == HIDDEN else nn.Conv1d(HIDDEN, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(n, 64, t)`` to ``(n, outputs, t)``."""
        return self.past(x) + self.second(F.gelu(self.first(F.gelu(x))))


class Encoder(nn.Module):
    """Rows to vectors: a projection, the mask, ten blocks of dilation 1, 2, 4, ... and one that widens to 320."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = nn.Linear(channels, HIDDEN)
        blocks = [Block(HIDDEN, 2**k) for k in range(DEPTH)]
        self.blocks = nn.Sequential(*blocks, Block(OUTPUT, 2**DEPTH), nn.Dropout(DROPOUT))

    def forward(self, x: Tensor) -> Tensor:
        """``(n, t, channels)`` to ``(n, t, 320)``.

        A row with a missing cell has the latent 0; so has each row with probability one half while training.
        """
        seen = ~x.isnan().any(2, keepdim=True)
        latent = self.project(x.nan_to_num())
        if self.training:
            seen = seen & (torch.rand(seen.shape) < MASKED)
        return self.blocks((latent * seen).transpose(1, 2)).transpose(1, 2)


def contrast(a: Tensor, b: Tensor) -> Tensor:
    """How hard it is to know twins ``a[g, i]`` and ``b[g, i]`` among all vectors of group ``g``, ``(groups, k, c)``."""
    groups, k = a.shape[:2]
    z = torch.cat([a, b], 1)
    alike = (z @ z.transpose(1, 2)).masked_fill(torch.eye(2 * k, dtype=torch.bool), -torch.inf)
    return F.cross_entropy(alike.flatten(0, 1), torch.arange(2 * k).roll(k).repeat(groups))


def hierarchical_loss(a: Tensor, b: Tensor) -> Tensor:
    """The loss of two encodings ``(n, t, c)`` of the same rows, mean over the scales.

    >>> hierarchical_loss(torch.zeros(1, 2, 3), torch.zeros(1, 2, 3))  # (ln(3) / 2 + 0) / 2: one twin in three, twice
    tensor(0.2747)
    """
    scales = list[Tensor]()
    while True:
        scales.append((contrast(a, b) + contrast(a.transpose(0, 1), b.transpose(0, 1))) / 2)
        if a.shape[1] == 1:
            return torch.stack(scales).mean()
        a, b = (F.max_pool1d(z.transpose(1, 2), 2).transpose(1, 2) for z in (a, b))


def overlapping_crops(x: Tensor) -> tuple[Tensor, Tensor, int]:
    """Two crops of ``(n, t, d)``, ``t >= 2``, and how many rows they share: the last of one, the first of the other.

    Each window is moved by its own number of rows, as far as it has some.
    """

    def whole(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, ()))

    t = x.shape[1]
    shared = whole(2, t)
    left = whole(0, t - shared)
    right = left + shared
    start, end = whole(0, left), whole(right, t)
    moved = torch.randint(-start, t - end + 1, (len(x), 1))
    each = torch.arange(len(x))[:, None]
    return x[each, moved + torch.arange(start, right)], x[each, moved + torch.arange(left, end)], shared


@one_thread()
def learnt_encoder(windows: Floats, seed: int = 0) -> nn.Module:
    """Train an encoder on windows ``(n, t, d)`` of at least 2 rows: 200 iterations, above 100,000 values 600.

    The mean of the weights over all iterations is what counts. The same seed gives the same encoder, and torch's own
    random numbers go on as if nothing had been drawn.
    """
    x = torch.as_tensor(windows, dtype=torch.float32)
    size = min(BATCH, len(x))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = Encoder(x.shape[2])
        average = AveragedModel(encoder)
        average.update_parameters(encoder)
        optimiser = torch.optim.AdamW(encoder.parameters(), lr=1e-3, fused=True)
        batches = list[Tensor]()
        for _ in range(FEW if x.numel() <= SMALL else MANY):
            batches = batches or [part for part in torch.randperm(len(x)).split(size) if len(part) == size]
            one, two, shared = overlapping_crops(x[batches.pop()])
            optimiser.zero_grad()
            hierarchical_loss(encoder(one)[:, -shared:], encoder(two)[:, :shared]).backward()
            optimiser.step()
            average.update_parameters(encoder)
    return average.eval()


@one_thread()
@torch.no_grad()
def encoded(encoder: nn.Module, windows: Floats) -> NDArray[np.float64]:
    """One vector a window, ``(n, 320)``: the largest of its rows' vectors."""
    x = torch.as_tensor(windows, dtype=torch.float32)
    return torch.cat([encoder(part).amax(1) for part in x.split(256)]).double().numpy()
