"""Data that can answer little: each score is a number that means something, or says that it cannot be told and why."""

from __future__ import annotations

import numpy as np
import pytest

from rcgan.errors import DataError
from rcgan.evaluation import Report, evaluate


def walks(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 12, 2)).cumsum(1)


def asked(*sets: np.ndarray) -> Report:
    return evaluate(*sets, horizons=[1], quick=True, progress=False)


def every_number_means_something(report: Report) -> None:
    for s in report.scores:
        assert np.isfinite(s.value) or s.note.startswith("cannot be told: "), s
        assert np.isnan(s.low) == np.isnan(s.high), s


@pytest.fixture(scope="module")
def constant() -> Report:
    sets = [walks(60, seed) for seed in range(3)]
    for x in sets:
        x[..., 1] = 7
    return asked(*sets)


def test_a_constant_channel_is_named_where_it_cannot_answer(constant: Report) -> None:
    every_number_means_something(constant)
    assert any("never changing: x1" in s.note for s in constant.scores)


def test_a_channel_that_nothing_was_observed_of() -> None:
    sets = [walks(60, seed) for seed in range(3)]
    for x in sets:
        x[..., 1] = np.nan
    with pytest.raises(DataError, match="channel 1 holds no value at all; leave it out"):
        asked(*sets)


def test_ten_windows_are_too_few_for_an_answer() -> None:
    report = asked(*(walks(10, seed) for seed in range(3)))
    every_number_means_something(report)
    trained = {s.task for s in report.scores if s.task not in ("forecast", "distance")}
    assert trained == {"detection", "published", "copying"}
    assert all(np.isnan(s.value) for s in report.scores if s.task in trained)
    assert not any(": it " in line for line in report.summary)


def test_one_window_is_refused_or_marked() -> None:
    report = asked(walks(1, 0), walks(1, 1), walks(1, 2))
    every_number_means_something(report)
    assert "there are 1 training windows, and 5 are needed" in " ".join(report.summary)


def test_no_window_is_refused() -> None:
    with pytest.raises(DataError, match=r"hold something, found shape \(0, 12, 2\)"):
        asked(walks(10, 0), walks(10, 1)[:0], walks(10, 2))
