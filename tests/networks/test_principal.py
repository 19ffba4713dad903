"""Laws of smooth windows that go together in their principal directions as real ones do, once training is over."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import kstest
from torch import Tensor, nn

import rcgan
from rcgan.networks import principal
from rcgan.networks.autoregressive import turned
from rcgan.networks.principal import PrincipalGenerator

STEPS, N = 16, 3000


class Written(nn.Module):
    """Takes the noise for the windows."""

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        return e * valid


def generator(directions: int, condition: int = 0) -> PrincipalGenerator:
    return PrincipalGenerator(Written(), STEPS, 2, condition, directions).eval()


def nothing(x: Tensor) -> Tensor:
    return x.new_zeros(len(x), 0)


def windows(made: PrincipalGenerator, x: Tensor, y: Tensor | None = None) -> Tensor:
    return made(torch.zeros(len(x), 1), x, nothing(x) if y is None else y, torch.ones(len(x), STEPS, 1))


def curves(n: int = N, seed: int = 0, noise: float = 0.0) -> Tensor:
    """Lines of two channels: the slope of the one is the square of its level, of the other the level of the one."""
    draws = torch.Generator().manual_seed(seed)
    t = torch.linspace(-1, 1, STEPS)
    level = torch.randn(n, 2, generator=draws)
    slope = torch.stack([level[:, 0].square() - 1, 0.5 * level[:, 0]], 1)
    x = level[:, None] + 0.5 * slope[:, None] * t[:, None]
    return 3 + x + noise * torch.randn(n, STEPS, 2, generator=draws)


def parts(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Levels and slopes of windows, each ``(n, 2)``, and what a line leaves of them."""
    t = torch.linspace(-1, 1, STEPS)
    level = x.mean(1)
    slope = 2 * (x * t[:, None]).mean(1) / t.square().mean()
    return level - 3, slope, x - level[:, None] - 0.5 * slope[:, None] * t[:, None]


@pytest.fixture(scope="module")
def fitted() -> PrincipalGenerator:
    made, real, raw = generator(4), curves(), 0.7 * curves(4 * N, 1, noise=0.1) - 1
    raw = raw.roll(1, 0) * 0.2 + raw * 0.8  # what goes together is blurred, too
    made.fit_real(real, nothing(real), steps=1500)
    made.fit_made(raw, nothing(raw))
    return made


def blurred(n: int, seed: int) -> Tensor:
    raw = 0.7 * curves(n, seed, noise=0.1) - 1
    return raw.roll(1, 0) * 0.2 + raw * 0.8


def test_before_it_is_fitted_nothing_is_changed() -> None:
    made, real, raw = generator(4), curves(200), curves(200, 1, noise=0.3)
    assert torch.equal(windows(made, raw), raw)
    made.fit_real(real, nothing(real), steps=20)
    assert torch.equal(windows(made, raw), raw)
    made.fit_made(raw, nothing(raw))
    assert not torch.allclose(windows(made, raw), raw, atol=1e-2)
    assert torch.equal(windows(made.train(), raw), raw)


def test_what_tells_nothing_of_real_windows_is_left_as_it_is() -> None:
    made, raw = generator(4), curves(200, 1, noise=0.3)
    made.fit_made(raw, nothing(raw))
    assert torch.equal(windows(made, raw), raw)


def test_each_number_has_its_real_law(fitted: PrincipalGenerator) -> None:
    """Normal levels, the slopes of the other channel normal too, on windows that were not learned from."""
    level, slope, _ = parts(windows(fitted, blurred(N, 5)))
    for its in (level[:, 0], level[:, 1], 2 * slope[:, 1]):
        assert kstest(its.numpy(), "norm").statistic < 0.05


def test_numbers_go_together_within_a_channel_and_between_channels(fitted: PrincipalGenerator) -> None:
    """Before: off by a third and more."""
    raw, out = ((x, *parts(x)[:2]) for x in (blurred(N, 5), windows(fitted, blurred(N, 5))))
    (_, its, slope), (_, level, lean) = raw, out
    assert (slope[:, 0] - (its[:, 0].square() - 1)).abs().median() > 0.3
    assert (lean[:, 0] - (level[:, 0].square() - 1)).abs().median() < 0.1
    assert (lean[:, 1] - 0.5 * level[:, 0]).abs().median() < 0.05


def test_what_is_in_other_directions_gets_its_size(fitted: PrincipalGenerator) -> None:
    """Straight lines have none of it."""
    assert parts(blurred(N, 5))[2].std() > 0.04
    assert parts(windows(fitted, blurred(N, 5)))[2].abs().max() < 1e-3


def test_no_window_leaves_the_range_of_real_ones_by_more_than_a_fiftieth(monkeypatch: pytest.MonkeyPatch) -> None:
    """A law learned in 60 steps leaves it in a twentieth of the windows: these are made anew, and no other one is."""
    made, real = generator(4), curves().clamp(-1, 6)
    made.fit_real(real, nothing(real), steps=60)
    raw = blurred(N, 1)
    made.fit_made(raw, nothing(raw))
    inside = windows(made, raw)
    monkeypatch.setattr(principal, "TURNS", 0)
    outside = windows(made, raw)
    least, most = -1 - 0.02 * 7, 6 + 0.02 * 7
    left = ((outside < least) | (outside > most)).flatten(1).any(1)
    assert 0.01 < left.float().mean() < 0.2
    assert inside.min() > least - 1e-3 and inside.max() < most + 1e-3
    assert torch.equal(inside[~left], outside[~left])
    assert not torch.isclose(inside[left], outside[left]).all(2).all(1).any()


def test_turned_shares_are_uniform_and_independent_wherever_they_come_from() -> None:
    draws = torch.Generator().manual_seed(0)
    shares = torch.rand(4000, 3, generator=draws)
    shares[:, 0] = 0.97 + 0.03 * shares[:, 0]
    for _ in range(5):
        shares = turned(shares)
        for column in shares.T:
            assert kstest(column.numpy(), "uniform").statistic < 0.03
        assert np.abs(np.corrcoef(shares.numpy().T) - np.eye(3)).max() < 0.06


def test_a_label_tells_the_law() -> None:
    draws = torch.Generator().manual_seed(0)
    label = torch.randint(2, (N,), generator=draws)
    y = nn.functional.one_hot(label, 2).float()
    real = curves() * (1.0 - 2.0 * label)[:, None, None]
    raw = real + 0.3 * torch.randn(real.shape, generator=draws)
    made = generator(4, condition=2)
    made.fit_real(real, y, steps=600)
    made.fit_made(raw, y)
    out = windows(made, raw, y)
    means = [float(out[label == k].mean()) for k in (0, 1)]
    assert means == pytest.approx([float(real[label == k].mean()) for k in (0, 1)], abs=0.1)
    assert (out.mean((1, 2))[label == 0] > out.mean((1, 2))[label == 1].median()).float().mean() > 0.99


def test_sines_are_made_as_sines() -> None:
    """Any three steps of a slow wave tell the next one; a network that learned little in 120 steps leaves far more."""
    rng = np.random.default_rng(0)
    phase, speed = rng.uniform(0, 2 * math.pi, (2000, 1, 1)), rng.uniform(0.02, 0.1, (2000, 1, 1))
    waves = np.sin(speed * np.arange(24)[None, :, None] + phase)
    model = rcgan.RCGAN(steps=120, seed=0).fit(waves, progress=False)
    assert model.traits_.directions in range(3, 8)
    made = model.sample(2000, seed=1).values
    bends = [np.abs(np.diff(x, n=4, axis=1)).mean() for x in (waves, made)]
    assert bends[1] < 1.5 * bends[0]
    assert made.mean() == pytest.approx(waves.mean(), abs=0.05)


@pytest.mark.parametrize(("count", "held"), [(199, False), (200, True)])
def test_few_windows_have_no_law_to_keep(count: int, held: bool) -> None:
    waves = np.sin(0.1 * np.arange(12)[None, :, None] + np.linspace(0, 6, count)[:, None, None])
    model = rcgan.RCGAN(steps=2, seed=0).fit(waves, progress=False)
    assert any(isinstance(part, PrincipalGenerator) for part in model._networks.modules()) is held


def test_windows_of_several_lengths_are_left_as_they_are_written() -> None:
    rng = np.random.default_rng(0)
    waves = [np.sin(0.1 * np.arange(24 - k % 3) + rng.uniform(0, 6))[:, None] for k in range(1200)]
    model = rcgan.RCGAN(steps=2, seed=0).fit(waves, progress=False)
    assert not any(isinstance(part, PrincipalGenerator) for part in model._networks.modules())


def test_windows_with_holes_are_left_out_of_the_law() -> None:
    """Of 1,500 waves 400 have a hole: the others tell how all of them go."""
    rng = np.random.default_rng(0)
    waves = np.sin(0.2 * np.arange(12)[None, :, None] + rng.uniform(0, 6, (1500, 1, 1)))
    waves[:400, 3] = np.nan
    model = rcgan.RCGAN(steps=40, seed=0).fit(waves, progress=False)
    (part,) = [part for part in model._networks.modules() if isinstance(part, PrincipalGenerator)]
    assert bool(part.ready)
    assert np.isfinite(model.sample(50, seed=0).values).all()
