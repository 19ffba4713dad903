"""Dense networks: no recurrence, no convolution; a window is one long vector, so its length is fixed."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.networks.heads import Head
from rcgan.networks.reader import Reader

__all__ = ["DenseGenerator", "DenseReader", "layers"]


def layers(width: int, sizes: tuple[int, ...], *, normalised: bool = False) -> nn.Sequential:
    """Return linear layers of these sizes, each with a leaky rectifier behind, and batch normalisation before that."""
    stack: list[nn.Module] = []
    for before, after in zip((width, *sizes[:-1]), sizes, strict=True):
        between = [nn.BatchNorm1d(after)] if normalised else []
        stack += [nn.Linear(before, after), *between, nn.LeakyReLU(0.2)]
    return nn.Sequential(*stack)


class DenseGenerator(nn.Module):
    """Two hidden layers, ``hidden`` and half of it wide, from code and condition to the whole window.

    Noise of the steps enters the head alone. ``normalised`` lays batch normalisation behind both layers.

    Shapes:
        ``forward(z (b, l), e (b, t, s), y (b, k), valid (b, t, 1))`` to ``(b, t, D)``; 0 where ``valid`` is 0.
    """

    def __init__(
        self,
        head: Head,
        latent: int,
        noise: int,
        condition: int,
        hidden: int,
        steps: int,
        *,
        normalised: bool = False,
    ) -> None:
        super().__init__()
        self.body = layers(latent + condition, (hidden, max(hidden // 2, 1)), normalised=normalised)
        self.out = nn.Linear(max(hidden // 2, 1), steps * head.width)
        self.head, self.steps = head, steps

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        code = torch.cat([z, y], -1)
        o = self.out(self.body(code)).unflatten(-1, (self.steps, -1))
        return self.head(o, code, e) * valid


class DenseReader(Reader):
    """Hidden layers, ``depth - 1`` of them ``hidden`` wide and one half of it, over the whole window and the condition.

    Shapes:
        ``forward(seen (b, t, v), y (b, k), valid (b, t, 1))`` to ``(b, hidden // 2)``; t is ``steps`` at most. Padding
        changes nothing.
    """

    def __init__(self, width: int, condition: int, hidden: int, steps: int, depth: int = 2) -> None:
        super().__init__()
        self.features, self.steps = max(hidden // 2, 1), steps
        self.body = layers(steps * width + condition, (*[hidden] * (depth - 1), self.features))

    def forward(self, seen: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the features."""
        whole = F.pad(seen * valid, (0, 0, 0, max(0, self.steps - seen.shape[1])))
        return self.body(torch.cat([whole.flatten(1), y], -1))
