"""Games that make no sense are refused, and each message says what to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import nn

from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import (
    OBJECTIVES,
    energy,
    hinge,
    maximum_likelihood,
    non_saturating,
    relativistic,
    wasserstein,
)
from rcgan.game.pairs import codes, joint, windows
from rcgan.game.round import Game, Player, Term, Terms
from rcgan.game.terms import adversarial, gradient_penalty, label_smoothing, mutual_information, zero_centred_penalty
from rcgan.networks.crowd import MinibatchDeviation
from rcgan.networks.spectral import spectral
from rcgan.parts import Parts

CRITIC, GENERATOR = Player("critic", ("critic",)), Player("generator", ("generator",))
ALONE = Term("alone", "critic", lambda r: r.x.sum())


def parts(networks: str = "dense") -> Parts:
    return Parts(Traits(100, 8, (), 0, (0.3, 1.2), (1.4, 1.6), False), Latents((Normal(2),)), 4, networks, plain=True)


def play(terms: Terms, players: tuple[Player, ...] = (CRITIC, GENERATOR)) -> Game:
    networks: dict[str, nn.Module] = {"generator": nn.Linear(1, 1), "critic": nn.Linear(1, 1)}
    return Game(networks, list(players), terms, Latents((Normal(1),)))


def around(networks: str, crowd: Callable[[int], nn.Module] | None) -> Game:
    terms = adversarial(wasserstein, windows) + gradient_penalty(windows, 10.0)
    return parts(networks).duel(terms, parts(networks).critic(around=crowd))


PLAIN = adversarial(non_saturating, windows)
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no such network": (
        lambda: play(PLAIN + mutual_information(windows)),
        r"term 'mutual_information of codes' needs a 'posterior' network; this game has \['critic', 'generator'\]",
    ),
    "no such player": (
        lambda: play(PLAIN, (GENERATOR,)),
        r"term 'non-saturating' belongs to player 'critic'; this game has \['generator'\]",
    ),
    "nothing owed": (lambda: play((ALONE,)), "player 'generator' owes no term: add one, or leave the player out"),
    "another's network": (
        lambda: play((ALONE,), (Player("critic", ("crtic",)),)),
        r"player 'critic' owns no 'crtic' network; this game has \['critic', 'generator'\]",
    ),
    "one name twice": (
        lambda: play(PLAIN + zero_centred_penalty(windows, 1.0) + zero_centred_penalty(windows, 2.0)),
        "player 'critic' owes two terms named 'zero_centred_penalty': give one another name",
    ),
    "slope without bound": (
        lambda: play(adversarial(wasserstein, windows)),
        r"'wasserstein' needs a critic of bounded slope: add gradient_penalty\(pair, 10.0\), or give the critic's "
        r"Player clip=0.01, or normalise its weights with spectral\(critic\)",
    ),
    "energy without bound": (
        lambda: play(adversarial(energy, windows)),
        r"'energy distance' needs a critic of bounded slope: add gradient_penalty\(pair, 10.0\)",
    ),
    "clipped for nothing": (
        lambda: play(adversarial(hinge, windows), (Player("critic", ("critic",), clip=0.01), GENERATOR)),
        r"means nothing to 'hinge': leave clip out and add zero_centred_penalty\(pair, 1.0\), or take the objective",
    ),
    "smoothing without targets": (
        lambda: play(adversarial(relativistic, windows) + label_smoothing(windows)),
        "'relativistic' has no target: leave it out, or take non_saturating, minimax or least_squares",
    ),
    "a penalty among others": (
        lambda: around("dense", MinibatchDeviation),
        r"this critic's scores depend on the whole batch: .* or take zero_centred_penalty\(pair, 1.0\)",
    ),
    "a penalty behind batch normalisation": (
        lambda: around("dcgan", None),
        r"this critic's scores depend on the whole batch: .*take the networks 'convolutional' or 'virtual'",
    ),
    "an encoder nobody trains": (
        lambda: adversarial(maximum_likelihood, joint),
        "the encoder of the pair 'joint': take non_saturating, relativistic or wasserstein",
    ),
    "an encoder of codes nobody trains": (lambda: adversarial(maximum_likelihood, codes), "the pair 'codes'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        make()


def test_what_the_messages_say_is_taken() -> None:
    bare = adversarial(wasserstein, windows)
    play(bare + gradient_penalty(windows, 10.0))
    play(bare, (Player("critic", ("critic",), clip=0.01), GENERATOR))
    parts().duel(bare, spectral(parts().critic()))
    play(adversarial(hinge, windows) + zero_centred_penalty(windows, 1.0))
    for name in ("non-saturating", "minimax", "least squares"):
        play(adversarial(OBJECTIVES[name], windows) + label_smoothing(windows))
    for name in ("non-saturating", "relativistic", "wasserstein"):
        adversarial(OBJECTIVES[name], joint)
    for networks in ("convolutional", "virtual", "reference"):
        around(networks, None)
    crowded = parts().critic(around=MinibatchDeviation)
    parts().duel(adversarial(wasserstein, windows) + zero_centred_penalty(windows, 1.0), crowded)
