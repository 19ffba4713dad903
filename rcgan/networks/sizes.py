"""Sizes: in most windows a channel is still, in some it is lively; and what is lively is so together."""

from __future__ import annotations

import math

import torch
from scipy.stats import ks_2samp
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.cospectra import octaves, turn
from rcgan.networks.quantiles import through

__all__ = ["Sizes"]

REACH = 3.0  # scores between which quantiles are kept
KNOTS = 33
FLOOR = 0.02  # of a band's mean size, added before the logarithm is taken
APART = 0.25  # Kolmogorov's distance between the sizes drawn and the real ones, from which on they are put right
ENOUGH = 256  # windows, without which nothing is
RIDGE = 20.0  # windows of a state that count as much as the law's word
BLEND = 0.01  # of the identity in correlations, so that they have roots
LOUDEST = 50.0  # largest factor
FAINT = 1e-9
QUANTILES_OF = 10_000_000  # numbers, at most: torch takes them of so many


class Sizes(nn.Module):
    r"""Give the windows of a normal law sizes as real ones have them, in each octave of frequencies.

    .. math:: x = \bar{g} + \sum_b \frac{r'_b}{r_b}\, g_b, \qquad
              \log r' = Q_s(T z), \quad z = \Phi^{-1}\bigl( F_s(\log r) \bigr)

    where :math:`g_b` is what a channel's cosine transform has between the frequencies :math:`2^b` and
    :math:`2^{b+1}`, and :math:`r_b` its root mean square. A sum of components makes all windows of a state ``s`` (of a
    label and a regime) about as lively; rooms are still but for the hour in which somebody showers. No new noise is
    needed: the sizes that the law happens to draw, as normal scores, are turned by ``T`` until they go together as
    those of real windows do, and are read from these windows' quantiles. ``T`` is the least change that does so, Olkin,
    Pukelsheim (1982), "The distance between two random vectors with given dispersion matrices". On what magnitudes of
    bands tell beyond covariances: Portilla, Simoncelli (2000), "A parametric texture model based on joint statistics
    of complex wavelet coefficients". Left alone are channels whose sizes the law has within a Kolmogorov distance of a
    quarter; and every channel where fewer than 256 windows without holes are known.

    Args:
        steps: of a window.
        channels: of a window.
        states: how many there are.

    Shapes:
        ``forward(g (b, t, channels), state (b,))`` to ``(b, t, channels)``; means over time stay as they are.
    """

    scores: Tensor
    turn: Tensor
    floor: Tensor
    active: Tensor
    least: Tensor
    most: Tensor

    def __init__(self, steps: int, channels: int, states: int) -> None:
        super().__init__()
        self.bands = octaves(steps)
        wide = len(self.bands) * channels
        self.register_buffer("scores", torch.linspace(-REACH, REACH, KNOTS))
        self.register_buffer("turn", torch.eye(wide))
        self.register_buffer("floor", torch.ones(wide))
        self.register_buffer("active", torch.zeros(channels))
        for side in ("drawn", "real"):
            self.register_buffer(f"{side}_means", torch.zeros(states, wide))
            self.register_buffer(f"{side}_sds", torch.ones(states, wide))
            self.register_buffer(f"{side}_knots", self.scores.repeat(wide, 1))
        self.register_buffer("least", torch.zeros(states, wide))
        self.register_buffer("most", torch.zeros(states, wide))

    @torch.no_grad()
    def fit(self, drawn: Tensor, drawn_state: Tensor, real: Tensor, state: Tensor, free: Tensor) -> None:
        """Learn from windows of the law ``(m, t, c)`` and real ones ``(n, t, c)``, without holes, and their states.

        ``free`` tells which channels ``(c,)`` may be put right.
        """
        if len(real) < ENOUGH or not self.bands:
            return
        sizes = [self._sizes(_cosines(x.double())) for x in (drawn, real)]
        self.floor.copy_(FLOOR * sizes[1].mean(0).clamp_min(FAINT))
        sizes = [(part + self.floor.double()).log() for part in sizes]
        pairs = zip(*(part.T.numpy() for part in sizes), strict=True)
        apart = torch.tensor([ks_2samp(one, two, method="asymp")[0] for one, two in pairs])
        self.active.copy_(free * (apart.unflatten(0, (len(self.bands), -1)).amax(0) > APART))
        if not self.active.any():
            return
        known = torch.bincount(state, minlength=len(self.least)).double()[:, None]
        trust = known / (known + RIDGE)
        means, sds = _moments(sizes[0], drawn_state, len(known))
        scores = [self._take("drawn", sizes[0], drawn_state, means, sds)]
        real_means, real_sds = _moments(sizes[1], state, len(known))
        means, sds = torch.lerp(means, real_means, trust), torch.lerp(sds, real_sds, trust)
        scores.append(self._take("real", sizes[1], state, means, sds))
        for k in range(len(known)):
            mine = sizes[1][state == k] if known[k] >= RIDGE else sizes[1]
            self.least[k], self.most[k] = mine.amin(0), mine.amax(0)
        self.turn.copy_(turn(*map(_correlation, scores)))

    def _take(self, side: str, sizes: Tensor, state: Tensor, means: Tensor, sds: Tensor) -> Tensor:
        """Keep the law of sizes ``(n, k)``: moments in each state, and what is left over all. Return their scores."""
        left = (sizes - means[state]) / sds[state]
        scores = self.scores.double()
        some = left[torch.linspace(0, len(left) - 1, min(len(left), QUANTILES_OF // left.shape[1])).long()]
        knots = torch.quantile(some, torch.special.ndtr(scores), dim=0).T + 1e-4 * scores
        for name, part in (("means", means), ("sds", sds), ("knots", knots)):
            self.get_buffer(f"{side}_{name}").copy_(part)
        return through(left.T.contiguous(), knots, scores).T.clamp(-REACH, REACH)

    def _sizes(self, spectrum: Tensor) -> Tensor:
        """Return the root mean squares of all bands, ``(b, t, c)`` to ``(b, bands c)``."""
        return torch.cat([spectrum[:, i:j].square().mean(1).sqrt() for i, j in self.bands], 1)

    def forward(self, g: Tensor, state: Tensor) -> Tensor:
        """Return the windows."""
        if not self.active.any():
            return g
        spectrum = _cosines(g)
        sizes = self._sizes(spectrum)
        own, wanted = (
            [self.get_buffer(f"{side}_{part}") for part in ("means", "sds", "knots")] for side in ("drawn", "real")
        )
        left = ((sizes + self.floor).log() - own[0][state]) / own[1][state]
        score = through(left.T.contiguous(), own[2], self.scores).T.clamp(-REACH, REACH) @ self.turn
        read = through(score.clamp(-REACH, REACH).T.contiguous(), self.scores, wanted[2]).T
        log = (wanted[0][state] + wanted[1][state] * read).clamp(self.least[state], self.most[state])
        factors = ((log.exp() - self.floor) / sizes.clamp_min(FAINT)).clamp(0, LOUDEST)
        factors = factors.unflatten(1, (len(self.bands), -1))
        scaled = [spectrum[:, :1]] + [spectrum[:, i:j] * factors[:, k, None] for k, (i, j) in enumerate(self.bands)]
        return torch.where(self.active > 0, _from_cosines(torch.cat(scaled, 1)), g)


def _cosines(x: Tensor) -> Tensor:
    """Return the orthonormal cosine transform over time, ``(b, t, c)``, in memory that grows with t.

    >>> _cosines(torch.tensor([[[1.0], [1.0], [1.0], [1.0]]])).flatten().round(decimals=5).abs().tolist()
    [2.0, 0.0, 0.0, 0.0]
    """
    steps = x.shape[1]
    both = torch.fft.rfft(torch.cat([x, x.flip(1)], 1), dim=1)[:, :steps]
    return (both * _turned(steps, x, -1)).real / (2 * steps) ** 0.5 * _weights(steps, x)


def _from_cosines(spectrum: Tensor) -> Tensor:
    """Undo :func:`_cosines`."""
    steps = spectrum.shape[1]
    both = spectrum / _weights(steps, spectrum) * (2 * steps) ** 0.5 * _turned(steps, spectrum, 1)
    return torch.fft.irfft(F.pad(both, (0, 0, 0, 1)), 2 * steps, dim=1)[:, :steps]


def _turned(steps: int, x: Tensor, way: int) -> Tensor:
    """Return by what the transform of a series and its mirror image is turned, ``(t, 1)``."""
    angle = way * math.pi / (2 * steps) * torch.arange(steps, dtype=x.dtype, device=x.device)[:, None]
    return torch.polar(torch.ones_like(angle), angle)


def _weights(steps: int, x: Tensor) -> Tensor:
    """Return what makes the transform orthonormal, ``(t, 1)``: the mean counts as two."""
    return torch.where(torch.arange(steps, device=x.device)[:, None] == 0, 0.5**0.5, 1.0).to(x.dtype)


def _moments(sizes: Tensor, state: Tensor, states: int) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation in every state, ``(states, k)``; where nothing is, those of all."""
    told = F.one_hot(state, states).to(sizes.dtype)
    count = told.sum(0)[:, None]
    means = torch.where(count > 0, told.T @ sizes / count.clamp_min(1), sizes.mean(0))
    squares = (sizes - means[state]).square()
    pooled = squares.mean(0)
    spread = (told.T @ squares + RIDGE * pooled) / (count + RIDGE)
    return means, spread.sqrt().clamp_min(1e-4)


def _correlation(scores: Tensor) -> Tensor:
    """Return the correlations of columns ``(n, k)``, slightly shrunk; none of what does not vary."""
    sd = scores.std(0, correction=0).clamp_min(FAINT)
    white = (scores - scores.mean(0)) / sd
    one = torch.eye(scores.shape[1], dtype=scores.dtype)
    return torch.lerp(white.T @ white / len(white), one, BLEND)
