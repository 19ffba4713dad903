from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rcgan.evaluation.panel import as_panel
from rcgan.evaluation.square import square
from rcgan.evaluation.utility import Tally, mean_interval, ratio, scores, unit_weights


def test_interval_of_a_mean_is_students() -> None:
    for n in (2, 5, 40):
        values = np.random.default_rng(n).normal(size=n)
        expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
        assert mean_interval(values)[1:] == pytest.approx(expected)


def test_every_resample_draws_as_many_units_as_there_are() -> None:
    weights = unit_weights(np.repeat(np.arange(17), 3), seed=1)
    assert weights.shape == (500, 17)
    assert (weights.sum(1) == 17).all()


def test_no_interval_from_eleven_units() -> None:
    assert len(unit_weights(np.arange(11), seed=0)) == 0
    assert np.isnan(tally(np.ones((5, 11))).interval()).all()


def tally(errors: np.ndarray, seed: int = 0) -> Tally:
    """Of errors (repeats, windows), every window a unit."""
    count = errors.shape[1]
    return Tally(errors[..., None], np.ones((count, 1)), unit_weights(np.arange(count), seed))


def test_without_chance_in_training_the_interval_is_that_of_the_mean_over_units() -> None:
    errors = np.random.default_rng(0).exponential(size=400)
    low, high = tally(np.tile(errors, (5, 1))).interval()
    half = 1.96 * errors.std() / 20
    assert (low, high) == pytest.approx((errors.mean() - half, errors.mean() + half), rel=0.02)


def test_without_chance_in_testing_it_is_the_jackknifes() -> None:
    """Means that each leave out a fifth of 100 numbers: the jackknife gives the standard error of the whole mean."""
    x = np.random.default_rng(0).normal(5, 1, (5, 20))
    each = np.array([np.delete(x, r, axis=0).mean() for r in range(5)])
    low, high = tally(np.repeat(each[:, None], 50, axis=1)).interval()
    grouped = x.mean(1).std(ddof=1) / np.sqrt(5)
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.975, 4) * grouped, rel=1e-6)


def test_the_interval_of_a_ratio_is_paired() -> None:
    errors = np.random.default_rng(0).exponential(size=(5, 60))
    assert ratio([tally(2 * errors)], [tally(errors)]) == pytest.approx((2, 2, 2))
    value, low, high = ratio([tally(2 * errors), tally(errors / 2)], [tally(errors), tally(errors)])
    assert (value, low, high) == pytest.approx((1, 1, 1))


def test_the_interval_of_a_ratio_covers_the_truth_as_often_as_it_says() -> None:
    """Errors of a learner whose own error changes with the training windows; the truth is 1."""
    rng, inside = np.random.default_rng(0), 0
    for k in range(200):
        trained = rng.normal(1, 0.2, (2, 5, 20))  # of two learners, what each training window contributes
        means = np.stack([np.delete(trained, r, axis=1).mean((1, 2)) for r in range(5)], axis=1)
        windows = rng.exponential(size=(2, 1, 50)) + 1
        ours, theirs = (tally(m[:, None] * w, seed=k) for m, w in zip(means, windows, strict=True))
        _, low, high = ratio([ours], [theirs])
        inside += low <= 1 <= high
    assert 0.92 <= inside / 200 <= 0.995


def test_scores_of_one_learner_and_of_all_together() -> None:
    one, two = np.full((5, 20), 2.0), np.full((5, 20), 8.0)
    rows = {"a": {"real": tally(one), "synthetic": tally(two)}, "b": {"real": tally(one), "synthetic": tally(one)}}
    found = scores("task", "error", "lower", rows)
    relative = {s.learner: s.value for s in found if s.metric == "error, relative to real"}
    assert relative == pytest.approx({"a": 4, "b": 1, "": 2})  # the geometric mean of 4 and 1


def test_the_fifths_keep_what_belongs_together_apart_from_the_rest() -> None:
    """Overlapping windows of a series, and whatever is made from a window, are in its own fifth."""
    x = np.random.default_rng(0).normal(size=(100, 6, 1))
    train, new = as_panel(x, "real"), as_panel(x[:40] + 1, "new")
    object.__setattr__(train, "units", np.arange(100) // 5)
    sets = square(train, train, new, 0, ("jitter",))
    assert (sets.fifths["training"].reshape(20, 5) == sets.fifths["training"][::5, None]).all()
    assert np.bincount(sets.fifths["training"]).tolist() == [20] * 5
    made = sets.panels["jitter"].values[:, :, 0]
    source = np.abs(made[:, None] - x[None, ..., 0]).mean(2).argmin(1)
    assert (sets.fifths["jitter"] == sets.fifths["training"][source]).all()
    for name in ("training", "synthetic", "jitter"):
        assert sum(sets.kept(name, r).sum() for r in range(5)) == 4 * len(sets.panels[name])
