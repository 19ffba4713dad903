"""Censored windows: completed beyond their bounds, near to what was cut off, and cut off again when decoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import rcgan
from rcgan.data.censored import Censored
from rcgan.data.traits import noise_floor

Floats = NDArray[np.float32]
STEPS = 24


def sines(n: int, seed: int = 0) -> Floats:
    """Sines (n, 24, 1) of any phase, frequencies of one to two periods, amplitudes of 0.5 to 1.5."""
    rng = np.random.default_rng(seed)
    frequency, phase, size = rng.uniform(1, 2, (n, 1)), rng.uniform(0, 1, (n, 1)), rng.uniform(0.5, 1.5, (n, 1))
    wave = size * np.sin(2 * np.pi * (frequency * np.arange(STEPS) / STEPS + phase))
    return wave[..., None].astype(np.float32)


def sides(x: Floats, low: float, high: float) -> NDArray[np.int8]:
    return (x >= high).astype(np.int8) - (x <= low).astype(np.int8)


def fitted(x: Floats, mask: Floats, low: float, high: float) -> Floats:
    where = sides(x, low, high)
    return Censored.fit(x, mask, where).encode(x, mask, where)


@pytest.mark.parametrize(("low", "high"), [(-0.8, 0.8), (-9.0, 0.5), (0.0, 9.0)])
def test_what_was_cut_off_is_told_by_the_rest(low: float, high: float) -> None:
    whole = sines(1000)
    cut = whole.clip(low, high)
    told, beyond = fitted(cut, np.ones_like(cut), low, high), cut != whole
    assert np.abs(told - whole)[beyond].mean() < 0.3 * np.abs(cut - whole)[beyond].mean()
    assert np.array_equal(told[~beyond], cut[~beyond])


def test_a_normal_law_is_that_of_a_gaussian_process() -> None:
    """Of steps of which one tells the next by 0.9: mean 0 and, but for what no neighbour tells, 0.9 ** |i - j|."""
    rng, x = np.random.default_rng(0), np.zeros((20_000, 8), np.float32)
    x[:, 0] = rng.normal(size=len(x))
    for t in range(1, 8):
        x[:, t] = 0.9 * x[:, t - 1] + np.sqrt(1 - 0.81) * rng.normal(size=len(x))
    x = x[..., None]
    found = Censored.fit(x.clip(None, 1.5), np.ones_like(x), sides(x, -99, 1.5))
    lags = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    assert np.abs(found.means).max() < 0.05 and np.abs(found.covariances[0] - 0.9**lags).max() < 0.05


def test_nothing_is_less_far_than_its_bound() -> None:
    cut = sines(300).clip(-0.3, 0.3)
    told, where = fitted(cut, np.ones_like(cut), -0.3, 0.3), sides(cut, -0.3, 0.3)
    assert (told[where < 0] <= cut[where < 0]).all() and (told[where > 0] >= cut[where > 0]).all()


def test_noise_goes_on_beyond_the_bound() -> None:
    """Nearly as large as elsewhere; of windows that are cut off half is missing."""
    whole = sines(2000)
    noisy = whole + 0.1 * np.random.default_rng(1).normal(size=whole.shape).astype(np.float32)
    cut = noisy.clip(-0.5, 0.5)
    told = fitted(cut, np.ones_like(cut), -0.5, 0.5)
    assert noise_floor(told[..., 0]) == pytest.approx(0.1, rel=0.2)
    assert noise_floor(cut[..., 0]) < 0.06


def test_a_window_is_completed_in_the_same_way_wherever_it_comes() -> None:
    cut = (sines(300) + 0.1 * np.random.default_rng(1).normal(size=(300, STEPS, 1))).clip(-0.5, 0.5).astype(np.float32)
    where, mask = sides(cut, -0.5, 0.5), np.ones_like(cut)
    law = Censored.fit(cut, mask, where)
    told = law.encode(cut, mask, where)
    assert np.allclose(law.encode(cut[7:9], mask[7:9], where[7:9]), told[7:9], atol=1e-6)


def test_what_was_not_observed_is_left_as_it_is() -> None:
    cut = sines(1000).clip(-0.8, 0.8)
    mask = (np.random.default_rng(1).random(cut.shape) < 0.9).astype(np.float32)
    held = cut * mask
    told, where = held.copy(), sides(held, -0.8, 0.8)
    told = Censored.fit(held, mask, where).encode(held, mask, where)
    assert (told[mask == 0] == 0).all()
    beyond = where != 0
    assert np.abs(told - sines(1000))[beyond].mean() < 0.3 * np.abs(cut - sines(1000))[beyond].mean()


def test_a_sensor_that_rests_all_the_time_stays_where_it_is() -> None:
    x = np.full((50, STEPS, 1), 0.5, np.float32)
    assert np.allclose(fitted(x, np.ones_like(x), -9, 0.5), 0.5, atol=1e-2)


def test_a_bound_that_is_hardly_ever_touched_is_left_alone() -> None:
    x = sines(300)
    where = np.zeros(x.shape, np.int8)
    where[0, :5] = 1
    assert not len(Censored.fit(x, np.ones_like(x), where).channels)


def test_samples_rest_at_both_ends_as_often_as_real_windows_do(tmp_path: Path) -> None:
    x = 50 + 40 * sines(600).clip(-0.75, 1)
    model = rcgan.RCGAN(steps=60, hidden=8, seed=0).fit(x, progress=False)
    assert model.relations_ == ["x0 >= 20", "x0 <= 90"]
    new = model.sample(600, seed=1).values
    for end in (20, 90):
        shares = [(values == end).mean() for values in (x, new)]
        assert shares[0] == pytest.approx(shares[1], abs=0.05)
    assert new.min() == 20 and new.max() == 90
    model.save(tmp_path / "m.rcgan")
    assert np.array_equal(rcgan.load(tmp_path / "m.rcgan").sample(600, seed=1).values, new)


def test_a_flow_that_is_switched_on_and_off_is_told_by_its_jumps_alone() -> None:
    rng = np.random.default_rng(0)
    on, off, flow = rng.integers(2, 6, (300, 1)), rng.integers(9, 14, (300, 1)), rng.uniform(1, 2, (300, 1))
    x = (flow * ((np.arange(16) >= on) & (np.arange(16) < off)))[..., None].astype(np.float32)
    model = rcgan.RCGAN(steps=60, hidden=8, seed=0).fit(x, progress=False)
    assert model.jumps_ == {"x0": 2} and model.relations_ == ["x0 >= 0"]
    new = model.sample(300, seed=1).values
    assert (new == 0).mean() == pytest.approx((x == 0).mean(), abs=0.05)
    assert ((new > 0) & (new < 0.9)).mean() < 0.02
