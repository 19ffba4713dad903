"""What leaps, what turns, and what noise is on it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import rcgan
from rcgan.data.traits import Traits


def measured(x: NDArray[np.float64]) -> Traits:
    mask = np.isfinite(x).astype(np.float32)
    valid = np.ones((*x.shape[:2], 1), np.float32)
    codes = np.zeros(len(x), int)
    x = np.nan_to_num(x).astype(np.float32)
    return Traits.measure(x, mask, valid, windows=len(x), codes=codes, blocks=(), condition=0)


@pytest.mark.parametrize("drop", [0.0, 3.0, 20.0])
def test_a_ramp_that_falls_back_by_more_than_half_of_its_range_leaps(drop: float) -> None:
    """Twelve steps of 1, less a drop: a step of 2 in a range of 8 where it is 3, of 19 in 19 where it is 20."""
    ramp = np.arange(12.0)
    x = np.tile(ramp - drop * (ramp > 5), (4, 1))[..., None]
    x[:2] = ramp[:, None]
    assert measured(x).leaps == (0.5 if drop == 20 else 0.0)


def test_no_leap_over_a_hole_and_none_where_nothing_moves() -> None:
    x = np.where(np.arange(12) > 5, 8.0, 0.0)[None, :, None] + 0.1 * np.arange(12)[None, :, None]
    assert measured(x).leaps == 1
    x[0, 5] = np.nan
    assert measured(x).leaps == 0
    assert measured(np.full((3, 12, 1), 2.5)).leaps == 0
    assert measured(np.full((3, 1, 2), 2.5)).leaps == 0


def test_the_channel_that_leaps_most_counts() -> None:
    calm = np.tile(np.sin(np.arange(12) / 3), (4, 1))
    wild = calm + 9 * (np.arange(12) > 6) * (np.arange(4) > 0)[:, None]
    assert measured(np.stack([calm, wild], -1)).leaps == 0.75


def test_waves_leap_and_sines_do_not() -> None:
    waves = rcgan.load_dataset("waves", n=200)
    assert measured(waves.values).leaping
    assert measured(waves.values).leaps == pytest.approx(0.5)  # the sawtooths are one half
    assert not measured(rcgan.load_dataset("sines", n=200).values).leaping


def test_noise_turns_at_two_steps_of_three_and_a_walk_at_every_second_one() -> None:
    """Of three independent numbers the middle one is the least or the largest at 2/3; a walk's moves have no sign."""
    rng = np.random.default_rng(0)
    noise, sine = rng.normal(size=(500, 24, 1)), np.sin(2 * np.pi * (np.arange(240) / 240 + 0.01))[None, :, None]
    assert measured(noise).turns[0] == pytest.approx(2 / 3, abs=0.01)
    assert measured(noise.cumsum(1)).turns[0] == pytest.approx(1 / 2, abs=0.02)
    assert measured(sine).turns[0] == pytest.approx(2 / 238)


@pytest.mark.parametrize("grid", [0.0, 1.0, 3.0])
def test_a_walk_is_rough_on_any_grid_and_a_curve_on_none(grid: float) -> None:
    """Weather comes in whole degrees: half of its moves are 0, and most others 1."""
    rng = np.random.default_rng(0)
    walk, curve = rng.normal(size=(300, 24, 1)).cumsum(1), 10 * np.sin(np.arange(48) / 16 + rng.uniform(0, 6, (300, 1)))
    for x, rough in ((walk, True), (curve[..., None], False)):
        assert measured(np.round(x / grid) * grid if grid else x).rough == rough


def test_a_jump_or_a_hole_makes_nothing_rough() -> None:
    x = np.tile((np.arange(24.0) % 8)[None, :, None], (5, 1, 1))
    assert measured(x).turns[0] == pytest.approx(4 / 22)  # three times 7 up, twice 1 down, each with two turns
    x[:, ::5] = np.nan
    assert not measured(x).rough


@pytest.mark.parametrize("sd", [0.002, 0.01])
def test_noise_on_curves_is_measured_and_next_to_jumps_nearly(sd: float) -> None:
    rng = np.random.default_rng(0)
    sines, waves = (rcgan.load_dataset(name, n=1000).values for name in ("sines", "waves"))
    for x, off in ((sines, 0.03), (waves, 0.5)):  # six steps about each jump do not count
        assert not measured(x).noisy
        seen = measured(x + sd * rng.normal(size=x.shape))
        assert seen.noisy and seen.floor == pytest.approx([sd] * x.shape[2], rel=off)


def test_sines_and_short_windows_have_no_noise_and_what_is_rough_is_not_called_noisy() -> None:
    rng = np.random.default_rng(0)
    assert not measured(rcgan.load_dataset("sines", n=500).values).noisy
    assert measured(np.tile(np.arange(6.0)[None, :, None], (9, 1, 1))).floor == (0.0,)
    assert not measured(rng.normal(size=(200, 24, 1))).noisy
