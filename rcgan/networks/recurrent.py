"""LSTM generator and critic: the default everywhere."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rcgan.networks.heads import WindowHead

__all__ = ["LSTMCritic", "LSTMGenerator", "reverse"]


def spread_over(code: Tensor, valid: Tensor) -> Tensor:
    """Repeat ``code (b, k)`` at every step that exists: ``(b, t, k)``."""
    return code[:, None] * valid


def reverse(x: Tensor, valid: Tensor) -> Tensor:
    """Reverse each window within its own length; padding stays behind.

    >>> x = torch.tensor([[[1.0], [2.0], [0.0]]])
    >>> reverse(x, torch.tensor([[[1.0], [1.0], [0.0]]])).flatten().tolist()
    [2.0, 1.0, 0.0]
    """
    steps = torch.arange(x.shape[1], device=x.device)
    lengths = valid.sum(1).long()
    order = torch.where(steps < lengths, lengths - 1 - steps, steps)
    return x.gather(1, order[..., None].expand_as(x))


class LSTMGenerator(nn.Module):
    r"""Run an LSTM over the code, the condition and the noise of each step, and let the head write the window.

    .. math:: h_t = \mathrm{LSTM}([z, e_t, y], h_{t-1}), \qquad x = \mathrm{head}(W [h, e], [z, y])

    Esteban, Hyland, Raetsch (2017), "Real-valued (medical) time series generation with recurrent conditional
    GANs", section 3, with a code for the whole window beside the noise of each step.

    Shapes:
        ``forward(z (b, l), e (b, t, s), y (b, k), valid (b, t, 1))`` to ``(b, t, D)``; 0 where ``valid`` is 0.
    """

    def __init__(self, head: WindowHead, latent: int, noise: int, condition: int, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(latent + noise + condition, hidden, batch_first=True)
        self.out = nn.Linear(hidden + noise, head.width)
        self.head = head

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        code = torch.cat([z, y], -1)
        e = e * valid
        state, _ = self.lstm(torch.cat([spread_over(code, valid), e], -1))
        return self.head(self.out(torch.cat([state, e], -1)), code) * valid


class LSTMCritic(nn.Module):
    """Read a window both ways with an LSTM, and score the mean and last states of each reading.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b,)``. Padding changes nothing.
    """

    def __init__(self, width: int, condition: int, hidden: int) -> None:
        super().__init__()
        self.forwards = nn.LSTM(width + condition, hidden, batch_first=True)
        self.backwards = nn.LSTM(width + condition, hidden, batch_first=True)
        self.score = nn.Linear(4 * hidden, 1)

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return one score a window."""
        x = torch.cat([seen, spread_over(y, valid)], -1)
        lengths = valid.sum(1, keepdim=True)
        last = (lengths.long() - 1).clamp_min(0)
        parts: list[Tensor] = []
        for lstm, inputs in ((self.forwards, x), (self.backwards, reverse(x, valid))):
            states, _ = lstm(inputs)
            parts.append((states * valid).sum(1) / lengths[:, 0].clamp_min(1))
            parts.append(states.gather(1, last.expand(-1, -1, states.shape[-1]))[:, 0])
        return self.score(torch.cat(parts, -1))[:, 0]
