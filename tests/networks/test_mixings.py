"""Laws of the choice of mixings: what nearest neighbours tell of few windows and of many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcgan.networks.bootstrap import Mixing
from rcgan.networks.mixings import mixings
from tests.networks.cycles import STEPS, kinds, steps_down


def chosen(x: NDArray[Any], labels: NDArray[Any] | None = None, **changes: Any) -> dict[int, Mixing]:
    """How windows are to be mixed, if all cells are observed."""
    labels = np.zeros(len(x), int) if labels is None else labels
    return mixings(x, changes.get("mask", np.ones_like(x)), labels, seed=0, rough=True)


def test_windows_of_independent_numbers_are_mixed_of_all_as_they_are() -> None:
    noise = np.random.default_rng(0).normal(size=(60, STEPS, 2))
    assert chosen(noise) == {0: Mixing(60, clocked=False)}
    both = np.concatenate([noise[..., :1], kinds(60)])
    told = chosen(both, np.repeat([0, 1], 60))
    assert told[0] == Mixing(60, clocked=False)
    assert told[1].near < 60


def test_five_are_mixed_or_more_where_windows_are_close_and_these_are_copies() -> None:
    x, _ = steps_down(30)
    assert chosen(x) == {0: Mixing(5, clocked=True)}
    t = np.linspace(0, 2 * np.pi, STEPS)
    waves = np.random.default_rng(0).normal(size=(60, 12)) @ np.sin(np.arange(1, 13)[:, None] * t)
    assert chosen(waves[:, :36, None])[0].near > 5


def test_what_comes_sooner_or_later_goes_by_clocks() -> None:
    rng = np.random.default_rng(0)
    when = rng.uniform(12, 36, (20, 1))
    bumps = np.exp(-(((np.arange(STEPS) - when) / 3) ** 2)) + 0.01 * rng.normal(size=(20, STEPS))
    assert chosen(bumps[..., None])[0].clocked
    assert not chosen(bumps[:, :36, None])[0].clocked  # less than 40 steps


def test_holes_in_most_windows_and_very_few_windows_are_left_alone() -> None:
    x = kinds(20)
    mask = np.ones_like(x)
    mask[:10, 7] = 0
    assert chosen(x, mask=mask).keys() == {0}
    mask[10, 7] = 0
    assert chosen(x, mask=mask) == {}
    assert chosen(x, np.repeat([0, 1], [17, 3])).keys() == {0}


def of_many(x: NDArray[Any], labels: NDArray[Any] | None = None) -> dict[int, Mixing]:
    """How many windows are to be mixed, if all cells are observed."""
    labels = np.zeros(len(x), int) if labels is None else labels
    return mixings(x, np.ones_like(x), labels, seed=0, rough=True, many=True)


def test_many_windows_of_a_normal_law_are_its_sums_and_cycles_are_mixed_by_clocks() -> None:
    walks = np.random.default_rng(0).normal(size=(300, 24, 2)).cumsum(1)
    assert of_many(walks) == {}
    cycles, _ = steps_down(300)
    assert of_many(cycles)[0].clocked
    assert of_many(cycles[:, ::3])[0].clocked is False  # less than 24 steps
    both = np.concatenate([walks[..., :1], cycles[:, ::2]])
    assert of_many(both, np.repeat([0, 1], 300)).keys() == {1}
    assert of_many(cycles[:39]) == {}
