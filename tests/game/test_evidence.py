"""A generator of smooth windows that leap starts as a variational autoencoder's decoder."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal as Gaussian
from torch.distributions import kl_divergence

from rcgan.data.traits import MANY, Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.round import Batch, Draws, Round
from rcgan.game.terms import evidence
from rcgan.recipes import ALONE, rcgan
from rcgan.training import Settings, Training

ROWS, STEPS = 8, 6
MEAN, SD = torch.linspace(-1, 1, 2 * ROWS).reshape(ROWS, 2), torch.linspace(0.1, 0.9, 2 * ROWS).reshape(ROWS, 2)


class Told(nn.Module):
    """A recognition network whose answer is fixed, and which sees values as they are."""

    def forward(self, x: Tensor, mask: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        return MEAN, SD.log()

    def views(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return x * mask, mask


class Flat(nn.Module):
    """A generator that writes 3 everywhere, whatever the code."""

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        return 3 * valid


def windows(*, holes: bool = False) -> Batch:
    valid = torch.ones(ROWS, STEPS, 1)
    mask = (torch.rand(ROWS, STEPS, 1, generator=torch.Generator().manual_seed(1)) < (0.7 if holes else 2)).float()
    return Batch(torch.ones(ROWS, STEPS, 1), torch.zeros(ROWS, 0), mask, valid)


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize(("over", "weight"), [(0.0, 0.0), (0.1, 0.5), (0.9, 1.0)])
def test_evidence_by_hand(over: float, weight: float, holes: bool) -> None:
    """A window of ones remade as threes misses by 2: log 2, and torch's own divergence a cell."""
    b = windows(holes=holes)
    (term,) = evidence(rise=0.2)
    r = Round({"generator": Flat(), "recognition": Told()}, b, Draws(0), Latents((Normal(2),)), 0, over)
    divergence = kl_divergence(Gaussian(MEAN, SD), Gaussian(0.0, 1.0)).sum() / b.mask.sum()
    assert float(term.loss(r)) == pytest.approx(float(torch.tensor(2.0).log() + weight * divergence), rel=1e-5)


def test_codes_are_drawn_as_they_are_recognised() -> None:
    class Repeat(nn.Module):
        def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
            return z[:, None] * valid

    many = 20_000
    shape = (many, 1, 1)
    b = Batch(torch.ones(shape), torch.zeros(many, 0), torch.ones(shape), torch.ones(shape))

    class Same(Told):
        def forward(self, x: Tensor, mask: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
            return torch.full((many, 1), 2.0), torch.full((many, 1), 0.5).log()

    r = Round({"generator": Repeat(), "recognition": Same()}, b, Draws(0), Latents((Normal(1),)), 0)
    assert float(r.remade.mean()) == pytest.approx(2.0, abs=0.02)
    assert float(r.remade.std()) == pytest.approx(0.5, abs=0.02)


def traits(n: int, turns: float, leaps: float) -> Traits:
    return Traits(n, STEPS, (), 0, (0.3,), (turns,), holes=False, leaps=leaps)


def training(steps: int) -> Training:
    torch.manual_seed(0)
    game = rcgan(traits(MANY, 0.1, 0.5), latent=2, hidden=4)
    return Training(game, lambda draws: windows(), Settings(steps))


def test_the_critic_waits_until_the_decoder_has_started() -> None:
    """Of eight steps the first two are the decoder's alone; then both players move."""
    run = training(8)
    start = copy.deepcopy(run.game.networks)
    for step in range(1, 5):
        run._advance()  # pyright: ignore[reportPrivateUsage]
        moved = {
            role: any(
                not torch.equal(a, b)
                for a, b in zip(start[role].parameters(), run.game.networks[role].parameters(), strict=True)
            )
            for role in start
        }
        assert moved == {"generator": True, "recognition": True, "critic": step > 8 * ALONE}


def test_the_decoder_counts_less_and_less() -> None:
    """Three fifths of the run are left at .4, and one at .8: with the same draws, three times as much."""
    run = training(8)
    early, late = (
        run.game.losses("generator", run.game.round(windows(), Draws(0), over))["evidence"] for over in (0.4, 0.8)
    )
    assert float(early.detach()) == pytest.approx(3 * float(late.detach()))


@pytest.mark.parametrize(("n", "turns", "leaps"), [(MANY, 0.5, 0.5), (MANY - 1, 0.1, 0.5), (MANY, 0.1, 0.04)])
def test_rough_few_and_steady_windows_have_no_decoder(n: int, turns: float, leaps: float) -> None:
    """Rough ones start as noise of their own law, few ones a decoder would learn by heart, curves can be moved."""
    assert "recognition" not in rcgan(traits(n, turns, leaps), latent=2, hidden=4).networks
