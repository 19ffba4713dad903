"""Spectral normalisation: the norm that is used, that LSTMs train, and that files and runs keep it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import Objective, non_saturating, wasserstein
from rcgan.game.pairs import windows
from rcgan.game.round import Batch, Draws, Game
from rcgan.game.terms import adversarial
from rcgan.networks.critics import Critics
from rcgan.networks.spectral import Spectral, bounds_slope, spectral
from rcgan.parts import Parts
from rcgan.training import Settings, Training

LAYERS = {
    "linear": (lambda: nn.Linear(5, 3), (7, 5)),
    "convolution": (lambda: nn.Conv1d(4, 3, 3), (7, 4, 9)),
    "transposed": (lambda: nn.ConvTranspose1d(4, 3, 3), (7, 4, 9)),
    "lstm": (lambda: nn.LSTM(4, 3, 2, batch_first=True, bidirectional=True), (7, 9, 4)),
}


def norm(layer: nn.Module, weight: Tensor) -> float:
    matrix = weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose1d) else weight
    return float(torch.linalg.svdvals(matrix.detach().flatten(1))[0])


@pytest.mark.parametrize("name", LAYERS)
def test_every_weight_that_is_used_has_norm_one(name: str) -> None:
    torch.manual_seed(0)
    make, shape = LAYERS[name]
    layer = make()
    wrapped = Spectral(layer)
    for _ in range(30):
        wrapped(torch.randn(shape))
    wrapped.eval()
    weights = wrapped.weights()
    assert set(weights) == {k for k, w in layer.named_parameters() if w.dim() > 1}
    for weight in weights.values():
        assert norm(layer, weight) == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("name", LAYERS)
def test_what_comes_out_is_the_layer_with_those_weights(name: str) -> None:
    torch.manual_seed(0)
    make, shape = LAYERS[name]
    layer, x = make(), torch.randn(shape)
    wrapped = Spectral(layer).eval()
    other = copy.deepcopy(layer)
    with torch.no_grad():
        for key, weight in wrapped.weights().items():
            other.get_parameter(key).copy_(weight)
    a, b = (out[0] if isinstance(out, tuple) else out for out in (wrapped(x), other(x)))
    assert torch.allclose(a, b, atol=1e-6)
    copy.deepcopy(wrapped)  # no graph is left behind


def test_the_gradient_is_that_of_the_paper() -> None:
    """Eq. 12: dL/dW = (G - (u' G v) W / s) / s wherever L = <G, W / s(W)>; u and v exact."""
    torch.manual_seed(0)
    layer = nn.Linear(4, 3, bias=False)
    wrapped, upstream = Spectral(layer), torch.randn(3, 4)
    for _ in range(200):
        wrapped.weights()
    (wrapped.weights()["weight"] * upstream).sum().backward()
    w = layer.weight.detach()
    left, s, right = torch.linalg.svd(w)
    u, v = left[:, 0], right[0]
    expected = (upstream - (upstream * w / s[0]).sum() * torch.outer(u, v)) / s[0]
    assert layer.weight.grad is not None
    assert torch.allclose(layer.weight.grad, expected, atol=1e-4)


def traits() -> Traits:
    return Traits(100, 8, (), 2, (0.3, 1.2), (1.4, 1.6), False)


def draw(draws: Draws) -> Batch:
    x = draws.normal("x", 8, 8, 2)
    return Batch(x, torch.eye(2)[torch.arange(8) % 2], torch.ones_like(x), torch.ones(8, 8, 1))


def play(networks: str = "recurrent", objective: Objective = non_saturating) -> Game:
    torch.manual_seed(0)
    parts = Parts(traits(), Latents((Normal(3),)), 4, networks, plain=True)
    return parts.duel(adversarial(objective, windows), spectral(parts.critic()))


@pytest.mark.parametrize("networks", ["recurrent", "dense", "convolutional"])
def test_a_whole_critic_trains(networks: str) -> None:
    """Every weight, an LSTM's too, which torch's own parametrisation leaves as it was."""
    game = play(networks)
    before = {k: p.detach().clone() for k, p in game.networks["critic"].named_parameters()}
    Training(game, draw, Settings(5)).run(progress=False)
    for name, p in game.networks["critic"].named_parameters():
        assert p.isfinite().all() and p.grad is not None and p.grad.isfinite().all()
        assert not torch.equal(p, before[name]), name


def test_state_is_kept_and_evaluation_changes_none() -> None:
    game = play()
    Training(game, draw, Settings(5)).run(progress=False)
    critic, other = game.networks["critic"].eval(), play().networks["critic"].eval()
    before = {k: v.clone() for k, v in critic.state_dict().items()}
    other.load_state_dict(critic.state_dict())
    assert isinstance(critic, Critics) and isinstance(other, Critics)
    b = draw(Draws(1))
    seen = critic.see(b.x, b.mask, b.y, b.valid)
    scores = critic.score(critic.read(seen), b.y)
    assert torch.equal(scores, other.score(other.read(seen), b.y))
    assert all(torch.equal(v, before[k]) for k, v in critic.state_dict().items())
    assert any(".u_weight" in k for k in before)


def test_a_resumed_run_ends_the_same(whole_and_interrupted: Any) -> None:
    whole, rest = whole_and_interrupted(play, draw)
    for name, value in whole.game.networks.state_dict().items():
        assert torch.equal(value, rest.game.networks.state_dict()[name]), name


def test_it_counts_as_a_bound_where_every_weight_is_normalised() -> None:
    play(objective=wasserstein)  # is not refused
    assert play().networks["critic"].bounded
    with pytest.raises(ValueError, match=r"spectral\(critic\)"):
        play("dcgan", wasserstein)  # batch normalisation has a scale of its own
    assert not bounds_slope(nn.ReLU())
