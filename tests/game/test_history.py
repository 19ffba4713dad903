"""Historical averaging: by hand, that it ends circling, and that a checkpoint keeps it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import non_saturating
from rcgan.game.pairs import windows
from rcgan.game.round import Batch, Draws, Game
from rcgan.game.terms import adversarial, historical_averaging
from rcgan.networks.history import History
from rcgan.parts import Parts
from rcgan.training import Settings, Training


def draw(draws: Draws) -> Batch:
    x = draws.normal("x", 8, 6, 2)
    return Batch(x, torch.zeros(8, 0), torch.ones_like(x), torch.ones(8, 6, 1))


def play(strength: float = 1.0) -> Game:
    torch.manual_seed(0)
    parts = Parts(Traits(100, 6, (), 0, (0.3, 1.2), (1.4, 1.6), False), Latents((Normal(2),)), 4, "dense", plain=True)
    terms = adversarial(non_saturating, windows)
    for role in ("critic", "generator"):
        terms += historical_averaging(role, role, strength)
    return parts.duel(terms, parts.critic())


def test_by_hand_with_its_gradient() -> None:
    """Weights (0, 0), then (3, 4): their mean is (1.5, 2), the distance 6.25, the gradient 2 (1.5, 2)."""
    layer = nn.Linear(2, 1, bias=False)
    history = History(layer)
    nn.init.zeros_(layer.weight)
    assert float(history(layer).detach()) == 0
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, 4.0]]))
    distance = history(layer)
    distance.backward()
    assert float(distance.detach()) == 6.25
    assert layer.weight.grad is not None and layer.weight.grad.tolist() == [[3.0, 4.0]]


def test_evaluation_leaves_the_mean_alone() -> None:
    layer = nn.Linear(2, 1)
    history = History(layer)
    history(layer)
    before = {k: v.clone() for k, v in history.state_dict().items()}
    history.eval()(layer)
    assert all(torch.equal(v, before[k]) for k, v in history.state_dict().items())


def test_it_ends_circling() -> None:
    """Section 3.3's promise: min over x, max over y of x y is circled for ever by turns, unless the past holds back."""

    def last(strength: float) -> float:
        x, y = (nn.Linear(1, 1, bias=False) for _ in range(2))
        histories = [History(x), History(y)]
        for layer in (x, y):
            nn.init.ones_(layer.weight)
        for _ in range(1000):
            for mine, other, sign, history in ((x, y, 1, histories[0]), (y, x, -1, histories[1])):
                loss = (sign * mine.weight * other.weight.detach()).sum() + strength * history(mine)
                (slope,) = torch.autograd.grad(loss, mine.weight)
                with torch.no_grad():
                    mine.weight -= 0.1 * slope
        return float((x.weight.detach().square() + y.weight.detach().square()).sqrt())

    assert last(0.0) > 1
    assert last(0.1) < 0.01


def test_a_resumed_run_ends_the_same(whole_and_interrupted: Any) -> None:
    whole, rest = whole_and_interrupted(play, draw)
    state = whole.game.networks.state_dict()
    assert int(state["critic history.count"]) == 6
    for name, value in state.items():
        assert torch.equal(value, rest.game.networks.state_dict()[name]), name


def test_it_holds_the_weights_back() -> None:
    moved: list[float] = []
    for strength in (0.0, 100.0):
        game = play(strength)
        before = nn.utils.parameters_to_vector(game.networks["critic"].parameters()).detach()
        Training(game, draw, Settings(50)).run(progress=False)
        after = nn.utils.parameters_to_vector(game.networks["critic"].parameters()).detach()
        moved.append(float((after - before).norm()))
    assert moved[1] < 0.7 * moved[0]


def test_without_its_network_the_game_says_so() -> None:
    game = play()
    with pytest.raises(ValueError, match="needs a 'critic history' network"):
        Game({k: game.networks[k] for k in ("critic", "generator")}, game.players, game.terms, game.latents)
