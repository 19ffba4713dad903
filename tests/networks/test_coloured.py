"""Laws of coloured noise: the windows' own means and covariances, and a start from there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.data.alignment import aligned, clocks
from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.networks import coloured
from rcgan.networks.coloured import ColouredGenerator, ColouredNoise
from rcgan.parts import Parts


def walks(n: int, t: int, c: int, seed: int = 0) -> Tensor:
    """Random walks from random starts, their channels mixed."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(n, t, c)).cumsum(1) @ rng.normal(size=(c, c)) + rng.normal(size=(n, 1, c))
    return torch.from_numpy(mixed.astype(np.float32))


def fitted(
    x: Tensor, mask: Tensor | None = None, y: Tensor | None = None, regimes: int = 1, labels: int = 0
) -> ColouredNoise:
    """Noise of the colour of windows; without a mask all is observed, without a condition there is none."""
    y = x.new_zeros(len(x), 0) if y is None else y
    noise = ColouredNoise(x.shape[1], x.shape[2], y.shape[1], regimes, labels=labels, windows=len(x))
    noise.fit(x, torch.ones_like(x) if mask is None else mask, y)
    return noise


def drawn(noise: ColouredNoise, n: int = 20_000, y: Tensor | None = None) -> Tensor:
    """Windows of that noise."""
    white = torch.randn(n, noise.steps, noise.channels, generator=torch.Generator().manual_seed(1))
    y = torch.zeros(n, len(noise.mean) - 1) if y is None else y
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


@pytest.mark.parametrize("values", [2048, 12])
def test_each_label_has_its_own_covariance(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coloured, "VALUES", values)
    y = F.one_hot(torch.arange(4000) % 2, 2).float()
    sign = torch.tensor([1.0, -1.0])[torch.arange(4000) % 2]
    x = walks(4000, 12, 2)
    # together under one label, against each other under the other
    x[..., 1] = sign[:, None] * x[..., 0] + 0.1 * x[..., 1]
    made = drawn(fitted(x, y=y, labels=2), 4000, y)
    for label in (0, 1):
        one, two = (torch.corrcoef(w[y[:, label] > 0].flatten(0, 1).T)[0, 1] for w in (x, made))
        assert float(one) == pytest.approx(float(two), abs=0.02)


def test_each_label_has_its_own_quantiles() -> None:
    y = F.one_hot(torch.arange(1000) % 2, 2).float()
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.exponential(size=(1000, 12, 1)).astype(np.float32)) - 1
    x[1::2] *= -10
    made = drawn(fitted(x, y=y, labels=2), 1000, y)
    for label in (0, 1):
        one, two = (w[label::2].flatten().quantile(torch.tensor([0.02, 0.5, 0.98])) for w in (x, made))
        assert torch.allclose(one, two, rtol=0.15, atol=0.03 * (1 + 9 * label))


def test_windows_of_a_rare_label_are_its_mean_and_sums_of_its_windows() -> None:
    y = F.one_hot((torch.arange(300) < 4).long(), 2).float()
    x = walks(300, 10, 2)
    rare = x[:4].flatten(1)
    made = drawn(fitted(x, y=y, labels=2), 300, y)[:4].flatten(1)
    basis = torch.cat([rare, x.flatten(1).mean(0, keepdim=True)])
    left = made - made @ torch.linalg.pinv(basis) @ basis
    assert float(left.norm() / made.norm()) < 1e-3


def test_labels_share_a_covariance_where_their_own_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coloured, "APART", 1000)
    y = F.one_hot(torch.arange(100) % 2, 2).float()
    noise = fitted(walks(100, 12, 2), y=y, labels=2)
    assert noise.labels == 1
    assert torch.isfinite(drawn(noise, 100, y)).all()


def test_holes_leave_the_covariance_as_it_is() -> None:
    x = walks(4000, 6, 2)
    mask = (torch.rand(x.shape, generator=torch.Generator().manual_seed(2)) < 0.8).float()
    whole, holed = (torch.cov(drawn(noise).flatten(1).T) for noise in (fitted(x), fitted(x * mask, mask)))
    assert float((whole - holed).norm() / whole.norm()) < 0.1


def test_where_windows_have_clocks_an_event_stays_whole_whenever_it_comes() -> None:
    rng = np.random.default_rng(0)
    when = rng.uniform(20, 60, 60)
    x = np.exp(-(((np.arange(80) - when[:, None]) / 4) ** 2))[..., None]
    clock = clocks(x)
    told = torch.from_numpy(np.concatenate([aligned(x, clock), (clock - np.arange(80))[..., None]], 2)).float()
    noise = ColouredNoise(80, 1, 0, 1, windows=60, clocked=True)
    noise.fit(told, torch.ones_like(told), told.new_zeros(60, 0))
    white = torch.randn(500, 80, 2, generator=torch.Generator().manual_seed(1))
    one, plain = noise(white, torch.zeros(500, 0))[..., 0], drawn(fitted(torch.from_numpy(x).float()), 500)[..., 0]
    assert one.shape == (500, 80)
    assert float((one.amax(1) - 1).abs().mean()) < 0.15 < float((plain.amax(1) - 1).abs().mean())
    assert float((one.argmax(1).float().std() - when.std()).abs()) < 4
    assert float((one < -0.2).any(1).float().mean()) < 0.05 < float((plain < -0.2).any(1).float().mean())


def test_the_generator_starts_as_its_noise() -> None:
    x = walks(200, 10, 3)
    traits = Traits(200, 10, (), 0, (0.5, 0.5, 0.5), (1.5, 1.5, 1.5), holes=False)
    parts = Parts(traits, Latents((Normal(4),)), 8)
    generator = parts.coloured()
    generator.noise.fit(x, torch.ones_like(x), x.new_zeros(200, 0))
    e, valid = torch.randn(5, 10, parts.noise), torch.ones(5, 10, 1)
    made = generator(torch.randn(5, 4), e, torch.zeros(5, 0), valid)
    none = torch.zeros(5, 0)
    start = generator.noise.written(generator.noise(e[..., :3], none), none)
    assert torch.allclose(made, start, atol=0.05)


class More(nn.Module):
    """What adds .2 to everything."""

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return .2 for every value."""
        return 0.2 * valid


def test_what_is_mostly_none_is_none_whatever_is_learned() -> None:
    rng = np.random.default_rng(0)
    rain = np.where(rng.random((2000, 10, 1)) < 0.1, rng.exponential(size=(2000, 10, 1)), 0)  # none in .9 of the cells
    x = torch.from_numpy(rain.astype(np.float32))
    noise = fitted(x)
    e, y, valid = torch.randn(2000, 10, 1), torch.zeros(2000, 0), torch.ones(2000, 10, 1)
    made = ColouredGenerator(noise, More(), torch.ones(1))(y, e, y, valid)
    # scores above ndtri(.9) - .2 = 1.08 are rain now, .14 of all, or down to the knot before
    assert float((made == 0).float().mean()) == pytest.approx(0.86, abs=0.04)


def test_what_is_learned_is_added_to_the_scores_of_what_rests_and_to_the_values_of_the_rest() -> None:
    rng = np.random.default_rng(0)
    x = np.stack([rng.random((2000, 12)) < 0.3, rng.exponential(size=(2000, 12))], 2)
    noise = fitted(torch.from_numpy(x.astype(np.float32)))
    e, y, valid = torch.randn(50, 12, 2), torch.zeros(50, 0), torch.ones(50, 12, 1)
    assert noise.rests(y).expand(50, 1, 2).unique(dim=0).tolist() == [[[1.0, 0.0]]]
    made, g = ColouredGenerator(noise, More(), torch.ones(2))(y, e, y, valid), noise(e, y)
    assert torch.equal(made[..., 0], noise.written(g + 0.2, y)[..., 0])
    assert torch.equal(made[..., 1], noise.written(g, y)[..., 1] + 0.2)


def test_a_channel_that_is_calm_in_one_regime_alone_is_calm_there_whatever_others_do() -> None:
    # first-order processes of sd 1 move by sqrt(2 (1 - share)) from step to step: .32 where share is .95, 1.26 at .2
    rng, n, shares = np.random.default_rng(0), 4000, np.array([[0.95, 0.2], [0.2, 0.95]])
    regime = np.arange(n) % 2
    share = shares[regime]
    x = np.zeros((n, 16, 2))
    x[:, 0] = rng.normal(size=(n, 2))
    for step in range(1, 16):
        x[:, step] = share * x[:, step - 1] + np.sqrt(1 - share**2) * rng.normal(size=(n, 2))
    y = F.one_hot(torch.from_numpy(regime), 2).float()
    made = drawn(fitted(torch.from_numpy(x.astype(np.float32)), y=y, regimes=2), n, y).numpy()
    for k in (0, 1):
        moves = np.diff(made[regime == k], axis=1).std((0, 1))
        assert moves == pytest.approx(np.sqrt(2 * (1 - shares[k])), rel=0.1)
        assert made[regime == k].std((0, 1)) == pytest.approx(1, abs=0.05)
