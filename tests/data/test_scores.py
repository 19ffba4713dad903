"""Normal scores of channels that jump about: their law, their way back, and who is told by them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import kstest

import rcgan
from rcgan.data import Relations, find_relations, scores
from rcgan.data.scaling import Scaler

RNG = np.random.default_rng(0)
LAWS = {
    "uniform": RNG.uniform(0, 50, 20_000),
    "exponential": RNG.exponential(size=20_000),
    "two bands": RNG.integers(0, 2, 20_000) + 0.01 * RNG.normal(size=20_000),
}


@pytest.mark.parametrize("law", LAWS)
def test_scores_are_normal_and_normal_numbers_have_the_law(law: str) -> None:
    column = LAWS[law]
    at = scores.knots(column)
    assert kstest(scores.scores(column, at), "norm").statistic < 0.01
    made = scores.values(np.random.default_rng(1).normal(size=20_000), at)
    assert kstest(made, column).statistic < 0.02
    np.testing.assert_allclose(scores.values(scores.scores(column, at), at), column, atol=1e-9)


def test_a_share_of_rests_is_made_as_often_as_it_is_seen() -> None:
    """A lamp is off three quarters of the time, and otherwise at 10, 20, 30 or 40."""
    column = np.where(RNG.random(20_000) < 0.75, 0.0, 10.0 * RNG.integers(1, 5, 20_000))
    made = scores.values(np.random.default_rng(1).normal(size=20_000), scores.knots(column))
    for value in (0, 10, 20, 30, 40):
        assert (np.abs(made - value) < 1).mean() == pytest.approx((column == value).mean(), abs=0.015)


def test_nothing_is_clipped_and_order_is_kept() -> None:
    at = scores.knots(LAWS["uniform"])
    far = scores.values(np.linspace(-9, 9, 2001), at)
    assert (np.diff(far) > 0).all() and np.isfinite(far).all()
    assert np.isnan(scores.scores(np.array([np.nan]), at)).all()


def test_beyond_an_end_that_many_rows_share_scores_go_on_evenly() -> None:
    """A lamp that is off three quarters of the time: its lowest quantiles are one."""
    column = np.where(RNG.random(20_000) < 0.75, 0.0, 10.0 * RNG.integers(1, 5, 20_000))
    at, beyond = scores.knots(column), np.array([-40.0, 80.0])
    told = scores.scores(beyond, at)
    ends = scores.scores(np.array([column.min(), column.max()]), at)
    assert (np.abs(told - [-scores.FARTHEST, scores.FARTHEST]) <= 2 * scores.FARTHEST).all()  # 40 more is all again
    assert told[0] < ends[0] and told[1] > ends[1]
    np.testing.assert_allclose(scores.values(told, at), beyond)


def test_channels_that_jump_about_are_told_by_scores_and_no_others() -> None:
    walk = RNG.normal(size=(300, 20)).cumsum(1)
    noise = RNG.uniform(0, 50, size=(300, 20))
    windows = rcgan.Windows.from_arrays(np.stack([walk, noise], -1).astype(np.float32))
    scaler = Scaler.fit(windows, find_relations(windows.table))
    assert [bool(at) for at in scaler.knots] == [False, True]
    assert Scaler.from_dict(json.loads(json.dumps(scaler.to_dict()))) == scaler
    x, _ = scaler.encode(windows.values)
    assert kstest(x[..., 1].ravel(), "norm").pvalue > 1e-3
    np.testing.assert_allclose(scaler.decode(x), windows.values, atol=1e-3)


def test_fast_waves_are_smooth_and_keep_their_values() -> None:
    """Their differences are as large as they are, but come by no chance; between knots a curve would have bends."""
    speed, phase = RNG.uniform(0.8, 1.1, (300, 1, 1)), RNG.uniform(0, 6, (300, 1, 1))
    waves = np.exp(-0.1 * np.arange(24)[:, None]) * np.sin(speed * np.arange(24)[:, None] + phase)
    noise = waves + RNG.normal(size=waves.shape)
    windows = rcgan.Windows.from_arrays(np.concatenate([waves, noise], -1).astype(np.float32))
    scaler = Scaler.fit(windows, Relations(2, {}, {}))
    assert [bool(at) for at in scaler.knots] == [False, True]
    x, _ = scaler.encode(windows.values)
    assert np.corrcoef(x[..., 0].ravel(), waves.ravel())[0, 1] == pytest.approx(1, abs=1e-6)


def test_few_values_have_no_quantiles() -> None:
    windows = rcgan.Windows.from_arrays(RNG.uniform(size=(20, 10, 1)).astype(np.float32))
    assert Scaler.fit(windows, Relations(1, {}, {})).knots == ((),)


@pytest.mark.parametrize(("larger", "told"), [(1.2, True), (5.0, False)])
def test_a_channel_that_is_larger_under_one_label_has_no_law_for_all(larger: float, told: bool) -> None:
    labels = np.repeat(["idle", "running"], 150)
    noise = RNG.exponential(size=(300, 20, 1)) * np.where(labels == "running", larger, 1.0)[:, None, None]
    windows = rcgan.Windows.from_arrays(noise.astype(np.float32), labels)
    assert bool(Scaler.fit(windows, find_relations(windows.table)).knots[0]) is told
    assert bool(Scaler.fit(windows.bare(), find_relations(windows.table)).knots[0])


def test_a_label_without_a_value_says_nothing_of_a_channel() -> None:
    told = np.stack([RNG.normal(size=(6, 10)), np.r_[RNG.normal(size=(3, 10)), np.full((3, 10), np.nan)]], -1)
    assert scores.alike(told, np.repeat([0, 1], 3)).tolist() == [True, True]
