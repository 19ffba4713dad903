from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from rcgan.data import Relations, Scaler, Windows
from rcgan.errors import DataError


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Runs of unequal length, interleaved, with gaps in time, holes, a category, a static and a label."""
    sizes = draw(st.lists(st.integers(4, 30), min_size=1, max_size=4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    run = np.repeat(np.arange(len(sizes)), sizes)
    n = len(run)
    steps = np.where(rng.random(n) < 0.05, 600, 10)
    frame = pd.DataFrame(
        {
            "ts": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.cumsum(steps), unit="s"),
            "run": np.array([f"r{i}" for i in run]),
            "force": np.where(rng.random(n) < 0.1, np.nan, rng.normal(100, 5, n)),
            "count": rng.integers(-5, 9000, n),
            "mode": pd.Series(rng.choice(["idle", "press"], n)).where(rng.random(n) > 0.1),
            "plant": np.where(run % 2, "north", "south"),
            "fault": rng.permutation(np.arange(n) % 2),
        }
    )
    frame.loc[:1, ["force", "mode"]] = [1.0, "idle"]
    if draw(st.booleans()):
        frame = frame.iloc[rng.permutation(n)].sort_values("ts", ignore_index=True)
    return frame


ROLES: dict[str, Any] = {"time": "ts", "group": "run", "label": "fault", "statics": ["plant"], "label_rule": "last"}


def cut(frame: pd.DataFrame, **options: Any) -> Windows | None:
    """The windows, or None where the draw has a class in no window or no run that is long enough."""
    try:
        return Windows.from_frame(frame, **ROLES, **options)
    except DataError as error:
        assert any(text in str(error) for text in ("ends in no window", "longer than every run"))
        event("no windows")
        return None


@settings(deadline=None)
@given(frames(), st.integers(2, 8), st.integers(1, 4))
def test_a_window_is_a_stretch_of_one_run_without_a_gap(frame: pd.DataFrame, window: int, stride: int) -> None:
    windows = cut(frame, window=window, stride=stride, gap="10s")
    if windows is None:
        return
    table = windows.to_frame()
    assert table.groupby("window")["run"].nunique().max() == 1
    ahead = table.groupby("window")["ts"].diff().dropna()
    assert (ahead == pd.Timedelta("10s")).all()
    source = frame.set_index(["run", "ts"])
    for name in ("force", "count", "mode", "plant"):
        there = source.loc[list(zip(table["run"], table["ts"], strict=True)), name].reset_index(drop=True)
        tolerance = {"rtol": 1e-6} if name == "force" else {}
        pd.testing.assert_series_equal(table[name], there, **tolerance)
    assert (windows.lengths == window).all()


@settings(deadline=None)
@given(frames())
def test_to_frame_and_back_gives_the_same_windows(frame: pd.DataFrame) -> None:
    windows = cut(frame, window=4, stride=2)
    if windows is None:
        return
    table = windows.to_frame()
    schema = replace(windows.schema, group="window")
    back = Windows.from_frame(table, schema, gap=None, label_rule="last")
    np.testing.assert_array_equal(back.values, windows.values)
    np.testing.assert_array_equal(back.codes, windows.codes)
    pd.testing.assert_frame_equal(back.statics, windows.statics)
    pd.testing.assert_frame_equal(back.to_frame().drop(columns="series"), table.drop(columns="run"))


@settings(deadline=None)
@given(
    lengths=st.lists(st.integers(1, 7), min_size=1, max_size=6),
    d=st.integers(1, 3),
    seed=st.integers(0, 1000),
    as_list=st.booleans(),
)
def test_arrays_and_back(lengths: list[int], d: int, seed: int, as_list: bool) -> None:
    rng = np.random.default_rng(seed)
    X = np.full((len(lengths), max(lengths), d), np.nan, dtype=np.float32)
    for window, length in zip(X, lengths, strict=True):
        window[:length] = rng.normal(size=(length, d))
        window[: length - 1][rng.random((length - 1, d)) < 0.2] = np.nan
    if not np.isfinite(X).any(axis=(0, 1)).all():
        return
    given_ = [window[:length] for window, length in zip(X, lengths, strict=True)] if as_list else X
    windows = Windows.from_arrays(given_, np.arange(len(lengths)) % 2)
    assert windows.lengths.tolist() == lengths
    back, y = windows.to_arrays()
    np.testing.assert_array_equal(back, X)
    np.testing.assert_array_equal(y, np.arange(len(lengths)) % 2)
    np.testing.assert_array_equal(windows.observed, ~np.isnan(X))


def test_float32_arrays_and_series_are_not_copied() -> None:
    X = np.zeros((4, 5, 2), dtype=np.float32)
    assert np.shares_memory(Windows.from_arrays(X).table, X)
    series = np.zeros((40, 2), dtype=np.float32)
    windows = Windows.from_series(series, window=5)
    assert np.shares_memory(windows.table, series)
    assert windows[3:7].table is windows.table
    assert not np.shares_memory(windows.values, series)


def test_indexing() -> None:
    windows = Windows.from_series(np.arange(20.0), window=4, labels=np.arange(20) % 2, label_rule="last")
    assert windows.shape == (17, 4, 1)
    for index in (3, -1, np.int64(2), slice(2, 9, 3), [1, 1, 5], np.arange(17) % 2 == 0, []):
        chosen = windows[index]
        rows = np.atleast_1d(np.arange(17)[index if not isinstance(index, list) else np.array(index, dtype=int)])
        np.testing.assert_array_equal(chosen.values, windows.values[rows])
        np.testing.assert_array_equal(chosen.codes, windows.codes[rows])
    for index in (17, [True, False], "first", [0.5]):
        with pytest.raises(IndexError):
            windows[index]


def test_rows_are_those_covered() -> None:
    windows = Windows.from_series(np.arange(20.0), window=4, stride=6)
    covered = np.zeros(20, dtype=bool)
    for start in (0, 6, 12):
        covered[start : start + 4] = True
    np.testing.assert_array_equal(windows.rows(), covered)
    assert not windows[[]].rows().any()


def test_without_a_window_every_run_is_one() -> None:
    frame = pd.DataFrame({"unit": [1, 1, 1, 2, 2, 3, 3, 3, 3], "cycle": [1, 2, 3, 1, 2, 1, 2, 9, 10], "x": range(9)})
    windows = Windows.from_frame(frame, group="unit", time="cycle")
    assert windows.lengths.tolist() == [3, 2, 2, 2] and windows.shape == (4, 3, 1)
    assert Windows.from_frame(frame, group="unit", time="cycle", gap=None).lengths.tolist() == [3, 2, 4]
    assert windows.provenance["first_row"].tolist() == [0, 0, 0, 2]
    assert windows.provenance["start"].tolist() == [1, 1, 1, 9]


def test_a_time_zone_comes_back() -> None:
    times = pd.date_range("2024-03-31 00:00", periods=8, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"ts": times, "x": range(8)})
    windows = Windows.from_frame(frame, time="ts", window=4)
    assert windows.to_frame()["ts"].tolist()[:4] == times[:4].tolist()
    assert str(windows.to_frame()["ts"].dtype) == str(frame["ts"].dtype)
    assert len(windows) == 5  # the hour that the clock skips is no gap


def test_an_index_of_times_is_a_column_when_it_has_a_name() -> None:
    frame = pd.DataFrame({"x": range(8)}, index=pd.date_range("2024-01-01", periods=8, freq="h", name="ts"))
    assert len(Windows.from_frame(frame, time="ts", window=4)) == 5
    with pytest.raises(DataError, match="rename_axis"):
        Windows.from_frame(frame.rename_axis(None), window=4)


def test_a_group_called_window_keeps_its_names() -> None:
    frame = pd.DataFrame({"window": [7, 7, 9, 9], "x": [1.0, 2.0, 3.0, 4.0]})
    table = Windows.from_frame(frame, group="window").to_frame()
    assert table.columns.tolist() == ["window", "series", "step", "x"]
    assert table["series"].tolist() == [7, 7, 9, 9] and table["window"].tolist() == [0, 0, 1, 1]


def test_concat() -> None:
    one = Windows.from_arrays(np.ones((3, 4, 2)), ["a", "b", "a"])
    two = Windows.from_arrays(np.zeros((2, 6, 2)), ["b", "a"])
    both = Windows.concat([one, two])
    assert both.shape == (5, 6, 2) and both.labels.tolist() == ["a", "b", "a", "b", "a"]
    assert both.lengths.tolist() == [4, 4, 4, 6, 6]
    np.testing.assert_array_equal(both.values[3:], two.values)
    shared = Windows.concat([one[:1], one[1:]])
    assert shared.table is one.table and shared.labels.tolist() == one.labels.tolist()
    with pytest.raises(DataError, match="different label"):
        Windows.concat([one, Windows.from_arrays(np.zeros((2, 6, 2)))])
    with pytest.raises(DataError, match="different channels"):
        Windows.concat([one, Windows.from_arrays(np.zeros((2, 6, 2)), ["b", "a"], names=["p", "q"])])
    with pytest.raises(DataError, match="nothing to join"):
        Windows.concat([])


@pytest.mark.parametrize(
    ("X", "y", "text"),
    [
        (np.zeros((0, 3, 1)), None, "hold something"),
        ([], None, "no windows"),
        (np.zeros(3), None, r"\(n, t, d\)"),
        (np.array([["a"]]), None, "must be numbers"),
        (np.full((2, 3, 1), np.inf), None, "infinite"),
        (np.full((2, 3, 1), 1e39), None, "beyond 3.4e38"),
        (np.full((2, 3, 1), np.nan), None, "no value at all"),
        ([[1.0, 2.0], [np.nan, np.nan]], None, "window 1 holds no value"),
        ([np.zeros((3, 2)), np.zeros((3, 1))], None, "window 1 has shape"),
        (np.zeros((2, 3, 1)), ["a"], "must be 2 values"),
        (np.zeros((2, 3, 1)), ["a", None], "are missing"),
        (np.zeros((60, 3, 1)), np.arange(60) / 7, "60 classes"),
        (pd.DataFrame({"x": [1.0]}), None, "from_frame"),
        (5, None, "found int"),
    ],
)
def test_arrays_that_are_refused(X: Any, y: Any, text: str) -> None:
    with pytest.raises(DataError, match=text):
        Windows.from_arrays(X, y)


def test_names_must_fit() -> None:
    for names in (["a"], ["a", "a"], ["a", "step"]):
        with pytest.raises(DataError):
            Windows.from_arrays(np.zeros((2, 3, 2)), names=names)


def test_cutting_costs_a_fifth_of_the_series_at_most() -> None:
    table = np.zeros((400_000, 8), dtype=np.float32)
    tracemalloc.start()
    try:
        windows = Windows.from_series(table, window=64)
        peak = tracemalloc.get_traced_memory()[1]
        assert len(windows) == 400_000 - 63
        assert peak < 0.2 * table.nbytes
        tracemalloc.reset_peak()
        Scaler.fit(windows, Relations(8, {}, {}))
        assert tracemalloc.get_traced_memory()[1] < 2 * table.nbytes  # the windows are 64 times the series
    finally:
        tracemalloc.stop()
