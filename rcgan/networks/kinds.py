"""The kinds of network that a game can be played with: who writes windows, and who reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from rcgan.networks.convolutional import StridedGenerator, StridedReader, TextureReader, unnormalised
from rcgan.networks.dense import DenseGenerator, DenseReader
from rcgan.networks.reader import Reader
from rcgan.networks.recurrent import LSTMGenerator, LSTMReader

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True)
class Kind:
    """A generator, and the trunks of its critics.

    Args:
        generator: makes one of ``(head, latent, noise, condition, hidden, steps)``.
        readers: each makes a trunk of ``(width, condition, hidden, steps)``.
    """

    generator: Callable[..., nn.Module]
    readers: tuple[Callable[..., Reader], ...]

    def read(self, width: int, condition: int, hidden: int, steps: int) -> list[Reader]:
        """Return its trunks."""
        return [reader(width, condition, hidden, steps) for reader in self.readers]


KINDS = {
    "recurrent": Kind(LSTMGenerator, (LSTMReader, TextureReader)),
    "dense": Kind(DenseGenerator, (DenseReader,)),
    "dcgan": Kind(StridedGenerator, (StridedReader,)),
    "convolutional": Kind(StridedGenerator, (partial(StridedReader, normalise=unnormalised),)),
}
