"""LSTM generator and reader: the default everywhere."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.heads import Head, WindowHead
from rcgan.networks.reader import Reader

__all__ = ["LSTMGenerator", "LSTMReader"]


LSTM_STEPS = 32
SHORT = 8
LAGS = 4


def spread_over(code: Tensor, valid: Tensor) -> Tensor:
    """Repeat ``code (b, k)`` at every step that exists: ``(b, t, k)``."""
    return code[:, None] * valid


def told_shortly(condition: int) -> tuple[nn.Module, int]:
    """Return what brings a condition down to ``SHORT`` numbers, and how many are left: every step is told them.

    >>> told_shortly(3)[1], told_shortly(64)[1]
    (3, 8)
    """
    if condition <= SHORT:
        return nn.Identity(), condition
    return nn.Linear(condition, SHORT, bias=False), SHORT


def grouped(x: Tensor, size: int) -> Tensor:
    """Lay every ``size`` steps of ``(b, t, k)`` side by side, 0 behind the last: ``(b, ceil(t / size), size k)``.

    >>> grouped(torch.arange(3.0)[None, :, None], 2).tolist()
    [[[0.0, 1.0], [2.0, 0.0]]]
    """
    if size == 1:
        return x
    return F.pad(x, (0, 0, 0, -x.shape[1] % size)).unflatten(1, (-1, size)).flatten(2)


def group_size(steps: int) -> int:
    """Return how many steps of a window an LSTM takes at once: so many that it takes 32 to 63 times, or fewer.

    >>> group_size(24), group_size(63), group_size(64), group_size(275)
    (1, 1, 2, 8)
    """
    return max(1, steps // LSTM_STEPS)


class LSTMGenerator(nn.Module):
    r"""Run an LSTM over the code, the condition and the noise of each step, and let the head write the window.

    .. math:: h_t = \mathrm{LSTM}([z, e_t, y], h_{t-1}), \qquad
              x = \mathrm{head}\Big(W h_t + \sum_{k < \mathrm{lags}} V_k e_{t-k}, [z, y]\Big)

    Esteban, Hyland, Raetsch (2017), "Real-valued (medical) time series generation with recurrent conditional
    GANs", section 3, with a code for the whole window beside the noise of each step. The noise of the last ``lags``
    steps goes to the output directly too, so that a linear process of many channels needs no memory. In windows of 64
    steps and more the LSTM writes several steps at once (:func:`group_size`).

    Shapes:
        ``forward(z (b, l), e (b, t, s), y (b, k), valid (b, t, 1))`` to ``(b, t, D)``; 0 where ``valid`` is 0.
    """

    def __init__(
        self, head: Head, latent: int, noise: int, condition: int, hidden: int, steps: int, *, lags: int = LAGS
    ) -> None:
        super().__init__()
        self.size, self.lags = group_size(steps), lags
        self.shortly, told = told_shortly(condition)
        self.lstm = nn.LSTM(latent + self.size * noise + told, hidden, batch_first=True)
        self.out = nn.Linear(hidden, self.size * head.width)
        direct = noise > 0 and lags > 0
        self.skip = nn.Conv1d(self.size * noise, self.size * head.width, lags, bias=False) if direct else None
        if self.skip is not None:
            with torch.no_grad():  # at first every channel goes its own way, by steps of the right size
                self.skip.weight.zero_()
                self.skip.weight[..., -1] = torch.block_diag(*[torch.eye(head.width, noise)] * self.size)
        self.head = head

    @torch.no_grad()
    def start_small(self) -> None:
        """Bring the last layers down to a hundredth: the windows are nearly 0 until something is learned."""
        for layer in (self.out, cast(WindowHead, self.head).per_window[-1]):
            for weight in layer.parameters():
                weight *= 0.01

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        code = torch.cat([z, y], -1)
        e = e * valid
        noise, on = grouped(e, self.size), grouped(valid, self.size)[..., :1]
        told = torch.cat([z, self.shortly(y)], -1)
        state, _ = self.lstm(torch.cat([spread_over(told, on), noise], -1))
        written = self.out(state)
        if self.skip is not None:
            written = written + self.skip(F.pad(noise.transpose(1, 2), (self.lags - 1, 0))).transpose(1, 2)
        written = written.unflatten(-1, (self.size, -1)).flatten(1, 2)
        return self.head(written[:, : valid.shape[1]], code, e) * valid


class LSTMReader(Reader):
    """Read a window with an LSTM, in long windows several steps at once: the mean and the last of its states.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b, 2 hidden)``. Padding changes nothing.
    """

    def __init__(self, width: int, condition: int, hidden: int, steps: int) -> None:
        super().__init__()
        self.features = 2 * hidden
        self.size = group_size(steps)
        self.shortly, told = told_shortly(condition)
        self.lstm = nn.LSTM(self.size * width + told, hidden, batch_first=True)

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the features."""
        on = grouped(valid, self.size)[..., :1]
        told = spread_over(self.shortly(y), on)
        states, _ = self.lstm(torch.cat([grouped(seen * valid, self.size), told], -1))
        lengths = on.sum(1, keepdim=True)
        last = (lengths.long() - 1).clamp_min(0).expand(-1, -1, states.shape[-1])
        mean = (states * on).sum(1) / lengths[:, 0].clamp_min(1)
        return torch.cat([mean, states.gather(1, last)[:, 0]], -1)
