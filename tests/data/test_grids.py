"""Steps are found of readings that are their multiples, as they are printed, and of no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rcgan.data.grids import Grid, find_grid
from rcgan.data.relations import Relations

METER = Grid(0.06698, places=3)  # a load of 275 counts is 18.4195


def drawn(n: int, most: int, seed: int) -> np.ndarray:
    """Counts on both sides of 0, as a sensor shows them: near ones are common."""
    return np.rint(np.random.default_rng(seed).normal(0, most / 3, n)).clip(-most, most)


def test_readings_by_hand() -> None:
    assert METER.readings(np.array([1.0, -7.0, 87.0])).tolist() == np.float32([0.067, -0.469, 5.827]).tolist()
    assert METER.holds(np.float32([18.419, 18.42, 18.421, np.nan])).tolist() == [True, True, False, True]
    assert Grid(0.25).readings(np.array([3.0])).tolist() == [0.75]


@given(
    st.integers(0, 4),
    st.integers(3_000_000, 400_000_000),
    st.integers(60, 2000),
    st.integers(0, 99),
)
@example(1, 998_000_451, 1151, 3)  # as float32 multiplies, off by more than half of its last digit
def test_any_step_is_found_that_is_three_units_of_the_last_place(
    places: int, millionths: int, most: int, seed: int
) -> None:
    """The step itself is known as well as its most counts tell; but every reading is of as many counts as it was."""
    counts, grid = drawn(2000, most, seed), Grid(millionths * 1e-6 * 10.0**-places, places)
    values = grid.readings(counts)
    found = find_grid(values)
    assert found is not None and found.holds(values).all()
    assert found.step == pytest.approx(grid.step, rel=1 / np.abs(counts).max())
    assert found.counts(values).tolist() == counts.tolist()


@pytest.mark.parametrize("step", [0.1, 0.25, 5.0, 0.7, 15.0])
def test_multiples_that_are_not_rounded_need_no_places(step: float) -> None:
    assert find_grid(Grid(step).readings(drawn(2000, 60, 0))) == Grid(step)


@pytest.mark.parametrize("seed", range(20))
def test_readings_of_any_number_of_units_lie_on_no_coarser_grid(seed: int) -> None:
    """Of few, as no two of them are neighbours: the gap alone would not tell."""
    rng = np.random.default_rng(seed)
    some = rng.permutation(np.cumsum(rng.integers(4, 9, 25)))[rng.integers(25, size=400)]
    assert find_grid((some / 100).astype(np.float32)) in (None, Grid(0.01))


def test_multiples_of_a_step_away_from_zero_are_none() -> None:
    assert find_grid((1 + 3 * drawn(2000, 60, 0)).astype(np.float32)) == Grid(1.0)


def test_a_step_far_below_what_a_channel_does_is_not_kept() -> None:
    assert find_grid(METER.readings(drawn(20_000, 9000, 0))) is None


def test_a_grid_outlives_json() -> None:
    laws = Relations(2, {}, {}, grids={0: METER, 1: Grid(0.1)})
    assert Relations.from_dict(laws.to_dict()).grids == laws.grids
