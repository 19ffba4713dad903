"""Laws of densities that are told number by number."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.stats import kstest, spearmanr
from torch import Tensor

from rcgan.networks.autoregressive import AutoregressiveDensity

N = 4000
NOTHING = torch.zeros(N, 0)


def bent(n: int = N, seed: int = 0) -> Tensor:
    """A normal number, its square less 1, and, up or down by chance, its size; a little off."""
    draws = torch.Generator().manual_seed(seed)
    one, sign = torch.randn(n, generator=draws), torch.randint(2, (n,), generator=draws) * 2 - 1
    two, three = one.square() - 1, sign * (1 + one.abs() / 2)
    return torch.stack([one, two, three], 1) + 0.05 * torch.randn(n, 3, generator=draws)


def fitted(a: Tensor, y: Tensor | None = None, steps: int = 1500) -> AutoregressiveDensity:
    y = a.new_zeros(len(a), 0) if y is None else y
    law = AutoregressiveDensity(a.shape[1], y.shape[1])
    law.fit(a, y, steps=steps)
    return law


@pytest.fixture(scope="module")
def law() -> AutoregressiveDensity:
    return fitted(bent())


def test_shares_of_the_law_are_uniform_and_independent(law: AutoregressiveDensity) -> None:
    """Rosenblatt (1952), of vectors that were not learned from; the third number given the others takes two values."""
    shares = law.shares(bent(seed=1), NOTHING).numpy()
    for k in range(3):
        assert kstest(shares[:, k], "uniform").statistic < 0.05
        assert abs(spearmanr(shares[:, k], shares[:, k - 1]).statistic) < 0.08


def test_numbers_are_the_way_back(law: AutoregressiveDensity) -> None:
    a = bent(seed=2)
    shares = law.shares(a, NOTHING)
    inside = ((shares > 1e-4) & (shares < 1 - 1e-4)).all(-1)
    assert (law.numbers(shares, NOTHING) - a)[inside].abs().max() < 2e-2
    assert inside.float().mean() > 0.99


def test_uniform_shares_become_the_law(law: AutoregressiveDensity) -> None:
    """What is drawn lies where vectors of the law do, between its two branches nowhere."""
    shares = torch.rand(N, 3, generator=torch.Generator().manual_seed(0))
    one, two, three = law.numbers(shares, NOTHING).T
    off, real = ((two - (one.square() - 1)).abs() for one, two in ((one, two), bent(seed=5).T[:2]))
    assert off.quantile(0.9) < 1.2 * real.quantile(0.9)
    assert (three.abs() < 0.7).float().mean() < 0.02
    assert (three > 0).float().mean() == pytest.approx(0.5, abs=0.05)


def test_it_is_a_density(law: AutoregressiveDensity) -> None:
    """Given any numbers before it, what is told of each integrates to 1."""
    grid = torch.linspace(-6, 10, 20_001)
    for k in (1, 2):
        a = torch.full((len(grid), 3), 0.7)
        a[:, k] = grid
        told = (-law.surprise(a, torch.zeros(len(grid), 0))).exp()[:, k]
        assert float(torch.trapezoid(told, grid)) == pytest.approx(1, abs=1e-3)


def test_surprise_of_normal_vectors_is_their_entropy() -> None:
    r"""Of two numbers with correlation r: (1 + log 2 pi)/2, and log(1 - r^2)/2 more for the second."""
    draws = torch.Generator().manual_seed(0)
    one, two = torch.randn(2, 8 * N, generator=draws)
    a = torch.stack([one, 0.8 * one + 0.6 * two], 1)
    mean = fitted(a).surprise(a, torch.zeros(len(a), 0)).mean(0).tolist()
    entropy = (1 + math.log(2 * math.pi)) / 2
    assert mean == pytest.approx([entropy, entropy + math.log(0.6)], abs=0.02)


def test_a_number_is_told_by_those_before_it_alone(law: AutoregressiveDensity) -> None:
    a = bent(8)
    other = a.clone()
    other[:, 1] += 1
    change = (law.surprise(other, NOTHING[:8]) - law.surprise(a, NOTHING[:8])).abs() > 1e-6
    assert change[:, 1:].all()
    assert not change[:, 0].any()


def test_a_condition_tells_the_law() -> None:
    draws = torch.Generator().manual_seed(0)
    label = torch.randint(2, (N,), generator=draws)
    a = (torch.randn(N, 1, generator=draws) / 2) + (4 * label - 2)[:, None]
    law = fitted(a, torch.nn.functional.one_hot(label, 2).float(), steps=400)
    half = torch.full((2, 1), 0.5)
    assert law.numbers(half, torch.eye(2)).flatten().tolist() == pytest.approx([-2, 2], abs=0.15)


def test_seconds_are_kept_to_and_steps_told() -> None:
    law, a = AutoregressiveDensity(3, 0), bent()
    assert law.fit(a, NOTHING, steps=50) == 50
    assert 30 <= law.fit(a, NOTHING, steps=10**6, seconds=0.2) < 10**4


def test_weights_that_tell_others_worse_are_not_kept() -> None:
    """Vectors that are learned by heart in 3,000 steps, but not to the end: others are told no worse than at first."""
    a, others = bent(100, seed=3), bent(seed=4)
    none, heart = AutoregressiveDensity(3, 0), AutoregressiveDensity(3, 0)
    heart.fit(a, NOTHING[:100], steps=3000)
    assert heart.surprise(others, NOTHING).mean() < none.surprise(others, NOTHING).mean() + 0.1


def test_what_is_far_out_stays_near_what_was_learned(law: AutoregressiveDensity) -> None:
    a = bent()
    made = law.numbers(torch.full((1, 3), 1 - 1e-6), NOTHING[:1])
    assert (made <= a.amax(0) + (a.amax(0) - a.amin(0)) / 10 + 1e-6).all()
