"""Cospectra: what a law of all regimes lacks in each of them, put right frequency by frequency."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from scipy.fft import dct
from torch import Tensor, nn

__all__ = ["Cospectra", "by_regime", "octaves", "turn"]

ENOUGH = 20  # windows of a regime from which on its variances are its own alone,
TRUST = 10.0  # ... and windows that count as much as the law's word on how channels go together
FAINT = 1e-12  # least power at a frequency
LOUDEST = 10.0  # times what the components have there, at most
STILL = 1e-6  # of the loudest channel's standard deviation: what is less goes together with nothing
MOST = 16_000_000  # numbers that tell how channels go together; if they are more, the law's word is taken
BLEND = 0.01  # of the identity in correlations, so that they have roots
LEAST = 0.1  # share of a channel that is straight in its score


class Cospectra(nn.Module):
    r"""Give windows that common components make the spectra and cospectra that real ones have in each regime.

    .. math:: x = W^\top \bigl( M_{rb}\, c_r \, W g \bigr), \qquad
              M S M = S^*, \quad M = S^{-1/2} \bigl( S^{1/2} S^* S^{1/2} \bigr)^{1/2} S^{-1/2}

    ``W`` is the cosine transform of each channel over the steps. Common components mix channels, and in one regime one
    of them may be calm at the frequencies at which another is not: :math:`c_r` gives each channel the power that it has
    there. And channels may go together in one regime and not in another, as rooms do while the sun warms them: in each
    octave ``b`` of frequencies, and for the level, :math:`M_{rb}` gives the channels' correlations :math:`S` under the
    law those of the real windows, :math:`S^*`, and changes as little as can be: Olkin, Pukelsheim (1982), "The distance
    between two random vectors with given dispersion matrices", theorem 4. Cospectra: Priestley (1981), "Spectral
    analysis and time series", section 9.1. A regime of n windows is believed by :math:`n / (n + 10)`.

    Args:
        steps: of a window, or of a block of one.
        channels: at each step.
        regimes: how many there are.
        together: whether to ask how channels go together, beside what power they have.

    Shapes:
        ``forward(g (..., steps channels), regime (b, regimes))`` to the same, with b first.
    """

    tones: Tensor
    chords: Tensor
    cosines: Tensor

    def __init__(self, steps: int, channels: int, regimes: int, *, together: bool = True) -> None:
        super().__init__()
        self.steps, self.channels = steps, channels
        self.bands = [(0, 1), *octaves(steps)] if together else []
        self.register_buffer("tones", torch.ones(regimes, steps * channels))
        self.register_buffer("chords", torch.eye(channels).repeat(regimes, len(self.bands), 1, 1))
        cosines = dct(np.eye(steps), axis=0, norm="ortho")
        self.register_buffer("cosines", torch.from_numpy(cosines).float(), persistent=False)

    @torch.no_grad()
    def fit(
        self,
        apart: Tensor,
        regime: Tensor,
        whole: Tensor,
        covariance: Tensor,
        components: Tensor,
        variances: Tensor,
        straight: Tensor,
    ) -> None:
        r"""Compare windows with the law.

        Args:
            apart: windows less their mean, ``(n, steps channels)``, 0 where nothing was observed.
            regime: of each, as one-hot, ``(n, regimes)``.
            whole: which of them have no holes, ``(n,)``: these are asked how channels go together.
            covariance: that the law has over all regimes.
            components: of that covariance, ``(k, steps channels)``.
            variances: that they have in each regime, ``(regimes, k)``.
            straight: of each channel, the share of what is made of its scores that goes straight with them
                (:attr:`~rcgan.networks.marginals.Marginals.straight`); 1 where scores are values.
        """
        turned, shown = self._turned(components), self._turned(apart)
        power = self._turned(self._turned(covariance).T).diagonal()
        wanted = by_regime(shown.square(), power, regime)
        found = variances @ turned.square()
        self.tones.copy_((wanted / found.clamp_min(FAINT)).sqrt().clamp_max(LOUDEST))
        turned, shown, tones = (self._steps(part) for part in (turned, shown, self.tones.to(turned.dtype)))
        straight = straight.to(apart.dtype)
        for r, sd in enumerate(variances.sqrt()[..., None, None]):
            mine = shown[(regime[:, r] > 0) & whole]
            for b, (i, j) in enumerate(self.bands):
                own, there = (part.flatten(0, 1) for part in (turned[:, i:j] * sd * tones[r, i:j], mine[:, i:j]))
                real = there.T @ there / max(1, len(mine))
                self.chords[r, b].copy_(_change(own.T @ own, real, straight, len(mine) / (len(mine) + TRUST)))

    def forward(self, g: Tensor, regime: Tensor) -> Tensor:
        """Return the windows, or blocks of them."""
        turned = self._turned(g) * (regime @ self.tones)[:, None]
        if self.bands:
            of, parts = regime.argmax(1), self._steps(turned)
            parts = [parts[:, :, i:j] @ self.chords[of, b][:, None] for b, (i, j) in enumerate(self.bands)]
            turned = torch.cat(parts, 2).flatten(2)
        return self._turned(turned, back=True)

    def _steps(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.steps, self.channels))

    def _turned(self, x: Tensor, *, back: bool = False) -> Tensor:
        """Take the cosine transform of each channel, ``(..., steps channels)``, or undo it."""
        cosines = self.cosines.T if back else self.cosines
        return torch.einsum("ft,...tc->...fc", cosines.to(x.dtype), self._steps(x)).flatten(-2)


def octaves(steps: int) -> list[tuple[int, int]]:
    """Return the octaves of a cosine transform's frequencies, from and to, without the mean; the last is up to two.

    >>> octaves(24)
    [(1, 2), (2, 4), (4, 8), (8, 24)]
    """
    edges = [1]
    while 4 * edges[-1] <= steps:
        edges.append(2 * edges[-1])
    return list(pairwise([*edges, steps])) if steps > 1 else []


def by_regime(shown: Tensor, values: Tensor, regime: Tensor) -> Tensor:
    """Return variances ``values (k,)`` in each regime, as what is shown ``(n, k)`` is larger there or smaller.

    Regimes may be narrow by far: what has enough windows borrows nothing.
    """
    pooled, count = shown.mean(0), regime.sum(0)[:, None]
    each = torch.lerp(pooled, regime.T @ shown / count.clamp_min(1), (count / ENOUGH).clamp_max(1))
    return each * torch.where(pooled > 0, values.clamp_min(0) / pooled, 0.0)


def turn(own: Tensor, wanted: Tensor) -> Tensor:
    """Return the symmetric matrix that gives what has one covariance another one.

    >>> turn(torch.eye(1), torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    root = _root(own)
    back = torch.linalg.inv(root)
    return back @ _root(root @ wanted @ root) @ back


def _change(own: Tensor, real: Tensor, straight: Tensor, trust: float) -> Tensor:
    """Return by what rows of one covariance ``(c, c)`` are multiplied to go together as real ones do.

    What a bent channel's scores share with those of a straight one is by so much larger than what its values do
    (Mehler's series, which ends there behind its first term); for two bent ones the law is believed.
    """
    sd = own.diagonal().sqrt()
    size = torch.where(straight < 1, sd * straight.clamp_min(LEAST), real.diagonal().sqrt())
    alive = ((sd > STILL * sd.max()) & (size > 0)).nonzero()[:, 0]
    one, whole = torch.eye(len(alive), dtype=own.dtype), torch.eye(len(sd), dtype=own.dtype)
    if len(alive) < 2:
        return whole
    block = alive[:, None], alive
    own, real = (part[block] / d[alive] / d[alive][:, None] for part, d in ((own, sd), (real, size)))
    bent = straight[alive] < 1
    real = torch.where(bent & bent[:, None], own, real.clamp(BLEND - 1, 1 - BLEND)).fill_diagonal_(1.0)
    own, real = (torch.lerp(part, one, BLEND) for part in (own, real))
    change = turn(own, torch.lerp(own, real, trust))
    whole[block] = change / sd[alive][:, None] * sd[alive]
    return whole


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T
