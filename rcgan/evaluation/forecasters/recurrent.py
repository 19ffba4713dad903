r"""A small recurrent network that gives quantiles.

Its loss is the pinball loss at nine levels, the mean over what is known of

.. math:: \rho_\tau(y - q_\tau) = \max(\tau (y - q_\tau), (\tau - 1) (y - q_\tau)),

as in Wen et al. (2017), "A multi-horizon quantile recurrent forecaster", eq. 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from rcgan.threads import one_thread

from .table import LEVELS, Array, Lags, typical

__all__ = ["pinball", "recurrent"]

HIDDEN = 32
BATCH = 128
ITERATIONS = 200
RATE = 5e-3
MOST_LAGS = 12


class Network(nn.Module):
    """A GRU over the lags, and from its last state the quantiles, sorted."""

    def __init__(self, columns: int, targets: int) -> None:
        super().__init__()
        self.gru = nn.GRU(columns, HIDDEN, batch_first=True)
        self.out = nn.Linear(HIDDEN, targets * len(LEVELS))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return quantiles (rows, targets, levels), sorted."""
        state = self.gru(inputs)[0][:, -1]
        return self.out(state).unflatten(1, (-1, len(LEVELS))).sort(-1).values


@one_thread()
def recurrent(lags: Lags, seed: int) -> Callable[[Array], Array]:
    """A GRU of 32 units over the last 12 lags."""
    x = torch.from_numpy(lags.inputs[:, -MOST_LAGS:].astype(np.float32))
    scale = typical(lags.change).reshape(-1)
    y = torch.from_numpy((lags.change.reshape(len(lags), -1) / scale).astype(np.float32))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(x.shape[2], y.shape[1])
    rng = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, ITERATIONS)
    for _ in range(ITERATIONS):
        rows = torch.randint(len(x), (BATCH,), generator=rng)
        optimiser.zero_grad()
        pinball(network(x[rows]), y[rows]).backward()
        optimiser.step()
        falling.step()

    @one_thread()
    def foretell(inputs: Array) -> Array:
        parts = torch.from_numpy(inputs[:, -MOST_LAGS:].astype(np.float32)).split(4096)
        with torch.no_grad():
            quantiles = torch.cat([network(part) for part in parts]).double().numpy()
        return (quantiles * scale[:, None]).reshape(-1, *lags.change.shape[1:], len(LEVELS))

    return foretell


def pinball(quantiles: Tensor, y: Tensor) -> Tensor:
    """Mean pinball loss of quantiles (rows, targets, levels) over the targets (rows, targets) that are known.

    >>> pinball(torch.zeros(1, 1, 9), torch.tensor([[2.0]]))
    tensor(1.)
    """
    known = torch.isfinite(y)
    gap = torch.where(known, y, 0.0)[..., None] - quantiles
    levels = torch.from_numpy(LEVELS.astype(np.float32))
    each = torch.maximum(levels * gap, (levels - 1) * gap).mean(-1)
    return (each * known).sum() / known.sum().clamp_min(1)
