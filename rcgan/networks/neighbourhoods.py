"""Neighbourhoods: windows of a stationary law, at levels and of sizes as those of windows near each other."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from rcgan.data.parzen import ManifoldParzen
from rcgan.data.stationarity import shapes, timeless
from rcgan.networks.marginals import JUMPS, KNOTS, LEAST, REACH
from rcgan.networks.mixture import Mixture
from rcgan.networks.quantiles import through

__all__ = ["Neighbourhoods"]

LARGE = 4_000_000  # numbers of all kernels, up to which each window has its own
VALUES = 4096  # steps of a neighbourhood that quantiles are taken of


class Neighbourhoods(nn.Module):
    r"""Turn white noise into windows that are cut from a series at no time that matters, learned from few.

    .. math:: x_t = l + e^{\sigma} s_t, \qquad (l, \sigma) \sim \frac1n \sum_j N(\mu_j, \Sigma_j), \qquad s \sim N(0, C)

    The levels :math:`l` and log sizes :math:`\sigma` of the channels follow a
    :class:`~rcgan.data.parzen.ManifoldParzen` density: machines dwell at operating points, and how narrow these are is
    told by windows left out. The shape :math:`s`, of mean 0 and size 1, is normal noise that moves alike at any time
    (:func:`~rcgan.data.stationarity.timeless`): so many steps tell each of its numbers that few windows are enough, and
    it repeats none of them. Channels that jump about are then written by the quantiles of the windows near each other,
    as by :class:`~rcgan.networks.marginals.Marginals`.

    Args:
        steps: of a window.
        channels: of a window.
        windows: how many there are to learn from.

    Shapes:
        ``forward(e (b, t, s))`` to ``(b, t, channels)``, with ``s`` at least ``channels``. Of the ``t channels``
        numbers, one chooses a neighbourhood and ``2 channels`` level and size within it; the shape's components,
        which are fewer by one a channel since their mean is 0, lose so many more of the smallest.
    """

    basis: Tensor
    jumps: Tensor
    scores: Tensor
    knots: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(self, steps: int, channels: int, windows: int) -> None:
        super().__init__()
        self.steps, self.channels = steps, channels
        self.local = windows * (2 * channels) ** 2 <= LARGE
        rows = windows if self.local else 1
        self.states = Mixture(rows, 2 * channels)
        self.register_buffer("basis", torch.zeros((steps - 2) * channels - 1, steps * channels))
        self.register_buffer("jumps", torch.zeros(channels))
        self.register_buffer("scores", torch.linspace(-REACH, REACH, KNOTS))
        self.register_buffer("knots", self.scores.repeat(rows, channels, 1))
        self.register_buffer("centre", torch.zeros(rows, channels))
        self.register_buffer("spread", torch.ones(rows, channels))

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Learn from windows ``(n, t, c)`` without holes."""
        windows = x.double().cpu().numpy()
        level, size, shape = (part.astype(np.float64) for part in shapes(windows))
        usual = windows.std((0, 1))
        places = level / np.where(usual > 0, usual, 1.0)
        density = ManifoldParzen.fit(np.concatenate([level, np.log(size)], 1), places, seed=0, local=self.local)
        self.states.fit(torch.from_numpy(density.means), torch.from_numpy(density.factors))
        self._fit_shape(torch.from_numpy(shape))
        moves = np.sqrt((np.diff(windows, axis=1) ** 2).mean((0, 1)))
        jumps = (moves >= JUMPS * usual) & (usual > 0)
        self.jumps.copy_(torch.from_numpy(jumps))
        shares = torch.special.ndtr(self.scores).double().cpu().numpy()
        for row, some in enumerate(density.near):
            values = windows[some].reshape(-1, self.channels)
            values = values[:: -(-len(values) // VALUES)]
            self.centre[row], self.spread[row] = (torch.from_numpy(a) for a in (values.mean(0), values.std(0)))
            self.knots[row, jumps] = torch.from_numpy(np.quantile(values[:, jumps], shares, axis=0).T).float()
        self.spread.clamp_(min=LEAST)

    def _fit_shape(self, shape: Tensor) -> None:
        """Take the components of shapes ``(n, t, c)``, of unit size on average."""
        n, t, c = shape.shape
        flat = shape.flatten(1)
        values, vectors = torch.linalg.eigh(torch.from_numpy(timeless((flat.T @ flat / n).numpy(), c)))
        basis = (vectors * values.clamp_min(0).sqrt()).T.flip(0)[: len(self.basis)]
        size = basis.square().sum(0).reshape(t, c).mean(0).sqrt()
        self.basis.copy_(basis / torch.where(size > 0, size, 1.0).repeat(t))

    def forward(self, e: Tensor) -> Tensor:
        """Return the windows."""
        white, c = e[..., : self.channels].flatten(1), self.channels
        which, drawn = self.states(white[:, : 1 + 2 * c])
        shape = (white[:, 1 + 2 * c :] @ self.basis).unflatten(1, (self.steps, c))
        shape = shape / shape.square().mean(1, keepdim=True).sqrt().clamp_min(LEAST)
        x = drawn[:, None, :c] + drawn[:, None, c:].exp() * shape
        score = (x - self.centre[which][:, None]) / self.spread[which][:, None]
        written = through(score.transpose(1, 2).contiguous(), self.scores, self.knots[which]).transpose(1, 2)
        return torch.where(self.jumps > 0, written, x)
