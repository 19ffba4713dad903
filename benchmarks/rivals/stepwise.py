"""What the recurrent peers share: networks that answer at every step, and the cross-entropy of their answers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits


class Stepwise(nn.Module):
    """A recurrent network and one dense layer for all steps, ``(b, t, inputs) -> (b, t, outputs)``."""

    def __init__(
        self, kind: type[nn.LSTM] | type[nn.GRU], inputs: int, hidden: int, outputs: int, layers: int = 1
    ) -> None:
        super().__init__()
        self.recurrent, self.dense = kind(inputs, hidden, layers, batch_first=True), nn.Linear(hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.recurrent(x)[0])


def entropy(logits: Tensor, truth: float) -> Tensor:
    """Cross-entropy, averaged over windows and steps."""
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))
