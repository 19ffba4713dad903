"""Objectives, pairs, penalties, conditions, heads, masks, kinds of networks and aids: all go together, or say why not.

Every objective meets every pair, penalty and condition; heads, masks and networks go round so that any two choices on
two axes meet in some game.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from itertools import combinations, product
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import OBJECTIVES, Objective
from rcgan.game.pairs import joint, latents, noisy, packed, windows
from rcgan.game.references import fix_references
from rcgan.game.round import Batch, Draws, Game, Pair, Player, Round, Terms
from rcgan.game.terms import (
    adversarial,
    feature_matching,
    gradient_penalty,
    historical_averaging,
    label_smoothing,
    reconstruction,
    zero_centred_penalty,
)
from rcgan.game.unrolling import unrolled
from rcgan.networks.crowd import MinibatchDeviation, MinibatchDiscrimination
from rcgan.networks.heads import SHARES
from rcgan.networks.spectral import spectral
from rcgan.parts import Parts
from rcgan.training import Settings, Training

ROWS, STEPS, HIDDEN, LATENT = 8, 6, 4, 2

PAIRS: dict[str, Pair] = {
    "windows": windows,
    "joint": joint,
    "latents": latents,
    "packed": packed(windows),
    "noisy": noisy(windows),
}
PENALTIES: dict[str, Callable[[Objective, Pair], Terms]] = {
    "none": lambda objective, pair: (),
    "gradient": lambda objective, pair: gradient_penalty(pair, 10.0, objective=objective),
    "zero-centred": lambda objective, pair: zero_centred_penalty(pair, 1.0, share=0.5),
}
NETWORKS = ("dense", "recurrent", "convolutional")


@dataclass(frozen=True)
class Case:
    objective: str
    pair: str
    penalty: str
    condition: int
    categories: str
    plain: bool
    holes: bool
    networks: str

    @property
    def refusal(self) -> str | None:
        """What the message must say, where this makes no sense."""
        objective = OBJECTIVES[self.objective]
        if PAIRS[self.pair].both and not objective.both:
            return "take non_saturating, relativistic or wasserstein"
        if objective.unbounded and self.penalty == "none":
            return r"add gradient_penalty\(pair, 10.0\)"
        return None


def cases() -> list[Case]:
    out: list[Case] = []
    axes = (enumerate(axis) for axis in (OBJECTIVES, PAIRS, PENALTIES, (0, 2)))
    for (o, objective), (p, pair), (q, penalty), (c, condition) in product(*axes):
        k = o + 3 * p + 5 * q + 2 * c
        written = (tuple(SHARES)[k % 2], k // 2 % 2 == 0, k // 4 % 2 == 0)
        out.append(Case(objective, pair, penalty, condition, *written, NETWORKS[(o + p + 2 * q + c) % 3]))
    return out


def traits(case: Case) -> Traits:
    return Traits(100, STEPS, (3,), case.condition, (0.3, 1.2), (1.4, 1.6), case.holes)


def drawing(t: Traits) -> Callable[[Draws], Batch]:
    """Return draws of windows of different lengths, some with holes."""

    def draw(draws: Draws) -> Batch:
        rng = draws.generator("windows")
        steps = torch.randint(2 if t.holes else STEPS, STEPS + 1, (ROWS, 1), generator=rng)
        valid = (torch.arange(STEPS) < steps).float()[..., None]
        mask = (torch.rand(ROWS, STEPS, t.width, generator=rng) < (0.8 if t.holes else 2)).float() * valid
        x = torch.randn(ROWS, STEPS, t.width, generator=rng) * mask
        y = torch.eye(2)[torch.randint(2, (ROWS,), generator=rng)][:, : t.condition]
        return Batch(x, y, mask, valid)

    return draw


def build(case: Case) -> Game:
    """Return the game: whoever has an encoder reconstructs too."""
    torch.manual_seed(0)
    objective, pair = OBJECTIVES[case.objective], PAIRS[case.pair]
    made = Latents((Normal(LATENT),))
    parts = Parts(traits(case), made, HIDDEN, case.networks, plain=case.plain, shares=SHARES[case.categories])
    terms = adversarial(objective, pair) + PENALTIES[case.penalty](objective, pair)
    if "encoder" not in pair.needs:
        return parts.duel(terms, parts.critic(pack=2 if case.pair == "packed" else 1))
    critic = parts.code_critic(LATENT) if case.pair == "latents" else parts.critic(beside=LATENT)
    networks = {"generator": parts.generator(), "encoder": parts.encoder(LATENT), "critic": critic}
    players = [Player("critic", ("critic",)), Player("generator", ("generator", "encoder"))]
    return Game(networks, players, terms + reconstruction(), made, parts.noise)


def play(game: Game, t: Traits) -> None:
    """Play two rounds; every loss and every weight must be finite, and every player must have moved."""
    draw = drawing(t)
    fix_references(game, draw, Draws("reference"))
    before = copy.deepcopy(game.networks)
    training = Training(game, draw, Settings(2))
    training.run(progress=False)
    owed = {f"{term.player} {term.name}" for term in game.terms}
    assert owed <= set(training.history[-1])
    assert all(math.isfinite(value) for value in training.history[-1].values())
    for player in game.players:
        now, old = ([w for role in player.networks for w in n[role].parameters()] for n in (game.networks, before))
        assert all(w.isfinite().all() for w in now)
        assert any(not torch.equal(a, b) for a, b in zip(now, old, strict=True))


@pytest.mark.parametrize("case", cases(), ids=lambda case: "-".join(map(str, astuple(case))))
def test_everything_goes_together_or_says_why_not(case: Case) -> None:
    if case.refusal is not None:
        with pytest.raises(ValueError, match=case.refusal):
            build(case)
    else:
        play(build(case), traits(case))


@pytest.mark.parametrize("pair", PAIRS)
def test_windows_made_for_the_critic_teach_the_generator_as_if_made_again(pair: str) -> None:
    """The critic has moved since, and nothing else; and its turn asks nothing of what made them."""
    case = Case("relativistic", pair, "zero-centred", 2, next(iter(SHARES)), False, True, "recurrent")
    game, batch, draws = build(case), drawing(traits(case))(Draws(0)), Draws(1)
    mine, theirs = ([w for role in p.networks for w in game.networks[role].parameters()] for p in game.players)

    def owed(r: Round, player: Player) -> Tensor:
        return torch.stack(list(game.losses(player.name, r.given(player.networks)).values())).sum()

    critic, generator = game.players
    r = game.round(batch, draws)
    owed(r, critic).backward(inputs=mine)
    assert all(w.grad is None for w in theirs)
    with torch.no_grad():
        for weight in mine:
            weight -= 0.1 * cast("Tensor", weight.grad)
    again, anew = (
        torch.autograd.grad(owed(one, generator), theirs, allow_unused=True) for one in (r, game.round(batch, draws))
    )
    assert sum(slope is not None for slope in anew) > 4
    for a, b in zip(again, anew, strict=True):
        assert (a is None and b is None) or torch.equal(a, b)


def test_any_two_choices_meet() -> None:
    axes = (
        tuple(OBJECTIVES),
        tuple(PAIRS),
        tuple(PENALTIES),
        (0, 2),
        tuple(SHARES),
        (True, False),
        (True, False),
        NETWORKS,
    )
    played = [astuple(case) for case in cases() if case.refusal is None]
    refused = [astuple(case) for case in cases() if case.refusal is not None]
    for (i, one), (j, two) in combinations(enumerate(axes), 2):
        for a, b in product(one, two):
            assert any(case[i] == a and case[j] == b for case in played + refused), (a, b)
            if not any(case[i] == a and case[j] == b for case in played):
                assert {a, b} in ({"none", "wasserstein"}, {"none", "energy distance"}, {"joint", "maximum likelihood"})
    # of 390: both unbounded objectives without a penalty (2 x 5 x 2), and the objective that moves one side only under
    # the pair whose real side must move (3 x 2)
    assert (len(played), len(refused)) == (390 - 26, 26)


def base(objective: Objective) -> Terms:
    """A penalty that goes with every critic bounds the slope where it must be."""
    return adversarial(objective, windows) + (zero_centred_penalty(windows, 1.0) if objective.unbounded else ())


def among(crowd: Callable[[int], nn.Module]) -> Callable[[Parts, Objective], Game]:
    return lambda parts, o: parts.duel(base(o), parts.critic(around=crowd))


def normalised(parts: Parts, o: Objective) -> Game:
    return parts.duel(adversarial(o, windows), spectral(parts.critic()))


def ahead(parts: Parts, o: Objective) -> Game:
    return parts.duel(unrolled(base(o), 2), parts.critic())


def remembered(parts: Parts, o: Objective) -> Game:
    memory = historical_averaging("critic", "critic") + historical_averaging("generator", "generator")
    return parts.duel(base(o) + memory, parts.critic())


def matched(parts: Parts, o: Objective) -> Game:
    return parts.duel(base(o) + feature_matching(windows), parts.critic())


def together(parts: Parts, o: Objective) -> Game:
    pair = noisy(packed(windows))
    terms = adversarial(o, pair) + feature_matching(pair) + (label_smoothing(pair) if o.targets else ())
    more = historical_averaging("generator", "generator") + zero_centred_penalty(pair, 1.0)
    critic = spectral(parts.critic(pack=2, around=MinibatchDiscrimination))
    return parts.duel(unrolled(terms, 1) + more, critic, turns=2, rate=2.0)


AIDS: dict[str, tuple[Callable[[Parts, Objective], Game], tuple[str, ...]]] = {  # and the networks to try it on
    "minibatch discrimination": (among(MinibatchDiscrimination), ("recurrent", "virtual")),
    "minibatch deviation": (among(MinibatchDeviation), ("recurrent", "reference")),
    "spectral normalisation": (normalised, ("recurrent", "virtual")),
    "unrolled": (ahead, ("recurrent", "virtual")),
    "historical averaging": (remembered, ("recurrent", "reference")),
    "feature matching": (matched, ("recurrent", "reference")),
    "all together": (together, ("recurrent", "dcgan", "virtual", "reference")),
}


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(("name", "networks"), [(name, kind) for name, (_, kinds) in AIDS.items() for kind in kinds])
def test_aids_go_with_every_objective(name: str, networks: str, objective: str) -> None:
    t, made = Traits(100, STEPS, (), 2, (0.3, 1.2), (1.4, 1.6), False), AIDS[name][0]
    torch.manual_seed(0)
    parts = Parts(t, Latents((Normal(LATENT),)), HIDDEN, networks, plain=True)
    if name == "spectral normalisation" and networks == "virtual" and OBJECTIVES[objective].unbounded:
        with pytest.raises(ValueError, match="bounded slope"):  # virtual batch normalisation has a scale of its own
            made(parts, OBJECTIVES[objective])
    else:
        play(made(parts, OBJECTIVES[objective]), t)
