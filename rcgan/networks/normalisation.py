"""Normalisation by a fixed reference batch: what comes of a window depends on no other window of its batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from rcgan.networks.reader import Reader

__all__ = ["FromReference", "ReferenceNorm", "Referenced", "ReferencedReader", "VirtualNorm"]

EPSILON = 1e-5  # as in torch's batch normalisation


class FromReference(nn.Module, ABC):
    """Normalise each channel by the moments, over rows and steps, of the first rows.

    Args:
        channels: how many.
        rows: how many rows, at the front, are the reference.

    Shapes:
        ``forward(x (rows + b, channels, t))`` to the same.
    """

    def __init__(self, channels: int, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.weight = nn.Parameter(torch.ones(channels, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1))

    @property
    @abstractmethod
    def share(self) -> float:
        """How much a row that is no reference weighs in its own moments."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised rows; the reference is normalised by itself."""
        reference = x[: self.rows]
        x = x - reference.mean((0, 2), keepdim=True)
        variance = x[: self.rows].square().mean((0, 2), keepdim=True)
        own = torch.full((len(x), 1, 1), self.share, dtype=x.dtype, device=x.device)
        own[: self.rows] = 0
        mean = own * x.mean(2, keepdim=True)
        variance = (1 - own) * variance + own * x.square().mean(2, keepdim=True) - mean.square()
        return (x - mean) / (variance + EPSILON).sqrt() * self.weight + self.bias


class ReferenceNorm(FromReference):
    r"""Reference batch normalisation: :math:`(x - \mu_R) / \sigma_R`, with the moments of the reference :math:`R`.

    Goodfellow (2016), "NIPS 2016 tutorial: generative adversarial networks", section 4.3.
    """

    @property
    def share(self) -> float:
        """None."""
        return 0.0


class VirtualNorm(FromReference):
    r"""Virtual batch normalisation: by the moments of the reference and the row itself, :math:`R \cup \{x\}`.

    Salimans et al. (2016), "Improved techniques for training GANs", section 3.5.
    """

    @property
    def share(self) -> float:
        """One row among the reference's and itself."""
        return 1 / (self.rows + 1)


class Referenced(nn.Module):
    """Pass a fixed reference batch through a network in front of every batch, and leave it out of what is returned.

    The reference is not a number until :meth:`refer` was called; from then on the file of a model or a run keeps it.

    Args:
        network: with :class:`FromReference` layers of as many rows.
        rows: of the reference.
        shapes: of one row of each input.

    Shapes:
        those of the network.
    """

    def __init__(self, network: nn.Module, rows: int, shapes: Sequence[tuple[int, ...]]) -> None:
        super().__init__()
        self.network, self.rows = network, rows
        self.names = [f"reference{k}" for k in range(len(shapes))]
        for name, shape in zip(self.names, shapes, strict=True):
            self.register_buffer(name, torch.full((rows, *shape), torch.nan))

    @torch.no_grad()
    def refer(self, *inputs: Tensor) -> None:
        """Take the first rows of these inputs for the reference, over again where they are too few."""
        for name, given in zip(self.names, inputs, strict=True):
            reference = cast(Tensor, getattr(self, name))
            reference.copy_(given[torch.arange(self.rows, device=given.device) % len(given)])

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return what the network makes of the inputs."""
        both = [torch.cat([getattr(self, name), given]) for name, given in zip(self.names, inputs, strict=True)]
        return self.network(*both)[self.rows :]


class ReferencedReader(Referenced, Reader):
    """A :class:`Referenced` trunk of a critic or an encoder."""

    def __init__(self, reader: Reader, rows: int, shapes: Sequence[tuple[int, ...]]) -> None:
        super().__init__(reader, rows, shapes)
        self.features = reader.features
