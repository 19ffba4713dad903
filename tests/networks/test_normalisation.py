"""Normalisation by a reference batch: by hand, and that no window's output depends on its neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import rcgan
from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import non_saturating
from rcgan.game.pairs import joint, packed, windows
from rcgan.game.references import fix_references
from rcgan.game.round import Batch, Draws, Game, Player
from rcgan.game.terms import adversarial
from rcgan.models import GAN
from rcgan.networks.critics import Critics
from rcgan.networks.kinds import REFERENCE
from rcgan.networks.normalisation import Referenced, ReferenceNorm, VirtualNorm
from rcgan.parts import Parts

TRAITS = Traits(100, 12, (), 2, (0.3, 1.2), (1.4, 1.6), False)
NORMS = ("reference", "virtual")


def batch(n: int, seed: int = 0) -> Batch:
    rng = torch.Generator().manual_seed(seed)
    x, y = torch.randn(n, 12, 2, generator=rng), torch.eye(2)[torch.arange(n) % 2]
    return Batch(x, y, torch.ones_like(x), torch.ones(n, 12, 1))


def play(networks: str) -> Game:
    torch.manual_seed(0)
    parts = Parts(TRAITS, Latents((Normal(3),)), 4, networks, plain=True)
    game = parts.duel(adversarial(non_saturating, windows), parts.critic())
    fix_references(game, lambda _: batch(80, 1), Draws("reference"))
    return game


def test_by_hand() -> None:
    """Reference values 1 and 3 (mean 2, variance 1), then a row of 5 and 9, of one channel and one step and two."""
    x = torch.tensor([[[1.0, 1.0]], [[3.0, 3.0]], [[5.0, 9.0]]])
    out = ReferenceNorm(1, 2)(x)[:, 0]
    assert torch.allclose(out, torch.tensor([[-1.0, -1.0], [1.0, 1.0], [3.0, 7.0]]), atol=1e-4)
    out = VirtualNorm(1, 2)(x)[:, 0]
    together = x.flatten()  # 1 1 3 3 5 9: the row weighs as one among three
    expected = (x[2, 0] - together.mean()) / together.std(correction=0)
    assert torch.allclose(out[2], expected, atol=1e-4)
    assert torch.allclose(out[:2], torch.tensor([[-1.0, -1.0], [1.0, 1.0]]), atol=1e-4)


@pytest.mark.parametrize("networks", NORMS)
def test_a_window_does_not_depend_on_its_batch(networks: str) -> None:
    game, one, two = play(networks), batch(16, 2), batch(16, 3)
    mixed = Batch(*(torch.cat([a[:1], b[1:]]) for a, b in zip(one[:4], two[:4], strict=True)))
    for first, second in ((one, mixed), (one, Batch(*(part[:1] for part in one[:4])))):
        r, s = game.round(first, Draws(0)), game.round(second, Draws(0))
        assert torch.allclose(r.fake[0], s.fake[0], atol=1e-5)
        assert torch.allclose(r.scores(windows)[0][0], s.scores(windows)[0][0], atol=1e-5)
    assert not game.round(one, Draws(0)).critic.looks_around


def test_batch_normalisation_does_depend_on_it() -> None:
    game, one, two = play("dcgan"), batch(16, 2), batch(16, 3)
    mixed = Batch(*(torch.cat([a[:1], b[1:]]) for a, b in zip(one[:4], two[:4], strict=True)))
    scores = [game.round(b, Draws(0)).scores(windows)[0][0] for b in (one, mixed)]
    assert not torch.allclose(scores[0], scores[1], atol=1e-3)
    assert game.round(one, Draws(0)).critic.looks_around


@pytest.mark.parametrize("networks", NORMS)
def test_the_reference_is_real_for_the_critic_and_noise_for_the_generator(networks: str) -> None:
    game, given = play(networks), batch(80, 1)
    generator, critic = game.networks["generator"], game.networks["critic"]
    assert isinstance(generator, Referenced) and isinstance(critic, Critics)
    reader = critic.readers[0]
    assert isinstance(reader, Referenced)
    assert torch.equal(
        reader.get_buffer("reference0"), critic.see(*given[:1], given.mask, *given[1:4:2])[0][:REFERENCE]
    )
    assert torch.equal(generator.get_buffer("reference0"), game.round(given, Draws("reference")).z[:REFERENCE])
    assert torch.equal(generator.get_buffer("reference2"), given.y[:REFERENCE])


def test_a_reference_longer_than_the_batch_goes_round() -> None:
    network = Referenced(nn.Identity(), 5, [(1,)])
    network.refer(torch.tensor([[1.0], [2.0]]))
    assert network.get_buffer("reference0").flatten().tolist() == [1, 2, 1, 2, 1]


def test_without_a_reference_nothing_is_a_number() -> None:
    network = Referenced(VirtualNorm(1, 4), 4, [(1, 3)])
    assert network(torch.ones(2, 1, 3)).isnan().all()


@pytest.mark.parametrize("networks", NORMS)
@pytest.mark.parametrize("pair", [joint, packed(windows)], ids=lambda p: p.name)
def test_other_pairs_find_their_reference(networks: str, pair: object) -> None:
    parts = Parts(TRAITS, Latents((Normal(3),)), 4, networks, plain=True)
    critic = parts.critic(beside=3) if pair is joint else parts.critic(pack=2)
    made: dict[str, nn.Module] = {"generator": parts.generator(), "encoder": parts.encoder(3), "critic": critic}
    players = [Player("critic", ("critic",)), Player("generator", ("generator", "encoder"))]
    game = Game(made, players, adversarial(non_saturating, joint if pair is joint else packed(windows)), parts.latents)
    if pair is not joint:
        del game.networks["encoder"]
    fix_references(game, lambda _: batch(16), Draws("reference"))
    for player in ("critic", "generator"):
        for loss in game.losses(player, game.round(batch(8), Draws(1))).values():
            assert loss.isfinite()


def _referring(networks: str) -> type[GAN]:
    class Referring(GAN):
        def _game(self, traits: Traits) -> Game:
            parts = Parts(traits, Latents((Normal(self.latent_dim),)), self.hidden, networks, plain=True)
            return parts.duel(adversarial(non_saturating, windows), parts.critic())

    return Referring


@pytest.mark.parametrize("networks", NORMS)
def test_it_trains_and_is_kept_in_files(networks: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family = _referring(networks)
    monkeypatch.setitem(rcgan.models.MODELS, "Referring", family)
    model = family(latent_dim=3, hidden=4, steps=5, batch_size=16)
    model.fit(rcgan.load_dataset("waves", n=60), progress=False)
    model.save(tmp_path / "model")
    again = rcgan.load(tmp_path / "model")
    assert (again.sample(5).values == model.sample(5).values).all()
    one, many = model.sample(1).values, model.sample(9).values[:1]
    assert abs(one - many).max() < 1e-5


def gradients(network: nn.Module, x: Tensor) -> list[Tensor]:
    network(x).square().sum().backward()
    return [p.grad for p in network.parameters() if p.grad is not None]


@pytest.mark.parametrize("norm", [ReferenceNorm, VirtualNorm])
def test_gradients_reach_the_weights_through_the_reference_too(norm: type[nn.Module]) -> None:
    torch.manual_seed(0)
    network = Referenced(nn.Sequential(nn.Conv1d(1, 2, 3), norm(2, 4), nn.ReLU()), 4, [(1, 6)])
    network.refer(torch.randn(4, 1, 6))
    for gradient in gradients(network, torch.randn(3, 1, 6)):
        assert gradient.isfinite().all()
