from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rcgan.data import Relations, find_relations
from rcgan.errors import DataError

NAN = float("nan")


def rows(*columns: list[float]) -> np.ndarray:
    return np.array(columns, dtype=np.float32).T


def test_a_constant_may_have_holes_and_a_twin_has_the_same_ones() -> None:
    found = find_relations(rows([1, NAN, 1], [1, 2, NAN], [1, 2, NAN], [1, 2, 2], [NAN, 2, 1]))
    assert dict(found.constants) == {0: 1.0} and dict(found.equals) == {2: 1} and found.free == (1, 3, 4)


def test_a_channel_never_observed_stays_unobserved() -> None:
    found = find_relations(rows([NAN, NAN], [1, 2]))
    assert found.free == (1,)
    assert np.isnan(found.restore(np.ones((1, 1, 1), dtype=np.float32))[0, 0, 0])
    assert Relations.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))).free == (1,)


def test_twins_that_part_late_are_no_twins() -> None:
    one = np.arange(1000, dtype=np.float32)
    other = one.copy()
    other[-1] += 1
    found = find_relations(np.stack([one, other, one, other], axis=1))
    assert dict(found.equals) == {2: 0, 3: 1}


def test_zero_has_no_sign() -> None:
    assert dict(find_relations(rows([0.0, 1], [-0.0, 1])).equals) == {1: 0}


@given(st.lists(st.sampled_from("abcdk"), min_size=1, max_size=8), st.integers(0, 1000))
def test_restore_puts_every_row_back(kinds: list[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = {k: rng.normal(size=20).astype(np.float32) for k in "abcd"} | {"k": np.full(20, 7.5, np.float32)}
    table = np.stack([columns[k] for k in kinds], axis=1)
    found = find_relations(table)
    assert len(found.free) == len(set(kinds) - {"k"})
    np.testing.assert_array_equal(found.restore(table[None][..., list(found.free)])[0], table)
    again = Relations.from_dict(json.loads(json.dumps(found.to_dict())))
    assert (again.free, again.equals, again.constants) == (found.free, found.equals, found.constants)


def test_too_little_is_refused() -> None:
    with pytest.raises(DataError, match="two rows"):
        find_relations(rows([1]))
    with pytest.raises(DataError, match="2 channels given where 1"):
        find_relations(rows([1, 2])).restore(np.zeros((1, 1, 2), dtype=np.float32))
