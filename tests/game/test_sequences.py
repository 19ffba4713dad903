"""Discrete sequences: likelihoods, rollouts and the policy gradient against exact figures; two families' contract."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import rcgan
from rcgan import training
from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.round import Batch, Draws, Game, Player
from rcgan.game.sequence_terms import likelihood, policy_gradient
from rcgan.networks.encoders import OnSphere
from rcgan.networks.sequences import SequenceGenerator
from rcgan.parts import Parts
from rcgan.recipes import arae, seqgan
from rcgan.training import Training

TINY: dict[str, Any] = {"steps": 3, "hidden": 8, "batch_size": 16}
FAMILIES = [rcgan.SeqGAN, rcgan.ARAE]


def one_hot(codes: Any, size: int = 2) -> Tensor:
    return F.one_hot(torch.as_tensor(codes), size).float()


def every(steps: int, size: int = 2) -> Tensor:
    """All sequences of one channel, ``(size ** steps, steps, size)``."""
    return one_hot(list(product(range(size), repeat=steps)), size)


def lively(generator: SequenceGenerator, scale: float = 3.0) -> SequenceGenerator:
    """The same with larger weights, so that what came before matters."""
    with torch.no_grad():
        for weight in generator.parameters():
            weight.mul_(scale)
    return generator


def likelihoods(generator: SequenceGenerator, x: Tensor) -> Tensor:
    """log p(x) of whole windows under a code of 0."""
    b, t, _ = x.shape
    z, y, valid = torch.zeros(b, 1), torch.zeros(b, 0), torch.ones(b, t, 1)
    return generator.log_likelihood(x, torch.ones_like(x), z, y, valid).sum(1)


def test_log_likelihood_by_hand() -> None:
    """One LSTM unit with open input and output gates that forgets all: h = tanh(tanh(x_{t-1})), logits (h, 0).

    So 1/2 at first and behind the second category, and 1 / (1 + exp(-tanh(tanh 1))) for the first behind itself.
    """
    generator = SequenceGenerator((2,), 1, 0, 1)
    with torch.no_grad():
        for weight in generator.parameters():
            weight.zero_()
        generator.lstm.weight_ih_l0[2, 0] = 1.0  # the cell, told whether the step before was of the first category
        generator.lstm.bias_ih_l0.copy_(torch.tensor([50.0, -50.0, 0.0, 50.0]))  # input, forget, cell, output
        generator.out.weight[0, 0] = 1.0
    x, ones = one_hot([[0, 0, 1, 1]]), torch.ones(1, 4, 1)
    told = generator.log_likelihood(x, torch.ones_like(x), torch.zeros(1, 1), torch.zeros(1, 0), ones)
    first = 1 / (1 + math.exp(-math.tanh(math.tanh(1))))
    assert told[0].tolist() == pytest.approx([math.log(p) for p in (0.5, first, 1 - first, 0.5)], abs=1e-5)
    mask = torch.tensor([1.0, 0.0, 1.0, 1.0])[None, :, None].expand_as(x)
    hidden = generator.log_likelihood(x, mask, torch.zeros(1, 1), torch.zeros(1, 0), ones)
    assert hidden[0].tolist() == pytest.approx([math.log(0.5), 0.0, math.log(0.5), math.log(0.5)], abs=1e-5)


def test_probabilities_of_all_sequences_add_up_to_one() -> None:
    torch.manual_seed(0)
    for blocks, x in (
        ((3,), every(3, 3)),
        ((2, 3), torch.cat([every(2, 2).repeat(9, 1, 1), every(2, 3).repeat_interleave(4, 0)], -1)),
    ):
        generator = lively(SequenceGenerator(blocks, 1, 0, 5))
        assert float(likelihoods(generator, x).exp().sum().detach()) == pytest.approx(1.0, abs=1e-4)


def test_samples_come_as_often_as_the_generator_says() -> None:
    torch.manual_seed(1)
    generator, n = lively(SequenceGenerator((2,), 1, 0, 5)), 40_000
    e = Draws(0).normal("steps", n, 4, 2)
    drawn = generator(torch.zeros(n, 1), e, torch.zeros(n, 0), torch.ones(n, 4, 1))
    assert drawn.shape == (n, 4, 2) and (drawn.sum(-1) == 1).all() and not drawn.requires_grad
    places = (drawn.argmax(-1) * torch.tensor([8, 4, 2, 1])).sum(1)
    shares = torch.bincount(places, minlength=16) / n
    p = likelihoods(generator, every(4)).exp().detach()
    assert p.max() > 3 * p.min()  # the case is not a trivial one
    assert ((shares - p).abs() < 5 * (p * (1 - p) / n).sqrt() + 1e-4).all()


def test_completions_keep_their_beginnings_and_follow_their_noise() -> None:
    torch.manual_seed(2)
    generator = lively(SequenceGenerator((3, 2), 1, 2, 5))
    z, y, valid = torch.randn(7, 1), torch.randn(7, 2), torch.ones(7, 6, 1)
    e = Draws(0).normal("steps", 7, 6, 5)
    x = generator(z, e, y, valid)
    other = torch.stack([Draws(k).normal("steps", 7, 6, 5) for k in (1, 2, 3)])
    done = generator.completed(x, z, other, y, valid)
    assert done.shape == (6, 3, 7, 6, 5)
    for k in range(6):
        assert (done[k, :, :, :k] == x[:, :k]).all()
    for n in range(3):
        assert torch.equal(done[0, n], generator(z, other[n], y, valid))
    assert (done[1] != x).any()
    assert (generator.completed(x, z, e[None], y, valid) == x).all()  # the noise that made it makes it again


def test_the_policy_gradient_is_the_gradient_of_the_expected_verdict() -> None:
    """Against the exact gradient, all 8 sequences of 3 steps weighed by their probability; 60 batches of 256."""
    torch.manual_seed(3)
    traits = Traits(100, 3, (2,), 0, (), (), holes=False)
    parts = Parts(traits, Latents((Normal(1, 0.0),)), 4, plain=True)
    generator, critic = lively(SequenceGenerator((2,), 1, 0, 3), 1.5), parts.critic()
    with torch.no_grad():
        for score in critic.scores:
            score.score.weight.mul_(8)  # pyright: ignore
    critic.requires_grad_(False)
    terms = policy_gradient(2)
    game = Game(
        {"generator": generator, "critic": critic}, [Player("generator", ("generator",))], terms, parts.latents, 2
    )

    def batch(x: Tensor) -> Batch:
        nothing = torch.zeros(len(x), 0)
        return Batch(x, nothing, torch.ones_like(x), torch.ones(len(x), 3, 1))

    def gradient(loss: Tensor) -> Tensor:
        return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(generator.parameters()))])

    x = every(3)
    r = game.round(batch(x), Draws(0))
    verdicts = r.judge(critic.see(x, r.mask, r.y, r.valid)).sigmoid().mean(1)
    assert verdicts.max() - verdicts.min() > 0.1
    exact = gradient(-(likelihoods(generator, x).exp() * verdicts).sum())
    rounds = [game.round(batch(torch.zeros(256, 3, 2)), Draws("try", k)) for k in range(60)]
    estimates = torch.stack([gradient(terms[0].loss(r)) for r in rounds])
    error = estimates.std(0) / math.sqrt(len(estimates))
    assert ((estimates.mean(0) - exact).abs() < 5 * error + 1e-6).all()
    assert float(F.cosine_similarity(estimates.mean(0), exact, dim=0)) > 0.97


def traits(holes: bool = True) -> Traits:
    return Traits(100, 8, (3, 2), 0, (), (), holes)


def batch(n: int = 16, steps: int = 8) -> Batch:
    rng = torch.Generator().manual_seed(0)
    valid = (torch.arange(steps) < torch.randint(3, steps + 1, (n,), generator=rng)[:, None]).float()[..., None]
    seen = (torch.rand(n, steps, 2, generator=rng) < 0.8).float() * valid
    mask = torch.cat([seen[..., :1].expand(-1, -1, 3), seen[..., 1:].expand(-1, -1, 2)], -1)
    codes = [one_hot(torch.randint(0, k, (n, steps), generator=rng), k) for k in (3, 2)]
    return Batch(torch.cat(codes, -1) * mask, torch.zeros(n, 0), mask, valid)


GAMES: dict[str, Callable[[], Game]] = {
    "SeqGAN": lambda: seqgan(traits(), latent=2, hidden=8),
    "ARAE": lambda: arae(traits(), latent=2, code=4, hidden=8),
}


def losses(game: Game, b: Batch, progress: float = 0.7) -> dict[str, Tensor]:
    rounds = {player.name: game.round(b, Draws(7), progress) for player in game.players}
    return {f"{p} {k}": v for p, r in rounds.items() for k, v in game.losses(p, r).items()}


@pytest.fixture(params=GAMES)
def played(request: pytest.FixtureRequest) -> Game:
    torch.manual_seed(0)
    return GAMES[request.param]()


def test_padding_changes_no_loss(played: Game) -> None:
    b = batch()
    more = Batch(*(torch.cat([a, a.new_zeros(16, 5, a.shape[2])], 1) if a.ndim == 3 else a for a in b[:4]))
    far = losses(played, more)
    for name, value in losses(played, b).items():
        assert float(far[name].detach()) == pytest.approx(float(value.detach()), abs=1e-6, rel=1e-5), name


def test_hidden_cells_reach_no_loss(played: Game) -> None:
    b = batch()
    noisy = losses(played, b._replace(x=b.x + 100 * (1 - b.mask)))
    for name, value in losses(played, b).items():
        assert float(noisy[name].detach()) == pytest.approx(float(value.detach()), abs=1e-6, rel=1e-5), name


def test_gradients_are_finite_and_reach_every_network(played: Game) -> None:
    for player in played.players:
        played.networks.zero_grad()
        told = losses(played, batch())
        sum((v for k, v in told.items() if k.startswith(player.name)), torch.zeros(())).backward()
        for role in player.networks:
            grads = [w.grad for w in played.networks[role].parameters() if w.grad is not None]
            assert sum(float(g.abs().sum()) for g in grads) > 0, role
            assert all(torch.isfinite(g).all() for g in grads), role


def test_the_likelihood_alone_teaches_at_first_and_the_policy_gradient_later() -> None:
    torch.manual_seed(0)
    game = seqgan(traits(), latent=2, hidden=8, taught=0.5, kept=0.1)
    (whole,) = likelihood()
    r = game.round(batch(), Draws(7))
    early, late = losses(game, batch(), 0.49), losses(game, batch(), 0.5)
    assert float(early["generator policy_gradient"]) == 0 and float(late["generator policy_gradient"].detach()) != 0
    assert float(early["generator likelihood"].detach()) == pytest.approx(float(whole.loss(r).detach()))
    assert float(late["generator likelihood"].detach()) == pytest.approx(0.1 * float(whole.loss(r).detach()))


def test_codes_on_the_sphere_have_length_one() -> None:
    assert torch.allclose(OnSphere(torch.nn.Linear(3, 4))(torch.randn(9, 3)).norm(dim=1), torch.ones(9), atol=1e-6)


def modes(n: int = 40, seed: int = 0) -> rcgan.Windows:
    """Two categorical channels, 3 to 7 steps, some cells missing."""
    rng = np.random.default_rng(seed)
    runs = np.repeat(np.arange(n), rng.integers(3, 8, n))
    mode = pd.Series(np.asarray(["cool", "heat", "idle"])[rng.integers(0, 3, len(runs))])
    mode[rng.random(len(runs)) < 0.1] = None
    door = np.where(rng.random(len(runs)) < 0.3, "open", "shut")
    return rcgan.Windows.from_frame(pd.DataFrame({"run": runs, "mode": mode, "door": door}), group="run")


def same(a: rcgan.Windows, b: rcgan.Windows) -> bool:
    return bool(np.array_equal(a.values, b.values, equal_nan=True))


@pytest.mark.parametrize("family", FAMILIES)
def test_fitted_models_sample_and_load_and_read(family: Any, tmp_path: Path) -> None:
    windows = modes()
    model = family(**TINY).fit(windows, progress=False)
    new = model.sample(50, seed=3)
    assert same(new, family(**TINY).fit(windows, progress=False).sample(50, seed=3))
    assert not same(new, model.sample(50, seed=4))
    assert set(new.to_frame()["mode"]) <= {"cool", "heat", "idle"}
    assert set(new.lengths) <= set(windows.lengths)
    model.save(tmp_path / "m.rcgan")
    loaded = rcgan.load(tmp_path / "m.rcgan")
    assert same(new, loaded.sample(50, seed=3))
    assert np.array_equal(model.transform(windows), loaded.transform(windows))
    assert model.transform(windows).shape == (40, len(model.get_feature_names_out()))


def test_arae_writes_windows_of_the_codes_of_windows() -> None:
    windows = modes()
    again = rcgan.ARAE(**TINY).fit(windows, progress=False).reconstruct(windows)
    assert again.shape == windows.shape and np.array_equal(again.lengths, windows.lengths)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_interrupted_fit_goes_on_to_the_same_end(
    family: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {**TINY, "steps": 60}
    whole = family(**told).fit(modes(), progress=False)
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    save = Training.save

    def once(self: Training, path: Path) -> None:
        save(self, path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Training, "save", once)
        family(**told).fit(modes(), checkpoint=tmp_path / "c", progress=False)
    resumed = family(**told).fit(modes(), checkpoint=tmp_path / "c", resume=True, progress=False)
    assert same(whole.sample(20), resumed.sample(20))


@pytest.mark.parametrize("family", FAMILIES)
def test_continuous_channels_are_refused(family: Any) -> None:
    frame = modes().to_frame().assign(force=1.5).drop(columns=["step"])
    windows = rcgan.Windows.from_frame(frame.drop(columns=["window"]), group="run")
    with pytest.raises(rcgan.DataError, match=r"\['force'\] are continuous: .* take RCGAN"):
        family(**TINY).fit(windows)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (rcgan.SeqGAN(rollouts=0), "rollouts=0"),
        (rcgan.SeqGAN(taught=1.5), "taught=1.5"),
        (rcgan.SeqGAN(kept=-1.0), "kept=-1.0"),
        (rcgan.ARAE(code_dim=1), "code_dim=1"),
        (rcgan.ARAE(sd=0.0), "sd=0.0"),
    ],
    ids=str,
)
def test_impossible_parameters_are_refused(model: Any, message: str) -> None:
    with pytest.raises(rcgan.DataError, match=message):
        model.fit(modes(), progress=False)
