"""What normal noise needs to become channels that jump about: quantiles, and correlations that survive them."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import factorial
from torch import Tensor, nn

from rcgan.networks.quantiles import through

__all__ = ["Marginals"]

REACH = 3.2  # scores between which quantiles are kept
KNOTS = 33
JUMPS = 0.4  # root mean square of differences over that of values, from which on a channel jumps about
EVEN = 1.5  # largest mean size of a step over the least, up to which one law serves all steps
ORDER = 24  # of the Hermite series
HALVINGS = 18
LEAST = 1e-6  # standard deviation
RESTS = 0.1  # share of a channel's values that lie where others do, from which on it rests
ENOUGH = 256  # values of a regime from which on its quantiles are its own
PLACES = torch.linspace(-6, 6, 2401, dtype=torch.float64)  # where it is integrated, by
WEIGHTS = torch.softmax(-PLACES.square() / 2, 0)
HERMITE = np.polynomial.hermite_e.hermevander(PLACES.numpy(), ORDER)[:, 1:]
BASIS = WEIGHTS[:, None] * torch.from_numpy(HERMITE / np.sqrt(factorial(np.arange(1, ORDER + 1))))


class Marginals(nn.Module):
    r"""Write channels that jump about by their quantiles in each regime, :math:`x = Q_r(g)`, :math:`g \sim N(0, 1)`.

    So a switch is off as often as it was, and peaks are as high, whatever the noise of which windows are made. The
    correlations of that noise are not those of :math:`x`: with the Hermite coefficients :math:`a_k` of :math:`Q`,

    .. math:: \operatorname{corr}(Q_i(g_i), Q_j(g_j)) = \sum_{k \ge 1} a_{ik} a_{jk} \rho^k

    (Mehler, 1866), which :meth:`latent` solves for :math:`\rho`. Cario, Nelson (1997), "Modeling and generating random
    vectors with arbitrary marginal distributions and correlation matrix", section 2. Left alone are channels whose
    steps are small beside their values, and those that vary more at some steps of the window than at others. ``rests``
    tells which channels come to rest, as rain at 0: there, many scores are written as one value.

    Args:
        channels: continuous ones.
        regimes: how many regimes there are.

    Shapes:
        ``forward(g (b, t, c), regime (b, regimes))`` to ``(b, t, c)``.
    """

    jumps: Tensor
    rests: Tensor
    scores: Tensor
    knots: Tensor

    def __init__(self, channels: int, regimes: int) -> None:
        super().__init__()
        self.register_buffer("jumps", torch.zeros(channels))
        self.register_buffer("rests", torch.zeros(channels))
        self.register_buffer("scores", torch.linspace(-REACH, REACH, KNOTS))
        self.register_buffer("knots", self.scores.expand(regimes, channels, KNOTS).clone())
        self.series = torch.zeros(channels, ORDER)  # of no use but in fitting

    @torch.no_grad()
    def fit(self, x: Tensor, mask: Tensor, regime: Tensor) -> Tensor:
        """Take the quantiles of windows ``(n, t, c)`` in regimes ``(n, regimes)``.

        A regime of fewer than 256 values is told by the quantiles of all. Return the windows: what jumps about in units
        of its mean and standard deviation in each regime.
        """
        self.jumps.copy_(_jumping(x, mask))
        of, told, series = regime.argmax(1), x.clone(), torch.zeros(len(self.jumps), ORDER, dtype=x.dtype)
        series[:, 0] = 1 - self.jumps
        flat = torch.zeros(len(self.jumps), dtype=x.dtype)
        shares = torch.special.ndtr(self.scores).to(x.dtype)
        for c in self.jumps.nonzero()[:, 0].tolist():
            usual = torch.quantile(x[..., c][mask[..., c] > 0], shares)
            for r in range(len(self.knots)):
                seen = (mask[..., c] > 0) & (of == r)[:, None]
                values = x[..., c][seen]
                if len(values):
                    knots = torch.quantile(values, shares) if len(values) >= ENOUGH else usual
                    told[..., c][seen] = (values - values.mean()) / values.std(correction=0).clamp_min(LEAST)
                    self.knots[r, c] = knots.to(self.knots.dtype)
                    series[c] += len(values) * self._series(knots)
                    flat[c] += len(values) * (shares.diff() * (knots.diff() < LEAST)).sum()
        self.rests.copy_(flat >= RESTS * mask.sum((0, 1)).clamp_min(1))
        self.series = series / series.norm(dim=1, keepdim=True).clamp_min(LEAST)
        return told

    @property
    def straight(self) -> Tensor:
        """Of each channel, the share of its standard deviation that goes straight with its score, ``(c,)``."""
        return torch.where(self.jumps > 0, self.series[:, 0].to(self.jumps), 1.0)

    def _series(self, knots: Tensor) -> Tensor:
        """Return the Hermite coefficients of what quantiles make of a score, in units of its standard deviation."""
        written = through(PLACES, self.scores.to(PLACES.dtype), knots.to(PLACES.dtype))
        written = written - WEIGHTS @ written
        found = written @ BASIS
        found[-1] = (WEIGHTS @ written.square() - found[:-1].square().sum()).clamp_min(0).sqrt()  # and all beyond
        return (found / found.norm().clamp_min(LEAST)).to(knots.dtype)

    @torch.no_grad()
    def latent(self, covariance: Tensor) -> Tensor:
        """Return the covariance of the scores that make values of this covariance, ``(k c)``, channels side by side."""
        times = len(covariance) // len(self.jumps)
        rows = self.jumps.repeat(times).nonzero()[:, 0]
        if not len(rows):
            return covariance
        sd = covariance.diagonal().clamp_min(LEAST**2).sqrt()
        correlation = covariance / (sd[:, None] * sd)
        every = self.series.to(covariance.dtype).repeat(times, 1)
        found = _solved(correlation[rows], every[rows], every)
        correlation[rows], correlation[:, rows] = found, found.T
        values, vectors = torch.linalg.eigh(correlation)
        whole = (vectors * values.clamp_min(0)) @ vectors.T
        size = sd / whole.diagonal().clamp_min(LEAST).sqrt()
        return whole * (size[:, None] * size)

    def forward(self, g: Tensor, regime: Tensor) -> Tensor:
        """Return the windows; beyond the quantiles they go on at their mean slope."""
        knots = self.knots[regime.argmax(1)]
        written = through(g.transpose(1, 2).contiguous(), self.scores, knots).transpose(1, 2)
        return torch.where(self.jumps > 0, written, g)


def _jumping(x: Tensor, mask: Tensor) -> Tensor:
    """Return which channels jump about, and vary as much at all steps that half of the windows have."""
    both, count = mask[:, 1:] * mask[:, :-1], mask.sum(0)
    moves = (x.diff(dim=1) * both).square().sum((0, 1)) / both.sum((0, 1)).clamp_min(1)
    size = (x * mask).square().sum((0, 1)) / count.sum(0).clamp_min(1)
    sizes = (x * mask).abs().sum(0) / count.clamp_min(1)  # squares of what is rare differ by chance
    common = count >= count.amax(0) / 2
    most, least = (torch.where(common, sizes, sign * torch.inf) for sign in (-1, 1))
    return (moves >= JUMPS**2 * size.clamp_min(LEAST**2)) & (most.amax(0) <= EVEN * least.amin(0))


def _solved(wanted: Tensor, one: Tensor, two: Tensor) -> Tensor:
    r"""Return the :math:`\rho` in -1 to 1 at which :math:`\sum_k a_{ik} a_{jk} \rho^k`, which rises, is as wanted.

    >>> _solved(torch.tensor([[0.25]]), torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0]])).round(decimals=3)
    tensor([[0.2500]])
    """
    low, high = -torch.ones_like(wanted), torch.ones_like(wanted)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        told, power = torch.zeros_like(wanted), middle.clone()
        for k in range(one.shape[1]):
            told.addcmul_(one[:, k, None] * two[:, k], power)
            power *= middle
        low, high = torch.where(told < wanted, middle, low), torch.where(told < wanted, high, middle)
    return (low + high) / 2
