from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rcgan.data import Windows
from rcgan.data.cutting import find_runs, parse_times, starts, window_codes
from rcgan.errors import DataError


@given(
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    window=st.integers(1, 12),
    stride=st.integers(1, 6),
)
def test_starts_are_those_of_a_loop_over_runs(lengths: list[int], window: int, stride: int) -> None:
    runs = np.cumsum([0, *lengths])
    expected = [s for a, b in pairwise(runs) for s in range(a, b - window + 1, stride)]
    if expected:
        assert starts(runs, window, stride).tolist() == expected
    else:
        with pytest.raises(DataError, match=f"the longest has {max(lengths)} rows"):
            starts(runs, window, stride)


def runs_of(steps: list[int], gap: object = "auto") -> list[int]:
    times = np.cumsum([0, *steps])
    return find_runs(times, np.array([0, len(times)]), gap).tolist()


def test_a_clock_that_now_and_then_takes_a_longer_step_is_one_run() -> None:
    steps = ([1] * 19 + [2]) * 30
    assert runs_of(steps) == [0, 601]


def test_one_missing_row_in_a_regular_series_is_a_gap() -> None:
    assert runs_of([10] * 300 + [20] + [10] * 300) == [0, 301, 602]


def test_a_gap_is_set_by_hand() -> None:
    steps = [1, 1, 5, 1]
    assert runs_of(steps, 4) == [0, 3, 5]
    assert runs_of(steps, 5) == runs_of(steps, None) == [0, 5]
    times = np.array([0, 1, 6], dtype="datetime64[m]").astype("datetime64[ns]")
    assert find_runs(times, np.array([0, 3]), "4min").tolist() == [0, 2, 3]
    assert find_runs(times, np.array([0, 3]), pd.Timedelta("5min")).tolist() == [0, 3]


def test_each_series_has_its_own_usual_step() -> None:
    times = np.concatenate([np.arange(20), np.arange(20) * 10])
    assert find_runs(times, np.array([0, 20, 40]), "auto").tolist() == [0, 20, 40]


@pytest.mark.parametrize("gap", ["soon", 600, -1, True, "0s"])
def test_a_gap_without_a_unit_is_refused_for_dates(gap: object) -> None:
    times = np.array([0, 1, 6], dtype="datetime64[ns]")
    with pytest.raises(DataError, match="gap="):
        find_runs(times, np.array([0, 3]), gap)


def test_a_gap_without_times_is_refused() -> None:
    with pytest.raises(DataError, match="needs times"):
        Windows.from_series(np.arange(9.0), window=3, gap="10min")


@given(st.lists(st.integers(0, 2), min_size=6, max_size=30), st.integers(1, 5))
def test_label_rules_are_what_they_say(rows: list[int], window: int) -> None:
    codes = np.array(rows)
    first = np.arange(len(rows) - window + 1)
    counts = np.bincount(codes, minlength=3)
    rarest = sorted(range(3), key=lambda c: (counts[c], c))
    cells = [rows[s : s + window] for s in first]
    expected = {
        "majority": [max(rarest, key=lambda c: (cell.count(c), -rarest.index(c))) for cell in cells],
        "any": [next(c for c in rarest if c in cell) for cell in cells],
        "last": [cell[-1] for cell in cells],
    }
    for rule, wanted in expected.items():
        lost = set(rows) - set(wanted)
        if lost:
            with pytest.raises(DataError, match="ends in no window"):
                window_codes(codes, first, np.full(len(first), window), rule, (0, 1, 2))
        else:
            assert window_codes(codes, first, np.full(len(first), window), rule, (0, 1, 2)).tolist() == wanted


def test_a_class_that_no_window_carries_is_refused() -> None:
    labels = [0] * 20 + [1, 1] + [0] * 20
    with pytest.raises(DataError, match=r"class 1 .* label_rule='any'"):
        Windows.from_series(np.arange(42.0), window=10, labels=labels)
    assert Windows.from_series(np.arange(42.0), window=10, labels=labels, label_rule="any").codes.sum() == 11


def test_an_unknown_rule_is_refused_with_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean 'majority'"):
        Windows.from_series(np.arange(9.0), window=3, labels=[0, 1] * 4 + [0], label_rule="mayority")


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2024-02-01", "2024-02-02"], "2024-02-01"),
        (["2024-02-01 10:00:00", "2024-02-01 10:00:00.5"], "2024-02-01 10:00"),
        (["2024-02-01T10:00:00Z", "2024-02-01T11:00:00Z"], "2024-02-01 10:00"),
        (["2024-02-01 10:00+02:00", "2024-02-01 11:00+02:00"], "2024-02-01 08:00"),
        (["01.02.2024 10:00", "13.02.2024 10:00"], "2024-02-01 10:00"),
        (pd.date_range("2024-02-01 10:00", periods=2, tz="Europe/Berlin"), "2024-02-01 09:00"),
    ],
)
def test_times_are_read_as_utc_nanoseconds(cells: object, first: str) -> None:
    times, _ = parse_times(pd.Series(cells, name="ts"))
    assert times.dtype == "datetime64[ns]"
    assert times[0] == np.datetime64(first)


def test_times_outside_nanoseconds_are_refused() -> None:
    with pytest.raises(DataError, match="leaves the years"):
        parse_times(pd.Series(["1066-10-14", "1066-10-15"], name="ts"))


def test_runs_of_unequal_rates_keep_their_windows() -> None:
    times = np.concatenate([np.arange(100.0), np.arange(0.0, 1000.0, 10.0)])
    frame = pd.DataFrame({"t": times, "machine": np.repeat(["fast", "slow"], 100), "x": np.arange(200.0)})
    windows = Windows.from_frame(frame, time="t", group="machine", window=20, stride=20)
    assert np.bincount(windows.series_of).tolist() == [5, 5]
    assert all(b - a == 20 for a, b in pairwise(windows.first))
