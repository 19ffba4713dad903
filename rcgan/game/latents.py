"""What the code of a window is drawn from: normal noise, categories, uniform numbers, side by side."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["Categorical", "Code", "Latents", "Normal", "Prior", "Uniform"]


@dataclass(frozen=True)
class Prior(ABC):
    """The law of some columns of the code.

    Args:
        width: how many columns.
    """

    width: int

    @abstractmethod
    def shape(self, normal: Tensor) -> Tensor:
        """Make draws from this law of standard normal ones, ``(b, width)`` both."""


@dataclass(frozen=True)
class Normal(Prior):
    r"""Independent :math:`N(0, s^2)`: noise that nobody has to infer.

    Args:
        width: how many columns.
        sd: :math:`s`.
    """

    sd: float = 1.0

    def shape(self, normal: Tensor) -> Tensor:
        """Scale them."""
        return self.sd * normal


@dataclass(frozen=True)
class Code(Prior, ABC):
    """A law whose draws a posterior network is to infer from the window: InfoGAN's latent codes."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """How many numbers the posterior gives for it."""

    @abstractmethod
    def surprise(self, told: Tensor, code: Tensor) -> Tensor:
        r"""Return :math:`-\log Q(c \mid x)`, ``(b,)``, for ``told (b, parameters)`` and ``code (b, width)``."""

    @abstractmethod
    def expected(self, told: Tensor) -> Tensor:
        """Return the code's mean under the posterior, ``(b, width)``."""


@dataclass(frozen=True)
class Categorical(Code):
    """One of ``width`` categories, each as likely, as one-hot.

    >>> Categorical(3).shape(torch.tensor([[0.1, 2.0, -1.0]])).tolist()
    [[0.0, 1.0, 0.0]]
    """

    def shape(self, normal: Tensor) -> Tensor:
        """Take the place of the largest: any is the largest as often as any other."""
        return F.one_hot(normal.argmax(-1), self.width).to(normal.dtype)

    @property
    def parameters(self) -> int:
        """Logits."""
        return self.width

    def surprise(self, told: Tensor, code: Tensor) -> Tensor:
        """Cross entropy."""
        return -(told.log_softmax(-1) * code).sum(-1)

    def expected(self, told: Tensor) -> Tensor:
        """Return the probabilities."""
        return told.softmax(-1)


@dataclass(frozen=True)
class Uniform(Code):
    """Independent and uniform between -1 and 1.

    >>> Uniform(1).shape(torch.zeros(1, 1)).item()
    0.0
    """

    def shape(self, normal: Tensor) -> Tensor:
        """Push them through the normal distribution function."""
        return 2 * torch.special.ndtr(normal) - 1

    @property
    def parameters(self) -> int:
        """Means."""
        return self.width

    def surprise(self, told: Tensor, code: Tensor) -> Tensor:
        r"""Return a normal density's negative logarithm but for a constant, :math:`2 |c - \mu|^2`.

        Its sd is held at a half: a density that may become ever narrower rewards precision without end, and the
        windows are spoiled for it.
        """
        return 2 * (code - told).square().sum(-1)

    def expected(self, told: Tensor) -> Tensor:
        """Return the means."""
        return told


class Latents(tuple[Prior, ...]):
    """The laws of a code's columns, side by side.

    >>> latents = Latents((Normal(3), Categorical(2), Uniform(1)))
    >>> latents.width, latents.parameters
    (6, 3)
    """

    __slots__ = ()

    @property
    def width(self) -> int:
        """How many columns the code has."""
        return sum(prior.width for prior in self)

    @property
    def parameters(self) -> int:
        """How many numbers a posterior gives."""
        return sum(prior.parameters for prior in self if isinstance(prior, Code))

    def shape(self, normal: Tensor) -> Tensor:
        """Make codes ``(b, width)`` of standard normal numbers of that shape."""
        parts = normal.split([prior.width for prior in self], -1)
        return torch.cat([prior.shape(part) for prior, part in zip(self, parts, strict=True)], -1)

    def surprise(self, told: Tensor, z: Tensor, kind: type[Code] = Code) -> Tensor:
        """Return how surprised a posterior that told these parameters is by the codes of a kind in ``z``, ``(b,)``."""
        total, place, read = told.new_zeros(len(told)), 0, 0
        for prior in self:
            if isinstance(prior, Code):
                if isinstance(prior, kind):
                    some = told[:, read : read + prior.parameters]
                    total = total + prior.surprise(some, z[:, place : place + prior.width])
                read += prior.parameters
            place += prior.width
        return total

    def expected(self, told: Tensor, kind: type[Code] = Code) -> Tensor:
        """Return the means of the codes of a kind under the posterior, side by side."""
        codes = [prior for prior in self if isinstance(prior, Code)]
        parts = told.split([code.parameters for code in codes], -1)
        means = [code.expected(part) for code, part in zip(codes, parts, strict=True) if isinstance(code, kind)]
        return torch.cat([told[:, :0], *means], -1)
