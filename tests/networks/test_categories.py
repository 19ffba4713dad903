"""Laws of numbers told in units of the categories that they come with."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from rcgan.networks.categories import Categories


def fitted(x: Tensor, kinds: Tensor, count: int, regime: Tensor, seen: Tensor | None = None) -> Categories:
    """Of windows with one categorical channel; all is seen unless told."""
    shares = F.one_hot(kinds, count).to(x)
    seen = torch.ones(*x.shape[:2], x.shape[2] + count, dtype=torch.bool) if seen is None else seen
    told = Categories(x.shape[2], (count,), int(regime.max()) + 1)
    told.fit(x, shares, regime, seen, torch.ones(x.shape[2]))
    return told


def test_each_category_has_its_own_mean_and_spread() -> None:
    """A press that idles at 1 and 3, and runs at 100 and 140: means 2 and 120, standard deviations 1 and 20."""
    x, kinds = torch.tensor([[[1.0], [3.0], [100.0], [140.0]]]), torch.tensor([[0, 0, 1, 1]])
    told = fitted(x, kinds, 2, torch.tensor([0]))
    assert told.mean.flatten().tolist() == [2, 120]
    assert told.size.flatten().tolist() == [1, 20]
    z = told.told(x, F.one_hot(kinds, 2).to(x), torch.tensor([0]))
    assert z.flatten().tolist() == [-1, 1, -1, 1]


def test_what_was_not_observed_is_not_counted() -> None:
    """Neither a number that is missing, nor one beside a category that is."""
    x, kinds = torch.tensor([[[1.0], [3.0], [70.0], [80.0]]]), torch.tensor([[0, 0, 0, 0]])
    seen = torch.tensor([[[True, True], [True, True], [False, True], [True, False]]])
    told = fitted(x, kinds, 1, torch.tensor([0]), seen)
    assert float(told.mean) == 2
    assert float(told.size) == 1


def test_a_category_that_a_regime_does_not_have_is_told_as_in_all_regimes() -> None:
    x, kinds = torch.tensor([[[1.0], [3.0]], [[5.0], [9.0]]]), torch.tensor([[0, 0], [1, 1]])
    told = fitted(x, kinds, 3, torch.tensor([0, 1]))
    assert told.mean[..., 0].tolist() == [[2, 7, 0], [2, 7, 0]]  # a third category that none has: as it is
    assert told.size[..., 0].tolist() == [[1, 2, 1], [1, 2, 1]]


def test_what_follows_a_category_slowly_is_left_as_it_is() -> None:
    """Two channels go to -1 and 1 when a machine idles or runs: one at once, the other a tenth nearer at each step."""
    kinds = torch.arange(200)[None].repeat(4, 1) // 20 % 2
    at_once, slow = 2.0 * kinds - 1, torch.zeros(4, 200)
    for step in range(1, 200):
        slow[:, step] = 0.9 * slow[:, step - 1] + 0.1 * at_once[:, step]
    told = fitted(torch.stack([at_once, slow], 2), kinds, 2, torch.zeros(4, dtype=torch.long))
    assert told.mean[0].tolist() == [[-1, 0], [1, 0]]
    assert told.size[0, :, 1].tolist() == [1, 1]


@given(seed=st.integers(0, 100), blocks=st.sampled_from([(), (2,), (3, 2), (1, 4, 2)]), regimes=st.integers(1, 3))
def test_numbers_stand_for_what_they_were(seed: int, blocks: tuple[int, ...], regimes: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(20, 6, 2, generator=generator, dtype=torch.float64)
    drawn = [F.one_hot(torch.randint(count, (20, 6), generator=generator), count) for count in blocks]
    shares = torch.cat([x[..., :0], *drawn], 2)
    regime = torch.randint(regimes, (20,), generator=generator)
    told, resting = Categories(2, blocks, regimes), torch.tensor([1.0, 0.0])
    told.fit(x, shares, regime, torch.ones(20, 6, 2 + sum(blocks), dtype=torch.bool), resting)
    z = told.told(x, shares, regime)
    assert told.written(z, shares, regime) == pytest.approx(x, abs=1e-9)
    assert torch.equal(z[..., 1], x[..., 1])
    moved = told.written(z + 1, shares, regime) - x
    assert moved == pytest.approx(told.unit(shares, regime) * torch.ones_like(x), abs=1e-6)
