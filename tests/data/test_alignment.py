"""Laws of alignment: clocks that are found, undone, and asked for only where there is something to align."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rcgan.data.alignment import aligned, clocks, labels_to_align, near_ones
from rcgan.networks.clocks import by_clock

STEPS = 80


def pulses(n: int, *, channels: int = 1, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Windows with one bump of one shape, and when it comes."""
    rng = np.random.default_rng(seed)
    when = rng.uniform(20, 60, n)
    bump = np.exp(-(((np.arange(STEPS) - when[:, None]) / 4) ** 2))
    noise = 0.01 * rng.normal(size=(n, STEPS, channels))
    return bump[..., None] * np.linspace(1, 2, channels) + noise, when


def walks(n: int, seed: int = 0) -> NDArray[np.float64]:
    """Random walks."""
    return np.random.default_rng(seed).normal(size=(n, STEPS, 1)).cumsum(1)


def asked(x: NDArray[Any], labels: NDArray[Any] | None = None, **changes: Any) -> tuple[int, ...]:
    """Which labels are to be aligned, if all cells are observed."""
    labels = np.zeros(len(x), int) if labels is None else labels
    return labels_to_align(x, changes.get("mask", np.ones_like(x)), labels, seed=0)


def test_events_that_come_sooner_or_later_are_to_be_aligned_and_walks_are_not() -> None:
    late, _ = pulses(30)
    assert asked(late) == (0,)
    assert asked(walks(30)) == ()
    both = np.concatenate([walks(30), late])
    assert asked(both, np.repeat([0, 1], 30)) == (1,)


def test_normal_windows_of_the_same_law_are_not() -> None:
    late, _ = pulses(200)
    flat = late.reshape(200, -1)
    draws = np.random.default_rng(1).multivariate_normal(flat.mean(0), np.cov(flat.T), 40, method="eigh")
    assert asked(draws.reshape(40, STEPS, 1)) == ()


def test_short_windows_and_holes_are_left_alone() -> None:
    late, _ = pulses(30)
    assert asked(late[:, 20:50]) == ()
    mask = np.ones_like(late)
    mask[3, 7] = 0
    assert asked(late, mask=mask) == ()


@pytest.mark.parametrize("channels", [1, 3])
def test_a_clock_says_when_the_event_comes(channels: int) -> None:
    late, when = pulses(20, channels=channels)
    clock = clocks(late)
    assert np.allclose(clock[:, [0, -1]], [0, STEPS - 1])
    assert (np.diff(clock, axis=1) > 0).all()
    template = np.argmin([np.abs(c - np.arange(STEPS)).sum() for c in clock])
    at = clock[:, round(when[template])]
    assert np.abs(at - (when + round(when[template]) - when[template])).max() < STEPS / 20


def test_long_windows_are_aligned_at_some_of_their_steps() -> None:
    late, when = pulses(8)
    long = np.repeat(late, 8, axis=1)  # 640 steps, of which every third is looked at
    clock = clocks(long)
    template = np.argmin([np.abs(c - np.arange(8 * STEPS)).sum() for c in clock])
    at = clock[:, round(8 * when[template])]
    assert np.abs(at / 8 - when).max() < STEPS / 20


def test_going_by_the_clock_undoes_alignment() -> None:
    late, _ = pulses(10, channels=2)
    clock = clocks(late)
    here, by = (torch.from_numpy(part) for part in (aligned(late, clock), clock - np.arange(STEPS)))
    assert np.abs(by_clock(here, by).numpy() - late).max() < 0.15
    assert np.abs(here.numpy() - late).max() > 0.9


def test_windows_near_one_are_of_its_shape_and_their_clocks_say_when_its_events_come_in_them() -> None:
    late, when = pulses(24)
    late[::2] *= -1
    nearest, clock = near_ones(late, 5)
    assert np.array_equal(nearest[:, 0], np.arange(24))
    assert np.array_equal(clock[:, 0], np.tile(np.arange(STEPS), (24, 1)))
    assert (nearest % 2 == np.arange(24)[:, None] % 2).all()
    assert np.allclose(clock[..., [0, -1]], [0, STEPS - 1])
    at = np.take_along_axis(clock, np.rint(when).astype(int)[:, None, None], 2)[..., 0]
    assert np.quantile(np.abs(at - when[nearest]), 0.95) < STEPS / 20
