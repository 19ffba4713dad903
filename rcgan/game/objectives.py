"""How critic scores become losses: pure functions of real and fake scores, ``(b, critics)`` each.

A generator's loss has both sides in it: the real one moves only players who have a hand in it, as BiGAN's encoder has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = [
    "DIVERGENCES",
    "OBJECTIVES",
    "Objective",
    "energy",
    "f_gan",
    "hinge",
    "least_squares",
    "maximum_likelihood",
    "minimax",
    "non_saturating",
    "relativistic",
    "wasserstein",
]

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Objective:
    """The two losses of an adversarial game, each a function of (real scores, fake scores).

    Args:
        name: as the literature has it.
        critic: its loss.
        generator: its loss.
        both: whether the generator's loss also moves a real side that it has a hand in.
        targets: whether the critic is given a target for real windows, which label smoothing can move.
        unbounded: whether the critic's slope must be bounded by a penalty or by clipping.
        witness: the function of a window whose slope is to be bounded, from its scores and those of real and of fake
            windows, ``(b, critics)`` each; the scores themselves for every objective but the energy distance.
    """

    name: str
    critic: Loss
    generator: Loss
    both: bool = True
    targets: bool = False
    unbounded: bool = False
    witness: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda scores, real, fake: scores


def _told_apart(real: Tensor, fake: Tensor) -> Tensor:
    return F.softplus(-real).mean() + F.softplus(fake).mean()


minimax = Objective(
    "minimax",
    critic=_told_apart,
    generator=lambda real, fake: -_told_apart(real, fake),
    targets=True,
)
r"""The first game: :math:`\min_G \max_D E \log D(x) + E \log(1 - D(G(z)))`, :math:`D` the sigmoid of the score.

Goodfellow et al. (2014), "Generative adversarial nets", eq. 1. The generator learns little while the critic wins.
"""

non_saturating = Objective(
    "non-saturating",
    critic=_told_apart,
    generator=lambda real, fake: _told_apart(fake, real),
    targets=True,
)
r"""The critic of :data:`minimax`; the generator takes :math:`-E \log D(G(z))`.

Goodfellow (2016), "NIPS 2016 tutorial: generative adversarial networks", eq. 13.
"""

maximum_likelihood = Objective(
    "maximum likelihood",
    critic=_told_apart,
    generator=lambda real, fake: -fake.exp().mean(),
    both=False,
    targets=True,
)
r"""The critic of :data:`minimax`; the generator takes :math:`-E \exp(\sigma^{-1}(D(G(z))))`.

Goodfellow (2016), "NIPS 2016 tutorial: generative adversarial networks", eq. 14.
"""

least_squares = Objective(
    "least squares",
    critic=lambda real, fake: 0.5 * ((real - 1).square().mean() + fake.square().mean()),
    generator=lambda real, fake: 0.5 * ((fake - 1).square().mean() + real.square().mean()),
    targets=True,
)
r""":math:`L_D = \frac12 E (D(x) - 1)^2 + \frac12 E D(x')^2`, :math:`L_G = \frac12 E (D(x') - 1)^2`.

Mao et al. (2017), "Least squares generative adversarial networks", eq. 9.
"""

hinge = Objective(
    "hinge",
    critic=lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
    generator=lambda real, fake: real.mean() - fake.mean(),
)
r""":math:`L_D = E [1 - D(x)]_+ + E [1 + D(x')]_+`, :math:`L_G = -E D(x')`.

Miyato et al. (2018), "Spectral normalization for generative adversarial networks", eq. 16 and 17.
"""

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
    critic=lambda real, fake: fake.mean() - real.mean(),
    generator=lambda real, fake: real.mean() - fake.mean(),
    unbounded=True,
)
r"""Wasserstein: :math:`L_D = E D(x') - E D(x)`, :math:`L_G = -E D(x')`.

Arjovsky, Chintala, Bottou (2017), "Wasserstein GAN", eq. 2 and algorithm 1. Needs a bound on the critic's slope.
"""


def _norm(h: Tensor) -> Tensor:
    return (h.square().sum(-1) + 1e-12).sqrt()


def _distances(a: Tensor, b: Tensor) -> Tensor:
    return _norm(a[:, None] - b)


def _apart(a: Tensor) -> Tensor:
    """Return each row's mean distance to the others."""
    between = _distances(a, a) * (1 - torch.eye(len(a), device=a.device))
    return between.sum(1) / (len(a) - 1)


def _energy(real: Tensor, fake: Tensor) -> Tensor:
    return 2 * _distances(real, fake).mean() - _apart(fake).mean() - _apart(real).mean()


def _witness(scores: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    return (_distances(scores, fake).mean(1) - _distances(scores, real).mean(1))[:, None]


energy = Objective(
    "energy distance",
    critic=lambda real, fake: -_energy(real, fake),
    generator=_energy,
    unbounded=True,
    witness=_witness,
)
r"""Energy distance in what the critic makes of a window, a vector :math:`h(x)` of all its scores: Cramer GAN.

.. math:: L_G = 2 E |h(x) - h(x')| - E |h(x) - h(\tilde x)| - E |h(x') - h(\tilde x')|, \qquad
          L_D = -L_G, \quad f(v) = E |h(v) - h(x')| - E |h(v) - h(x)|

with means over all pairs of different windows of the batch. Bellemare et al. (2017), "The Cramer distance as a
solution to biased Wasserstein gradients", eq. 6 and algorithm 1; :math:`f`, the witness, is what the penalty on the
slope is for. The paper's critic has :math:`|h(v)|` in the place of the second mean, for data of which a condition
leaves one window alone; there the slope of :math:`h` itself is held by nothing where both unit vectors of
:math:`\nabla f` cancel, and grows without end.
"""


def f_gan(divergence: str) -> Objective:
    r"""Return the variational game of an f-divergence: :math:`\min_G \max_V E\, g(V(x)) - E f^*(g(V(x')))`.

    Args:
        divergence: ``"kl"``, ``"reverse kl"``, ``"pearson"``, ``"squared hellinger"`` or ``"jensen shannon"``.

    Raises:
        ValueError: another name.

    Nowozin, Cseke, Tomioka (2016), "f-GAN", eq. 6, with the output activations of its table 2 and the conjugates of
    its table 6.

    >>> float(f_gan("pearson").critic(torch.tensor([[1.0]]), torch.tensor([[2.0]])))  # 2^2/4 + 2 - 1
    2.0
    """
    if divergence not in DIVERGENCES:
        raise ValueError(f"no divergence {divergence!r}; there are {sorted(DIVERGENCES)}")
    activation, conjugate = DIVERGENCES[divergence]

    def critic(real: Tensor, fake: Tensor) -> Tensor:
        return conjugate(fake).mean() - activation(real).mean()

    return Objective(f"f-GAN {divergence}", critic, lambda real, fake: -critic(real, fake))


Map = Callable[[Tensor], Tensor]
DIVERGENCES: dict[str, tuple[Map, Map]] = {  # g(v), and f*(g(v)) worked out
    "kl": (lambda v: v, lambda v: (v - 1).exp()),
    "reverse kl": (lambda v: -(-v).exp(), lambda v: v - 1),
    "pearson": (lambda v: v, lambda v: 0.25 * v.square() + v),
    "squared hellinger": (lambda v: 1 - (-v).exp(), lambda v: v.exp() - 1),
    "jensen shannon": (lambda v: math.log(2) - F.softplus(-v), lambda v: F.softplus(v) - math.log(2)),
}
OBJECTIVES = {
    o.name: o
    for o in (
        minimax,
        non_saturating,
        maximum_likelihood,
        least_squares,
        hinge,
        relativistic,
        wasserstein,
        energy,
        *map(f_gan, DIVERGENCES),
    )
}
