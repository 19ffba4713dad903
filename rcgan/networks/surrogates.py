"""Surrogates: windows of vibration with the spectra of others, and phases of their own."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rcgan.data.parzen import ManifoldParzen
from rcgan.networks.mixture import Mixture

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

    def __init__(self, steps: int, channels: int, windows: int) -> None:
        super().__init__()
        self.steps, self.channels, kept = steps, channels, min(windows, MOST)
        self.register_buffer("spectra", torch.zeros(kept, steps // 2 + 1, channels, 2))
        self.levels = Mixture(kept, channels)

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Keep the spectra and levels of windows ``(n, t, c)`` without holes; of 500 if there are more."""
        x = x[torch.linspace(0, len(x) - 1, min(len(x), len(self.spectra))).round().long()].double()
        level = x.mean(1)
        usual = x.std((0, 1), correction=0)
        places = level / torch.where(usual > 0, usual, 1.0)
        density = ManifoldParzen.fit(level.cpu().numpy(), places.cpu().numpy(), seed=0)
        self.spectra[: len(x)] = torch.view_as_real(torch.fft.rfft(x - level[:, None], dim=1)).to(self.spectra.dtype)
        if len(density.means) > 1:
            self.levels.fit(torch.from_numpy(density.means), torch.from_numpy(density.factors))
        else:
            self.levels.fit(*_smoothed(level))

    def forward(self, e: Tensor) -> Tensor:
        """Return the windows."""
        white, c, last = e.flatten(1), self.channels, self.steps // 2
        which, level = self.levels(white[:, : 1 + c])
        around = torch.pi * 2 * torch.special.ndtr(white[:, 1 + c : 1 + c + last])
        if self.steps % 2 == 0:  # a number without a phase, but with a sign
            around = torch.cat([around[:, :-1], torch.pi * (around[:, -1:] > torch.pi)], 1)
        turn = torch.polar(torch.ones_like(around), around)[..., None]
        spectra = torch.view_as_complex(self.spectra[which])
        turned = torch.cat([spectra[:, :1], spectra[:, 1:] * turn], 1)
        return level[:, None] + torch.fft.irfft(turned, n=self.steps, dim=1)


def _smoothed(level: Tensor) -> tuple[Tensor, Tensor]:
    """Return means and factors of a smoothed bootstrap of levels ``(n, c)``."""
    n, c = level.shape
    width = min(1.0, 0.5 * (4 / (n * (c + 2))) ** (1 / (c + 4)))
    mean = level.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov(level.T, correction=0).reshape(c, c))
    factor = width * vectors * values.clamp_min(0).sqrt()
    return mean + (1 - width**2) ** 0.5 * (level - mean), factor.expand(n, c, c)
