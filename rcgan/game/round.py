"""One draw of data and noise, what can be asked of it, and who plays."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch import Tensor, nn

from rcgan.game.latents import Latents
from rcgan.game.rules import check

if TYPE_CHECKING:
    from rcgan.game.objectives import Objective
    from rcgan.networks.critics import Critics, Seen

__all__ = ["MAKERS", "Batch", "Draws", "Game", "Pair", "Player", "Round", "Term", "Terms", "Told", "imagined"]


MAKERS = frozenset(("generator", "imaginer", "encoder", "recognition"))  # of what critics are shown


class Batch(NamedTuple):
    """Real windows in model space: ``x``, ``mask`` ``(b, t, D)``, ``valid (b, t, 1)``, the condition ``y (b, k)``.

    ``told``: windows drawn apart from these, with the label that a game is to learn to tell; None for most games.
    """

    x: Tensor
    y: Tensor
    mask: Tensor
    valid: Tensor
    told: Told | None = None

    def some(self, rows: Tensor) -> Batch:
        """Return some of the windows, without those told apart."""
        return Batch(self.x[rows], self.y[rows], self.mask[rows], self.valid[rows])


class Told(NamedTuple):
    """Real windows whose label is known, and the label as one-hot ``(b, n)``."""

    batch: Batch
    label: Tensor


class Draws:
    """Normal numbers that depend on a key and a purpose alone: no state to save, none to disturb.

    Time comes first in memory, so that longer padding leaves the numbers of the existing steps as they are, and
    rows come in multiples of 16, so that a larger batch begins with the smaller one's numbers.

    >>> a, b = Draws(0, 5).normal("code", 4, 2), Draws(0, 5).normal("code", 4, 2)
    >>> bool((a == b).all())
    True
    """

    def __init__(self, *key: int | str) -> None:
        self.key = key

    def generator(self, purpose: str) -> torch.Generator:
        """Return a generator seeded by the key and the purpose."""
        digest = blake2b(repr((*self.key, purpose)).encode(), digest_size=8).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)

    def normal(self, purpose: str, *shape: int) -> Tensor:
        """Return standard normal numbers: ``(b, k)``, or ``(b, t, k)`` drawn with time first."""
        rows, *rest = shape
        padded = -(-rows // 16) * 16
        drawn = (rest[0], padded, *rest[1:]) if len(rest) > 1 else (padded, *rest)
        out = torch.randn(drawn, generator=self.generator(purpose))
        return (out.transpose(0, 1) if len(rest) > 1 else out)[:rows]


def imagined(networks: Mapping[str, nn.Module], z: Tensor) -> Tensor:
    """Return what the imaginer makes of codes, where a game has one; otherwise the codes."""
    return networks["imaginer"](z) if "imaginer" in networks else z


class Round:
    """One draw of data and noise, for a turn or two; everything derived is computed when first asked for.

    Args:
        networks: the game's networks by role.
        batch: real windows; their mask and condition serve the fake ones too.
        draws: the source of this round's noise.
        latents: what the code of a window is drawn from.
        noise: width of the noise of each step.
        progress: the share of the training that is over.
    """

    def __init__(
        self,
        networks: Mapping[str, nn.Module],
        batch: Batch,
        draws: Draws,
        latents: Latents,
        noise: int,
        progress: float = 0.0,
    ) -> None:
        self.networks, self.batch, self.draws, self.progress = networks, batch, draws, progress
        self.x, self.y, self.mask, self.valid, self.told = batch
        self.latents, self.noise = latents, noise
        self._moved: Collection[str] | None = None
        self._seen: dict[Pair, tuple[Seen, Seen]] = {}
        self._features: dict[Pair, tuple[Tensor, Tensor]] = {}
        self._scores: dict[Pair, tuple[Tensor, Tensor]] = {}

    def given(self, moved: Collection[str]) -> Round:
        """Return it for a player that moves these networks: what is made stays, what critics say of it is asked anew.

        Nothing stands behind what the critic sees that a gradient would reach, unless the player made some of it.
        """
        self._moved, self._features, self._scores = moved, {}, {}
        return self

    def before(self, critic: nn.Module) -> Round:
        """Return the same windows, codes and noise before another critic."""
        other = copy.copy(self)
        other.networks = {**self.networks, "critic": critic}
        other._seen, other._features, other._scores = {}, {}, {}
        return other

    def over(self, batch: Batch) -> Round:
        """Return other windows before the same networks, with codes and noise of their own."""
        return Round(self.networks, batch, Draws(*self.draws.key, "over"), self.latents, self.noise, self.progress)

    def normal(self, purpose: str, *shape: int) -> Tensor:
        """Return this round's normal numbers for a purpose, on the batch's device."""
        return self.draws.normal(purpose, *shape).to(self.x.device)

    @cached_property
    def z(self) -> Tensor:
        """The code of each window, ``(b, l)``."""
        return self.latents.shape(self.normal("code", len(self.x), self.latents.width))

    @cached_property
    def e(self) -> Tensor:
        """The noise of each step, ``(b, t, s)``."""
        return self.normal("steps", *self.x.shape[:2], self.noise)

    @cached_property
    def fake(self) -> Tensor:
        """The generator's windows, ``(b, t, D)``, under the real ones' condition and lengths."""
        return self.networks["generator"](self.imagined, self.e, self.y, self.valid)

    @cached_property
    def imagined(self) -> Tensor:
        """What the generator writes windows of, ``(b, l)``: the code, or what an imaginer makes of it."""
        return imagined(self.networks, self.z)

    @cached_property
    def inferred(self) -> Tensor:
        """The encoder's codes of the real windows, ``(b, l)``."""
        return self.networks["encoder"](self.x, self.mask, self.valid)

    @cached_property
    def reconstructed(self) -> Tensor:
        """What the generator makes of the encoder's codes, ``(b, t, D)``."""
        return self.networks["generator"](self.inferred, self.e, self.y, self.valid)

    @cached_property
    def recognised(self) -> tuple[Tensor, Tensor]:
        """Mean and log sd of the codes that each real window may be of, ``(b, l)`` both."""
        return self.networks["recognition"](self.x, self.mask, self.valid)

    @cached_property
    def remade(self) -> Tensor:
        """What the generator makes of one of those codes, ``(b, t, D)``."""
        mean, log_sd = self.recognised
        z = mean + log_sd.exp() * self.normal("recognised", *mean.shape)
        return self.networks["generator"](z, self.e, self.y, self.valid)

    @property
    def critic(self) -> Critics:
        """The game's critics."""
        return cast("Critics", self.networks["critic"])

    def seen(self, pair: Pair) -> tuple[Seen, Seen]:
        """Return what the critic sees of the real and of the fake side of a pair."""
        if pair not in self._seen:
            self._seen[pair] = pair.sides(self)
        real, fake = self._seen[pair]
        if self._moved is None or not MAKERS.isdisjoint(self._moved):
            return real, fake
        return real.alone(), fake.alone()

    def features(self, pair: Pair) -> tuple[Tensor, Tensor]:
        """Return what the critics' trunks read off both sides of a pair, ``(b, f)`` each."""
        if pair not in self._features:
            self._features[pair] = self._read(*self.seen(pair))
        return self._features[pair]

    def _read(self, real: Seen, fake: Seen) -> tuple[Tensor, Tensor]:
        """Read both sides: in one go, unless the critic compares what it reads, or a gradient goes through one only."""
        if self.critic.looks_around or real.values.requires_grad != fake.values.requires_grad:
            return self.critic.read(real), self.critic.read(fake)
        first, second = self.critic.read(_together(real, fake)).split([len(real.y), len(fake.y)])
        return first, second

    def scores(self, pair: Pair) -> tuple[Tensor, Tensor]:
        """Return the critics' scores of both sides of a pair, ``(b, critics)`` each."""
        if pair not in self._scores:
            (real, fake), (seen, made) = self.features(pair), self.seen(pair)
            self._scores[pair] = self.critic.score(real, seen.y), self.critic.score(fake, made.y)
        return self._scores[pair]

    def judge(self, seen: Seen) -> Tensor:
        """Return the critics' scores of what they are shown, ``(b, critics)``."""
        return self.critic.score(self.critic.read(seen), seen.y)

    def judged(self, parts: Sequence[Seen]) -> list[Tensor]:
        """Return the scores of each part: in one reading, unless the critic compares the windows that it reads."""
        if self.critic.looks_around:
            return [self.judge(part) for part in parts]
        return list(self.judge(_together(*parts)).split([len(part.y) for part in parts]))


def _together(*parts: Seen) -> Seen:
    """Return what is shown of all windows, one part behind the other."""
    return parts[0]._make(torch.cat(each) for each in zip(*parts, strict=True))


@dataclass(frozen=True)
class Pair:
    """What the critic compares.

    Args:
        name: of the pair.
        sides: the real and the fake side, as the critic sees them.
        needs: roles of the networks that make them.
        both: whether the generator's player has a hand in the real side too, as BiGAN's encoder has.
    """

    name: str
    sides: Callable[[Round], tuple[Seen, Seen]]
    needs: tuple[str, ...]
    both: bool = False


@dataclass(frozen=True)
class Term:
    """One summand of one player's loss: a function of a round, times a weight.

    Args:
        name: of the term.
        player: who owes it.
        loss: the summand.
        needs: roles of the networks that it asks.
        weight: what it is multiplied by.
        objective: of which it is one side, if it is; a game's rules ask for that.
    """

    name: str
    player: str
    loss: Callable[[Round], Tensor]
    needs: tuple[str, ...] = ()
    weight: float = 1.0
    objective: Objective | None = None


Terms = tuple[Term, ...]


@dataclass(frozen=True)
class Player:
    """Who owns which networks, and how they are trained.

    Args:
        name: of the player.
        networks: roles of the networks it owns.
        turns: how many in a row it takes.
        rate: its learning rate, as a multiple of the run's. Heusel et al. (2017), "GANs trained by a two time-scale
            update rule converge to a local Nash equilibrium", section 2.
        clip: no weight's absolute value is larger after a turn; None for no bound. Arjovsky, Chintala, Bottou (2017),
            "Wasserstein GAN", algorithm 1.
    """

    name: str
    networks: tuple[str, ...]
    turns: int = 1
    rate: float = 1.0
    clip: float | None = None


class Game:
    """Networks, players and the terms each player owes; a game that makes no sense is refused when it is built.

    Args:
        networks: by role.
        players: in the order of their turns.
        terms: what they owe.
        latents: what the code of a window is drawn from.
        noise: width of the noise of each step.

    Raises:
        ValueError: a term lacks its network or its player, or the rules of :mod:`rcgan.game.rules` are broken.

    >>> Game({}, [Player("critic", ())], (Term("penalty", "critic", lambda r: r.x.sum(), ("critic",)),), Latents())
    Traceback (most recent call last):
        ...
    ValueError: term 'penalty' needs a 'critic' network; this game has []
    """

    def __init__(
        self,
        networks: Mapping[str, nn.Module],
        players: list[Player],
        terms: Terms,
        latents: Latents,
        noise: int = 0,
    ) -> None:
        self.networks = nn.ModuleDict(dict(networks))
        self.players, self.terms, self.latents, self.noise = players, terms, latents, noise
        check(networks, players, terms)

    def to(self, device: torch.device) -> Game:
        """Move the networks."""
        self.networks.to(device)
        return self

    def round(self, batch: Batch, draws: Draws, progress: float = 0.0) -> Round:
        """Return a fresh round over a batch."""
        networks = cast("Mapping[str, nn.Module]", self.networks)
        return Round(networks, batch, draws, self.latents, self.noise, progress)

    def losses(self, player: str, r: Round) -> dict[str, Tensor]:
        """Return a player's weighted terms by name; their sum is its loss."""
        return {term.name: term.weight * term.loss(r) for term in self.terms if term.player == player}
