"""A generator of discrete sequences: one category after another, each drawn from shares that depend on those before."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.heads import gumbel
from rcgan.networks.recurrent import spread_over

__all__ = ["SequenceGenerator"]

State = tuple[Tensor, Tensor]


class SequenceGenerator(nn.Module):
    r"""Draw each step's categories from what an LSTM makes of the code, the condition and the step before.

    .. math:: h_t = \mathrm{LSTM}([x_{t-1}, z, y], h_{t-1}), \qquad x_t \sim \mathrm{softmax}(W h_t), \qquad x_0 = 0

    A category is the largest of its logits plus Gumbel noise made of :math:`e_t`, so that the windows are a function of
    code, noise and condition, and their gradient is none. Several categorical channels are drawn apart from each other,
    given the steps before. Yu et al. (2017), "SeqGAN: sequence generative adversarial nets with policy gradient",
    eq. 9 and 10 (with a code for the whole window).

    Args:
        blocks: number of categories of each channel, D in all.
        latent: width of the code.
        condition: width of the condition.
        hidden: width of the LSTM.

    Shapes:
        ``forward(z (b, l), e (b, t, D), y (b, k), valid (b, t, 1))`` to one-hot windows ``(b, t, D)``; 0 where
        ``valid`` is 0.
    """

    def __init__(self, blocks: Sequence[int], latent: int, condition: int, hidden: int) -> None:
        super().__init__()
        self.blocks = list(blocks)
        self.lstm = nn.LSTM(sum(blocks) + latent + condition, hidden, batch_first=True)
        self.out = nn.Linear(hidden, sum(blocks))

    @torch.no_grad()
    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        code, before, state = torch.cat([z, y], -1), torch.zeros_like(e[:, 0]), None
        steps: list[Tensor] = []
        for noise in e.unbind(1):
            logits, state = self._step(before, code, state)
            before = self._drawn(logits, noise)
            steps.append(before)
        return torch.stack(steps, 1) * valid

    @torch.no_grad()
    def completed(self, x: Tensor, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        r"""Keep the first k steps of windows and draw the others anew, for every k from 0 to t - 1.

        Windows that keep more than s steps are alike up to there, so that one stands for all of them until step s.

        Shapes:
            ``x (b, t, D)``, ``z (b, l)``, the noise of n draws ``e (n, b, t, D)``, ``y (b, k)``, ``valid (b, t, 1)`` to
            ``(t, n, b, t, D)``, by k first. The draws of every k take the same noise.

        Yu et al. (2017), "SeqGAN", eq. 3: the Monte Carlo search from every state in one pass over the steps.
        """
        n, b, t, _ = e.shape
        code, windows = torch.cat([z, y], -1).repeat(n, 1), x.expand(t, *e.shape).clone()
        before, state = torch.zeros_like(e[:, :, 0]).flatten(0, 1), None
        for s in range(t):
            logits, (h, c) = self._step(before, code.repeat(s + 1, 1), state)
            drawn = self._drawn(logits.unflatten(0, (s + 1, n, b)), e[:, :, s])
            windows[: s + 1, :, :, s] = drawn
            before = windows[: s + 2, :, :, s].flatten(0, 2)
            state = torch.cat([h, h[:, -n * b :]], 1), torch.cat([c, c[:, -n * b :]], 1)
        return windows * valid

    def _step(self, before: Tensor, code: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Return the next step's logits ``(m, D)`` and the LSTM's state."""
        h, after = self.lstm(torch.cat([before, code], -1)[:, None], state)
        return self.out(h[:, 0]), after

    def _drawn(self, logits: Tensor, e: Tensor) -> Tensor:
        """Take the largest of each channel's logits plus Gumbel noise, as one-hot."""
        blocks = (logits + gumbel(e)).split(self.blocks, -1)
        return torch.cat([F.one_hot(block.argmax(-1), block.shape[-1]).to(logits.dtype) for block in blocks], -1)

    def log_likelihood(self, x: Tensor, mask: Tensor, z: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        r"""Return :math:`\log p(x_t \mid x_{<t}, z, y)` of each step, its observed channels added up, ``(b, t)``.

        0 where nothing is observed; a cell that is not observed is told to the steps behind it as 0.

        Shapes:
            ``x (b, t, D)``, ``mask (b, t, D)``, ``z (b, l)``, ``y (b, k)``, ``valid (b, t, 1)``.
        """
        seen = x * mask
        before = F.pad(seen, (0, 0, 1, 0))[:, :-1]
        states, _ = self.lstm(torch.cat([before, spread_over(torch.cat([z, y], -1), valid)], -1))
        logits = self.out(states).split(self.blocks, -1)
        shares = torch.cat([block.log_softmax(-1) for block in logits], -1)
        return (shares * seen * valid).sum(-1)
