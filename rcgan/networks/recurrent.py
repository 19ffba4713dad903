"""LSTM generator and reader: the default everywhere."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rcgan.networks.heads import Head
from rcgan.networks.reader import Reader

__all__ = ["LSTMGenerator", "LSTMReader"]


def spread_over(code: Tensor, valid: Tensor) -> Tensor:
    """Repeat ``code (b, k)`` at every step that exists: ``(b, t, k)``."""
    return code[:, None] * valid


class LSTMGenerator(nn.Module):
    r"""Run an LSTM over the code, the condition and the noise of each step, and let the head write the window.

    .. math:: h_t = \mathrm{LSTM}([z, e_t, y], h_{t-1}), \qquad x = \mathrm{head}(W [h, e], [z, y])

    Esteban, Hyland, Raetsch (2017), "Real-valued (medical) time series generation with recurrent conditional
    GANs", section 3, with a code for the whole window beside the noise of each step.

    Shapes:
        ``forward(z (b, l), e (b, t, s), y (b, k), valid (b, t, 1))`` to ``(b, t, D)``; 0 where ``valid`` is 0.
    """

    def __init__(self, head: Head, latent: int, noise: int, condition: int, hidden: int, steps: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(latent + noise + condition, hidden, batch_first=True)
        self.out = nn.Linear(hidden + noise, head.width)
        self.head = head

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        code = torch.cat([z, y], -1)
        e = e * valid
        state, _ = self.lstm(torch.cat([spread_over(code, valid), e], -1))
        return self.head(self.out(torch.cat([state, e], -1)), code, e) * valid


class LSTMReader(Reader):
    """Read a window with an LSTM: the mean and the last of its states.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b, 2 hidden)``. Padding changes nothing.
    """

    def __init__(self, width: int, condition: int, hidden: int, steps: int) -> None:
        super().__init__()
        self.features = 2 * hidden
        self.lstm = nn.LSTM(width + condition, hidden, batch_first=True)

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the features."""
        states, _ = self.lstm(torch.cat([seen, spread_over(y, valid)], -1))
        lengths = valid.sum(1, keepdim=True)
        last = (lengths.long() - 1).clamp_min(0).expand(-1, -1, states.shape[-1])
        mean = (states * valid).sum(1) / lengths[:, 0].clamp_min(1)
        return torch.cat([mean, states.gather(1, last)[:, 0]], -1)
