"""No coordinate can break a law, and every value that keeps the laws comes back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rcgan.data import Relations, find_relations
from rcgan.data.coordinates import Coordinates
from rcgan.data.grids import Grid
from rcgan.errors import DataError

PRICES = Relations(4, {}, {}, ((2, 0), (2, 3), (0, 1), (3, 1)))  # Open, High, Low, Close


def prices(n: int, seed: int = 0) -> np.ndarray:
    """A market's days: High and Low are at Open or Close on some of them."""
    rng = np.random.default_rng(seed)
    walk = 50 * np.exp(
        np.cumsum(rng.normal(0, 0.02, (n, 2)), axis=0).mean(1, keepdims=True) + rng.normal(0, 0.01, (n, 2))
    )
    far = rng.exponential(0.5, (n, 2)) * (rng.random((n, 2)) > 0.05)
    rows = np.stack([walk[:, 0], walk.max(1) + far[:, 0], walk.min(1) - far[:, 1], walk[:, 1]], axis=1)
    return rows.astype(np.float32)


def test_prices_are_found_out() -> None:
    found = find_relations(prices(2000))
    assert set(found.orders) == set(PRICES.orders) and not found.grids


def test_a_million_rows_break_nothing() -> None:
    rows = prices(2000)
    told = Coordinates.fit(PRICES, (0, 1, 2, 3), [rows])
    real = told.encode(rows)
    wild = np.random.default_rng(1).normal(real.mean(0), 3 * real.std(0), (1_000_000, 4))
    made = told.decode(wild, 4)
    assert np.isfinite(made).all() and not PRICES.breaks(made).any()
    touching = (made[:, 1] == np.maximum(made[:, 0], made[:, 3])).mean()
    assert 0 < touching < 0.5  # nothing piles up beyond what a band of the coordinates means


def test_prices_come_back() -> None:
    rows = prices(2000)
    told = Coordinates.fit(PRICES, (0, 1, 2, 3), [rows])
    np.testing.assert_allclose(told.decode(told.encode(rows), 4), rows, rtol=1e-6)
    again = Coordinates.from_list(json.loads(json.dumps(told.to_list())))
    assert again == told


def test_what_goes_its_own_way_is_told_by_itself() -> None:
    """A dew point and a temperature above it: a twentieth of the gaps are below 1, and from 20 on no bend is left."""
    rng = np.random.default_rng(0)
    dew = rng.normal(0, 10, 4000)
    rows = np.stack([dew, dew + rng.uniform(0, 20, 4000)], 1).astype(np.float32)
    told = Coordinates.fit(find_relations(rows), (0, 1), [rows])
    assert [(part.channel, part.others, part.own) for part in told.parts] == [(0, (), False), (1, (0,), True)]
    assert told.parts[1].scale == pytest.approx(1, abs=0.1)
    far = rows[:, 1] - rows[:, 0] > 15
    np.testing.assert_allclose(told.encode(rows)[far], rows[far], atol=1e-4)
    np.testing.assert_allclose(told.decode(told.encode(rows), 2), rows, atol=1e-4)
    made = told.decode(rng.normal(0, 30, (10_000, 2)), 2)
    assert (made[:, 1] >= made[:, 0]).all() and (made[:, 1] < made[:, 0] + 1e-3).any()


def test_two_channels_have_no_bound() -> None:
    """Open and Close are not ordered: only High and Low need a bound. Close is told by its difference from Open."""
    rows = prices(1000)
    told = Coordinates.fit(PRICES, (0, 1, 2, 3), [rows])
    np.testing.assert_allclose(
        told.encode(rows)[:, [0, 3]], np.stack([rows[:, 0], rows[:, 3] - rows[:, 0]], 1), rtol=1e-5
    )
    assert sorted(part.channel for part in told.parts if part.side) == [1, 2]
    assert {part.channel: part.side for part in told.parts if part.side} == {1: 1, 2: -1}


def test_by_hand() -> None:
    """Gaps 1, 2, 12 and 0 above 0, scale 2: u = 2 log(exp(g / 2) - 1); touching is 2 below the u of 1."""
    rows = np.array([[1.0], [2.0], [12.0], [0.0]], dtype=np.float32)
    told = Coordinates.fit(Relations(1, {}, {}, floors={0: 0.0}), (0,), [rows])
    u = 2 * np.log(np.exp(np.array([0.5, 1.0, 6.0])) - 1)
    assert told.encode(rows)[:, 0] == pytest.approx([*u, u[0] - 2])
    assert told.decode(np.array([[u[0]], [u[0] - 1.1]]), 1)[:, 0] == pytest.approx([1, 0])


laws = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda p: p[0] < p[1]), max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    laws,
    st.dictionaries(st.integers(0, 4), st.sampled_from([Grid(0.1), Grid(0.25), Grid(1.0), Grid(0.3337, 2), Grid(5.0)])),
    st.dictionaries(st.integers(0, 4), st.floats(-9, 9)),
    st.dictionaries(st.integers(0, 4), st.floats(-9, 9)),
    st.integers(0, 99),
)
@example([(0, 1)], {0: Grid(0.1)}, {0: 0.0}, {0: 0.0, 1: -2e-31}, 0)  # as near to 0 as float32 can tell
def test_laws_of_any_kind_are_kept_together(
    orders: list[tuple[int, int]],
    grids: dict[int, Grid],
    floors: dict[int, float],
    ceilings: dict[int, float],
    seed: int,
) -> None:
    """Channels with positions in rising order, some on grids, some that rest at bounds."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.uniform(-10, 20, (200, 5)), axis=1)
    names = rng.permutation(5)
    for c, value in floors.items():
        rows[:, c:] = np.maximum(rows[:, c:], value)
    for c, value in ceilings.items():
        rows[:, : c + 1] = np.minimum(rows[:, : c + 1], value)
    for c, grid in grids.items():
        rows[:, c] = grid.readings(np.floor(rows[:, c] / grid.step))
    rows = rows[:, np.argsort(names)].astype(np.float32)
    held = tuple({(int(names[a]), int(names[b])) for a, b in orders if (rows[:, names[a]] <= rows[:, names[b]]).all()})
    least, most = rows.min(0).tolist(), rows.max(0).tolist()
    floors = {int(names[c]): least[names[c]] for c in floors}
    ceilings = {int(names[c]): most[names[c]] for c in ceilings}
    laid = {int(names[c]): grid for c, grid in grids.items()}
    relations = Relations(5, {}, {}, held, floors, ceilings, laid)
    assert not relations.breaks(rows).any()
    told = Coordinates.fit(relations, range(5), [rows])
    real = told.encode(rows)
    np.testing.assert_allclose(told.decode(real, 5), rows, rtol=1e-5, atol=1e-5)
    assert not relations.breaks(told.decode(real, 5)).any()
    assert not relations.breaks(told.decode(rng.normal(real.mean(0), 5 * real.std(0) + 1, (500, 5)), 5)).any()


def test_what_lies_beyond_a_bound_is_at_it() -> None:
    """A valve that a sensor reads between 4 and 20 mA: nothing else is bent by its bounds, and all may be asked for."""
    rows = np.random.default_rng(0).normal(12, 6, (5000, 1)).clip(4, 20).astype(np.float32)
    told = Coordinates.fit(Relations(1, {}, {}, floors={0: 4.0}, ceilings={0: 20.0}), (0,), [rows])
    u, between = told.encode(rows), (rows > 5) & (rows < 19)
    np.testing.assert_allclose(u[between] - rows[between], -4, atol=1e-3)
    assert told.touched(rows).ravel().tolist() == np.where(rows == 4, -1, rows == 20).ravel().tolist()
    beyond = told.decode(np.array([[u.min() - 9], [u.min()], [0.5], [15.5], [u.max()], [u.max() + 9]]), 1)
    np.testing.assert_allclose(beyond.ravel(), [4, 4, 4.5, 19.5, 20, 20], atol=1e-4)


def test_without_its_bound_a_gap_is_missing() -> None:
    rows = prices(100)
    told = Coordinates.fit(PRICES, (0, 1, 2, 3), [rows])
    rows[0, 0] = np.nan
    assert np.isnan(told.encode(rows)[0]).tolist() == [True, True, True, True]


def test_a_channel_between_two_signs() -> None:
    """a <= b <= c with a never positive and c never negative: b goes anywhere."""
    rng = np.random.default_rng(0)
    b = rng.normal(size=200)
    rows = np.stack([np.maximum(b, 0) + rng.exponential(1, 200), b, np.minimum(b, 0) - rng.exponential(1, 200)], axis=1)
    relations = Relations(3, {}, {}, ((2, 1), (1, 0)), {0: 0.0}, {2: 0.0})
    told = Coordinates.fit(relations, range(3), [rows.astype(np.float32)])
    made = told.decode(rng.normal(0, 5, (5000, 3)), 3)
    assert not relations.breaks(made).any() and (made[:, 1] > 0).any() and (made[:, 1] < 0).any()


def test_circles_are_refused() -> None:
    with pytest.raises(DataError, match="circle"):
        Coordinates.fit(Relations(2, {}, {}, ((0, 1), (1, 0))), (0, 1), [])
