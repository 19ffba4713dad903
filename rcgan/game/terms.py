"""What each player owes: pure functions of a round."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rcgan.game.objectives import Objective
from rcgan.game.round import Pair, Round, Term, Terms

__all__ = ["adversarial", "gradient_penalty", "zero_centred_penalty"]

ROLES = ("generator", "critic")


def adversarial(objective: Objective, pair: Pair) -> Terms:
    """Return the critic's and the generator's loss under an objective, over a pair."""

    def critic(r: Round) -> Tensor:
        return objective.critic(*r.scores(pair))

    def generator(r: Round) -> Tensor:
        return objective.generator(*r.scores(pair))

    return (
        Term(objective.name, "critic", critic, ROLES),
        Term(objective.name, "generator", generator, ROLES),
    )


def zero_centred_penalty(pair: Pair, gamma: float, *, reach: float = 0.01, share: float = 1.0) -> Terms:
    r"""Return the R1 and R2 penalties, taken as finite differences in what the critic sees.

    .. math:: \frac{\gamma}{2} \sum_{v \in \{\text{real}, \text{fake}\}}
              E \left( \frac{D(v + s\epsilon) - D(v)}{s} \right)^2, \qquad \epsilon \sim N(0, I)

    which tends to :math:`\frac{\gamma}{2} E |\nabla D|^2` as ``reach`` :math:`s \to 0`, and needs no second
    derivative; the means are over a ``share`` of the windows, drawn at random. Mescheder, Geiger, Nowozin (2018),
    "Which training methods for GANs do actually converge?", eq. 9; Lin et al. (2025), "Diffusion adversarial
    post-training", eq. 4.
    """

    def slope(r: Round) -> Tensor:
        total = r.x.new_zeros(())
        for side, seen, score in zip(("real", "fake"), r.seen(pair), r.scores(pair), strict=True):
            rows = r.normal(f"penalised {side}", len(score), 1)[:, 0].topk(math.ceil(share * len(score))).indices
            step = reach * (r.normal(f"penalty {side}", *seen.values.shape) * seen.mask)[rows]
            total = total + ((r.judge(seen.values[rows] + step, rows) - score[rows]) / reach).square().mean()
        return gamma / 2 * total

    return (Term("zero_centred_penalty", "critic", slope, ROLES),)


def gradient_penalty(pair: Pair, strength: float = 10.0) -> Terms:
    r"""Return the penalty of WGAN-GP: each window's own slope, between real and fake, is to be one.

    .. math:: \lambda\, E \left( |\nabla_{\hat v} D(\hat v)|_2 - 1 \right)^2, \qquad
              \hat v = u v + (1 - u) v', \quad u \sim U(0, 1)

    with one :math:`u` and one norm per window (padding and missing cells have no part in it), in what the critic
    sees. Gulrajani et al. (2017), "Improved training of Wasserstein GANs", eq. 3 and algorithm 1. cuDNN's LSTM has
    no second derivative, so that the critic runs without cuDNN here.
    """

    def slope(r: Round) -> Tensor:
        real, fake = r.seen(pair)
        u = torch.special.ndtr(r.normal("interpolate", len(real.values), 1))[:, None]
        between = (u * real.values + (1 - u) * fake.values).detach().requires_grad_()
        with torch.backends.cudnn.flags(enabled=False):
            scores = r.judge(between)
        total = r.x.new_zeros(())
        for k in range(scores.shape[1]):
            (gradient,) = torch.autograd.grad(scores[:, k].sum(), between, create_graph=True)
            norm = ((gradient * real.mask).square().sum((1, 2)) + 1e-12).sqrt()
            total = total + (norm - 1).square().mean()
        return strength * total / scores.shape[1]

    return (Term("gradient_penalty", "critic", slope, ROLES),)
