"""Windows to codes, and features to what they tell of codes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.dense import layers
from rcgan.networks.reader import Reader
from rcgan.networks.views import Views

__all__ = ["Encoder", "Imaginer", "OnSphere", "Posterior", "Recognition"]


class Encoder(nn.Module):
    """Read a window's views with trunks, and write its code. It is not told the label.

    Shapes:
        ``forward(x (b, t, D), mask (b, t, D), valid (b, t, 1))`` to ``(b, latent)``.
    """

    def __init__(self, views: Views, readers: list[Reader], latent: int, hidden: int) -> None:
        super().__init__()
        self.views = views
        self.readers = nn.ModuleList(readers)
        features = sum(reader.features for reader in readers)
        self.out = nn.Sequential(layers(features, (2 * hidden,)), nn.Linear(2 * hidden, latent))

    def forward(self, x: Tensor, mask: Tensor, valid: Tensor) -> Tensor:
        """Return the codes."""
        seen, _ = self.views(x, mask)
        nothing = seen.new_zeros(len(seen), 0)
        return self.out(torch.cat([reader(seen, nothing, valid) for reader in self.readers], -1))


class Recognition(nn.Module):
    r"""Tell which codes a window may be of, :math:`q(z \mid x) = N(\mu(x), \operatorname{diag} s^2(x))`, :math:`s < 1`.

    A variational autoencoder's encoder. Kingma, Welling (2014), "Auto-encoding variational Bayes", eq. 9, where the
    recognition model is one of any width; here no code is told less surely than its prior, :math:`N(0, I)`, does.

    Args:
        encoder: twice as wide as the code.

    Shapes:
        ``forward(x (b, t, D), mask (b, t, D), valid (b, t, 1))`` to the means and the logarithms of the standard
        deviations, ``(b, latent)`` both.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, x: Tensor, mask: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log sd."""
        mean, width = self.encoder(x, mask, valid).chunk(2, -1)
        return mean, F.logsigmoid(width)

    def views(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return what it sees of windows, and which of these cells were observed."""
        return self.encoder.views(x, mask)


class Imaginer(nn.Module):
    """Make codes of noise: the generator of ARAE, whose decoder is the generator of windows.

    Shapes:
        ``forward(z (b, latent))`` to ``(b, width)``.
    """

    def __init__(self, latent: int, width: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(layers(latent, (2 * hidden, 2 * hidden)), nn.Linear(2 * hidden, width))

    def forward(self, z: Tensor) -> Tensor:
        """Return the codes."""
        return self.body(z)


class OnSphere(nn.Module):
    r"""Divide the codes of an encoder or imaginer by their length: :math:`c / |c|`.

    Zhao et al. (2018), "Adversarially regularized autoencoders": so that codes cannot shrink to ease the
    critic's task, nor grow past the noise that is added to them.

    Shapes:
        those of ``network``, ``(b, width)`` returned.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *given: Tensor) -> Tensor:
        """Return the codes."""
        return F.normalize(self.network(*given), dim=-1)


class Posterior(nn.Module):
    """Tell the parameters of the codes' posterior from the features of a critic's trunk: InfoGAN's Q.

    Shapes:
        ``forward(features (b, f))`` to ``(b, parameters)``.
    """

    def __init__(self, features: int, parameters: int, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(layers(features, (hidden,)), nn.Linear(hidden, parameters))

    def forward(self, features: Tensor) -> Tensor:
        """Return the parameters."""
        return self.body(features)
