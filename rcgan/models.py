"""The estimators, one a family; each says what game it plays."""

from __future__ import annotations

import os
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from rcgan import recipes, storage
from rcgan.checks import one_of, positive, share, whole
from rcgan.data.traits import Traits
from rcgan.data.windows import Windows
from rcgan.errors import DataError, ModelFileError
from rcgan.estimator import Autoencoding, CriticFeatures, Resampling, Transforming, WindowGAN
from rcgan.game.changes import CHANGES
from rcgan.game.importance import CANDIDATES
from rcgan.game.round import Game, Round
from rcgan.networks.critics import Classifier
from rcgan.networks.heads import SHARES
from rcgan.networks.principal import PrincipalGenerator

__all__ = [
    "AAE",
    "ARAE",
    "CGAN",
    "DCGAN",
    "GAN",
    "MODELS",
    "RCGAN",
    "WGAN",
    "WGANGP",
    "BiGAN",
    "ConditionalAAE",
    "ConditionalWGAN",
    "CramerGAN",
    "CriticFeatures",
    "InfoGAN",
    "SemiSupervisedGAN",
    "SeqGAN",
    "load",
]


@dataclass(eq=False, repr=False, kw_only=True)
class RCGAN(Resampling):
    r"""Recurrent conditional GAN: an LSTM writes windows for a label, and LSTM and convolutional critics compare.

    Args:
        latent_dim: width of the code of a window; 2 can be drawn as a map.
        steps: turns of the generator, at most; None chooses from the data (and then at most 10 minutes).
        minutes: training time, at most; None for no limit beside ``steps``.
        objective: ``"relativistic"`` (with R1 and R2) or ``"wasserstein"`` (with its gradient penalty).
        hidden: width of every network.
        batch_size: windows a turn; None for as many as have 8,192 steps, but 64 at least and 128 at most.
        learning_rate: Adam's, at the start; it falls to 0.
        seed: of weights and of every draw.
        device: ``"cpu"``, ``"cuda"``, ...; None takes a GPU if there is one.
        relations: what samples have to keep beside what is found, such as ``"low <= high"``, ``"flow >= 0"`` or
            ``"reading on 0.1"``; with ``"not "`` before it, what was found and is not to be kept.

    Esteban, Hyland, Raetsch (2017), "Real-valued (medical) time series generation with recurrent conditional GANs".
    Windows that are not smooth are sampled four at a time, under one condition, and one of the four is given, drawn by
    what the critics say of them (:func:`rcgan.game.importance.resampled`); not those of more than 16 channels that
    start as normal noise.

    >>> import rcgan
    >>> train, test = rcgan.load_dataset("waves", n=200).split(0.8, seed=0)
    >>> model = rcgan.RCGAN(latent_dim=2, steps=20, seed=0).fit(train, progress=False)
    >>> model.sample(3, labels="sine", seed=1).shape
    (3, 30, 1)
    """

    coloured: ClassVar[bool] = True

    objective: str = "relativistic"

    def _game(self, traits: Traits) -> Game:
        objective = one_of("objective", self.objective, recipes.RIVALRIES)
        return recipes.rcgan(traits, latent=self.latent_dim, hidden=self.hidden, objective=objective)

    @property
    def _candidates(self) -> int:
        """Several, where the critic's scores are odds, and of what is made: smooth windows were put right behind it.

        Of many channels of normal noise critics know little but the training windows, by heart.
        """
        smooth = any(isinstance(part, PrincipalGenerator) for part in self._networks["generator"].modules())
        known = self.traits_.resampled or self.traits_.continuous <= 2 * recipes.FEW
        return CANDIDATES if known and not smooth and self.objective == "relativistic" else 1


@dataclass(eq=False, repr=False, kw_only=True)
class _Paced(WindowGAN, ABC):
    """What families share whose critic has turns and a learning rate of its own."""

    critic_turns: int = 5
    critic_rate: float = 1.0

    @property
    def _pace(self) -> dict[str, Any]:
        turns, rate = whole("critic_turns", self.critic_turns), positive("critic_rate", self.critic_rate)
        return {"turns": turns, "rate": rate}


@dataclass(eq=False, repr=False, kw_only=True)
class GAN(_Paced, Transforming):
    r"""The first GAN, between dense networks over whole windows; without labels.

    .. math:: \min_G \max_D \; E \log D(x) + E \log(1 - D(G(z)))

    Args:
        objective: the generator's cost: ``"non-saturating"``, ``"minimax"`` or ``"maximum likelihood"``.
        categories: how categorical channels reach the critic: ``"softmax"`` shares or ``"gumbel"`` draws.
        critic_turns: turns of the critic for each of the generator.
        critic_rate: the critic's learning rate, as a multiple of the generator's; at its own the critic of a small game
            runs ahead, and the generator follows less closely.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Goodfellow et al. (2014), "Generative adversarial nets", eq. 1.

    >>> import numpy as np, rcgan
    >>> angles = np.random.default_rng(0).uniform(0, 2 * np.pi, 500)
    >>> circle = 2 * np.stack([np.cos(angles), np.sin(angles)], 1)[:, None]  # windows of one step
    >>> model = rcgan.GAN(latent_dim=3, hidden=32, steps=20).fit(circle, progress=False)
    >>> model.sample(4).shape
    (4, 1, 2)
    """

    conditional: ClassVar[bool] = False
    least_steps: ClassVar[int] = 1

    critic_turns: int = 1
    critic_rate: float = 0.5
    objective: str = "non-saturating"
    categories: str = "softmax"

    def _game(self, traits: Traits) -> Game:
        cost = one_of("objective", self.objective, recipes.COSTS)
        shares = one_of("categories", self.categories, SHARES)
        sizes = {"latent": self.latent_dim, "hidden": self.hidden}
        return recipes.gan(traits, **sizes, objective=cost, categories=shares, **self._pace)


@dataclass(eq=False, repr=False)
class CGAN(Resampling):
    r"""Conditional GAN: both dense networks are told the label, as one-hot.

    .. math:: \min_G \max_D \; E \log D(x \mid y) + E \log(1 - D(G(z \mid y) \mid y))

    Args:
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Mirza, Osindero (2014), "Conditional generative adversarial nets", eq. 2.

    >>> from sklearn.datasets import load_digits
    >>> import rcgan
    >>> X, y = load_digits(return_X_y=True)
    >>> model = rcgan.CGAN(steps=20).fit(X.reshape(-1, 8, 8), y, progress=False)
    >>> model.sample(2, labels=7).labels.tolist()
    [7, 7]
    """

    least_steps: ClassVar[int] = 1

    def _game(self, traits: Traits) -> Game:
        return recipes.gan(traits, latent=self.latent_dim, hidden=self.hidden)


@dataclass(eq=False, repr=False)
class DCGAN(Transforming):
    """Convolutional GAN over time, with strides and batch normalisation; without labels.

    Args:
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Radford, Metz, Chintala (2016), "Unsupervised representation learning with deep convolutional generative
    adversarial networks", section 3.

    >>> import rcgan
    >>> model = rcgan.DCGAN(steps=10).fit(rcgan.load_dataset("waves", n=100), progress=False)
    >>> model.sample(2).shape
    (2, 30, 1)
    """

    conditional: ClassVar[bool] = False

    def _game(self, traits: Traits) -> Game:
        return recipes.dcgan(traits, latent=self.latent_dim, hidden=self.hidden)


@dataclass(eq=False, repr=False, kw_only=True)
class WGAN(_Paced, Transforming):
    r"""Wasserstein GAN with clipped weights, between convolutional networks; without labels.

    .. math:: \min_G \max_{|w| \le c} \; E D_w(x) - E D_w(G(z))

    Args:
        critic_turns: turns of the critic for each of the generator.
        critic_rate: the critic's learning rate, as a multiple of the generator's.
        clip: bound :math:`c` of the critic's weights.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Arjovsky, Chintala, Bottou (2017), "Wasserstein GAN", eq. 2 and algorithm 1.

    >>> import rcgan
    >>> model = rcgan.WGAN(steps=10).fit(rcgan.load_dataset("waves", n=100), progress=False)
    >>> model.sample(2).shape
    (2, 30, 1)
    """

    conditional: ClassVar[bool] = False

    clip: float = 0.01

    def _game(self, traits: Traits) -> Game:
        clip = positive("clip", self.clip)
        return recipes.wgan(traits, latent=self.latent_dim, hidden=self.hidden, clip=clip, **self._pace)


@dataclass(eq=False, repr=False, kw_only=True)
class _Sloped(_Paced, ABC):
    """What both Wasserstein GANs with a penalty on the slope share."""

    least_steps: ClassVar[int] = 1

    strength: float = 10.0
    categories: str = "softmax"

    def _game(self, traits: Traits) -> Game:
        return recipes.wgan_gp(
            traits,
            latent=self.latent_dim,
            hidden=self.hidden,
            strength=positive("strength", self.strength),
            networks="convolutional" if traits.steps > 1 else "dense",
            categories=one_of("categories", self.categories, SHARES),
            **self._pace,
        )


@dataclass(eq=False, repr=False)
class WGANGP(_Sloped, Transforming):
    r"""Wasserstein GAN with a penalty on the critic's slope; without labels, and for mixed data too.

    .. math:: \min_G \max_D \; E D(x) - E D(G(z)) - \lambda E (|\nabla D(\hat x)| - 1)^2

    Args:
        critic_turns: turns of the critic for each of the generator.
        critic_rate: the critic's learning rate, as a multiple of the generator's.
        strength: :math:`\lambda`.
        categories: how categorical channels reach the critic: ``"softmax"`` shares or ``"gumbel"`` draws.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Gulrajani et al. (2017), "Improved training of Wasserstein GANs", eq. 3 and algorithm 1.

    >>> import rcgan
    >>> model = rcgan.WGANGP(steps=10).fit(rcgan.load_dataset("waves", n=100), progress=False)
    >>> model.sample(2).shape
    (2, 30, 1)
    """

    conditional: ClassVar[bool] = False


@dataclass(eq=False, repr=False)
class ConditionalWGAN(_Sloped, Resampling):
    r"""The Wasserstein GAN of :class:`WGANGP`, with the label told to both networks.

    .. math:: \min_G \max_D \; E D(x \mid y) - E D(G(z \mid y) \mid y) - \lambda E (|\nabla D| - 1)^2

    Args:
        critic_turns: turns of the critic for each of the generator.
        critic_rate: the critic's learning rate, as a multiple of the generator's.
        strength: :math:`\lambda`.
        categories: how categorical channels reach the critic: ``"softmax"`` shares or ``"gumbel"`` draws.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Gulrajani et al. (2017), eq. 3, under the condition of Mirza, Osindero (2014), eq. 2.

    >>> import rcgan
    >>> model = rcgan.ConditionalWGAN(steps=10).fit(rcgan.load_dataset("waves", n=100), progress=False)
    >>> model.sample(2, labels="sawtooth").labels.tolist()
    ['sawtooth', 'sawtooth']
    """


@dataclass(eq=False, repr=False, kw_only=True)
class CramerGAN(_Paced, Transforming):
    r"""GAN over the energy distance between what the critic makes of windows; without labels.

    .. math:: 2 E |h(x) - h(x')| - E |h(x) - h(\tilde x)| - E |h(x') - h(\tilde x')|

    Args:
        critic_turns: turns of the critic for each of the generator.
        critic_rate: the critic's learning rate, as a multiple of the generator's.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Bellemare et al. (2017), "The Cramer distance as a solution to biased Wasserstein gradients", algorithm 1.

    >>> import rcgan
    >>> model = rcgan.CramerGAN(steps=10).fit(rcgan.load_dataset("waves", n=100), progress=False)
    >>> model.sample(2).shape
    (2, 30, 1)
    """

    conditional: ClassVar[bool] = False

    def _game(self, traits: Traits) -> Game:
        return recipes.cramer_gan(traits, latent=self.latent_dim, hidden=self.hidden, **self._pace)


@dataclass(eq=False, repr=False, kw_only=True)
class BiGAN(Autoencoding):
    r"""GAN whose critic compares windows together with their codes, so that an encoder is learned too; without labels.

    .. math:: \min_{G, E} \max_D \; E f(D(x, E(x)) - D(G(z), z))

    Args:
        strength: of the squared error of reconstructed windows, added to the game.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Donahue, Kraehenbuehl, Darrell (2017), "Adversarial feature learning", eq. 2.

    >>> import rcgan
    >>> train, test = rcgan.load_dataset("waves", n=100).split(0.8, seed=0)
    >>> model = rcgan.BiGAN(latent_dim=4, steps=10).fit(train, progress=False)
    >>> model.transform(test).shape, model.reconstruct(test).shape
    ((20, 4), (20, 30, 1))
    """

    conditional: ClassVar[bool] = False

    strength: float = 1.0

    def _game(self, traits: Traits) -> Game:
        strength = positive("strength", self.strength)
        return recipes.bigan(traits, latent=self.latent_dim, hidden=self.hidden, strength=strength)


@dataclass(eq=False, repr=False, kw_only=True)
class _Matched(Autoencoding, ABC):
    """What both adversarial autoencoders share."""

    latent_dim: int = field(default=2, kw_only=False)
    sd: float = 5.0
    strength: float = 10.0

    def _game(self, traits: Traits) -> Game:
        sd, strength = positive("sd", self.sd), positive("strength", self.strength)
        return recipes.aae(traits, latent=self.latent_dim, sd=sd, hidden=self.hidden, strength=strength)


@dataclass(eq=False, repr=False)
class AAE(_Matched):
    r"""Adversarial autoencoder: an autoencoder whose codes are made to follow a normal prior; without labels.

    .. math:: \min_{E, G} \; \lambda E |x - G(E(x))|^2 + \max_D \; E f(D(z) - D(E(x))), \qquad z \sim N(0, s^2)

    Args:
        sd: :math:`s`.
        strength: :math:`\lambda`.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Makhzani et al. (2015), "Adversarial autoencoders", section 2.

    >>> import rcgan
    >>> train, test = rcgan.load_dataset("waves", n=100).split(0.8, seed=0)
    >>> model = rcgan.AAE(steps=10).fit(train, progress=False)
    >>> model.transform(test).shape, model.reconstruct(test).shape
    ((20, 2), (20, 30, 1))
    """

    conditional: ClassVar[bool] = False


@dataclass(eq=False, repr=False)
class ConditionalAAE(_Matched):
    r"""Adversarial autoencoder with style and label apart: the decoder is told the label, the encoder is not.

    .. math:: \min_{E, G} \; \lambda E |x - G(E(x) \mid y)|^2 + \max_D \; E f(D(z \mid y) - D(E(x) \mid y))

    Args:
        sd: of the prior.
        strength: :math:`\lambda`.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Makhzani et al. (2015), "Adversarial autoencoders", section 2.3, with a critic that is told the label, so that the
    code follows the prior within each.

    >>> import rcgan
    >>> train, test = rcgan.load_dataset("waves", n=100).split(0.8, seed=0)
    >>> model = rcgan.ConditionalAAE(steps=10).fit(train, progress=False)
    >>> style = model.transform(test)
    >>> model.sample(latents=style, labels="sine").shape  # each held-out window's style, as a sine
    (20, 30, 1)
    """


@dataclass(eq=False, repr=False, kw_only=True)
class InfoGAN(Transforming):
    r"""GAN whose windows tell part of their code, a category and numbers, to a head on the critic; without labels.

    .. math:: \min_{G, Q} \max_D \; V(D, G) - \lambda E \log Q(c \mid G(z, c))

    Args:
        latent_dim: width of the noise; the code is ``latent_dim + categories + numbers`` wide, in this order.
        categories: of the categorical code.
        numbers: how many continuous codes, uniform between -1 and 1.
        strength: :math:`\lambda`.
        changes: what may differ between windows of one category, some of ``"gain"``, ``"level"`` and ``"speed"``: real
            windows are changed so, the category has to stay, and the first numbers follow the changes, one each.
            Without any, chance decides what each code means. Equation: :func:`rcgan.game.changes.following`.
        networks: ``"recurrent"``; ``"convolutional"`` or ``"dense"``, as in the paper (windows of one length).
        steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Chen et al. (2016), "InfoGAN: interpretable representation learning by information maximizing generative
    adversarial nets", eq. 6.

    >>> import rcgan
    >>> train, test = rcgan.load_dataset("waves", n=100).split(0.8, seed=0)
    >>> model = rcgan.InfoGAN(steps=10, changes=("gain", "speed")).fit(train, progress=False)
    >>> model.transform(test).shape, model.predict(test).shape  # category shares and numbers; the category
    ((20, 4), (20,))
    """

    conditional: ClassVar[bool] = False

    latent_dim: int = field(default=8, kw_only=False)
    categories: int = 2
    numbers: int = 2
    strength: float = 1.0
    changes: Sequence[str] = ()
    networks: str = "recurrent"

    def _game(self, traits: Traits) -> Game:
        whole("categories", self.categories, 2)
        whole("numbers", self.numbers, 0)
        sizes = {"categories": self.categories, "numbers": self.numbers, "hidden": self.hidden}
        strength = positive("strength", self.strength)
        one_of("networks", self.networks, ("recurrent", "convolutional", "dense"))
        for name in self.changes:
            one_of("changes", name, CHANGES)
        if self.changes and traits.continuous == 0:
            raise DataError(f"changes={self.changes!r} change numbers, and every channel here is a category")
        if len(self.changes) > self.numbers:
            raise DataError(
                f"each change is followed by a number: {len(self.changes)} changes, numbers={self.numbers}; "
                f"write numbers={len(self.changes)} or more"
            )
        return recipes.infogan(
            traits, latent=self.latent_dim, **sizes, strength=strength, changes=self.changes, networks=self.networks
        )

    def _read(self, r: Round) -> Tensor:
        """Return the codes that the posterior expects."""
        return self._latents.expected(self._parts["posterior"](super()._read(r)))

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the likeliest category of each window, ``(n,)``; which is which, the data did not say."""
        return self.transform(X)[:, : self.categories].argmax(1)


@dataclass(eq=False, repr=False, kw_only=True)
class SemiSupervisedGAN(Transforming):
    r"""A classifier that learns from few labels and many windows: its critic tells labels, and real from fake.

    .. math:: \min_D \; -E \log p(y \mid x) - \tfrac12 \left( E \log D(x) + E \log(1 - D(G(z))) \right), \qquad
              \min_G \; |E f(x) - E f(G(z))|^2

    Args:
        unlabelled: the label of windows whose label is not known, as in ``sklearn.semi_supervised``.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Salimans et al. (2016), "Improved techniques for training GANs", sections 3.1 and 5.

    >>> from sklearn.datasets import load_digits
    >>> import rcgan
    >>> X, y = load_digits(return_X_y=True)
    >>> y[100:] = -1
    >>> model = rcgan.SemiSupervisedGAN(steps=20).fit(X.reshape(-1, 8, 8), y, progress=False)
    >>> model.predict(X[:5].reshape(-1, 8, 8)).shape, model.classes_.tolist()
    ((5,), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """

    conditional: ClassVar[bool] = False
    supervised: ClassVar[bool] = True
    least_steps: ClassVar[int] = 1

    unlabelled: Any = -1

    def _targets(self, windows: Windows) -> NDArray[np.float32]:
        if windows.labels is None or windows.schema.label is None:
            raise DataError("some windows must have a label: give y, with the others' label as 'unlabelled'")
        self.classes_ = np.asarray([c for c in windows.schema.label.categories if c != self.unlabelled])
        if len(self.classes_) < 2:
            raise DataError(f"two labels at least are to be told apart, found {self.classes_.tolist()}")
        return (windows.labels[:, None] == self.classes_).astype(np.float32)

    def _game(self, traits: Traits) -> Game:
        classes = len(self.classes_)
        return recipes.semi_supervised(traits, latent=self.latent_dim, classes=classes, hidden=self.hidden)

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Return the probability of each of ``classes_``, ``(n, classes)``."""
        return self._ask(X, lambda r: cast(Classifier, r.critic).classes(self._read(r)).softmax(-1))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likeliest label of each window, ``(n,)``."""
        return self.classes_[self.predict_proba(X).argmax(1)]


@dataclass(eq=False, repr=False, kw_only=True)
class SeqGAN(Transforming):
    r"""GAN for discrete sequences: an LSTM draws category after category and learns by policy gradient; without labels.

    .. math:: \min_D \; -E \log D(x) - E \log(1 - D(x')), \qquad \max_G \; E \sum_t \log G(x'_t \mid x'_{<t})\, Q_t

    where :math:`Q_t` is the critic's mean verdict on ``rollouts`` completions of :math:`x'_{\le t}`. Every channel
    must be categorical.

    Args:
        rollouts: completions of every beginning of a window; the time of a step grows with their number, and with the
            square of the window's steps.
        taught: the share of the training in which the generator learns by likelihood alone.
        kept: what the likelihood weighs after that, beside the policy gradient; 0 for none.
        latent_dim, steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Yu et al. (2017), "SeqGAN: sequence generative adversarial nets with policy gradient", eq. 4, 5 and 7.

    >>> import pandas as pd, rcgan
    >>> modes = pd.DataFrame({"run": [k // 4 for k in range(80)], "mode": ["idle", "heat", "press", "cool"] * 20})
    >>> model = rcgan.SeqGAN(steps=10).fit(rcgan.Windows.from_frame(modes, group="run"), progress=False)
    >>> model.sample(2).shape
    (2, 4, 1)
    """

    conditional: ClassVar[bool] = False
    least_steps: ClassVar[int] = 1
    only_categories: ClassVar[bool] = True

    latent_dim: int = field(default=2, kw_only=False)
    learning_rate: float = 5e-3
    rollouts: int = 2
    taught: float = 0.5
    kept: float = 0.1

    def _game(self, traits: Traits) -> Game:
        return recipes.seqgan(
            traits,
            latent=self.latent_dim,
            hidden=self.hidden,
            rollouts=whole("rollouts", self.rollouts),
            taught=share("taught", self.taught),
            kept=share("kept", self.kept),
        )


@dataclass(eq=False, repr=False, kw_only=True)
class ARAE(_Paced, Autoencoding):
    r"""Adversarially regularised autoencoder for discrete sequences; without labels.

    .. math:: \min_{E, G, I} \; -E \log G(x \mid E(x) + s \epsilon) + \max_{|D|_L \le 1} \; E D(E(x)) - E D(I(z))

    New windows are drawn from :math:`G(\cdot \mid I(z))`. Every channel must be categorical.

    Args:
        latent_dim: width of the noise z.
        code_dim: width of the codes E(x) and I(z), which have length one; they are the features.
        sd: :math:`s`.
        critic_turns: turns of the critic for each of the others.
        critic_rate: the critic's learning rate, as a multiple of the others'.
        steps, minutes, hidden, batch_size, learning_rate, seed, device, relations: as for :class:`RCGAN`.

    Zhao et al. (2018), "Adversarially regularized autoencoders", section 3 and algorithm 1.

    >>> import pandas as pd, rcgan
    >>> modes = pd.DataFrame({"run": [k // 4 for k in range(80)], "mode": ["idle", "heat", "press", "cool"] * 20})
    >>> train = rcgan.Windows.from_frame(modes, group="run")
    >>> model = rcgan.ARAE(code_dim=8, steps=10).fit(train, progress=False)
    >>> model.sample(2).shape, model.transform(train).shape, model.reconstruct(train).shape
    ((2, 4, 1), (20, 8), (20, 4, 1))
    """

    conditional: ClassVar[bool] = False
    least_steps: ClassVar[int] = 1
    only_categories: ClassVar[bool] = True

    learning_rate: float = 5e-3
    code_dim: int = 32
    sd: float = 0.2

    def _game(self, traits: Traits) -> Game:
        return recipes.arae(
            traits,
            latent=self.latent_dim,
            code=whole("code_dim", self.code_dim, 2),
            hidden=self.hidden,
            sd=positive("sd", self.sd),
            **self._pace,
        )


MODELS: dict[str, type[WindowGAN]] = {
    family.__name__: family
    for family in (
        RCGAN,
        GAN,
        CGAN,
        DCGAN,
        WGAN,
        WGANGP,
        ConditionalWGAN,
        CramerGAN,
        BiGAN,
        AAE,
        ConditionalAAE,
        InfoGAN,
        SemiSupervisedGAN,
        SeqGAN,
        ARAE,
    )
}


def load(path: str | os.PathLike[str]) -> Any:
    """Read a model that ``save`` wrote; no code in the file can run.

    Raises:
        ModelFileError: the file is no model, is cut short or changed, or a newer version wrote it.
        OSError: there is no such file, or it may not be read.
    """
    header, tensors = storage.read(path, "model")
    try:
        family = MODELS[header["class"]]
        params: dict[str, Any] = header["params"]
        params |= {name: tuple(value) for name, value in params.items() if isinstance(value, list)}  # JSON has lists
        model = family(**params)
        model._restore(header, tensors)  # pyright: ignore[reportPrivateUsage]
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, IndexError) as error:
        raise ModelFileError(f"{os.fspath(path)} is no model that this version can read: {error!r}"[:300]) from None
    return model
