from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from rcgan.evaluation.forecast import Fold, choose_lags, forecast_scores, naive_scale, solve
from rcgan.evaluation.panel import Panel, as_panel
from rcgan.evaluation.utility import Score


def panel(x: object) -> Panel:
    return as_panel(x, "windows")


def walks(n: int, t: int, d: int = 1, seed: int = 0) -> np.ndarray:
    """Autoregressive series that a linear forecaster can foretell in part."""
    rng, x = np.random.default_rng(seed), np.zeros((n, t + 20, d))
    for k in range(2, t + 20):
        x[:, k] = 1.6 * x[:, k - 1] - 0.8 * x[:, k - 2] + rng.normal(size=(n, d))
    return x[:, 20:]


def by_row(found: list[Score], metric: str = "MASE") -> dict[str, float]:
    return {s.row: s.value for s in found if s.metric == metric}


def test_the_naive_forecast_scores_one_on_its_own_training_windows_by_definition() -> None:
    x = walks(40, 12, 3)
    x[np.random.default_rng(1).random(x.shape) < 0.2] = np.nan
    x[:10, 8:] = np.nan
    found = forecast_scores(panel(x), panel(x), panel(x), 1, lags=1)
    assert by_row(found)["naive"] == pytest.approx(1, abs=1e-6)


def test_a_toy_case_by_hand() -> None:
    train = np.array([[0.0, 1.0, 2.0, 4.0], [1.0, 1.0, 1.0, 1.0]])  # steps 1, 1, 2, 0, 0, 0: mean 4 / 6
    test = np.array([[0.0, np.nan, 3.0, 5.0]])  # one ahead: 0 -> (missing), 0 -> 3, 3 -> 5; two ahead: 0 -> 3, 0 -> 5
    assert naive_scale(panel(train)) == pytest.approx([4 / 6])
    for horizon, errors in ((1, [3, 2]), (2, [3, 5])):
        found = forecast_scores(panel(train), panel(test), panel(train), horizon, lags=1)
        assert by_row(found)["naive"] == pytest.approx(np.mean(errors) / (4 / 6))


def test_training_on_a_copy_of_the_real_windows_changes_nothing() -> None:
    train, test = panel(walks(60, 20, 2)), panel(walks(30, 20, 2, seed=1))
    for horizon in (1, 8):
        ratio = by_row(forecast_scores(train, test, train, horizon, lags=4), "MASE, relative to real")
        assert ratio["synthetic"] == 1


def test_what_is_foretold_is_the_noise_and_no_better() -> None:
    """An AR(2) process with unit noise: the best error at horizon 1 is E|noise| = sqrt(2 / pi)."""
    train, test = walks(400, 30), walks(400, 30, seed=1)
    found = by_row(forecast_scores(panel(train), panel(test), panel(walks(400, 30, seed=2)), 1, lags=4))
    best = np.sqrt(2 / np.pi) / np.abs(np.diff(train, axis=1)).mean()
    assert found["real"] == pytest.approx(best, rel=0.02)
    assert found["synthetic"] == pytest.approx(best, rel=0.02)
    assert found["naive"] > 1.3 * best


def test_noise_and_shuffled_steps_are_seen() -> None:
    train, test = walks(100, 20), walks(100, 20, seed=1)
    rng = np.random.default_rng(0)
    noisy = train + rng.normal(size=train.shape)
    shuffled = rng.permuted(train, axis=1)
    for bad in (noisy, shuffled):
        ratio = by_row(forecast_scores(panel(train), panel(test), panel(bad), 1, lags=4), "MASE, relative to real")
        assert ratio["synthetic"] > 1.1
        assert 1 < ratio["real + synthetic"] < ratio["synthetic"]


def test_units_and_padding_do_not_matter() -> None:
    x, y = walks(50, 16, 2), walks(30, 16, 2, seed=1)
    plain = by_row(forecast_scores(panel(x), panel(y), panel(x[:25]), 2, lags=3))

    def padded(a: np.ndarray) -> np.ndarray:
        rows = [np.vstack([w * [1000, 0.01] + [5, -3], np.full((k % 2 * 4, 2), np.nan)]) for k, w in enumerate(a)]
        out = np.full((len(a), 20, 2), np.nan)
        for i, w in enumerate(rows):
            out[i, : len(w)] = w
        return out

    other = by_row(forecast_scores(panel(padded(x)), panel(padded(y)), panel(padded(x[:25])), 2, lags=3))
    assert other == pytest.approx(plain, rel=1e-3)


def test_the_ridge_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 30, 4)), rng.normal(size=(2, 30, 2))
    found = solve([Fold(a, b, a.T @ a, a.T @ b) for a, b in zip(x, y, strict=True)], 2.0)
    expected = Ridge(2.0, fit_intercept=False).fit(np.vstack(x), np.vstack(y))
    np.testing.assert_allclose(found, expected.coef_.T, atol=1e-8)


def test_where_nothing_can_be_foretold_the_naive_forecast_stands() -> None:
    """A counter that rarely jumps: its mean change would err in every row, its median change is 0."""
    rng = np.random.default_rng(0)
    x = np.where(rng.random((200, 20, 1)) < 0.05, rng.exponential(5, (200, 20, 1)), 0).cumsum(1)
    found = by_row(forecast_scores(panel(x[:100]), panel(x[100:]), panel(x[:100]), 1, lags=4))
    assert found["real"] <= found["naive"] * 1.01


def test_lags_leave_room_for_the_largest_horizon_that_fits() -> None:
    train = panel(np.zeros((3, 10, 2)))
    assert choose_lags(train, (1, 8)) == {1: 1, 8: 1}
    assert choose_lags(train, (1, 2)) == {1: 4, 2: 4}
    assert choose_lags(train, (1, 10)) == {1: 4, 10: 0}


def test_a_horizon_beyond_the_window_cannot_be_told() -> None:
    x = panel(walks(10, 8))
    (found,) = forecast_scores(x, x, x, 8, choose_lags(x, (8,))[8])
    assert np.isnan(found.value)
    assert found.note == "cannot be told: the windows typically have 8 rows, and horizon 8 needs at least 9"


def test_constant_channels_are_left_out_and_named() -> None:
    x = walks(20, 10, 2)
    x[..., 1] = 7
    found = forecast_scores(panel(x), panel(x), panel(x), 1, lags=2)
    alone = forecast_scores(panel(x[..., :1]), panel(x[..., :1]), panel(x[..., :1]), 1, lags=2)
    assert by_row(found) == pytest.approx(by_row(alone), rel=1e-6)
    assert "never changing: x1" in found[0].note


def test_a_channel_without_values_cannot_be_told() -> None:
    x = walks(20, 10, 2)
    holed = x.copy()
    holed[:, 1:, 1] = np.nan
    (found,) = forecast_scores(panel(x), panel(x), panel(holed), 1, lags=2)
    assert found.note == "cannot be told: channel 'x1' has no value 1 rows after another in the synthetic windows"
