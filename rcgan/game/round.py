"""One draw of data and noise, what can be asked of it, and who plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from rcgan.networks.critics import Critics
    from rcgan.networks.views import Seen

__all__ = ["Batch", "Draws", "Game", "Pair", "Player", "Round", "Term", "Terms"]


class Batch(NamedTuple):
    """Real windows in model space: ``x (b, t, D)``, ``y (b, k)``, ``mask (b, t, D)``, ``valid (b, t, 1)``."""

    x: Tensor
    y: Tensor
    mask: Tensor
    valid: Tensor


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


class Round:
    """One draw of data and noise, rebuilt for every turn; everything derived is computed when first asked for.

    Args:
        networks: the game's networks by role.
        batch: real windows; their mask and condition serve the fake ones too.
        draws: the source of this round's noise.
        sizes: widths of the code and of the noise per step.
    """

    def __init__(self, networks: Mapping[str, nn.Module], batch: Batch, draws: Draws, sizes: tuple[int, int]) -> None:
        self.networks, self.draws = networks, draws
        self.x, self.y, self.mask, self.valid = batch
        self._latent, self._noise = sizes
        self._seen: dict[Pair, tuple[Seen, Seen]] = {}
        self._scores: dict[Pair, tuple[Tensor, Tensor]] = {}

    def normal(self, purpose: str, *shape: int) -> Tensor:
        """Return this round's normal numbers for a purpose, on the batch's device."""
        return self.draws.normal(purpose, *shape).to(self.x.device)

    @cached_property
    def z(self) -> Tensor:
        """The code of each window, ``(b, l)``."""
        return self.normal("code", len(self.x), self._latent)

    @cached_property
    def e(self) -> Tensor:
        """The noise of each step, ``(b, t, s)``."""
        return self.normal("steps", *self.x.shape[:2], self._noise)

    @cached_property
    def fake(self) -> Tensor:
        """The generator's windows, ``(b, t, D)``, under the real ones' condition and lengths."""
        return self.networks["generator"](self.z, self.e, self.y, self.valid)

    @property
    def critic(self) -> Critics:
        """The game's critics."""
        return cast("Critics", self.networks["critic"])

    def seen(self, pair: Pair) -> tuple[Seen, Seen]:
        """Return what the critic sees of the real and of the fake side of a pair."""
        if pair not in self._seen:
            self._seen[pair] = pair(self)
        return self._seen[pair]

    def judge(self, seen: Tensor, rows: Tensor | slice = slice(None)) -> Tensor:
        """Return the critics' scores of what they see of these windows of the round, ``(rows, critics)``."""
        return self.critic.judge(seen, self.y[rows], self.valid[rows])

    def scores(self, pair: Pair) -> tuple[Tensor, Tensor]:
        """Return the critics' scores of both sides of a pair, ``(b, critics)`` each."""
        if pair not in self._scores:
            real, fake = self.seen(pair)
            self._scores[pair] = self.judge(real.values), self.judge(fake.values)
        return self._scores[pair]


Pair = Callable[[Round], "tuple[Seen, Seen]"]


@dataclass(frozen=True)
class Term:
    """One summand of one player's loss: a pure function of a round, times a weight."""

    name: str
    player: str
    loss: Callable[[Round], Tensor]
    needs: tuple[str, ...] = ()
    weight: float = 1.0


Terms = tuple[Term, ...]


@dataclass(frozen=True)
class Player:
    """Who owns which networks, and how many turns in a row they take."""

    name: str
    networks: tuple[str, ...]
    turns: int = 1


class Game:
    """Networks, players and the terms each player owes; refuses to be built when a term lacks its network.

    >>> Game({}, [Player("critic", ())], (Term("penalty", "critic", lambda r: r.x.sum(), ("critic",)),), (2, 0))
    Traceback (most recent call last):
        ...
    ValueError: term 'penalty' needs a 'critic' network; this game has []
    """

    def __init__(
        self, networks: Mapping[str, nn.Module], players: list[Player], terms: Terms, sizes: tuple[int, int]
    ) -> None:
        self.networks = nn.ModuleDict(dict(networks))
        self.players, self.terms, self.sizes = players, terms, sizes
        names = [player.name for player in players]
        for term in terms:
            for role in term.needs:
                if role not in networks:
                    raise ValueError(f"term {term.name!r} needs a {role!r} network; this game has {sorted(networks)}")
            if term.player not in names:
                raise ValueError(f"term {term.name!r} belongs to player {term.player!r}; this game has {names}")
        for player in players:
            if not any(term.player == player.name for term in terms):
                raise ValueError(f"player {player.name!r} owes no term: add one, or leave the player out")

    def to(self, device: torch.device) -> Game:
        """Move the networks."""
        self.networks.to(device)
        return self

    def round(self, batch: Batch, draws: Draws) -> Round:
        """Return a fresh round over a batch."""
        return Round(cast("Mapping[str, nn.Module]", self.networks), batch, draws, self.sizes)

    def losses(self, player: str, r: Round) -> dict[str, Tensor]:
        """Return a player's weighted terms by name; their sum is its loss."""
        return {term.name: term.weight * term.loss(r) for term in self.terms if term.player == player}
