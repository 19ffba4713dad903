"""Classical augmentation keeps lengths, holes, labels and categories, and does what its name says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rcgan.data.windows import Windows
from rcgan.evaluation.classical import CLASSICAL, dtw_average, jitter, magnitude_warp, scaling, time_warp, window_slice
from rcgan.evaluation.panel import Panel, as_panel


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def waves(n: int = 200, t: int = 40) -> Panel:
    phase = rng().uniform(0, 6, (n, 1))
    return as_panel(np.sin(np.linspace(0, 9, t) + phase)[..., None], "x")


def mixed() -> Panel:
    """Runs of 5 to 9 rows with a mode, holes and a label."""
    r, frames = rng(), []
    for run in range(12):
        t = 5 + run % 5
        table = pd.DataFrame({"run": run, "x": r.normal(size=t).cumsum(), "mode": r.choice(list("abc"), t)})
        table.loc[table.index[2], "x"] = np.nan
        frames.append(table.assign(fault=run % 2))
    frame = pd.concat(frames, ignore_index=True)
    return as_panel(Windows.from_frame(frame, group="run", label="fault"), "x")


@pytest.mark.parametrize("name", CLASSICAL)
def test_lengths_labels_and_categories_are_kept(name: str) -> None:
    given = mixed()
    found = CLASSICAL[name](given, rng())
    assert found.values.shape == given.values.shape
    assert np.array_equal(found.lengths, given.lengths) and np.array_equal(found.codes, given.codes)
    past = ~given.inside
    assert np.isnan(found.values[past]).all()
    modes = found.values[..., 1][given.inside]
    assert set(np.unique(modes[~np.isnan(modes)])) <= {0.0, 1.0, 2.0}
    assert not np.array_equal(found.values, given.values, equal_nan=True)


@pytest.mark.parametrize("name", CLASSICAL)
def test_the_given_windows_stay_as_they_are_and_a_seed_repeats(name: str) -> None:
    given = mixed()
    before = given.values.copy()
    one, two = (CLASSICAL[name](given, rng()).values for _ in range(2))
    assert np.array_equal(one, two, equal_nan=True)
    assert np.array_equal(given.values, before, equal_nan=True)


def test_jitter_is_three_hundredths_of_the_deviation() -> None:
    given = waves()
    assert (jitter(given, rng()).values - given.values).std() == pytest.approx(0.03 * given.values.std(), rel=0.03)


def test_scaling_is_one_factor_a_window() -> None:
    given = waves()
    mean = given.values.mean()
    factor = (scaling(given, rng()).values - mean) / (given.values - mean)
    assert np.allclose(factor, np.median(factor, 1, keepdims=True), rtol=1e-2)
    assert np.median(factor, 1).std() == pytest.approx(0.1, rel=0.15)


def test_magnitude_changes_smoothly() -> None:
    flat = as_panel(np.concatenate([np.ones((100, 40, 1)), -np.ones((100, 40, 1))]), "x")
    curve = magnitude_warp(flat, rng()).values / flat.values
    assert curve.std() == pytest.approx(0.2, rel=0.25)
    assert np.diff(curve, axis=1).std() < 0.25 * curve.std()  # of white noise: 1.41 of it


def test_time_warp_keeps_ends_and_values() -> None:
    ramp = as_panel(np.broadcast_to(np.arange(40.0)[None, :, None], (50, 40, 1)), "x")
    found = time_warp(ramp, rng()).values[..., 0]
    assert np.allclose(found[:, 0], 0) and np.allclose(found[:, -1], 39)
    assert (np.diff(found, axis=1) > 0).all()
    assert np.abs(found - np.arange(40)).max() > 1


def test_a_slice_of_a_ramp_is_nine_tenths_of_it() -> None:
    ramp = as_panel(np.broadcast_to(np.arange(40.0)[None, :, None], (50, 40, 1)), "x")
    found = window_slice(ramp, rng()).values[..., 0]
    assert np.allclose(found[:, -1] - found[:, 0], 0.9 * 39, atol=1e-4)
    assert found.min() >= 0 and found.max() <= 39


def test_average_of_shifted_steps_is_a_step() -> None:
    """Along the best alignment two steps at other rows agree, so that their average is a step and no staircase."""
    x = np.zeros((2, 20, 1))
    x[0, 5:], x[1, 12:] = 1, 1
    found = dtw_average(as_panel(x, "x"), np.random.default_rng(1)).values
    assert set(found.ravel().round(3)) == {0.0, 1.0}
