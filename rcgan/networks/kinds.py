"""The kinds of network that a game can be played with: who writes windows, and who reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from rcgan.networks.convolutional import StridedGenerator, StridedReader, TextureReader, unnormalised
from rcgan.networks.dense import DenseGenerator, DenseReader
from rcgan.networks.heads import Head
from rcgan.networks.normalisation import FromReference, Referenced, ReferencedReader, ReferenceNorm, VirtualNorm
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


REFERENCE = 64  # windows of a reference batch
DEPTH = 3  # layers of a critic that is to be a classifier too


def _referring(norm: type[FromReference]) -> Kind:
    """Return DCGAN's networks with a normalisation by a reference batch."""
    normalise = partial(norm, rows=REFERENCE)

    def generator(head: Head, latent: int, noise: int, condition: int, hidden: int, steps: int) -> nn.Module:
        made = StridedGenerator(head, latent, noise, condition, hidden, steps, normalise)
        return Referenced(made, REFERENCE, [(latent,), (steps, noise), (condition,), (steps, 1)])

    def reader(width: int, condition: int, hidden: int, steps: int) -> Reader:
        made = StridedReader(width, condition, hidden, steps, normalise)
        return ReferencedReader(made, REFERENCE, [(steps, width), (condition,), (steps, 1)])

    return Kind(generator, (reader,))


KINDS = {
    "recurrent": Kind(LSTMGenerator, (LSTMReader, TextureReader)),
    "placed recurrent": Kind(
        LSTMGenerator, (LSTMReader, TextureReader, DenseReader)
    ),  # the last knows where, not only what
    "dense": Kind(DenseGenerator, (DenseReader,)),
    "deep dense": Kind(partial(DenseGenerator, normalised=True), (partial(DenseReader, depth=DEPTH),)),
    "dcgan": Kind(StridedGenerator, (StridedReader,)),
    "reference": _referring(ReferenceNorm),
    "virtual": _referring(VirtualNorm),
    "convolutional": Kind(StridedGenerator, (partial(StridedReader, normalise=unnormalised),)),
}
