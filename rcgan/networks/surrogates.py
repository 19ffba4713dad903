"""Surrogates: windows of vibration with the spectra of others, and phases of their own."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rcgan.data.parzen import ManifoldParzen

__all__ = ["Surrogates"]

MOST = 500  # windows whose spectra are kept


class Surrogates(nn.Module):
    r"""Turn white noise into windows of a stationary law, each with the spectrum of one of those learned from.

    .. math:: x_t = l + \frac1T \sum_f X_{jf}\, e^{i \phi_f + 2 \pi i f t / T}, \qquad
              l = \mu_j + L_j\, \epsilon

    where :math:`X_j` is the Fourier transform of a window :math:`j` drawn at random less its level :math:`l_j`, and
    the phases :math:`\phi_f` are even on the circle and the same for all channels, whose lags and coherence stay:
    Prichard, Theiler (1994), "Generating surrogate data for time series with several simultaneously measured
    variables", eq. 5. Levels follow a :class:`~rcgan.data.parzen.ManifoldParzen` density where they gather around
    operating points. Otherwise they are a smoothed bootstrap,
    :math:`\mu_j = \bar l + \sqrt{1 - h^2} (l_j - \bar l)` and :math:`L_j L_j^\top` their covariance times
    :math:`h^2`, half the width that Silverman (1986), "Density estimation", eq. 4.14 has for normal data.

    A sum of many windows, which is what normal noise is, has the frequencies of them all; these have those of one.

    Args:
        steps: of a window.
        channels: of a window.
        windows: how many there are to learn from: spectra of 500 are kept at most.

    Shapes:
        ``forward(e (b, t, s))`` to ``(b, t, channels)``, with ``t s`` at least ``1 + channels + t / 2``.
    """

    spectra: Tensor
    levels: Tensor
    spread: Tensor
    count: Tensor

    def __init__(self, steps: int, channels: int, windows: int) -> None:
        super().__init__()
        self.steps, kept = steps, min(windows, MOST)
        self.register_buffer("spectra", torch.zeros(kept, steps // 2 + 1, channels, 2))
        self.register_buffer("levels", torch.zeros(kept, channels))
        self.register_buffer("spread", torch.zeros(kept, channels, channels))
        self.register_buffer("count", torch.ones(1))

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Keep the spectra and levels of windows ``(n, t, c)`` without holes; of 500 if there are more."""
        x = x[torch.linspace(0, len(x) - 1, min(len(x), len(self.levels))).round().long()].double()
        n, c = len(x), x.shape[2]
        level = x.mean(1)
        width = min(1.0, 0.5 * (4 / (n * (c + 2))) ** (1 / (c + 4)))
        usual = x.std((0, 1), correction=0)
        places = level / torch.where(usual > 0, usual, 1.0)
        density = ManifoldParzen.fit(level.cpu().numpy(), places.cpu().numpy(), seed=0)
        self.spectra[:n] = torch.view_as_real(torch.fft.rfft(x - level[:, None], dim=1)).to(self.spectra.dtype)
        if len(density.means) > 1:
            self.levels[:n], self.spread[:n] = torch.from_numpy(density.means), torch.from_numpy(density.factors)
        else:
            mean = level.mean(0)
            values, vectors = torch.linalg.eigh(torch.cov(level.T, correction=0).reshape(c, c))
            self.levels[:n] = (mean + (1 - width**2) ** 0.5 * (level - mean)).to(self.levels.dtype)
            self.spread[:n] = width * vectors * values.clamp_min(0).sqrt()
        self.count.fill_(n)

    def forward(self, e: Tensor) -> Tensor:
        """Return the windows."""
        white, c, last = e.flatten(1), self.levels.shape[1], self.steps // 2
        which = (torch.special.ndtr(white[:, 0]) * self.count).long().clamp_max(len(self.levels) - 1)
        level = self.levels[which] + (self.spread[which] @ white[:, 1 : 1 + c, None])[..., 0]
        around = torch.pi * 2 * torch.special.ndtr(white[:, 1 + c : 1 + c + last])
        if self.steps % 2 == 0:  # a number without a phase, but with a sign
            around = torch.cat([around[:, :-1], torch.pi * (around[:, -1:] > torch.pi)], 1)
        turn = torch.polar(torch.ones_like(around), around)[..., None]
        spectra = torch.view_as_complex(self.spectra[which])
        turned = torch.cat([spectra[:, :1], spectra[:, 1:] * turn], 1)
        return level[:, None] + torch.fft.irfft(turned, n=self.steps, dim=1)
