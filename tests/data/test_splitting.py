from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from rcgan.data import Channel, Windows
from rcgan.errors import DataError


def pieces(lengths: list[int], window: int | None, stride: int, rng: np.random.Generator, keep: float) -> Windows:
    """Some of the windows of runs of these lengths; half of them with a label."""
    run = np.repeat(np.arange(len(lengths)), lengths)
    frame = pd.DataFrame({"run": run, "x": rng.normal(size=len(run))})
    windows = Windows.from_frame(frame, group="run", window=window, stride=stride)
    if rng.random() < 0.5:
        label = Channel("y", "categorical", "int64", (0, 1, 2))
        codes = rng.integers(0, 3, len(windows)).astype(np.int32)
        windows = replace(windows, schema=replace(windows.schema, label=label), codes=codes)
    return windows[rng.random(len(windows)) < keep]


@pytest.mark.parametrize(
    ("by", "counts"),
    [(None, (1, 6)), ("group", (2, 6)), ("time", (1, 3)), ("window", (4, 30))],
    ids=["default", "group", "time", "window"],
)
@settings(deadline=None)
@given(data=st.data())
def test_no_row_is_on_both_sides_and_the_embargo_is_kept(
    by: str | None, counts: tuple[int, int], data: st.DataObject
) -> None:
    lengths = data.draw(st.lists(st.integers(20, 80), min_size=counts[0], max_size=counts[1]), label="lengths")
    window = None if by == "window" else data.draw(st.integers(1, 8), label="window")
    stride, embargo = data.draw(st.integers(1, 12), label="stride"), data.draw(st.integers(0, 9), label="embargo")
    seed, keep = data.draw(st.integers(0, 999), label="seed"), data.draw(st.sampled_from([0.6, 1.0]), label="keep")
    windows = pieces(lengths, window, stride, np.random.default_rng(seed), keep)
    try:
        train, test = windows.split(data.draw(st.floats(0.3, 0.8), label="fraction"), by=by, embargo=embargo, seed=seed)
    except DataError as error:
        assert any(text in str(error) for text in ("is empty", "no windows"))
        event("refused")
        return
    event("split")
    assert len(train) and len(test)
    assert not (train.rows() & test.rows()).any()
    for a, b in pairwise(windows.bounds):
        left, right = np.flatnonzero(train.rows()[a:b]), np.flatnonzero(test.rows()[a:b])
        if left.size and right.size:
            event("embargo seen")
            assert np.abs(left[:, None] - right).min() - 1 >= embargo


def test_one_series_is_split_in_time() -> None:
    train, test = Windows.from_series(np.arange(100.0), window=10).split(0.8, embargo=5)
    assert train.values.max() == 79 and test.values.min() == 85


def test_an_embargo_may_be_a_length_of_time() -> None:
    times = pd.date_range("2024-01-01", periods=100, freq="min")
    windows = Windows.from_series(np.arange(100.0), window=10, times=times)
    train, test = windows.split(0.8, embargo="5min")
    ends = times[int(train.values.max())]
    assert test.provenance["start"].min() - ends == pd.Timedelta("5min")
    with pytest.raises(DataError, match="whole number of rows"):
        Windows.from_series(np.arange(100.0), window=10).split(0.8, embargo="5min")
    for wrong in (-1, "soon", 1.5, "-5min"):
        with pytest.raises(DataError, match="embargo="):
            windows.split(0.8, embargo=wrong)


def test_series_are_dealt_out_whole_with_like_class_shares() -> None:
    run = np.repeat(np.arange(20), 40)
    fault = np.isin(run, [3, 7, 11, 15]).astype(int)
    frame = pd.DataFrame({"run": run, "x": np.arange(800.0), "fault": fault})
    windows = Windows.from_frame(frame, group="run", label="fault", window=10)
    for seed in range(5):
        train, test = windows.split(0.75, seed=seed)
        assert not set(train.series_of) & set(test.series_of)
        assert train.codes.mean() == pytest.approx(0.2, abs=0.01)
        assert test.codes.mean() == pytest.approx(0.2, abs=0.01)
        assert len(train) / len(windows) == pytest.approx(0.75, abs=0.01)


def test_windows_of_their_own_are_dealt_out_by_label() -> None:
    y = np.repeat([0, 1, 2], [80, 20, 2])
    train, test = Windows.from_arrays(np.zeros((102, 5)), y).split(0.75, seed=3)
    assert np.bincount(train.labels).tolist() == [60, 15, 1]
    assert np.bincount(test.labels).tolist() == [20, 5, 1]


def test_a_seed_repeats_a_split_and_another_changes_it() -> None:
    windows = Windows.from_arrays(np.random.default_rng(0).normal(size=(50, 5)))
    first = [windows.split(0.5, seed=seed)[0].first.tolist() for seed in (0, 0, 1)]
    assert first[0] == first[1] != first[2]


def test_splits_that_are_refused() -> None:
    windows = Windows.from_series(np.arange(100.0), window=10)
    for fraction in (0, 1, -0.5, 1.5, float("nan")):
        with pytest.raises(DataError, match="between 0 and 1"):
            windows.split(fraction)
    with pytest.raises(DataError, match="did you mean 'group'"):
        windows.split(0.5, by="groups")
    with pytest.raises(DataError, match="share rows"):
        windows.split(0.5, by="window")
    with pytest.raises(DataError, match="is empty"):
        windows.split(0.5, by="group")
    with pytest.raises(DataError, match="is empty"):
        windows.split(0.5, embargo=60)
    with pytest.raises(DataError, match="no windows to split"):
        windows[[]].split(0.5)
