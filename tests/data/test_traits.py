"""What a jump is: a step that makes more than half of its window's range."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import rcgan
from rcgan.data.traits import Traits


def measured(x: NDArray[np.float64]) -> Traits:
    mask = np.isfinite(x).astype(np.float32)
    valid = np.ones((*x.shape[:2], 1), np.float32)
    return Traits.measure(np.nan_to_num(x).astype(np.float32), mask, valid, windows=len(x), blocks=(), condition=0)


@pytest.mark.parametrize("drop", [0.0, 3.0, 20.0])
def test_a_ramp_that_falls_back_by_more_than_half_of_its_range_jumps(drop: float) -> None:
    """Twelve steps of 1, less a drop: a step of 2 in a range of 8 where it is 3, of 19 in 19 where it is 20."""
    ramp = np.arange(12.0)
    x = np.tile(ramp - drop * (ramp > 5), (4, 1))[..., None]
    x[:2] = ramp[:, None]
    assert measured(x).jumps == (0.5 if drop == 20 else 0.0)


def test_no_jump_over_a_hole_and_none_where_nothing_moves() -> None:
    x = np.where(np.arange(12) > 5, 8.0, 0.0)[None, :, None] + 0.1 * np.arange(12)[None, :, None]
    assert measured(x).jumps == 1
    x[0, 5] = np.nan
    assert measured(x).jumps == 0
    assert measured(np.full((3, 12, 1), 2.5)).jumps == 0
    assert measured(np.full((3, 1, 2), 2.5)).jumps == 0


def test_the_channel_that_jumps_most_counts() -> None:
    calm = np.tile(np.sin(np.arange(12) / 3), (4, 1))
    wild = calm + 9 * (np.arange(12) > 6) * (np.arange(4) > 0)[:, None]
    assert measured(np.stack([calm, wild], -1)).jumps == 0.75


def test_waves_jump_and_sines_do_not() -> None:
    waves = rcgan.load_dataset("waves", n=200)
    assert measured(waves.values).jumping
    assert measured(waves.values).jumps == pytest.approx(0.5)  # the sawtooths are one half
    assert not measured(rcgan.load_dataset("sines", n=200).values).jumping
