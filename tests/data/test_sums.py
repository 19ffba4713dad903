"""Channels that are weighted sums of others: found where they are in every row, kept exactly, left alone otherwise."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import rcgan
from rcgan.data.grids import Grid
from rcgan.data.relations import Relations, find_relations
from rcgan.data.statements import kept_relations, statements
from rcgan.data.sums import Sum, find_sums
from rcgan.errors import DataError


def parts(n: int = 2000, seed: int = 0) -> np.ndarray:
    """Three loads that nothing bounds and that go together in part."""
    rng = np.random.default_rng(seed)
    return rng.normal([50, 20, -5], [9, 4, 2], (n, 3)) + 3 * rng.normal(size=(n, 1))


def told(rows: np.ndarray, names: str) -> list[str]:
    found = find_sums(rows.astype(np.float32), range(rows.shape[1]), {})
    return [f"{names.split()[c]} = {law.told(names.split())}" for c, law in found.items()]


@given(
    st.lists(st.integers(-30, 30).filter(bool), min_size=1, max_size=3),
    st.integers(-50, 50),
    st.integers(0, 3),
    st.integers(0, 99),
)
def test_a_sum_of_any_weights_is_found_wherever_it_stands(weights: list[int], constant: int, place: int, seed: int):
    assume(weights != [10] or constant)  # a twin
    rows = parts(400, seed)
    total = constant + rows[:, : len(weights)] @ (np.array(weights) / 10)
    table = np.insert(rows, place, total, axis=1).astype(np.float32)
    found = find_relations(table)
    assert len(found.sums) == 1 and len(found.free) == 3
    made = found.restore(table[:, list(found.free)])
    np.testing.assert_allclose(
        made, table, rtol=0, atol=4e-6 * np.abs(table).max() * max(1, 10 / min(map(abs, weights)))
    )
    assert not found.breaks(table).any() and not found.breaks(made).any()
    assert Relations.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_the_total_is_told_by_its_parts_and_a_unit_by_the_other():
    a, b, c = parts().T
    assert told(np.column_stack([a + b + c, a, b, c]), "total a b c") == ["total = a + b + c"]
    assert told(np.column_stack([a, b, a - b]), "in out net") == ["in = out + net"]
    assert told(np.column_stack([a, 1.8 * a + 32]), "celsius fahrenheit") == ["fahrenheit = 1.8 celsius + 32"]


def test_subtotals_are_told_too():
    a, b, c = parts().T
    rows = np.column_stack([a, b, c, a + b, a + b + c, (a + b) / 2]).astype(np.float32)
    found = find_relations(rows)
    assert found.free == (0, 1, 2)
    np.testing.assert_allclose(found.restore(rows[:, :3]), rows, rtol=1e-6)


def test_what_is_nearly_a_sum_or_not_always_is_none():
    a, b = parts()[:, :2].T
    assert not told(np.column_stack([a, b, a + b + np.random.default_rng(1).normal(0, 0.01, len(a))]), "a b noisy")
    late = np.column_stack([a, b, a + b])
    late[-1, 2] += 0.01
    assert not told(late, "a b late")
    assert not told(np.column_stack([a, b, a * b]), "a b product")
    assert not told(np.column_stack([a, b, a + b])[:40], "a b few")
    counts = np.rint(a)
    assert not find_relations(np.column_stack([counts, counts - 1 - np.arange(len(a)) % 2]).astype(np.float32)).sums
    assert not told(np.column_stack([a, b, a > 50]), "a b high")


def test_printed_sums_are_told_as_they_are_printed():
    a, b, c = parts().round(1).T
    rows = np.column_stack([a, b, c, (a + b + c).round(1), ((a + b) / 2).round(2)]).astype(np.float32)
    found = find_relations(rows)
    assert statements(found, ["a", "b", "c", "sum", "mean"])[3] == "sum = a + b + c on 0.1"
    np.testing.assert_array_equal(found.restore(rows[:, list(found.free)])[:, 3], rows[:, 3])
    wild = found.restore(
        100 * np.random.default_rng(0).normal(size=(1000, len(found.free))).astype(np.float32).round(1)
    )
    assert not found.breaks(wild)[:, -len(found.sums) :].any()


def test_a_mean_has_the_weights_of_one():
    a, b, c = parts().round(1).T
    rows = np.column_stack([a, b, c, ((a + b + c) / 3).round(3)]).astype(np.float32)
    found = find_relations(rows)
    assert found.sums[3].weights == (1 / 3, 1 / 3, 1 / 3) and found.sums[3].constant == 0
    np.testing.assert_array_equal(found.restore(rows[:, :3]), rows)


def test_a_sum_whose_other_laws_do_not_follow_is_none():
    a, b, _ = parts().T
    above = np.abs(b - 20)
    rows = np.column_stack([a, a + above - 0.01, above]).astype(np.float32)  # above is never negative, as it happens
    assert find_relations(rows[:, :2]).orders == () and find_relations(rows).sums
    flows = np.maximum(parts()[:, :2] - [50, 20], 0)
    kept = find_relations(np.column_stack([flows, flows.sum(1)]).astype(np.float32))
    assert dict(kept.floors) == {0: 0, 1: 0} and list(kept.sums) == [2] and not kept.orders
    net = find_relations(np.column_stack([flows[:, 0], -flows[:, 1], flows[:, 0] - flows[:, 1]]).astype(np.float32))
    assert dict(net.floors) == {0: 0} and dict(net.ceilings) == {1: 0} and list(net.sums) == [2] and not net.orders
    full = np.minimum(flows, 10)
    rests = np.column_stack([full, np.minimum(full.sum(1), 15)]).astype(np.float32)
    assert not find_relations(rests).sums


def test_parts_of_a_total_that_is_never_below_one_are_never_negative():
    rng = np.random.default_rng(0)
    running = rng.random((4000, 1)) < 0.8  # so that no part is near 0 most of the time
    phases = running * rng.normal(10, 2, (4000, 3)) + rng.gamma(2, 0.05, (4000, 3))
    rows = np.column_stack([phases, phases.sum(1)]).astype(np.float32)
    assert not find_relations(rows[:, :3]).floors
    found = find_relations(rows)
    assert dict(found.floors) == {0: 0, 1: 0, 2: 0} and list(found.sums) == [3] and not found.orders


def test_missing_values_have_to_agree():
    rows = parts()
    rows = np.column_stack([rows, rows[:, 0] + rows[:, 1]])
    holes = np.random.default_rng(0).random(len(rows)) < 0.1
    rows[np.ix_(holes, [0, 1, 3])] = np.nan
    assert told(rows, "a b c sum") == ["sum = a + b"]
    rows[5, 0] = np.nan
    assert not told(rows, "a b c sum")


def plant(n: int = 600) -> rcgan.Windows:
    """Three pumps that count their strokes, what they make together, and a pressure in two units."""
    rng = np.random.default_rng(0)
    flows = rng.gamma(2, 3, (n, 3)).round(1)
    bar = rng.normal(5, 1, n).round(2)
    frame = pd.DataFrame({"run": np.arange(n) // 20, "one": flows[:, 0], "two": flows[:, 1], "three": flows[:, 2]})
    frame["all"] = flows.sum(1).round(1)
    frame["strokes"] = rng.integers(1, 9, n).cumsum()
    frame["bar"], frame["kelvin"], frame["celsius"] = bar, 30 * bar + 200, 30 * bar + 200 - 273.15
    return rcgan.Windows.from_frame(frame, group="run", window=20)


def test_samples_keep_sums_exactly_and_the_model_lists_them(tmp_path: Any):
    model = rcgan.RCGAN(2, steps=3, hidden=8).fit(plant(), progress=False)
    laws = model.scaler_.relations
    assert "all = one + two + three on 0.1" in model.relations_ and len(laws.sums) == 3
    assert [model.schema_.names[c] for c in laws.free] == ["one", "two", "three", "strokes", "bar"]
    made = model.sample(500, seed=1)
    table = np.asarray(made.to_frame()[["one", "two", "three", "all"]], float)
    np.testing.assert_allclose(table[:, :3].sum(1), table[:, 3], atol=1e-4)
    assert not model.scaler_.relations.breaks(made.values).any()
    model.save(tmp_path / "m")
    again = rcgan.load(tmp_path / "m")
    assert again.relations_ == model.relations_
    np.testing.assert_array_equal(again.sample(9, seed=1).values, model.sample(9, seed=1).values)


def test_a_sum_of_counters_still_holds_when_these_are_sorted():
    rng = np.random.default_rng(0)
    steps = rng.integers(0, [9, 5], (1500, 2)).cumsum(0) - np.array([3000.0, 2000.0])  # none is always below another
    rows = np.column_stack([steps, steps.sum(1)]).astype(np.float32)
    found = find_relations(rows, starts=np.arange(len(rows)) == 0)
    assert dict(found.trends) == {0: 1, 1: 1} and list(found.sums) == [2]
    wild = found.restore(rng.normal(100, 30, (50, 24, 2)).astype(np.float32).round())
    kept = found.rearranged(wild)
    assert (np.diff(kept, axis=1) >= 0).all() and not found.breaks(kept).any()


def asked(*statement: str) -> list[str]:
    return statements(kept_relations(plant(), statement), plant().schema.names)


def test_sums_are_left_out_by_name_and_other_laws_of_them_follow_or_are_refused():
    law = "all = one + two + three on 0.1"
    assert law in asked() and law not in asked(f"not {law}")
    assert asked("one <= all", "all >= 0") == asked()
    for other in ("all <= 200", "all on 0.05", "all never falls"):
        with pytest.raises(DataError, match=r"'all = one \+ two \+ three on 0.1' holds, and nothing else is kept"):
            asked(other)
    assert "all <= 200" in asked(f"not {law}", "all <= 200")


def test_what_rounding_may_break_does_not_follow():
    mean, grids = Sum((0, 1), (0.3, 0.7), grid=Grid(0.1)), {0: Grid(0.01), 1: Grid(0.01)}
    found = Relations(3, {}, {}, floors={0: 0.0, 1: 0.0}, grids=grids, sums={2: mean})
    assert found.never_negative({2: 1.0}, 0.1) and found.never_negative({2: 1.0}, 0.0)  # -0.1 and 0 are readings
    assert not found.never_negative({2: 1.0}, 0.04) and not found.never_negative({2: 1.0, 0: -0.3}, 0.0)


def test_an_evaluation_counts_rows_that_break_a_sum():
    rows = parts(1600)
    windows = np.column_stack([rows, rows.sum(1)]).reshape(80, 20, 4)
    broken = windows[:40].copy()
    broken[:10, 0, 3] += 1
    report = rcgan.evaluate(windows[:40], windows[40:], broken, horizons=[1], quick=True, progress=False)
    share = report.frame.query("metric == 'broken relations' and row == 'synthetic'")["value"].item()
    assert share == pytest.approx(10 / 800)
