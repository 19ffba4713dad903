"""Test windows that hold rows of training windows are found, and the report says so."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rcgan
from rcgan.evaluation.overlap import overlap
from rcgan.evaluation.panel import Panel, as_panel


def cut(series: np.ndarray, steps: int, stride: int = 1) -> Panel:
    starts = range(0, len(series) - steps + 1, stride)
    return as_panel(np.stack([series[i : i + steps] for i in starts]), "windows")


def walk(rows: int, channels: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, channels)).cumsum(0)


@given(st.integers(2, 30), st.integers(1, 3), st.integers(0, 40), st.integers(0, 99))
def test_windows_of_one_series_overlap_where_they_have_eight_rows_in_common_or_half_of_fewer(
    steps: int, channels: int, apart: int, seed: int
):
    series, enough = walk(steps + 40, channels, seed), min(8, (steps + 1) // 2)
    first, later = (as_panel(series[None, i : i + steps], "windows") for i in (0, apart))
    assert overlap(first, later) == (steps - apart >= enough)


def test_a_split_at_random_shares_and_one_in_time_does_not():
    windows = cut(walk(500), 24)
    order = np.random.default_rng(1).permutation(len(windows))
    assert overlap(windows.take(order[:300]), windows.take(order[300:])) > 0.95
    assert overlap(windows.take(np.arange(300)), windows.take(np.arange(324, len(windows)))) == 0


def test_what_rests_and_what_is_missing_is_not_asked_about():
    series = np.repeat(walk(40), 6, axis=0)  # each reading six times
    holes = walk(240)
    holes[30:, 0] = np.nan
    windows = cut(np.concatenate([series, holes], axis=1), 12)
    assert overlap(windows, windows) == 1
    still = as_panel(np.ones((60, 12, 1)), "windows")
    assert overlap(still, still) == 0


def test_windows_of_other_lengths_share_rows_too():
    series = walk(60)
    long, short = (as_panel(series[None, i:j], "windows") for i, j in ((0, 40), (20, 32)))
    assert overlap(long, short) == 1
    assert overlap(short, long) == 1


def test_zeros_of_either_sign_are_the_same():
    series = walk(20, 1)
    series[::2] = 0
    assert overlap(cut(series, 20), cut(np.where(series == 0, -0.0, series), 20)) == 1


def test_the_report_says_so_above_its_verdict():
    series = walk(320, 1)
    windows = cut(series, 12).values
    order = np.random.default_rng(0).permutation(len(windows))
    new = np.stack([walk(12, 1, seed) for seed in range(2, 82)])
    asked = {"horizons": [1], "quick": True, "progress": False}
    report = rcgan.evaluate(windows[order[:200]], windows[order[200:300]], new, **asked)
    assert str(report).startswith("Caution: 100% of the test windows hold rows of training windows")
    assert "by time or by run" in json.loads(report.to_json())["about"]["caution"]
    told = rcgan.evaluate(windows[:150], windows[170:], new, **asked)
    assert "Caution" not in str(told) and "caution" not in told.about


@pytest.mark.parametrize("rows", [1, 3])
def test_of_windows_shorter_than_two_stretches_half_is_enough(rows: int):
    one, two = walk(rows, 1), walk(rows, 1, seed=1)
    assert overlap(as_panel(one[None], "train"), as_panel(np.stack([one, two]), "test")) == 0.5
