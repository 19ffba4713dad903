"""Each named family, in 25 lines or fewer, under its paper's equation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from rcgan.data.traits import MANY, Traits
from rcgan.game.changes import following
from rcgan.game.latents import Categorical, Latents, Normal, Uniform
from rcgan.game.objectives import OBJECTIVES, energy, non_saturating, relativistic, wasserstein
from rcgan.game.pairs import codes, joint, latents, noisy, windows
from rcgan.game.round import Game, Player, Terms
from rcgan.game.sequence_terms import coded_likelihood, likelihood, policy_gradient
from rcgan.game.terms import (
    adversarial,
    classification,
    during,
    evidence,
    feature_matching,
    gradient_penalty,
    mutual_information,
    owed_by,
    reconstruction,
    zero_centred_penalty,
)
from rcgan.networks.critics import Classifier
from rcgan.networks.encoders import Imaginer, OnSphere, Posterior
from rcgan.networks.heads import SHARES, gumbel_softmax
from rcgan.parts import Parts

__all__ = [
    "COSTS",
    "RIVALRIES",
    "aae",
    "arae",
    "bigan",
    "cramer_gan",
    "dcgan",
    "gan",
    "infogan",
    "rcgan",
    "semi_supervised",
    "seqgan",
    "wgan",
    "wgan_gp",
]

BLUR = 0.4  # sd of the noise under which few labels are learned
LOUD = 0.5  # sd of the noise that InfoGAN's codes must be heard through
FEW = 8  # channels up to which the generator learns as fast as its critic
SLOW = 0.1  # of the critic's rate, at which many windows are learned that are mixed of near ones,
STILL = 0.01  # ... and those that move as real ones do
ALONE = 0.25  # share of a run in which a generator that has to jump learns as a decoder, before the game
COSTS = ("non-saturating", "minimax", "maximum likelihood")


def gan(
    traits: Traits,
    *,
    latent: int,
    hidden: int = 64,
    objective: str = "non-saturating",
    networks: str = "dense",
    categories: str = "softmax",
    turns: int = 1,
    rate: float = 1.0,
) -> Game:
    r"""Return the first game, between dense networks; under a condition where the traits have one.

    .. math:: \min_G \max_D \; E \log D(x \mid y) + E \log(1 - D(G(z \mid y) \mid y))

    Goodfellow et al. (2014), "Generative adversarial nets", eq. 1; Mirza, Osindero (2014), "Conditional generative
    adversarial nets", eq. 2, where both networks are told the label.
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden, networks, plain=True, shares=SHARES[categories])
    return parts.duel(adversarial(OBJECTIVES[objective], windows), parts.critic(), turns=turns, rate=rate)


def dcgan(traits: Traits, *, latent: int, hidden: int = 64) -> Game:
    r"""Return the same game between convolutional networks with strides and batch normalisation.

    Radford, Metz, Chintala (2016), "Unsupervised representation learning with deep convolutional generative
    adversarial networks", section 3, over time instead of pictures.
    """
    return gan(traits, latent=latent, hidden=hidden, networks="dcgan")


def wgan(
    traits: Traits, *, latent: int, hidden: int = 64, turns: int = 5, rate: float = 1.0, clip: float = 0.01
) -> Game:
    r"""Return the game over the Wasserstein distance, with a critic whose weights are clipped.

    .. math:: \min_G \max_{|w| \le c} \; E D_w(x) - E D_w(G(z))

    Arjovsky, Chintala, Bottou (2017), "Wasserstein GAN", eq. 2 and algorithm 1.
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden, "convolutional", plain=True)
    return parts.duel(adversarial(wasserstein, windows), parts.critic(), turns=turns, rate=rate, clip=clip)


def wgan_gp(
    traits: Traits,
    *,
    latent: int,
    hidden: int = 64,
    turns: int = 5,
    rate: float = 1.0,
    strength: float = 10.0,
    networks: str = "convolutional",
    categories: str = "softmax",
) -> Game:
    r"""Return the game over the Wasserstein distance with a penalty on the critic's slope.

    .. math:: \min_G \max_D \; E D(x) - E D(G(z)) - \lambda E (|\nabla D(\hat x)| - 1)^2

    Gulrajani et al. (2017), "Improved training of Wasserstein GANs", eq. 3. Categories go to the critic as the shares
    of a softmax, one head a variable, and are one-hot when sampled (Camino, Hammerschmidt, State (2018), "Generating
    multi-categorical samples with generative adversarial networks"), or as Gumbel draws.
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden, networks, plain=True, shares=SHARES[categories])
    terms = adversarial(wasserstein, windows) + gradient_penalty(windows, strength)
    return parts.duel(terms, parts.critic(), turns=turns, rate=rate)


def cramer_gan(
    traits: Traits, *, latent: int, hidden: int = 64, turns: int = 5, rate: float = 1.0, outputs: int = 32
) -> Game:
    r"""Return the game over the energy distance between what the critic makes of windows, a vector :math:`h(x)`.

    .. math:: 2 E |h(x) - h(x')| - E |h(x) - h(\tilde x)| - E |h(x') - h(\tilde x')|

    Bellemare et al. (2017), "The Cramer distance as a solution to biased Wasserstein gradients", algorithm 1.
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden, "convolutional", plain=True)
    terms = adversarial(energy, windows) + gradient_penalty(windows, 10.0, objective=energy)
    return parts.duel(terms, parts.critic(outputs=outputs), turns=turns, rate=rate)


def bigan(traits: Traits, *, latent: int, hidden: int = 64, strength: float = 0.0) -> Game:
    r"""Return the game in which the critic compares windows together with their codes.

    .. math:: \min_{G, E} \max_D \; E f(D(x, E(x)) - D(G(z), z))

    Donahue, Kraehenbuehl, Darrell (2017), "Adversarial feature learning", eq. 2, between LSTMs and with relativistic
    pairing, R1 and R2; ``strength`` of the squared error of G(E(x)) is added.
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden)
    networks = {
        "generator": parts.generator(),
        "encoder": parts.encoder(latent),
        "critic": parts.critic(beside=latent),
    }
    terms = adversarial(relativistic, joint) + zero_centred_penalty(joint, _gamma(traits), share=0.25)
    players = [Player("critic", ("critic",)), Player("generator", ("generator", "encoder"))]
    return Game(networks, players, terms + reconstruction(strength), parts.latents, parts.noise)


def infogan(
    traits: Traits,
    *,
    latent: int,
    categories: int = 2,
    numbers: int = 2,
    hidden: int = 64,
    strength: float = 1.0,
    changes: Sequence[str] = (),
    networks: str = "recurrent",
) -> Game:
    r"""Return the game whose windows must tell part of their code: a category, and uniform numbers.

    .. math:: \min_{G, Q} \max_D \; V(D, G) - \lambda E \log Q(c \mid G(z, c))

    Chen et al. (2016), "InfoGAN", eq. 6; the posterior Q is a head on the critic's trunk, and is shown the windows
    under noise: what is told in whispers, which a strong posterior hears too, does not count. The category has to be
    told from a quarter of the run on, after what varies evenly has gone to the numbers. Where ``changes`` are named,
    the codes are tied to them on real windows (:func:`~rcgan.game.changes.following`).
    """
    laws = Latents((Normal(latent), Categorical(categories), Uniform(numbers)))
    parts = Parts(traits, laws, hidden, networks, plain=networks != "recurrent")
    critic = parts.critic()
    posterior = Posterior(critic.features, laws.parameters, hidden)
    roles = {"generator": parts.generator(), "critic": critic, "posterior": posterior}
    loud = noisy(windows, LOUD, until=math.inf)
    told = mutual_information(loud, strength, Uniform)
    told += during(mutual_information(loud, strength, Categorical), lambda over: min(1.0, max(0.0, 4 * over - 1)))
    if changes:
        told += following(changes, traits.continuous)
    terms = adversarial(relativistic, windows) + zero_centred_penalty(windows, _gamma(traits), share=0.25)
    players = [Player("critic", ("critic", "posterior")), Player("generator", ("generator",))]
    return Game(roles, players, terms + told, laws, parts.noise)


def aae(traits: Traits, *, latent: int, sd: float = 5.0, hidden: int = 64, strength: float = 10.0) -> Game:
    r"""Return the autoencoder whose codes are made to follow a prior by a critic of codes.

    .. math:: \min_{E, G} \; \lambda E |x - G(E(x) \mid y)|^2 + \max_D \; E f(D(z \mid y) - D(E(x) \mid y)), \qquad
              z \sim N(0, s^2)

    Makhzani et al. (2015), "Adversarial autoencoders", section 2. Where there are labels, the decoder is told them
    (section 2.3) and the critic too, so that the code follows the prior within each label: style without label.
    """
    parts = Parts(traits, Latents((Normal(latent, sd),)), hidden)
    networks = {
        "generator": parts.generator(),
        "encoder": parts.encoder(latent),
        "critic": parts.code_critic(latent),
    }
    terms = adversarial(relativistic, latents) + zero_centred_penalty(latents, 0.1)
    players = [Player("critic", ("critic",)), Player("generator", ("generator", "encoder"))]
    return Game(networks, players, terms + reconstruction(strength), parts.latents, parts.noise)


def semi_supervised(traits: Traits, *, latent: int, classes: int, hidden: int = 64) -> Game:
    r"""Return the game whose critic tells n labels and "fake", and whose generator matches its features.

    .. math:: \min_D \; -E \log p(y \mid x) - \tfrac12 \left( E \log D(x) + E \log(1 - D(G(z))) \right), \qquad
              \min_G \; |E f(x) - E f(G(z))|^2

    Salimans et al. (2016), "Improved techniques for training GANs", section 5 and 3.1. The critic is shown all
    windows under noise, as in the paper's code, and as many labelled ones in a step as others.
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden, "deep dense", plain=True)
    views = parts.views()
    critic = Classifier(views, parts.readers(views.width, 0), classes)
    blurred = noisy(windows, BLUR, until=math.inf)
    terms = owed_by("critic", adversarial(non_saturating, blurred), 0.5) + classification(blurred)
    return parts.duel(terms + feature_matching(blurred), critic)


def seqgan(
    traits: Traits, *, latent: int, hidden: int = 64, rollouts: int = 2, taught: float = 0.5, kept: float = 0.1
) -> Game:
    r"""Return the game of a generator of discrete sequences, which learns from the critic by policy gradient.

    .. math:: \min_D \; -E \log D(x) - E \log(1 - D(x')), \qquad \max_G \; E \sum_t \log G(x'_t \mid x'_{<t})\, Q_t

    Yu et al. (2017), "SeqGAN: sequence generative adversarial nets with policy gradient", eq. 4, 5 and 7. For the share
    ``taught`` of the training the generator learns by likelihood, as in the paper; then ``kept`` of that loss stays.
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden, plain=True, shares=gumbel_softmax)
    networks = {"generator": parts.sequences(latent), "critic": parts.critic()}
    players = [Player("critic", ("critic",)), Player("generator", ("generator",))]
    terms = owed_by("critic", adversarial(non_saturating, windows))
    terms += during(likelihood(), lambda progress: 1.0 if progress < taught else kept)
    terms += during(policy_gradient(rollouts), lambda progress: float(progress >= taught))
    return Game(networks, players, terms, parts.latents, parts.noise)


def arae(
    traits: Traits, *, latent: int, code: int = 32, hidden: int = 64, sd: float = 0.2, turns: int = 5, rate: float = 1.0
) -> Game:
    r"""Return the autoencoder of discrete sequences whose codes a network learns to make of noise.

    .. math:: \min_{E, G, I} \; -E \log G(x \mid E(x) + s \epsilon) + \max_{|D|_L \le 1} \; E D(E(x)) - E D(I(z))

    Zhao et al. (2018), "Adversarially regularized autoencoders", section 3 and algorithm 1: codes of length one, and
    noise on them; a penalty on the slope of the critic in the place of clipped weights.
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden, plain=True, shares=gumbel_softmax)
    networks = {
        "generator": parts.sequences(code),
        "encoder": OnSphere(parts.encoder(code)),
        "imaginer": OnSphere(Imaginer(latent, code, hidden)),
        "critic": parts.code_critic(code),
    }
    terms = adversarial(wasserstein, codes) + gradient_penalty(codes, 10.0) + coded_likelihood(sd)
    players = [Player("critic", ("critic",), turns, rate), Player("generator", ("generator", "encoder", "imaginer"))]
    return Game(networks, players, terms, parts.latents, parts.noise)


def _gamma(traits: Traits) -> float:
    return 1.0 if traits.rough else 0.5


def _pace(traits: Traits) -> float:
    """Return how fast a generator that starts as coloured noise learns, as a share of the critic's rate.

    Of many channels every mean, variance and covariance is right at the start, to a hundredth of a standard deviation,
    and a judge sees less than that if all channels are off together. A game of minutes over batches of 64 windows
    moves them by more, and its critics learn windows of so many numbers by heart: from twice as many channels on the
    noise is left nearly as it is. Few windows they learn by heart too, and what labels start as is their own: of a
    hundred that are told nothing but their label, or mixed of near ones, the start is kept. Also many that are mixed
    start right, edges and all, and are learned slowly; those that move as real ones do, whatever the game adds gives
    away. Elsewhere statics have no start, and ask for the game.
    """
    few, told = min(1.0, traits.windows / MANY), traits.labels + (traits.regimes if traits.regimes > 1 else 0)
    alone = traits.condition == told
    slow = STILL if traits.resampled else SLOW if few == 1 and traits.mixed else 1.0
    kept = (traits.labels or traits.mixed) and alone
    return min(1.0, (FEW / max(1, traits.continuous)) ** 8) * (few**3 if kept else few) * slow


def _relativistic(traits: Traits) -> tuple[Terms, int]:
    return adversarial(relativistic, windows) + zero_centred_penalty(windows, _gamma(traits), share=0.25), 1


def _wasserstein(traits: Traits) -> tuple[Terms, int]:
    return adversarial(wasserstein, windows) + gradient_penalty(windows, 10.0), 3


RIVALRIES = {"relativistic": _relativistic, "wasserstein": _wasserstein}


def _decoded(parts: Parts, terms: Terms, turns: int) -> Game:
    r"""Return the game whose generator was a variational autoencoder's decoder first, and is one less and less.

    .. math:: [p \ge p_0]\, L_\text{game} + (1 - p)\, L_\text{evidence}

    where :math:`p` is the share of the run that is over, and :math:`p_0` a quarter. A generator without noise cannot
    move a leap from one step to the next by small changes, each of which a critic welcomes: what the game begins with,
    it keeps. Larsen et al. (2016), "Autoencoding beyond pixels using a learned similarity metric", section 2.3.
    """
    played = during(terms, lambda over: float(over >= ALONE))
    learned = during(evidence(rise=ALONE / 2), lambda over: 1 - over)
    recognition = parts.recognition()
    return parts.duel(
        played + learned, parts.critic(), turns=turns, generator=parts.principal(), recognition=recognition
    )


def rcgan(traits: Traits, *, latent: int, hidden: int = 64, objective: str = "relativistic") -> Game:
    r"""Return the game of the recurrent conditional GAN.

    .. math:: \min_G \max_D \; E\, f\!\left(D(x \mid y) - D(G(z, e \mid y) \mid y)\right)

    with LSTMs on both sides. Esteban, Hyland, Raetsch (2017), "Real-valued (medical) time series generation with
    recurrent conditional GANs", eq. 1 and 2, under the objective named (``"relativistic"`` with R1 and R2, or
    ``"wasserstein"`` with its gradient penalty). Where the data is rough, noise of the windows' own means and
    covariances (or, where their moves have heavy tails or there are categories, with the innovations of real ones:
    :class:`~rcgan.networks.innovations.Innovations`), from which the generator goes on, the more slowly the more
    channels and the fewer windows there are, and views within the window; so also where a few smooth windows of each
    label are mixed of near ones (:class:`~rcgan.networks.bootstrap.Bootstrap`). Where it is smooth otherwise, no
    noise but the code, differences, twice and compressed, and from two hundred windows on the law of real ones in
    their principal directions, to which everything is brought after training; where a thousand windows and more leap,
    as fast waves do, a start as a variational autoencoder's decoder, too. Jumps are no concern of the game's: they
    are taken out before (:class:`~rcgan.data.jumps.Jumps`).
    """
    parts = Parts(traits, Latents((Normal(latent),)), hidden)
    terms, turns = RIVALRIES[objective](traits)
    if traits.leaping and traits.windows >= MANY:
        return _decoded(replace(parts, networks="placed recurrent"), terms, turns)
    if not traits.drawn:
        return parts.duel(terms, parts.critic(), turns=turns, generator=parts.principal())
    return parts.duel(terms, parts.critic(), turns=turns, generator=parts.coloured(), pace=_pace(traits))
