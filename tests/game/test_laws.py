"""Laws that every game keeps: padding, order, masks, and what a penalty is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from rcgan.data.traits import MANY, Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import Objective, relativistic, wasserstein
from rcgan.game.pairs import windows
from rcgan.game.round import Batch, Draws, Game, Player, Round
from rcgan.game.terms import adversarial, gradient_penalty, zero_centred_penalty
from rcgan.networks.coloured import ColouredGenerator
from rcgan.networks.critics import Seen
from rcgan.recipes import RIVALRIES, bigan, rcgan, wgan_gp

ROUGH, SMOOTH = (1.4, 1.6), (0.1, 0.2)
BEGUN = 0.4  # of a run, where every term has begun and none is over


def traits(*, rough: bool, blocks: tuple[int, ...] = (3,), condition: int = 2, holes: bool = True) -> Traits:
    return Traits(100, 12, blocks if rough else (), condition, (0.3, 1.2), ROUGH if rough else SMOOTH, holes)


def batch(t: Traits, n: int = 16, steps: int = 12, seed: int = 0, *, holes: bool = True) -> Batch:
    rng = torch.Generator().manual_seed(seed)
    lengths = torch.randint(4, steps + 1, (n,), generator=rng)
    valid = (torch.arange(steps) < lengths[:, None]).float()[..., None]
    mask = (torch.rand(n, steps, t.width, generator=rng) < (0.8 if holes else 2)).float() * valid
    x = torch.randn(n, steps, t.width, generator=rng) * mask
    y = torch.eye(max(t.condition, 1))[torch.randint(0, max(t.condition, 1), (n,), generator=rng)][:, : t.condition]
    return Batch(x, y, mask, valid)


def padded(b: Batch, more: int) -> Batch:
    def pad(a: Tensor) -> Tensor:
        return torch.cat([a, torch.zeros(len(a), more, a.shape[2])], 1)

    return Batch(pad(b.x), b.y, pad(b.mask), pad(b.valid))


def losses(game: Game, b: Batch, draws: Draws | None = None) -> dict[str, float]:
    out: dict[str, float] = {}
    for player in game.players:
        r = game.round(b, draws or Draws(7), BEGUN)
        out |= {f"{player.name} {k}": float(v.detach()) for k, v in game.losses(player.name, r).items()}
    return out


DATA = {"rough": (True, 0.0), "smooth": (False, 0.0), "leaping": (False, 0.5)}


@pytest.fixture(params=[(o, d) for o in RIVALRIES for d in DATA], ids=str)
def played(request: pytest.FixtureRequest) -> tuple[Game, Traits]:
    objective, data = request.param
    rough, leaps = DATA[data]
    torch.manual_seed(0)
    t = replace(traits(rough=rough), steps=21, windows=MANY, leaps=leaps)
    game = rcgan(t, latent=3, hidden=16, objective=objective)
    if rough:
        real = batch(t, 64, steps=21)
        cast(ColouredGenerator, game.networks["generator"]).noise.fit(real.x, real.mask, real.y)
    return game, t


def test_padding_changes_no_loss(played: tuple[Game, Traits]) -> None:
    game, t = played
    b = batch(t)
    near, far = losses(game, b), losses(game, padded(b, 9))
    for name, value in near.items():
        assert far[name] == pytest.approx(value, abs=1e-6, rel=1e-5), name


def test_padding_changes_no_window(played: tuple[Game, Traits]) -> None:
    game, t = played
    b = batch(t)
    near, far = game.round(b, Draws(1)).fake, game.round(padded(b, 9), Draws(1)).fake
    assert torch.allclose(near, far[:, :12], atol=1e-6)
    assert (far[:, 12:] == 0).all()


class Shuffled(Draws):
    """The same numbers in another order of rows; where only some windows get any, these come in the same order."""

    def __init__(self, key: int, order: Tensor) -> None:
        super().__init__(key)
        self.order = order

    def normal(self, purpose: str, *shape: int) -> Tensor:
        drawn = super().normal(purpose, *shape)
        return drawn[self.order] if len(drawn) == len(self.order) else drawn


def test_a_shuffled_batch_gives_the_same_loss(played: tuple[Game, Traits]) -> None:
    game, t = played
    b = batch(t)
    order = torch.randperm(16, generator=torch.Generator().manual_seed(3))
    shuffled = Batch(*(part[order] for part in b[:4]))
    for name, value in losses(game, b, Draws(7)).items():
        assert losses(game, shuffled, Shuffled(7, order))[name] == pytest.approx(value, rel=1e-4, abs=1e-6)


def test_hidden_cells_reach_no_loss_in_long_windows() -> None:
    """From 64 steps on, LSTMs take several at once, and a dense critic and a spline come in."""
    torch.manual_seed(0)
    t = replace(traits(rough=False), steps=70)
    game, b = rcgan(t, latent=3, hidden=8), batch(t, steps=70)
    noisy = b._replace(x=b.x + 100 * (1 - b.mask))
    for name, value in losses(game, b).items():
        assert losses(game, noisy)[name] == pytest.approx(value, rel=1e-5, abs=1e-6)
    assert (game.round(b, Draws(0)).fake * (1 - b.valid) == 0).all()


def test_hidden_cells_reach_no_loss(played: tuple[Game, Traits]) -> None:
    """What stands in a cell that was not observed is nobody's business."""
    game, t = played
    b = batch(t)
    noisy = b._replace(x=b.x + 100 * (1 - b.mask))
    for name, value in losses(game, b).items():
        assert losses(game, noisy)[name] == pytest.approx(value, rel=1e-5, abs=1e-6)


def test_gradients_are_finite_and_reach_every_weight(played: tuple[Game, Traits]) -> None:
    game, t = played
    for player in game.players:
        game.networks.zero_grad()
        sum(game.losses(player.name, game.round(batch(t), Draws(2), BEGUN)).values(), torch.zeros(())).backward()
        for role in player.networks:
            for name, weight in game.networks[role].named_parameters():
                if role == "critic" and "score.bias" in name:
                    continue  # relativistic and Wasserstein losses see differences of scores only
                assert weight.grad is not None and torch.isfinite(weight.grad).all(), name
                assert weight.grad.abs().sum() > 0, name


@pytest.mark.parametrize("recipe", [bigan, wgan_gp])
def test_softmax_blocks_are_distributions(recipe: Callable[..., Game]) -> None:
    t = traits(rough=True, blocks=(3, 4))
    fake = recipe(t, latent=3, hidden=16).round(batch(t), Draws(0)).fake
    on = batch(t).valid[..., 0] > 0
    for block in fake[on][:, 2:].split([3, 4], -1):
        assert torch.allclose(block.sum(-1), torch.ones(len(block)), atol=1e-5)
        assert (block >= 0).all()


class Linear(nn.Module):
    """A critic whose slope is known: the scalar product with given weights."""

    def __init__(self, *weights: Tensor) -> None:
        super().__init__()
        self.weights = weights

    looks_around = False

    def see(self, x: Tensor, mask: Tensor, y: Tensor, valid: Tensor) -> Seen:
        return Seen(x * mask, mask, y, valid)

    def read(self, seen: Seen) -> Tensor:
        return seen.values.flatten(1)

    def score(self, features: Tensor, y: Tensor) -> Tensor:
        return torch.stack([(features * w.flatten()).sum(1) for w in self.weights], -1)


class Fixed(nn.Module):
    """A generator that returns what it was given."""

    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.x = x

    def forward(self, *_: Tensor) -> Tensor:
        return self.x


def linear_round(w: list[Tensor], n: int, mask: Tensor | None = None) -> Round:
    x = torch.randn(n, *w[0].shape)
    mask = torch.ones_like(x) if mask is None else mask
    networks = {"generator": Fixed(torch.randn_like(x)), "critic": Linear(*w)}
    nothing = torch.zeros(n, 0)
    batch = Batch(x, nothing, mask, torch.ones(n, w[0].shape[0], 1))
    return Round(networks, batch, Draws(0), Latents((Normal(1),)), 0)


def test_gradient_penalty_by_hand() -> None:
    """A linear critic's gradient is its weight: WGAN-GP's penalty is lambda (|w| - 1)^2, here 10 (5 - 1)^2."""
    w = torch.tensor([[3.0], [4.0]])
    (term,) = gradient_penalty(windows, 10.0)
    assert float(term.loss(linear_round([w], 5)).detach()) == pytest.approx(160.0, rel=1e-5)


def test_gradient_penalty_is_per_window_and_masked() -> None:
    """With the second step hidden in half of the windows, their slope is 3: 10 ((5-1)^2 + (3-1)^2) / 2 = 100."""
    w = torch.tensor([[3.0], [4.0]])
    mask = torch.ones(4, 2, 1)
    mask[:2, 1] = 0
    (term,) = gradient_penalty(windows, 10.0)
    assert float(term.loss(linear_round([w], 4, mask)).detach()) == pytest.approx(100.0, rel=1e-5)


def test_gradient_penalty_averages_over_critics() -> None:
    w = torch.tensor([[3.0], [4.0]])
    (term,) = gradient_penalty(windows, 10.0)
    assert float(term.loss(linear_round([w, w / 5], 5)).detach()) == pytest.approx(80.0, rel=1e-4)


def test_zero_centred_penalty_by_hand() -> None:
    """A linear critic: finite differences are (w . e)^2, whose mean is |w|^2 = 25, at three places: 1.5 gamma 25."""
    w = torch.tensor([[3.0], [4.0]])
    (term,) = zero_centred_penalty(windows, 0.2)
    got = float(term.loss(linear_round([w], 40_000)).detach())
    assert got == pytest.approx(0.3 * 25, rel=0.03)  # sd of (w.e)^2 is 25 sqrt 2; over 120,000 draws .004 of it


def test_zero_centred_penalty_is_the_squared_gradient() -> None:
    """On a real critic, against autograd's exact gradient."""
    torch.manual_seed(0)
    t = traits(rough=True, holes=False)
    game = rcgan(t, latent=3, hidden=16)
    b = batch(t, 4096, holes=False)
    (term,) = zero_centred_penalty(windows, 2.0)
    estimate = float(term.loss(game.round(b, Draws(0))).detach())
    r, exact = game.round(b, Draws(0)), 0.0
    real, fake = r.seen(windows)
    u = torch.special.ndtr(r.normal("interpolate", 4096, 1))[:, None]
    between = real._replace(values=u * real.values + (1 - u) * fake.values)
    for seen in (real, fake, between):
        v = seen.values.detach().requires_grad_()
        scores = r.judge(seen._replace(values=v))
        for k in range(scores.shape[1]):
            (gradient,) = torch.autograd.grad(scores[:, k].sum(), v, retain_graph=True)
            exact += float((gradient * seen.mask).square().sum((1, 2)).mean()) / scores.shape[1]
    assert estimate == pytest.approx(exact, rel=0.06)


@pytest.mark.parametrize(
    ("objective", "critic", "generator"),
    [
        (relativistic, math.log(1 + math.exp(-3)), math.log(1 + math.exp(3))),
        (wasserstein, -3.0, 3.0),
    ],
    ids=lambda o: getattr(o, "name", None),
)
def test_objectives_by_hand(objective: Objective, critic: float, generator: float) -> None:
    """Real scores 2, fake ones -1."""
    real, fake = torch.tensor([[2.0]]), torch.tensor([[-1.0]])
    assert float(objective.critic(real, fake)) == pytest.approx(critic, rel=1e-5)
    assert float(objective.generator(real, fake)) == pytest.approx(generator, rel=1e-5)


def test_a_game_without_a_network_says_so() -> None:
    terms = adversarial(relativistic, windows)
    with pytest.raises(ValueError, match=r"'relativistic' needs a 'critic' network; this game has \['generator'\]"):
        Game({"generator": nn.Linear(1, 1)}, [Player("generator", ("generator",))], terms, Latents((Normal(1),)))


def test_a_player_without_a_term_is_refused() -> None:
    networks = {"generator": nn.Linear(1, 1), "critic": nn.Linear(1, 1)}
    players = [Player("critic", ("critic",)), Player("generator", ("generator",)), Player("idle", ())]
    with pytest.raises(ValueError, match="'idle' owes no term"):
        Game(networks, players, adversarial(relativistic, windows), Latents((Normal(1),)))


def test_draws_do_not_depend_on_how_much_is_drawn() -> None:
    few, many = Draws(0, "a").normal("z", 10, 3), Draws(0, "a").normal("z", 500, 3)
    assert torch.equal(few, many[:10])
    short, long = Draws(0).normal("e", 16, 5, 2), Draws(0).normal("e", 16, 50, 2)
    assert torch.equal(short, long[:, :5])
    assert not torch.equal(Draws(0).normal("a", 16, 4), Draws(0).normal("b", 16, 4))


def test_draws_are_standard_normal() -> None:
    z = Draws(3).normal("z", 200_000, 1)
    assert abs(float(z.mean())) < 4 / math.sqrt(200_000)
    assert abs(float(z.var()) - 1) < 4 * math.sqrt(2 / 200_000)


def test_every_objective_meets_every_trait() -> None:
    """Objectives, masks, conditions, categories: all finite through one code path."""
    make: Callable[..., Traits] = traits
    for objective in RIVALRIES:
        for rough in (True, False):
            for blocks in ((), (2,), (3, 4)):
                for condition in (0, 2):
                    t = make(rough=rough, blocks=blocks, condition=condition)
                    for value in losses(rcgan(t, latent=2, hidden=8, objective=objective), batch(t, 8)).values():
                        assert math.isfinite(value)
