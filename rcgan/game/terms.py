"""What each player owes: functions of a round."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

from rcgan.game.latents import Code
from rcgan.game.objectives import Objective
from rcgan.game.round import Pair, Round, Term, Terms

if TYPE_CHECKING:
    from rcgan.game.round import Told
    from rcgan.networks.critics import Classifier, Seen
    from rcgan.networks.encoders import Recognition
    from rcgan.networks.history import History

__all__ = [
    "adversarial",
    "classification",
    "during",
    "evidence",
    "feature_matching",
    "gradient_penalty",
    "historical_averaging",
    "label_smoothing",
    "mutual_information",
    "owed_by",
    "reconstruction",
    "zero_centred_penalty",
]


SURE = 1e-8  # a mean square below this counts as no error


def adversarial(objective: Objective, pair: Pair) -> Terms:
    """Return the critic's and the generator's loss under an objective, over a pair.

    Raises:
        ValueError: the generator's player has a hand in the pair's real side, and the objective leaves that side out.
    """
    if pair.both and not objective.both:
        raise ValueError(
            f"objective {objective.name!r} moves the fake side only, and nobody would train the encoder of the pair "
            f"{pair.name!r}: take non_saturating, relativistic or wasserstein"
        )

    def critic(r: Round) -> Tensor:
        return objective.critic(*r.scores(pair))

    def generator(r: Round) -> Tensor:
        return objective.generator(*r.scores(pair))

    return (
        Term(objective.name, "critic", critic, pair.needs, objective=objective),
        Term(objective.name, "generator", generator, pair.needs, objective=objective),
    )


def owed_by(player: str, terms: Terms, weight: float = 1.0) -> Terms:
    """Return one player's share of terms, at this multiple of their weight."""
    return tuple(replace(term, weight=weight * term.weight) for term in terms if term.player == player)


def during(terms: Terms, weight: Callable[[float], float]) -> Terms:
    """Weigh terms by a function of the share of the training that is over, between 0 and 1."""

    def weighed(term: Term) -> Term:
        return replace(
            term, loss=lambda r: weight(r.progress) * term.loss(r) if weight(r.progress) else r.x.new_zeros(())
        )

    return tuple(weighed(term) for term in terms)


def zero_centred_penalty(pair: Pair, gamma: float, *, reach: float = 0.01, share: float = 1.0) -> Terms:
    r"""Return penalties on the slope at real windows (R1), fake ones (R2) and between them, as finite differences.

    .. math:: \frac{\gamma}{2} \sum_{v \in \{\text{real}, \text{fake}, \text{between}\}}
              E \left( \frac{D(v + s\epsilon) - D(v)}{s} \right)^2, \qquad \epsilon \sim N(0, I)

    in what the critic sees, which tends to :math:`\frac{\gamma}{2} E |\nabla D|^2` as ``reach`` :math:`s \to 0`, and
    needs no second derivative; the means are over a ``share`` of the windows, drawn at random. Between is
    :math:`u v + (1 - u) v'`, u uniform: without it, where a mode is missed, the critic is flat at either side and
    steep in the middle, and the generator is told nothing. Mescheder, Geiger, Nowozin (2018), "Which training methods
    for GANs do actually converge?", eq. 9; Thanh-Tung, Tran, Venkatesh (2019), "Improving generalization and stability
    of generative adversarial networks"; Lin et al. (2025), "Diffusion adversarial post-training", eq. 4.
    """

    def slope(r: Round) -> Tensor:
        sides = dict(zip(("between", "real", "fake"), (_between(r, pair), *r.seen(pair)), strict=True))
        rows = {
            place: r.normal(f"penalised {place}", len(seen.y), 1)[:, 0].topk(math.ceil(share * len(seen.y))).indices
            for place, seen in sides.items()
        }
        here = [seen.some(rows[place]) for place, seen in sides.items()]
        noise = [r.normal(f"penalty {place}", *seen.values.shape) for place, seen in zip(sides, here, strict=True)]
        away = [
            seen._replace(values=seen.values + reach * (e * seen.mask)) for seen, e in zip(here, noise, strict=True)
        ]
        if r.critic.looks_around:
            known: list[Tensor] = []
        else:
            known = [score[rows[place]] for place, score in zip(("real", "fake"), r.scores(pair), strict=True)]
        judged = r.judged([*away, *here[: len(here) - len(known)]])
        pairs = zip(judged[: len(away)], [*judged[len(away) :], *known], strict=True)
        return gamma / 2 * torch.stack([((moved - base) / reach).square().mean() for moved, base in pairs]).sum()

    return (Term("zero_centred_penalty", "critic", slope, pair.needs),)


def _between(r: Round, pair: Pair) -> Seen:
    """Return what lies between each real window and its fake partner, at a place drawn at random for each."""
    real, fake = r.seen(pair)
    u = torch.special.ndtr(r.normal("interpolate", len(real.values), 1))[:, None]
    return real._replace(values=u * real.values + (1 - u) * fake.values)


def gradient_penalty(pair: Pair, strength: float = 10.0, *, objective: Objective | None = None) -> Terms:
    r"""Return the penalty of WGAN-GP: each window's own slope, between real and fake, is to be one.

    .. math:: \lambda\, E \left( |\nabla_{\hat v} D(\hat v)|_2 - 1 \right)^2, \qquad
              \hat v = u v + (1 - u) v', \quad u \sim U(0, 1)

    with one :math:`u` and one norm per window (padding and missing cells have no part in it), in what the critic
    sees. :math:`D` is the witness of ``objective``; None for the scores themselves. Gulrajani et al. (2017),
    "Improved training of Wasserstein GANs", eq. 3 and algorithm 1. cuDNN's LSTM has no second derivative, so that
    the critic runs without cuDNN here.
    """

    def slope(r: Round) -> Tensor:
        seen = _between(r, pair)
        between = seen.values.detach().requires_grad_()
        with torch.backends.cudnn.flags(enabled=False):
            scores = r.judge(seen._replace(values=between))
        if objective is not None:
            scores = objective.witness(scores, *r.scores(pair))
        total = r.x.new_zeros(())
        for k in range(scores.shape[1]):
            (gradient,) = torch.autograd.grad(scores[:, k].sum(), between, create_graph=True)
            norm = ((gradient * seen.mask).square().sum((1, 2)) + 1e-12).sqrt()
            total = total + (norm - 1).square().mean()
        return strength * total / scores.shape[1]

    return (Term("gradient_penalty", "critic", slope, pair.needs),)


def label_smoothing(pair: Pair, share: float = 0.1) -> Terms:
    r"""Return what turns the target 1 of real windows into :math:`1 - a`: :math:`a\, E D(x)`, ``share`` the :math:`a`.

    For cross entropy, :math:`-(1-a) \log \sigma(D) - a \log \sigma(-D) = -\log \sigma(D) + a D`; for least squares the
    same but for a constant. One-sided: the target of fake windows stays. Salimans et al. (2016), "Improved techniques
    for training GANs", section 3.4.
    """

    def smooth(r: Round) -> Tensor:
        return share * r.scores(pair)[0].mean()

    return (Term("label_smoothing", "critic", smooth, pair.needs),)


def feature_matching(pair: Pair, strength: float = 1.0) -> Terms:
    r"""Return :math:`\lambda |E f(x) - E f(x')|^2`, :math:`f` what the critic's trunk reads: a generator's loss.

    Salimans et al. (2016), "Improved techniques for training GANs", section 3.1.
    """

    def match(r: Round) -> Tensor:
        real, fake = r.features(pair)
        return strength * (real.mean(0) - fake.mean(0)).square().sum()

    return (Term("feature_matching", "generator", match, pair.needs),)


def historical_averaging(role: str, player: str, strength: float = 1.0) -> Terms:
    r"""Return what holds the weights of a network to their mean so far: :math:`\lambda |\theta - \bar\theta|^2`.

    The mean is kept by a network ``"ROLE history"``, a :class:`~rcgan.networks.history.History`. Salimans et al.
    (2016), "Improved techniques for training GANs", section 3.3.
    """

    def strayed(r: Round) -> Tensor:
        return strength * cast("History", r.networks[f"{role} history"])(r.networks[role])

    return (Term(f"historical_averaging {role}", player, strayed, (role, f"{role} history")),)


def mutual_information(pair: Pair, strength: float = 1.0, kind: type[Code] = Code) -> Terms:
    r"""Return InfoGAN's bound, owed by both players: :math:`-\lambda E_{c, x' \sim G(z, c)} \log Q(c \mid x')`.

    ``posterior`` reads :math:`Q`'s parameters off the critic's trunk; the codes are those of a ``kind``. Chen et al.
    (2016), "InfoGAN", eq. 5 and 6.
    """

    def surprise(r: Round) -> Tensor:
        told = r.networks["posterior"](r.features(pair)[1])
        return strength * r.latents.surprise(told, r.z, kind).mean()

    name, needs = f"mutual_information of {kind.__name__.lower()}s", (*pair.needs, "posterior")
    return tuple(Term(name, player, surprise, needs) for player in ("critic", "generator"))


def reconstruction(strength: float = 1.0) -> Terms:
    r"""Return an autoencoder's loss, :math:`\lambda E |x - G(E(x))|^2` an observed cell; owed by the generator.

    Makhzani et al. (2015), "Adversarial
    autoencoders", section 2.
    """

    def missed(r: Round) -> Tensor:
        error = ((r.reconstructed - r.x) * r.mask).square().sum((1, 2))
        return strength * (error / r.mask.sum((1, 2)).clamp_min(1)).mean()

    return (Term("reconstruction", "generator", missed, ("generator", "encoder")),)


def evidence(*, rise: float = 0.0) -> Terms:
    r"""Return a variational autoencoder's loss a cell: the negative evidence lower bound, but for a constant.

    .. math:: \tfrac12 \log E |v(x) - v(G(z \mid y))|^2 + \tfrac1n \mathrm{KL}\big(q(z \mid x) \,\|\, N(0, I)\big),
              \qquad z \sim q(z \mid x)

    The mean of the squares is over the observed cells of what the network ``recognition`` sees of a window, n the
    number of cells of a window. Owed by the generator, which is the decoder. Kingma, Welling (2014), "Auto-encoding
    variational Bayes", eq. 3, with the decoder's variance at its best for each batch: Rybkin, Daniilidis, Levine
    (2021), "Simple and effective VAE training with calibrated decoders".

    Args:
        rise: the share of the run in which the divergence's weight rises from 0 to 1, so that the code is used at all:
            Bowman et al. (2016), "Generating sentences from a continuous space", section 3.1.
    """

    def missed(r: Round) -> Tensor:
        (mean, log_sd), recognition = r.recognised, cast("Recognition", r.networks["recognition"])
        (seen, observed), (made, _) = recognition.views(r.x, r.mask), recognition.views(r.remade, r.mask)
        error = ((seen - made) * observed).square().sum() / observed.sum().clamp_min(1)
        divergence = ((mean.square() + (2 * log_sd).exp() - 1) / 2 - log_sd).sum() / r.mask.sum().clamp_min(1)
        weight = min(1.0, r.progress / rise) if rise else 1.0
        return (error + SURE).log() / 2 + weight * divergence

    return (Term("evidence", "generator", missed, ("generator", "recognition")),)


def classification(pair: Pair, strength: float = 1.0) -> Terms:
    r"""Return the cross entropy of the labels that are known, :math:`-\lambda E \log p(y \mid x)`, owed by the critic.

    :math:`p` is the softmax over the critic's classes; the windows are drawn apart from the others, so that few known
    labels weigh as much as many. Salimans et al. (2016), "Improved techniques for training
    GANs", section 5.
    """

    def missed(r: Round) -> Tensor:
        batch, label = cast("Told", r.told)
        seen, _ = r.over(batch).seen(pair)
        told = cast("Classifier", r.critic).classes(r.critic.read(seen)).log_softmax(-1)
        return -strength * (told * label).sum(-1).mean()

    return (Term("classification", "critic", missed, pair.needs),)
