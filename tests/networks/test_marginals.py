"""Laws of marginals: numbers of any law, with the correlations that were asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from rcgan.networks.coloured import ColouredNoise
from rcgan.networks.marginals import Marginals


def one_regime(n: int) -> Tensor:
    return torch.ones(n, 1)


def fitted(x: Tensor) -> Marginals:
    marginals = Marginals(x.shape[2], 1)
    marginals.fit(x.double(), torch.ones_like(x).double(), one_regime(len(x)).double())
    return marginals


def switches(n: int, t: int, share: float, stay: float, seed: int = 0) -> Tensor:
    """Switches that are on for this share of the time, and rest with this probability before they are thrown anew."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(n, t)) < share
    kept = rng.uniform(size=(n, t)) < stay
    for step in range(1, t):
        x[:, step] = np.where(kept[:, step], x[:, step - 1], x[:, step])
    return torch.from_numpy(x[..., None].astype(np.float32))


def test_smooth_channels_are_left_alone() -> None:
    x = torch.linspace(0, 6, 24).add(torch.arange(50)[:, None]).sin()[..., None]
    marginals = fitted(x)
    assert torch.equal(marginals(x, one_regime(50)), x)
    assert torch.equal(marginals.latent(torch.full((3, 3), 0.5)), torch.full((3, 3), 0.5))


def test_channels_that_vary_at_some_steps_alone_are_left_alone() -> None:
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(500, 12, 1)))
    jumps = [fitted(x * torch.linspace(1, grown, 12)[:, None]).jumps.item() for grown in (1.0, 3.0)]
    assert jumps == [1.0, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_rare_large_values_at_some_steps_are_chance(seed: int) -> None:
    """At every step alike, a fifth is on: by lognormal numbers, of whose squares a few make most of the variance."""
    rng = np.random.default_rng(seed)
    x = torch.from_numpy((rng.uniform(size=(4000, 12, 1)) < 0.2) * rng.lognormal(0, 1.3, size=(4000, 12, 1)))
    steps = x.square().mean((0, 2)).sqrt()
    assert float(steps.amax() / steps.amin()) > 1.5
    assert fitted(x).jumps.item() == 1.0


def test_normal_scores_become_the_windows_law() -> None:
    x = torch.from_numpy(np.random.default_rng(0).exponential(size=(2000, 12, 1)).astype(np.float32))
    g = torch.randn(4000, 12, 1, generator=torch.Generator().manual_seed(0))
    made = fitted(x)(g, one_regime(4000)).flatten()
    for share in (0.01, 0.1, 0.5, 0.9, 0.99):
        assert float(made.quantile(share)) == pytest.approx(-math.log(1 - share), rel=0.05, abs=0.002)


def test_lognormal_numbers_keep_the_correlation_of_their_values() -> None:
    # corr(exp(g), exp(h)) = (exp(rho) - 1) / (e - 1), with rho the correlation of normal g and h: at .5, .378
    x = torch.from_numpy(np.exp(np.random.default_rng(0).normal(size=(8000, 12, 1))))
    wanted = torch.tensor([[1.0, 0.378], [0.378, 1.0]], dtype=torch.float64)
    assert float(fitted(x).latent(wanted)[0, 1]) == pytest.approx(0.5, abs=0.03)


def test_values_are_told_by_their_size_in_each_regime() -> None:
    x = torch.from_numpy(np.random.default_rng(0).exponential(size=(600, 12, 1)))
    regime = torch.nn.functional.one_hot(torch.arange(600) % 2, 2).double()
    told = Marginals(1, 2).fit(x * torch.where(regime[:, :1, None] > 0, 1.0, 9.0), torch.ones_like(x), regime)
    for part in (told[::2], told[1::2]):
        assert float(part.mean()) == pytest.approx(0, abs=1e-9)
        assert float(part.std(correction=0)) == pytest.approx(1)
        median = math.log(2) - 1  # of an exponential law less its mean
        assert float(part.quantile(0.5)) == pytest.approx(median, abs=0.05)


def test_a_median_split_keeps_sheppards_correlation() -> None:
    # two normal numbers with correlation rho agree in sign by 1/2 + asin(rho)/pi: signs correlate by 2 asin(rho) / pi
    x = switches(4000, 12, 0.5, 0.0)
    marginals = fitted(x)
    wanted = torch.tensor([[1.0, 0.4], [0.4, 1.0]], dtype=torch.float64)
    rho = float(marginals.latent(wanted)[0, 1])
    assert 2 / math.pi * math.asin(rho) == pytest.approx(0.4, abs=0.03)


def test_a_switch_is_on_and_stays_as_often_as_it_does() -> None:
    x = switches(4000, 12, 0.2, 0.6)
    noise = ColouredNoise(12, 1, 0, 1)
    noise.fit(x, torch.ones_like(x), x.new_zeros(4000, 0))
    none = torch.zeros(8000, 0)
    g = noise(torch.randn(8000, 12, 1, generator=torch.Generator().manual_seed(0)), none)
    made = noise.written(g, none).round()
    assert float(made.mean()) == pytest.approx(float(x.mean()), abs=0.02)
    rests = [float((w.diff(dim=1) == 0).float().mean()) for w in (x, made)]
    assert rests[1] == pytest.approx(rests[0], abs=0.02)


def test_holes_and_regimes_without_windows_are_no_trouble() -> None:
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(size=(60, 8, 2)))
    mask = torch.from_numpy((rng.uniform(size=x.shape) < 0.7).astype(float))
    mask[..., 1] = 0
    regime = torch.eye(3, dtype=torch.float64)[torch.zeros(60, dtype=torch.long)]
    marginals = Marginals(2, 3)
    told = marginals.fit(x * mask, mask, regime)
    assert torch.isfinite(told).all()
    assert torch.isfinite(marginals(told.float(), regime.float())).all()
    assert torch.isfinite(marginals.latent(torch.eye(4, dtype=torch.float64))).all()


def test_a_regime_of_few_values_has_the_quantiles_of_all() -> None:
    x = torch.from_numpy(np.random.default_rng(0).exponential(size=(400, 12, 1)))
    regime = torch.nn.functional.one_hot((torch.arange(400) < 3).long(), 2).double()
    marginals = Marginals(1, 2)
    marginals.fit(x, torch.ones_like(x), regime)
    rare, usual = marginals.knots[1, 0], marginals.knots[0, 0]
    assert torch.allclose(rare, usual, rtol=0.1, atol=0.01)
    assert float(rare.amax()) > float(x[:3].amax())
