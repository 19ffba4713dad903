"""Laws of stationarity: vibration is told from walks, waves that begin together, and shapes that come at one time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rcgan.data.stationarity import phases_at_random, stationary_labels

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
    return stationary_labels(x, np.ones_like(x) if mask is None else mask, labels, seed=0)


@pytest.mark.parametrize("n", [8, 30, 400])
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


def test_few_windows_short_ones_and_holes_are_left_out() -> None:
    x = vibration(30)
    mask = np.ones_like(x)
    mask[3, 7] = 0
    assert asked(x[:7]) == asked(x[:, :20]) == asked(x, mask=mask) == ()


@pytest.mark.parametrize("steps", [95, 96])
def test_phases_at_random_leave_power_and_lags_between_channels(steps: int) -> None:
    x = vibration(5)[:, :steps]
    new = phases_at_random(x, np.random.default_rng(1))
    one, two = (np.fft.rfft(w, axis=1) for w in (x, new))
    assert np.allclose(one[..., :1] * one.conj(), two[..., :1] * two.conj())
    assert np.abs(new - x).max() > 0.1
