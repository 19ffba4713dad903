"""Networks for data of given traits: what recipes are put together from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from rcgan.data.traits import Traits
from rcgan.game.latents import Latents
from rcgan.game.round import Game, Player, Terms
from rcgan.networks.bootstrap import Mixing
from rcgan.networks.coloured import ColouredGenerator, ColouredNoise
from rcgan.networks.critics import Critics
from rcgan.networks.encoders import Encoder, Recognition
from rcgan.networks.heads import PlainHead, Shares, WindowHead, gumbel_softmax, softmax, spline
from rcgan.networks.history import History
from rcgan.networks.innovations import Innovations
from rcgan.networks.kinds import KINDS, Kind
from rcgan.networks.measured import MeasuredGenerator
from rcgan.networks.principal import PrincipalGenerator
from rcgan.networks.reader import Reader
from rcgan.networks.rearranged import Rearranged
from rcgan.networks.recurrent import LSTMGenerator
from rcgan.networks.rounded import Rounded
from rcgan.networks.sequences import SequenceGenerator
from rcgan.networks.views import Views

__all__ = ["Parts"]

SMOOTH = ("values", "differences", "second_differences", "compressed_bends")
ROUGH = ("normal_scores", "shape", "scaled_differences", "compressed_differences", "log_scale")
RECURRENT = ("recurrent", "placed recurrent")
LONG = 64  # steps from which on a window's level is a curve, and a critic reads where in it things are
SPACING = 4  # steps for each coefficient of that curve
NOISE = 8  # noises of each step where the data is rough; more where there are more continuous channels


@dataclass(frozen=True)
class Parts:
    """Builds the networks of one game.

    Args:
        traits: of the training windows.
        latents: what codes are drawn from.
        hidden: width of every network.
        networks: their kind, a key of ``KINDS``.
        plain: whether the critic sees values alone and the generator writes them as they come, as in the papers
            before this one; otherwise views and heads are chosen from the traits.
        shares: how categories are written.
    """

    traits: Traits
    latents: Latents
    hidden: int
    networks: str = "recurrent"
    plain: bool = False
    shares: Shares = softmax

    @property
    def kind(self) -> Kind:
        """The kind of the networks; over long windows, recurrent ones have a dense critic beside them."""
        long = self.networks == "recurrent" and self.traits.steps >= LONG
        return KINDS["placed recurrent" if long else self.networks]

    @property
    def noise(self) -> int:
        """Width of the noise of each step."""
        if self.measured:
            return self.traits.continuous
        drawn = sum(self.traits.blocks) if self.shares is gumbel_softmax else 0
        least = self.traits.continuous + bool(self.traits.timed)
        return drawn + (max(NOISE, least) if self.traits.drawn and not self.plain else 0)

    @property
    def measured(self) -> bool:
        """Whether the generator writes curves, and noise on them."""
        return self.traits.noisy and not self.plain and self.networks in RECURRENT

    def views(self, names: Sequence[str] | None = None) -> Views:
        """Return the views named, or those that the data asks for, not yet fitted."""
        if names is None:
            names = ("values",) if self.plain else ROUGH if self.traits.rough else SMOOTH
        spread = torch.tensor(self.traits.spread)
        return Views(names, spread, sum(self.traits.blocks), holes=self.traits.holes)

    def generator(self) -> nn.Module:
        """Return a generator of windows, from codes as wide as the latents."""
        return self._kept(self._written())

    def principal(self) -> nn.Module:
        """Return one whose smooth windows go together as real ones do, where enough are known."""
        t = self.traits
        if not t.directions:
            return self.generator()
        return self._kept(PrincipalGenerator(self._written(), t.steps, t.continuous, t.condition, t.directions))

    def _written(self) -> nn.Module:
        t, width = self.traits, self.latents.width
        head = PlainHead(t.continuous, t.blocks, self.shares) if self.plain else self._window_head(t.spread, t.blocks)
        noise = 0 if self.measured else self.noise
        made = self.kind.generator(head, width, noise, t.condition, self.hidden, t.steps)
        if self.measured:
            made = MeasuredGenerator(made, torch.tensor(t.floor), width + t.condition, self.hidden)
        return made

    def coloured(self) -> nn.Module:
        """Return a generator whose noise has the windows' own law; categories come with that of real windows."""
        t, width = self.traits, self.latents.width
        noise = self._innovations() if t.resampled else self._coloured_noise()
        seen = 2 * noise.channels + self.noise - noise.width  # the noise and its differences, and what is white
        head = self._window_head(t.spread or (1.0,), ())  # of categories alone, too, a game needs something to learn
        rest = LSTMGenerator(head, width, seen, t.condition, self.hidden, t.steps, lags=0)
        rest.start_small()
        return self._kept(ColouredGenerator(noise, rest, torch.tensor(t.spread)))

    def _innovations(self) -> Innovations:
        t = self.traits
        return Innovations(
            t.steps, t.continuous, t.condition, t.regimes, blocks=t.blocks, labels=t.labels, windows=t.windows
        )

    def _coloured_noise(self) -> ColouredNoise:
        t = self.traits
        return ColouredNoise(
            t.steps,
            t.continuous,
            t.condition,
            t.regimes,
            labels=t.labels,
            windows=t.windows,
            clocked=bool(t.timed),
            vibrating=t.vibrating,
            stationary=t.stationary,
            mixed={k: Mixing(near, k in t.clocked) for k, near in zip(t.mixed, t.near, strict=True)},
            rough=t.rough,
        )

    def _kept(self, generator: nn.Module) -> nn.Module:
        """Return a generator that shows critics the coarse readings and the trends that the user will get."""
        t = self.traits
        if t.places and not self.plain:
            generator = Rounded(generator, t.places, t.regimes)
        return Rearranged(generator, t.trends) if t.trends else generator

    def _window_head(self, spread: tuple[float, ...], blocks: tuple[int, ...]) -> WindowHead:
        t = self.traits
        code = self.latents.width + t.condition
        curve = spline(t.steps, t.steps // SPACING) if t.steps >= LONG else None
        return WindowHead(
            torch.tensor(spread), blocks, code, self.hidden, scaled=t.rough, shares=self.shares, curve=curve
        )

    def sequences(self, latent: int) -> SequenceGenerator:
        """Return a generator of discrete sequences, from codes so wide; its noise is that of ``gumbel_softmax``."""
        return SequenceGenerator(self.traits.blocks, latent, self.traits.condition, self.hidden)

    def critic(
        self,
        *,
        beside: int = 0,
        outputs: int = 1,
        pack: int = 1,
        around: Callable[[int], nn.Module] | None = None,
    ) -> Critics:
        """Return critics of windows, of so many at once, with so many numbers laid beside every step.

        ``around`` makes what looks at the whole batch, for so many features: a class of :mod:`rcgan.networks.crowd`.
        """
        views, t = self.views(), self.traits
        readers = self.readers((views.width + beside) * pack, t.condition * pack)
        crowds = [around(reader.features) for reader in readers] if around is not None else ()
        return Critics(views, readers, t.condition * pack, outputs, crowds)

    def readers(self, width: int, condition: int) -> Sequence[Reader]:
        """Return trunks over windows."""
        return self.kind.read(width, condition, self.hidden, self.traits.steps)

    def code_critic(self, width: int) -> Critics:
        """Return a critic of codes."""
        readers = KINDS["dense"].read(width, self.traits.condition, 2 * self.hidden, 1)
        return Critics(None, readers, self.traits.condition)

    def encoder(self, width: int) -> Encoder:
        """Return an encoder of windows."""
        views = self.views()
        return Encoder(views, list(self.readers(views.width, 0)), width, self.hidden)

    def recognition(self) -> Recognition:
        """Return what tells the codes that a window may be of, by its values and differences as they are."""
        views = self.views(("values", "differences"))
        return Recognition(Encoder(views, list(self.readers(views.width, 0)), 2 * self.latents.width, self.hidden))

    def duel(
        self,
        terms: Terms,
        critic: Critics,
        *,
        turns: int = 1,
        rate: float = 1.0,
        clip: float | None = None,
        generator: nn.Module | None = None,
        pace: float = 1.0,
        recognition: Recognition | None = None,
    ) -> Game:
        """Return the game of a generator against critics, with the histories that its terms ask for.

        ``rate`` and ``pace`` are the learning rates of critic and generator, as multiples of the run's; ``recognition``
        is trained with the generator.
        """
        networks: dict[str, nn.Module] = {"generator": generator or self.generator(), "critic": critic}
        makers = ("generator",)
        if recognition is not None:
            networks["recognition"] = recognition
            makers = ("generator", "recognition")
        for role in ("generator", "critic"):
            if any(f"{role} history" in term.needs for term in terms):
                networks[f"{role} history"] = History(networks[role])
        players = [Player("critic", ("critic",), turns, rate, clip), Player("generator", makers, rate=pace)]
        return Game(networks, players, terms, self.latents, self.noise)
