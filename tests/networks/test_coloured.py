"""Laws of coloured noise: the windows' own means and covariances, and a start from there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.networks import coloured
from rcgan.networks.coloured import ColouredNoise
from rcgan.parts import Parts


def walks(n: int, t: int, c: int, seed: int = 0) -> Tensor:
    """Random walks from random starts, their channels mixed."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(n, t, c)).cumsum(1) @ rng.normal(size=(c, c)) + rng.normal(size=(n, 1, c))
    return torch.from_numpy(mixed.astype(np.float32))


def fitted(x: Tensor, mask: Tensor | None = None, y: Tensor | None = None, regimes: int = 1) -> ColouredNoise:
    """Noise of the colour of windows; without a mask all is observed, without a condition there is none."""
    y = x.new_zeros(len(x), 0) if y is None else y
    noise = ColouredNoise(x.shape[1], x.shape[2], y.shape[1], regimes)
    noise.fit(x, torch.ones_like(x) if mask is None else mask, y)
    return noise


def drawn(noise: ColouredNoise, n: int = 20_000, y: Tensor | None = None) -> Tensor:
    """Windows of that noise."""
    white = torch.randn(n, noise.steps, noise.channels, generator=torch.Generator().manual_seed(1))
    y = torch.zeros(n, noise.condition) if y is None else y
    return noise.written(noise(white, y), y)


def test_within_a_block_mean_and_covariance_are_those_of_the_windows() -> None:
    x = walks(500, 6, 3)
    noise = fitted(x)
    basis = torch.eye(18).unflatten(1, (6, 3))
    mean = noise(torch.zeros(1, 6, 3), torch.zeros(1, 0)).flatten()
    assert torch.allclose(mean, x.flatten(1).mean(0), atol=1e-4)
    root = noise(basis, torch.zeros(18, 0)).flatten(1) - mean  # the noise is linear: its covariance is exact
    assert torch.allclose(root.T @ root, torch.cov(x.flatten(1).T, correction=0), rtol=1e-3, atol=1e-3)


def test_across_blocks_a_first_order_process_keeps_its_autocovariance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coloured, "VALUES", 8)
    rng = np.random.default_rng(0)
    x, share = np.zeros((4000, 30, 1), np.float32), 0.9
    x[:, 0] = rng.normal(size=(4000, 1))
    for step in range(1, 30):
        x[:, step] = share * x[:, step - 1] + (1 - share**2) ** 0.5 * rng.normal(size=(4000, 1))
    noise = fitted(torch.from_numpy(x))
    assert noise.blocks == 4
    found = torch.cov(drawn(noise)[..., 0].T)
    for apart in (0, 1, 5, 20):
        assert float(found.diagonal(apart).mean()) == pytest.approx(share**apart, abs=0.04)


def test_a_condition_moves_the_mean_window() -> None:
    y = F.one_hot(torch.arange(400) % 2, 2).float()
    shape = torch.stack([torch.linspace(0, 1, 12), torch.linspace(1, 0, 12)])
    x = (y @ shape)[..., None] + 0.1 * walks(400, 12, 1)
    noise = fitted(x, y=y)
    told = noise(torch.zeros(2, 12, 1), torch.eye(2))[..., 0]
    assert torch.allclose(told, torch.stack([x[y[:, k] > 0].mean(0)[..., 0] for k in (0, 1)]), atol=0.05)


def test_each_regime_has_its_own_size() -> None:
    y = F.one_hot(torch.arange(2000) % 2, 2).float()
    x = walks(2000, 8, 2) * (y @ torch.tensor([[1.0], [50.0]]))[:, None]
    noise = fitted(x, y=y, regimes=2)
    made = drawn(noise, 2000, y)
    for regime in (0, 1):
        one, two = (windows[y[:, regime] > 0].std(0) for windows in (x, made))
        assert torch.allclose(one, two, rtol=0.15)


def test_holes_leave_the_covariance_as_it_is() -> None:
    x = walks(4000, 6, 2)
    mask = (torch.rand(x.shape, generator=torch.Generator().manual_seed(2)) < 0.8).float()
    whole, holed = (torch.cov(drawn(noise).flatten(1).T) for noise in (fitted(x), fitted(x * mask, mask)))
    assert float((whole - holed).norm() / whole.norm()) < 0.1


def test_the_generator_starts_as_its_noise() -> None:
    x = walks(200, 10, 3)
    traits = Traits(200, 10, (2,), 0, (0.5, 0.5, 0.5), (1.5, 1.5, 1.5), holes=False)
    parts = Parts(traits, Latents((Normal(4),)), 8)
    generator = parts.coloured()
    generator.noise.fit(x, torch.ones_like(x), x.new_zeros(200, 0))
    e, valid = torch.randn(5, 10, parts.noise), torch.ones(5, 10, 1)
    made = generator(torch.randn(5, 4), e, torch.zeros(5, 0), valid)
    none = torch.zeros(5, 0)
    start = generator.noise.written(generator.noise(e[..., :3], none), none)
    assert torch.allclose(made[..., :3], start, atol=0.05)
    assert torch.allclose(made[..., 3:].sum(-1), torch.ones(5, 10))
