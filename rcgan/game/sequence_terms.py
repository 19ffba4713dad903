"""What the generator of discrete sequences owes: it gives likelihoods of windows, and no gradient through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from rcgan.game.round import Round, Term, Terms

if TYPE_CHECKING:
    from rcgan.networks.sequences import SequenceGenerator

__all__ = ["coded_likelihood", "likelihood", "policy_gradient"]


def _writer(r: Round) -> SequenceGenerator:
    return cast("SequenceGenerator", r.networks["generator"])


def _surprise(r: Round, code: Tensor) -> Tensor:
    return -_writer(r).log_likelihood(r.x, r.mask, code, r.y, r.valid).sum(1).mean()


def likelihood(strength: float = 1.0) -> Terms:
    r"""Return the loss of teacher forcing, :math:`-\lambda E \sum_t \log p(x_t \mid x_{<t}, z)`, owed by the generator.

    Codes are drawn, and hidden cells left out of the sum. Yu et al. (2017), "SeqGAN", section 3.1 and algorithm 1: what
    the generator is trained with before the critic has a say.
    """

    def surprise(r: Round) -> Tensor:
        return strength * _surprise(r, r.imagined)

    return (Term("likelihood", "generator", surprise, ("generator",)),)


def coded_likelihood(sd: float, strength: float = 1.0) -> Terms:
    r"""Return an autoencoder's loss, :math:`-\lambda E \sum_t \log p(x_t \mid x_{<t}, E(x) + s \epsilon)`.

    Normal noise of standard deviation ``sd`` :math:`s` is added to the code, so that codes nearby mean windows nearby.
    Zhao et al. (2018), "Adversarially regularized autoencoders", section 3 and algorithm 1.
    """

    def surprise(r: Round) -> Tensor:
        return strength * _surprise(r, r.inferred + sd * r.normal("code noise", *r.inferred.shape))

    return (Term("likelihood", "generator", surprise, ("generator", "encoder")),)


def policy_gradient(rollouts: int = 2) -> Terms:
    r"""Return the loss whose gradient is REINFORCE's, each step rewarded by what it adds to the expected verdict.

    .. math:: -E \sum_t \log p(x'_t \mid x'_{<t}, z)\, \left( Q_t - Q_{t-1} \right), \qquad
              Q_t = \frac{1}{N} \sum_{n=1}^{N} D(x'_{\le t}, x^n_{>t}), \qquad Q_T = D(x')

    where N ``rollouts`` :math:`x^n` complete the first t steps by the generator itself, and :math:`D` is the sigmoid of
    the critics' score, averaged over critics. :math:`Q_{t-1}`, which does not know :math:`x'_t`, is the baseline: it
    moves no expected gradient and takes most of its noise. Time grows with the square of the steps. Yu et al. (2017),
    "SeqGAN", eq. 4 and 7.
    """

    def loss(r: Round) -> Tensor:
        worth = _worth(r, rollouts)
        gained = (worth[1:] - worth[:-1]).T
        told = _writer(r).log_likelihood(r.fake, torch.ones_like(r.fake), r.imagined, r.y, r.valid)
        return -(gained * told).sum(1).mean()

    return (Term("policy_gradient", "generator", loss, ("generator", "critic")),)


@torch.no_grad()
def _worth(r: Round, rollouts: int) -> Tensor:
    """Return the verdict to be expected when 0, 1, ..., t steps of each fake window are written, ``(t + 1, b)``."""
    b, t, width = r.fake.shape
    noise = r.normal("rollouts", b, t, rollouts * width).unflatten(-1, (rollouts, width)).permute(2, 0, 1, 3)
    windows = _writer(r).completed(r.fake, r.imagined, noise, r.y, r.valid)
    verdicts = [_verdict(r, some.flatten(0, 1)).view(rollouts, b).mean(0) for some in windows]
    return torch.stack([*verdicts, _verdict(r, r.fake)])


def _verdict(r: Round, x: Tensor) -> Tensor:
    """Return how likely the critics hold each of m times b windows to be real, ``(m b,)``."""
    mask, y, valid = (part.repeat(len(x) // len(r.x), *[1] * (part.ndim - 1)) for part in (r.mask, r.y, r.valid))
    return r.judge(r.critic.see(x, mask, y, valid)).sigmoid().mean(-1)
