"""Jumps: found where they are, taken out so that curves are left, and put back without loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import rcgan
from rcgan.data.jumps import Jumps
from rcgan.data.traits import turning

Floats = NDArray[np.float32]
STEPS = 30


def sawtooths(n: int, seed: int = 0) -> tuple[Floats, NDArray[np.float64], list[list[int]]]:
    """Sawtooths (n, 30, 1) of 1 to 3 periods, their amplitudes, and the steps at which the phase passes a half."""
    rng = np.random.default_rng(seed)
    amplitude, frequency = rng.uniform(0.5, 1.5, n), rng.uniform(1, 3, n)
    phase = frequency[:, None] * np.arange(STEPS) / STEPS
    turn = np.floor(phase + 0.5)
    at = [[t for t in range(1, STEPS) if row[t] > row[t - 1]] for row in turn]
    return (2 * amplitude[:, None] * (phase - turn))[..., None].astype(np.float32), amplitude, at


def rectangles(n: int, seed: int = 0) -> Floats:
    """Windows (n, 16, 1) that are 0, from one of the steps 2 to 5 on 1, and from one of the steps 9 to 13 on 0."""
    rng = np.random.default_rng(seed)
    on, off = rng.integers(2, 6, (n, 1)), rng.integers(9, 14, (n, 1))
    step = np.arange(16)
    return ((step >= on) & (step < off))[..., None].astype(np.float32)


def seen(x: Floats) -> Floats:
    return np.ones_like(x)


def test_jumps_are_where_the_phase_of_a_sawtooth_passes_a_half() -> None:
    x, _, at = sawtooths(300)
    found = Jumps.fit(x, seen(x)).at(x, seen(x))
    assert [[int(t) for t in row if t < STEPS] for row in found] == at


def test_a_sawtooth_without_its_jumps_is_a_straight_line_and_its_heights_are_twice_its_amplitude() -> None:
    x, amplitude, _ = sawtooths(300)
    jumps = Jumps.fit(x, seen(x))
    curves = jumps.encode(x, seen(x))[0]
    assert np.allclose(curves.mean((0, 1)), 0, atol=1e-5) and np.allclose(curves.std((0, 1)), 1, atol=1e-5)
    assert curves.shape[2] == 2
    inner = curves * jumps.sds + jumps.means
    assert np.abs(np.diff(inner[..., 0], n=2, axis=1)).max() < 1e-5
    assert not jumps.levels
    assert np.allclose(inner[..., 1:] + jumps.centres[jumps.told], -2 * amplitude[:, None, None], atol=1e-5)


def switched(n: int, seed: int = 0) -> Floats:
    """Windows (n, 32, 1) of one of the levels 1 to 4 in each quarter."""
    levels = np.random.default_rng(seed).integers(1, 5, (n, 4))
    return levels.repeat(8, axis=1)[..., None].astype(np.float32)


def test_windows_jump_to_the_levels_that_are_told() -> None:
    x = switched(300)
    jumps = Jumps.fit(x, seen(x))
    assert jumps.levels and jumps.told.tolist() == [0, 1, 2]
    at, curves = jumps.at(x, seen(x)), jumps.encode(x, seen(x))[0]
    whole = (at < 32).all(1)
    other = curves.copy()
    other[..., 0] += np.random.default_rng(1).normal(size=(300, 1))
    made = jumps.decode(other, at)[whole, :, 0]
    for k, step in enumerate((8, 16, 24)):
        assert np.allclose(made[:, step:][:, :8], x[whole, step : step + 8, 0], atol=1e-5), k


def test_what_a_window_that_is_on_or_off_starts_with_tells_all_its_levels() -> None:
    rng = np.random.default_rng(0)
    phase = rng.random((300, 1)) + rng.uniform(1, 3, (300, 1)) * np.arange(32) / 32
    x = (phase % 1 < rng.uniform(0.3, 0.7, (300, 1)))[..., None].astype(np.float32)
    jumps = Jumps.fit(x, seen(x))
    assert jumps.width > 3 and jumps.count == 1
    assert np.allclose(jumps.decode(jumps.encode(x, seen(x))[0], jumps.at(x, seen(x))), x, atol=1e-5)


@given(seed=st.integers(0, 10_000), channels=st.integers(1, 3), steps=st.integers(8, 40))
@settings(max_examples=50, deadline=None)
def test_decoding_undoes_encoding(seed: int, channels: int, steps: int) -> None:
    rng = np.random.default_rng(seed)
    levels = rng.normal(size=(60, steps, channels)) * (rng.random((60, steps, channels)) < 2 / steps)
    t = np.arange(steps)[:, None]
    x = (levels.cumsum(1) + rng.normal(size=(60, 1, channels)) * np.sin(0.2 * t)).astype(np.float32)
    jumps = Jumps.fit(x, seen(x))
    other = x[::-1] * 1.5 + np.float32(rng.normal())
    for windows in (x, other):
        at = jumps.at(windows, seen(windows))
        assert at.shape == (60, jumps.width)
        encoded, mask = jumps.encode(windows, seen(windows))
        assert encoded.shape == mask.shape == (60, steps, channels + jumps.count)
        assert np.allclose(jumps.decode(encoded, at), windows, atol=2e-5)


@pytest.mark.parametrize("name", ["sines", "pulses", "damped"])
def test_smooth_curves_do_not_jump(name: str) -> None:
    rng, t = np.random.default_rng(0), np.arange(32)[None, :, None]
    frequency, phase, size, fall = (
        rng.uniform(low, high, (500, 1, 1)) for low, high in ((0.3, 1.5), (0, 6), (1, 2), (0, 0.15))
    )
    curves = {
        "sines": size * np.sin(frequency * t + phase),
        "pulses": size * np.exp(-(((t - 4 * phase) / (1.2 + frequency)) ** 2) / 2),
        "damped": size * np.exp(-fall * t) * np.sin(frequency * t + phase),
    }
    x = curves[name].astype(np.float32)
    assert Jumps.fit(x, seen(x)).width == 0


def test_no_jump_is_taken_out_of_windows_with_holes() -> None:
    x, _, _ = sawtooths(300)
    mask = seen(x)
    mask[0, 3] = 0
    assert Jumps.fit(x * mask, mask).width == 0
    at = Jumps.fit(x, seen(x)).at(x * mask, mask)
    assert (at[0] == STEPS).all() and (at[1:, 0] < STEPS).all()


def test_more_jumps_than_in_training_are_left_in_the_curve() -> None:
    x, _, _ = sawtooths(300)
    few = x[np.asarray([len(at) for at in sawtooths(300)[2]]) < 3]
    jumps = Jumps.fit(few, seen(few))
    assert jumps.width == 2
    assert np.allclose(jumps.decode(jumps.encode(x, seen(x))[0], jumps.at(x, seen(x))), x, atol=1e-5)


def test_what_is_left_of_jumps_does_not_turn_by_rounding() -> None:
    still = np.float32(1) + 1e-7 * np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)
    assert turning(np.diff(still, axis=1)) == 0


def test_samples_jump_as_one_of_the_training_windows_does(tmp_path: Path) -> None:
    x = rectangles(300)
    model = rcgan.RCGAN(steps=100, hidden=8, seed=0).fit(x, progress=False)
    assert model.latent_width_ == model.latent_dim + 1 and model.jumps_ == {"x0": 2}
    new = model.sample(200, seed=1)
    pairs = [{(int(row.argmax()), int(row.sum())) for row in values[..., 0]} for values in (x, new.values)]
    assert set(np.unique(new.values)) == {0.0, 1.0}
    assert pairs[1] <= pairs[0] and len(pairs[1]) > 10
    model.save(tmp_path / "m.rcgan")
    assert np.array_equal(rcgan.load(tmp_path / "m.rcgan").sample(200, seed=1).values, new.values)


def test_the_last_latent_says_where_from_early_to_late() -> None:
    x = rectangles(300)
    model = rcgan.RCGAN(latent_dim=2, steps=100, hidden=8, seed=0).fit(x, progress=False)
    codes = np.zeros((41, 3))
    codes[:, 2] = np.linspace(-3, 3, 41)
    first = model.sample(latents=codes).values[..., 0].argmax(1)
    assert (np.diff(first) >= 0).all() and {first[0], first[-1]} == {2, 5}
    held = model.sample(latents=np.zeros((9, 3))).values[..., 0].argmax(1)
    assert len(set(held)) == 1
    assert len(set(model.sample(latents=np.zeros((60, 2)), seed=3).values[..., 0].argmax(1))) == 4
    with pytest.raises(rcgan.DataError, match=r"must be \(4, 3\), found \(4, 4\)"):
        model.sample(latents=np.zeros((4, 4)))


def test_rough_windows_keep_their_jumps_and_their_latents() -> None:
    x = rectangles(120) + 0.1 * np.random.default_rng(0).normal(size=(120, 16, 1)).astype(np.float32)
    model = rcgan.RCGAN(latent_dim=2, steps=2, hidden=8).fit(x, progress=False)
    assert model.traits_.rough and model.latent_width_ == 2 and model.jumps_ == {}
