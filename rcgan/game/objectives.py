"""How critic scores become losses: pure functions of real and fake scores, ``(b, critics)`` each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

__all__ = ["Objective", "relativistic", "wasserstein"]


@dataclass(frozen=True)
class Objective:
    """The two losses of an adversarial game, each a function of (real scores, fake scores)."""

    name: str
    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]


relativistic = Objective(
    "relativistic",
    critic=lambda real, fake: F.softplus(fake - real).mean(),
    generator=lambda real, fake: F.softplus(real - fake).mean(),
)
r"""Relativistic pairing: :math:`L_D = E\,\mathrm{softplus}(D(x') - D(x))`, and the generator swaps the two.

Jolicoeur-Martineau (2018), "The relativistic discriminator", eq. 7 and 8; Huang et al. (2024), R3GAN, eq. 2.
"""

wasserstein = Objective(
    "wasserstein",
    critic=lambda real, fake: (fake - real).mean(),
    generator=lambda real, fake: -fake.mean(),
)
r"""Wasserstein: :math:`L_D = E D(x') - E D(x)`, :math:`L_G = -E D(x')`.

Arjovsky, Chintala, Bottou (2017), "Wasserstein GAN", eq. 2 and algorithm 1. Needs a penalty on the critic's slope.
"""
