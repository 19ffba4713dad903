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


def whole(x: Tensor) -> Tensor:
    return torch.ones(x.shape[:2], dtype=torch.bool)


def test_a_day_is_a_season_and_not_two_of_them() -> None:
    x, _ = days(500, 64)
    assert season(x, whole(x), 32)[0] == DAY


def test_a_day_as_long_as_what_is_looked_at_is_none() -> None:
    x, _ = days(500, 64)
    assert season(x, whole(x), DAY)[0] == 0


def test_the_clearest_channel_tells_and_steps_that_windows_lack_do_not() -> None:
    x, _ = days(500, 64)
    noise = torch.randn(500, 64, 8, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    noise[..., 3] = 0  # as a category is told
    inside = whole(x)
    inside[100:, 40:] = False
    cut = torch.where(inside[..., None], torch.cat([noise, x], 2), 1e3 * noise[..., :1])
    assert season(cut, inside, 32)[0] == DAY


@pytest.mark.parametrize("steps", [1, 2, 5, 24, 100])
@pytest.mark.parametrize("follows", [0.0, 0.9, 1.0])
def test_noise_has_no_season_whether_it_is_added_up_or_not(steps: int, follows: float) -> None:
    x = torch.randn(200, steps, 3, generator=torch.Generator().manual_seed(0))
    for step in range(1, steps):
        x[:, step] += follows * x[:, step - 1]
    x[..., 2] = 0
    assert season(x, whole(x), steps // 2)[0] == 0


def test_what_comes_again_turned_round_is_no_season() -> None:
    """A sine of period 24 is its own opposite after 12 steps."""
    rng = np.random.default_rng(0)
    turn = 2 * np.pi * (np.arange(60) + rng.uniform(0, 24, size=(500, 1))) / 24
    x = torch.from_numpy(np.sin(turn) + 0.3 * rng.normal(size=turn.shape))[..., None]
    assert season(x, whole(x), 23)[0] == 0
    assert season(x, whole(x), 30)[0] == 24


def test_windows_that_begin_at_the_same_step_of_a_day_are_the_nearest() -> None:
    x, begin = days(400, 48, noise=0.5)
    told = seasonal(x, whole(x), 16)
    far = torch.cdist(told, told).fill_diagonal_(torch.inf)
    assert (begin[far.argmin(1)] == begin).mean() > 0.99


@settings(deadline=None, max_examples=10)
@given(st.integers(5, 30), st.integers(0, 100), st.floats(-5, 5))
def test_sines_are_as_far_apart_as_trigonometry_says(length: int, seed: int, level: float) -> None:
    """The mean of (sin(t + d) - sin t)^2 over a period is 1 - cos d, whatever the windows' levels."""
    begin = torch.from_numpy(np.random.default_rng(seed).integers(length, size=50))
    turn = 2 * torch.pi * (begin[:, None] + torch.arange(3 * length)) / length
    x = (turn.double().sin() + level * begin[:, None])[..., None]
    told = seasonal(x, whole(x), 8)
    far, later = torch.cdist(told, told).square(), begin[:, None] - begin
    assert far.numpy() == pytest.approx(1 - np.cos(2 * np.pi * later.numpy() / length), abs=1e-6)


def test_windows_that_end_early_are_told_by_the_days_they_have() -> None:
    x, begin = days(400, 48, noise=0.5)
    inside = whole(x)
    inside[:200, 2 * DAY :] = False
    told = seasonal(torch.where(inside[..., None], x, 1e3), inside, 16)
    far = torch.cdist(told[:200], told[200:])
    assert (begin[200:][far.argmin(1)] == begin[:200]).mean() > 0.95


def test_channels_without_a_season_tell_nothing_of_it() -> None:
    x, begin = days(400, 48, noise=0.5)
    loud = 100 * torch.randn(400, 48, 5, generator=torch.Generator().manual_seed(0)).cumsum(1)
    told = seasonal(torch.cat([loud, x], 2), whole(x), 16)
    far = torch.cdist(told, told).fill_diagonal_(torch.inf)
    assert (begin[far.argmin(1)] == begin).mean() > 0.95
