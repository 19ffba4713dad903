"""Laws of neighbourhoods: levels and sizes in their bands, a covariance that is the same at any time, no copies."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from rcgan.networks.coloured import ColouredNoise
from rcgan.networks.neighbourhoods import Neighbourhoods


def machine(n: int, steps: int = 32, seed: int = 0) -> Tensor:
    """Two channels at three operating points: a slow one, and one that jumps by halves, the more the higher it is."""
    rng = np.random.default_rng(seed)
    point = rng.integers(0, 3, (n, 1))
    noise = rng.normal(size=(n, steps + 20, 2))
    slow = np.stack([noise[:, k : k + steps, 0] for k in range(20)], 0).mean(0)
    fast = np.rint(2 * (1 + 2 * point) * noise[:, :steps, 1]) / 2
    return torch.from_numpy(np.stack([10.0 * point + slow, 5.0 * point + fast], 2).astype(np.float32))


def made(x: Tensor, n: int = 2000) -> Tensor:
    """New windows, learned from these."""
    law = Neighbourhoods(x.shape[1], x.shape[2], len(x))
    law.fit(x)
    return law(torch.randn(n, x.shape[1], x.shape[2], generator=torch.Generator().manual_seed(0)))


def test_levels_sizes_and_values_are_those_of_the_operating_points() -> None:
    x = machine(100)
    new = made(x)
    level = new[..., 0].mean(1)
    point = (level / 10).round()
    assert float(((level - 10 * point).abs() < 2).float().mean()) > 0.95
    shares, real = (
        torch.stack([(w == k).float().mean() for k in range(3)]) for w in (point, (x[..., 0].mean(1) / 10).round())
    )
    assert torch.allclose(shares, real, atol=0.06)
    for k in range(3):
        mine, real = new[point == k], x[(x[..., 0].mean(1) / 10).round() == k]
        assert float(mine[..., 1].std(1).mean() / real[..., 1].std(1).mean()) == pytest.approx(1, abs=0.15)
        assert float(mine[..., 1].mean()) == pytest.approx(5.0 * k, abs=0.8)


def correlations(x: Tensor) -> Tensor:
    """Mean products of a channel's shapes, ``(t, t)``."""
    apart = x - x.mean(1, keepdim=True)
    apart = apart / apart.std(1, keepdim=True)
    return apart.T @ apart / len(x)


def test_few_windows_tell_the_covariance_of_all_times_better_than_it_is_in_them() -> None:
    few, many = machine(60), machine(20_000, seed=1)
    new = made(few, 20_000)
    for channel, share in ((0, 1.0), (1, 0.5)):
        told, shown, right = (correlations(x[..., channel]) for x in (new, few, many))
        assert float((told - right).norm() / (shown - right).norm()) < share


def test_windows_are_no_nearer_to_those_learned_from_than_to_others() -> None:
    x = machine(200)
    new = made(x[:100])
    one, two = (torch.cdist(new.flatten(1), part.flatten(1)).amin(1) for part in (x[:100], x[100:]))
    assert abs(float((one < two).float().mean()) - 0.5) < 0.1


def test_of_too_many_numbers_all_windows_have_one_law() -> None:
    law = Neighbourhoods(24, 60, 999)
    assert len(law.states.means) == len(law.knots) == 1
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(50, 24, 60)).astype(np.float32))
    law.fit(x)
    new = law(torch.randn(500, 24, 60, generator=torch.Generator().manual_seed(0)))
    assert float(new.std()) == pytest.approx(1, abs=0.05)


def test_a_channel_that_rests_in_some_windows_or_all_stays_there() -> None:
    x = machine(60)
    x[:20, :, 0] = 0.5
    x[..., 1] = 2.0
    new = made(x)
    assert torch.allclose(new[..., 1], torch.tensor(2.0), atol=0.05)
    assert float((new[..., 0].std(1) < 0.05).float().mean()) == pytest.approx(1 / 3, abs=0.1)


def test_labels_have_their_own_laws_side_by_side() -> None:
    x, y = machine(200), F.one_hot(torch.arange(200) % 2, 2).float()
    x[1::2, :, 0] = torch.linspace(-1, 1, 32)
    noise = ColouredNoise(32, 2, 2, 1, labels=2, windows=200, stationary=(0,))
    noise.fit(x, torch.ones_like(x), y)
    new = noise.written(noise(torch.randn(200, 32, 2, generator=torch.Generator().manual_seed(0)), y), y)
    assert torch.allclose(new[1::2, :, 0], torch.linspace(-1, 1, 32).expand(100, 32), atol=0.05)
    level = new[::2, :, 0].mean(1)
    assert float(((level - 10 * (level / 10).round()).abs() < 2).float().mean()) > 0.95
