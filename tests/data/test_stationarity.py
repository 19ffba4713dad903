"""Laws of stationarity: vibration is told from walks, waves that begin together, and shapes that come at one time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rcgan.data.stationarity import phases_at_random, stationary_labels, timeless, vibrating_labels

STEPS = 96


def vibration(n: int, channels: int = 2, seed: int = 0) -> NDArray[np.float64]:
    """Noise in a band of each window's own, cut from a record twice as long, its channels mixed."""
    rng = np.random.default_rng(seed)
    spectra = np.fft.rfft(rng.normal(size=(n, 2 * STEPS, channels)), axis=1)
    centre = rng.uniform(20, 60, (n, 1, 1))
    band = np.exp(-(((np.arange(STEPS + 1)[:, None] - centre) / 6) ** 2))
    return np.fft.irfft(spectra * band, axis=1)[:, STEPS // 2 : -STEPS // 2] @ rng.normal(size=(channels, channels))


def asked(x: NDArray[Any], labels: NDArray[Any] | None = None, mask: NDArray[Any] | None = None) -> tuple[int, ...]:
    """Which labels are vibration, if all cells are observed."""
    labels = np.zeros(len(x), int) if labels is None else labels
    return vibrating_labels(x, np.ones_like(x) if mask is None else mask, labels, seed=0)


def asked_of_any(
    x: NDArray[Any], labels: NDArray[Any] | None = None, mask: NDArray[Any] | None = None
) -> tuple[int, ...]:
    """Which labels are cut at no time that matters."""
    labels = np.zeros(len(x), int) if labels is None else labels
    return stationary_labels(x, np.ones_like(x) if mask is None else mask, labels, seed=0)


@pytest.mark.parametrize("n", [20, 50, 400])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_vibration_is_found_whatever_the_number_of_windows(n: int, seed: int) -> None:
    assert asked(vibration(n, seed=seed)) == (0,)


def test_what_has_its_time_is_not_vibration() -> None:
    rng = np.random.default_rng(0)
    t = np.arange(STEPS)[:, None]
    together = np.sin(2 * np.pi * rng.uniform(8, 9, (30, 1, 1)) * t / STEPS)
    burst = vibration(30) * np.exp(-(((t - 48) / 12) ** 2))
    walks = rng.normal(size=(30, STEPS, 1)).cumsum(1)
    assert [asked(x) for x in (together, burst, walks)] == [(), (), ()]


def test_each_label_is_asked_by_itself() -> None:
    both = np.concatenate([np.random.default_rng(0).normal(size=(20, STEPS, 2)).cumsum(1), vibration(20)])
    assert asked(both, np.repeat([0, 1], 20)) == (1,)


def test_few_windows_short_ones_and_many_holes_are_left_out() -> None:
    x = vibration(40)
    mask = np.ones_like(x)
    mask[:21, 7] = 0
    assert asked(x[:19]) == asked(x[:, :20]) == asked(x, mask=mask) == ()
    mask[0] = 1
    assert asked(np.where(mask > 0, x, 1e6), mask=mask) == (0,)


@pytest.mark.parametrize("steps", [95, 96])
def test_phases_at_random_leave_power_and_lags_between_channels(steps: int) -> None:
    x = vibration(5)[:, :steps]
    new = phases_at_random(x, np.random.default_rng(1))
    one, two = (np.fft.rfft(w, axis=1) for w in (x, new))
    assert np.allclose(one[..., :1] * one.conj(), two[..., :1] * two.conj())
    assert np.abs(new - x).max() > 0.1


@pytest.mark.parametrize("n", [20, 100, 400])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_windows_cut_anywhere_from_walks_vibration_and_switches_have_no_time(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    walks = rng.normal(size=(n, 30, 2)).cumsum(1)
    switch = (rng.normal(size=(n, 60, 1)).cumsum(1) % 4 > 2)[:, 30:].astype(float)
    levels = rng.choice([0.0, 50.0], (n, 1, 1)) + rng.normal(size=(n, 30, 1))
    assert [asked_of_any(x) for x in (walks, switch, levels, vibration(n, seed=seed))] == [(0,)] * 4


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shapes_that_begin_when_the_window_does_have_their_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = np.arange(48)[:, None]
    bump = np.exp(-(((t - 24 - rng.normal(size=(40, 1, 1))) / 4) ** 2)) + 0.3 * rng.normal(size=(40, 48, 1))
    ramp = rng.uniform(0.5, 2, (40, 1, 1)) * t / 48 + 0.1 * rng.normal(size=(40, 48, 1))
    burst = rng.normal(size=(40, 48, 1)) * np.exp(-(((t - 24) / 6) ** 2))
    assert [asked_of_any(x) for x in (bump, ramp, burst)] == [(), (), ()]


def test_what_is_not_asked_whether_it_has_a_time() -> None:
    x = np.random.default_rng(0).normal(size=(40, 48, 2))
    mask = np.ones_like(x)
    mask[:21, 7] = 0
    assert asked_of_any(x) == (0,)
    assert asked_of_any(x[:19]) == asked_of_any(x[:, :7]) == asked_of_any(x, mask=mask) == ()
    mask[0] = 1
    assert asked_of_any(np.where(mask > 0, x, 1e6), mask=mask) == (0,)  # 20 are whole, and half of 40
    assert asked_of_any(np.tile(x, (1, 1, 22))) == ()
    assert asked_of_any(x, np.repeat([0, 1], [19, 21])) == (1,)


def test_a_law_that_is_the_same_at_any_time_stays() -> None:
    lags = [np.diag([2.0, 3.0]), np.array([[0.5, 0.2], [-0.3, 0.1]]), np.array([[0.1, 0.0], [0.4, 0.2]])]
    noise = np.block([[lags[b - a] if b >= a else lags[a - b].T for b in range(3)] for a in range(3)])
    walk = np.kron(np.minimum.outer(np.arange(1, 4), np.arange(1, 4)), np.array([[1.0, 0.4], [0.4, 2.0]]))
    less = np.kron(np.eye(3) - 1 / 3, np.eye(2))
    for law in (noise, walk):
        centred = less @ law @ less
        assert np.allclose(timeless(centred, 2), centred)
        other = centred.copy()
        other[:2, :2] += 3 * np.eye(2)
        assert not np.allclose(timeless(other, 2), other, atol=0.5)
