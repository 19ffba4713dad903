from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rcgan.evaluation.utility import mean_interval, scores, unit_weights


def test_interval_of_a_mean_is_students() -> None:
    for n in (2, 5, 40):
        values = np.random.default_rng(n).normal(size=n)
        expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
        assert mean_interval(values)[1:] == pytest.approx(expected)


def test_every_resample_draws_as_many_units_as_there_are() -> None:
    weights = unit_weights(np.repeat(np.arange(7), 3), seed=1)
    assert weights.shape == (500, 7)
    assert (weights.sum(1) == 7).all()


def test_no_interval_from_four_units() -> None:
    assert len(unit_weights(np.arange(4), seed=0)) == 0


def test_the_interval_of_a_ratio_is_paired() -> None:
    draws = np.linspace(1, 3, 500)
    found = scores("task", "error", "lower", {"real": (2.0, draws), "synthetic": (4.0, 2 * draws)})
    ratio = next(s for s in found if s.metric == "error, relative to real")
    assert (ratio.value, ratio.low, ratio.high) == (2.0, 2.0, 2.0)
