"""Unrolled games: against a gradient derived by hand, and on the game that gradient descent turns round in."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import non_saturating, relativistic, wasserstein
from rcgan.game.pairs import windows
from rcgan.game.round import Batch, Draws, Game, Player, Terms
from rcgan.game.terms import adversarial, feature_matching, historical_averaging, zero_centred_penalty
from rcgan.game.unrolling import unrolled
from rcgan.networks.critics import Seen
from rcgan.networks.crowd import MinibatchDeviation
from rcgan.networks.spectral import spectral
from rcgan.parts import Parts

MEAN = 0.5  # of the real windows, which are one number each


class Slope(nn.Module):
    """The critic D(x) = w x."""

    looks_around = False
    bounded = True  # for the rules; here it is to run free

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(0.7))

    def see(self, x: Tensor, mask: Tensor, y: Tensor, valid: Tensor) -> Seen:
        return Seen(x, mask, y, valid)

    def read(self, seen: Seen) -> Tensor:
        return seen.values.flatten(1)

    def score(self, features: Tensor, y: Tensor) -> Tensor:
        return self.w * features


class Point(nn.Module):
    """The generator of one number."""

    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor(-0.4))

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        return self.theta * valid


PLAYERS = [Player("critic", ("critic",)), Player("generator", ("generator",))]


def scalar_game(terms: Terms) -> Game:
    return Game({"generator": Point(), "critic": Slope()}, PLAYERS, terms, Latents((Normal(1),)))


def numbers() -> Batch:
    x = MEAN + torch.tensor([-1.0, 1.0])[:, None, None]
    return Batch(x, torch.zeros(2, 0), torch.ones(2, 1, 1), torch.ones(2, 1, 1))


def gradient(game: Game, player: str, role: str, batch: Batch) -> list[Tensor]:
    loss = torch.stack(list(game.losses(player, game.round(batch, Draws(0))).values())).sum()
    return list(torch.autograd.grad(loss, list(game.networks[role].parameters())))


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_the_gradient_is_the_one_derived_by_hand(steps: int) -> None:
    r"""For :math:`L_D = w (\theta - m)`, :math:`w_k = w - k \eta (\theta - m)`, :math:`L_G = w_k (m - \theta)`:

    :math:`dL_G / d\theta = -w + 2 k \eta (\theta - m)`; without looking through the steps it were half of the second.
    """
    rate = 0.1
    game = scalar_game(unrolled(adversarial(wasserstein, windows), steps, rate))
    w, theta = 0.7, -0.4
    (found,) = gradient(game, "generator", "generator", numbers())
    assert float(found) == pytest.approx(-w + 2 * steps * rate * (theta - MEAN), rel=1e-5)
    (critic,) = gradient(game, "critic", "critic", numbers())
    assert float(critic) == pytest.approx(theta - MEAN, rel=1e-5)  # its own loss is what it was


def distances(terms: Terms) -> list[float]:
    game = scalar_game(terms)
    generator, critic = game.networks["generator"], game.networks["critic"]
    assert isinstance(generator, Point) and isinstance(critic, Slope)
    out: list[float] = []
    for _ in range(200):
        for player, network in (("critic", critic), ("generator", generator)):
            (slope,) = gradient(game, player, player, numbers())
            with torch.no_grad():
                next(network.parameters()).sub_(0.2 * slope)
        out.append(float((generator.theta.detach() - MEAN) ** 2 + critic.w.detach() ** 2) ** 0.5)
    return out


def test_it_ends_the_turning_round() -> None:
    """The game w (theta - m) has its solution at w = 0, theta = m; descent in turns circles it for ever."""
    plain = distances(adversarial(wasserstein, windows))
    ahead = distances(unrolled(adversarial(wasserstein, windows), 5, 0.1))
    assert min(plain[-50:]) > 0.5
    assert ahead[-1] < 1e-3


def real_game(terms: Callable[[], Terms], wrap: Callable[[nn.Module], nn.Module] = lambda c: c) -> tuple[Game, Batch]:
    torch.manual_seed(0)
    parts = Parts(Traits(100, 6, (), 2, (0.3, 1.2), (1.4, 1.6), False), Latents((Normal(2),)), 4)
    critic = wrap(parts.critic(around=MinibatchDeviation))
    x = torch.randn(8, 6, 2)
    batch = Batch(x, torch.eye(2)[torch.arange(8) % 2], torch.ones_like(x), torch.ones(8, 6, 1))
    return parts.duel(terms(), critic), batch  # pyright: ignore[reportArgumentType]


def base() -> Terms:
    return adversarial(relativistic, windows) + zero_centred_penalty(windows, 1.0, share=0.5)


@pytest.mark.parametrize("wrap", [lambda c: c, spectral], ids=["plain", "spectral"])
def test_the_critic_stays_as_it_is(wrap: Callable[[nn.Module], nn.Module]) -> None:
    game, batch = real_game(lambda: unrolled(base(), 2, 0.1), wrap)
    game.networks["critic"].requires_grad_(False)
    before = copy.deepcopy(game.networks["critic"].state_dict())
    for found in gradient(game, "generator", "generator", batch):
        assert found.isfinite().all()
    assert all(torch.equal(v, before[k]) for k, v in game.networks["critic"].state_dict().items())
    assert all(p.grad is None for p in game.networks["critic"].parameters())
    copy.deepcopy(game.networks)  # no graph is left behind


def test_no_step_changes_nothing_and_steps_change_the_generators_loss_alone() -> None:
    losses: list[dict[str, float]] = []
    for terms in (base, lambda: unrolled(base(), 0), lambda: unrolled(base(), 3, 0.1)):
        game, batch = real_game(terms)
        found = {p: game.losses(p, game.round(batch, Draws(0))) for p in ("critic", "generator")}
        losses.append({f"{p} {k}": float(v.detach()) for p, terms in found.items() for k, v in terms.items()})
    plain, none, some = losses
    assert none == pytest.approx(plain)
    ours = "generator relativistic"
    assert {k: v for k, v in some.items() if k != ours} == pytest.approx({k: v for k, v in plain.items() if k != ours})
    assert some[ours] > plain[ours]  # a critic who is ahead is harder to please


def test_looking_ahead_is_repeatable() -> None:
    game, batch = real_game(lambda: unrolled(base(), 2, 0.1))
    one, two = (gradient(game, "generator", "generator", batch) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_terms_that_are_no_objective_are_left_alone() -> None:
    terms = adversarial(non_saturating, windows) + feature_matching(windows)
    assert unrolled(terms)[2] is terms[2]
    assert unrolled(terms)[1] is not terms[1]


def test_terms_that_count_are_refused() -> None:
    terms = adversarial(non_saturating, windows) + historical_averaging("critic", "critic")
    with pytest.raises(ValueError, match=r"write unrolled\(terms\) \+ historical_averaging"):
        unrolled(terms)
