"""Laws of seasons: after how many steps windows go on as they did, and what comes again in each."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from rcgan.networks.seasons import season, seasonal

DAY = 12


def days(n: int, steps: int, seed: int = 0, noise: float = 1.0) -> tuple[Tensor, NDArray[np.int64]]:
    """Windows of noise with a pulse a day, and at what step of it they begin."""
    rng = np.random.default_rng(seed)
    begin, day = rng.integers(DAY, size=n), 4 * np.eye(DAY)[0]
    there = day[(begin[:, None] + np.arange(steps)) % DAY]
    return torch.from_numpy((there - day.mean() + noise * rng.normal(size=(n, steps)))[..., None]), begin


def test_a_day_is_a_season_and_not_two_of_them() -> None:
    assert season(days(500, 64)[0], 32) == DAY


def test_a_day_longer_than_what_is_looked_at_is_none() -> None:
    assert season(days(500, 64)[0], DAY - 1) == 0


@pytest.mark.parametrize("steps", [1, 2, 5, 24, 100])
def test_noise_has_no_season(steps: int) -> None:
    assert season(torch.randn(500, steps, 3, generator=torch.Generator().manual_seed(0)), steps // 2) == 0


def test_what_comes_again_turned_round_is_no_season() -> None:
    """A sine of period 24 is its own opposite after 12 steps."""
    rng = np.random.default_rng(0)
    turn = 2 * np.pi * (np.arange(48) + rng.uniform(0, 24, size=(500, 1))) / 24
    x = torch.from_numpy(np.sin(turn) + 0.3 * rng.normal(size=turn.shape))[..., None]
    assert season(x, 13) == 0
    assert season(x, 30) == 24


def whole(x: Tensor) -> Tensor:
    return torch.ones(x.shape[:2], dtype=torch.bool)


def test_windows_that_begin_at_the_same_step_of_a_day_are_the_nearest() -> None:
    x, begin = days(400, 48, noise=0.5)
    told = seasonal(x, whole(x), DAY, 16)
    far = torch.cdist(told, told).fill_diagonal_(torch.inf)
    assert (begin[far.argmin(1)] == begin).mean() > 0.99


@settings(deadline=None, max_examples=10)
@given(st.integers(5, 30), st.integers(0, 100), st.floats(-5, 5))
def test_sines_are_as_far_apart_as_trigonometry_says(length: int, seed: int, level: float) -> None:
    """The mean of (sin(t + d) - sin t)^2 over a period is 1 - cos d, whatever the windows' levels."""
    begin = torch.from_numpy(np.random.default_rng(seed).integers(length, size=50))
    turn = 2 * torch.pi * (begin[:, None] + torch.arange(3 * length)) / length
    x = (turn.double().sin() + level * begin[:, None])[..., None]
    told = seasonal(x, whole(x), length, 8)
    far, later = torch.cdist(told, told).square(), begin[:, None] - begin
    assert far.numpy() == pytest.approx(1 - np.cos(2 * np.pi * later.numpy() / length), abs=1e-6)


def test_windows_that_end_early_are_told_by_the_days_they_have() -> None:
    x, _ = days(100, 48)
    inside = whole(x)
    inside[:50, 2 * DAY :] = False
    cut = seasonal(torch.where(inside[..., None], x, 1e3), inside, DAY, DAY)
    short = torch.cat([x[:50, : 2 * DAY].repeat(1, 2, 1), x[50:]])
    assert torch.cdist(cut, cut).numpy() == pytest.approx(
        torch.cdist(*[seasonal(short, inside | True, DAY, DAY)] * 2).numpy(), abs=1e-6
    )
