"""Laws of sizes in principal directions: as in real windows of each label, once training is over."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import rcgan
from rcgan.networks.principal import PrincipalGenerator

STEPS = 16


class Written(nn.Module):
    """Takes the noise for the windows."""

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        return e * valid


def generator(labels: int = 0, steps: int = STEPS, channels: int = 2) -> PrincipalGenerator:
    return PrincipalGenerator(Written(), steps, channels, labels).eval()


def told(state: Tensor) -> Tensor:
    return nn.functional.one_hot(state, 2).float()


def windows(made: PrincipalGenerator, x: Tensor, state: Tensor) -> Tensor:
    return made(torch.zeros(len(x), 1), x, told(state), torch.ones(len(x), x.shape[1], 1))


def curves(n: int, label: int, steps: int = STEPS, noise: float = 0.0) -> Tensor:
    """Lines of a label, of two channels, straight (0) or bent (1), with noise on them."""
    draws = torch.Generator().manual_seed(n + label)
    t = torch.linspace(-1, 1, steps)[None, :, None] ** (1 + label)
    level, slope = torch.randn(2, n, 1, 2, generator=draws)
    return 3 + level + 0.5 * slope * t + noise * torch.randn(n, steps, 2, generator=draws)


def powers(x: Tensor, real: Tensor) -> Tensor:
    """What windows have in the principal directions of real ones, by channel, ``(2, t)``."""
    off, centred = x - x.mean(0), real - real.mean(0)
    every: list[Tensor] = []
    for c in range(x.shape[-1]):
        directions = torch.linalg.svd(centred[..., c].double(), full_matrices=False)[2]
        every.append((off[..., c].double() @ directions.T).square().mean(0))
    return torch.stack(every)


def test_before_it_is_fitted_nothing_is_changed() -> None:
    made, x, state = generator(labels=2), curves(20, 0), torch.arange(20) % 2
    assert torch.equal(windows(made, x, state), x)
    state = torch.arange(400) % 2
    made.fit(curves(400, 0), state, curves(400, 0, noise=0.3), state)
    assert not torch.allclose(windows(made, x, state[:20]), x, atol=1e-3)


def test_errors_go_and_every_direction_and_the_mean_are_real() -> None:
    real, raw = curves(2000, 0), 0.7 * curves(2000, 0, noise=0.3) - 1
    state = torch.zeros(2000, dtype=torch.long)
    made = generator()
    made.fit(real, state, raw, state)
    out = windows(made, raw, state)
    assert torch.allclose(out.mean(0), real.mean(0), atol=1e-4)
    assert torch.allclose(powers(out, real)[:, :2], powers(real, real)[:, :2], rtol=1e-3)
    assert powers(out, real)[:, 2:].max() < 1e-6 < 0.01 < powers(raw, real)[:, 2:].min()


def test_each_label_has_directions_of_its_own() -> None:
    state = torch.arange(1000) % 2
    real, raw = (torch.zeros(1000, STEPS, 2) for _ in range(2))
    for label in (0, 1):
        real[label::2], raw[label::2] = curves(500, label), curves(500, label, noise=0.2)
    made = generator(labels=2)
    made.fit(real, state, raw, state)
    out = windows(made, raw, state)
    for label in (0, 1):
        assert torch.allclose(
            powers(out[label::2], real[label::2])[:, :2], powers(real[label::2], real[label::2])[:, :2], rtol=1e-3
        )
        assert powers(out[label::2], real[label::2])[:, 2:].max() < 1e-6


def test_what_is_known_from_too_few_windows_stays() -> None:
    """Eight windows a step: 128 of 16 steps."""
    state = torch.tensor([0] * 127 + [1] * 128)
    real, raw = (
        torch.cat([curves(127, 0), curves(128, 1)]),
        torch.cat([curves(127, 0, noise=0.2), curves(128, 1, noise=0.2)]),
    )
    made = generator(labels=2)
    made.fit(real, state, raw, state)
    out = windows(made, raw, state)
    assert torch.equal(out[:127], raw[:127])
    assert powers(out[127:], real[127:])[:, 2:].max() < 1e-6


def test_what_is_hardly_made_is_at_most_doubled() -> None:
    real, state = curves(1000, 0), torch.zeros(1000, dtype=torch.long)
    raw = 3 + 0.1 * (real - 3)
    made = generator()
    made.fit(real, state, raw, state)
    assert torch.allclose(powers(windows(made, raw, state), real)[:, :2], 0.04 * powers(real, real)[:, :2], rtol=1e-3)


def test_directions_beyond_the_first_64_have_one_gain() -> None:
    real, raw = curves(800, 0, steps=100, noise=0.01), curves(800, 0, steps=100, noise=0.3)
    state = torch.zeros(800, dtype=torch.long)
    made = generator(steps=100)
    made.fit(real, state, raw, state)
    out = windows(made, raw, state)
    assert powers(out, real)[:, 64:].sum(1).tolist() == pytest.approx(
        powers(real, real)[:, 64:].sum(1).tolist(), rel=1e-2
    )
    assert torch.allclose(powers(out, real)[:, :64], powers(real, real)[:, :64], rtol=1e-2)


def test_what_is_smooth_is_made_as_smooth() -> None:
    """Two slow waves, to which two directions would nearly do: a network that learned little leaves a thousandth."""
    rng = np.random.default_rng(0)
    phase, speed = rng.uniform(0, 2 * math.pi, (2000, 1, 1)), rng.uniform(0.02, 0.1, (2000, 1, 1))
    waves = np.sin(speed * np.arange(24)[None, :, None] + phase)
    made = rcgan.RCGAN(steps=60, seed=0).fit(waves, progress=False).sample(2000, seed=1).values
    bends = [np.abs(np.diff(x, n=4, axis=1)).mean() for x in (waves, made)]
    assert bends[1] < 1.5 * bends[0]
    assert made.mean() == pytest.approx(waves.mean(), abs=0.05)


def test_windows_of_several_lengths_are_left_as_they_are_written() -> None:
    rng = np.random.default_rng(0)
    waves = [np.sin(0.1 * np.arange(24 - k % 3) + rng.uniform(0, 6))[:, None] for k in range(1200)]
    model = rcgan.RCGAN(steps=2, seed=0).fit(waves, progress=False)
    (part,) = [part for part in model._networks.modules() if isinstance(part, PrincipalGenerator)]
    assert bool((part.gains == 1).all())


@pytest.mark.parametrize(("windows", "held"), [(191, False), (192, True)])
def test_few_windows_have_no_directions_to_keep(windows: int, held: bool) -> None:
    """Eight windows a step: 192 of 24."""
    waves = np.sin(0.1 * np.arange(24)[None, :, None] + np.linspace(0, 6, windows)[:, None, None])
    model = rcgan.RCGAN(steps=2, seed=0).fit(waves, progress=False)
    assert any(isinstance(part, PrincipalGenerator) for part in model._networks.modules()) is held


def test_what_jumps_is_left_as_it_is_written() -> None:
    """Half of these waves are sawtooths: blurred jumps, sharpened, would be waves."""
    model = rcgan.RCGAN(steps=2, seed=0).fit(rcgan.load_dataset("waves", n=1200), progress=False)
    assert not any(isinstance(part, PrincipalGenerator) for part in model._networks.modules())
