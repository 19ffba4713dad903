from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rcgan.errors import DataError
from rcgan.evaluation.forecast import choose_lags, forecast_scores, naive_scale
from rcgan.evaluation.forecasters import FORECASTERS
from rcgan.evaluation.panel import Panel, as_panel
from rcgan.evaluation.square import square
from rcgan.evaluation.utility import Score


def panel(x: object) -> Panel:
    return as_panel(x, "windows")


def walks(n: int, t: int, d: int = 1, seed: int = 0) -> np.ndarray:
    """Autoregressive series that a linear forecaster can foretell in part."""
    rng, x = np.random.default_rng(seed), np.zeros((n, t + 20, d))
    for k in range(2, t + 20):
        x[:, k] = 1.6 * x[:, k - 1] - 0.8 * x[:, k - 2] + rng.normal(size=(n, d))
    return x[:, 20:]


def ask(train: object, test: object, synthetic: object, *horizons: int, **options: Any) -> list[Score]:
    options = {"forecasters": ["ridge"], **options}
    return forecast_scores(square(panel(train), panel(test), panel(synthetic), 0, ()), horizons, **options)


def by_row(found: list[Score], metric: str = "MASE") -> dict[str, float]:
    return {s.row: s.value for s in found if s.metric == metric}


def test_the_naive_forecast_scores_one_on_its_own_training_windows_by_definition() -> None:
    x = walks(40, 12, 3)
    x[np.random.default_rng(1).random(x.shape) < 0.2] = np.nan
    x[:10, 8:] = np.nan
    found = [s for s in ask(x, x, x, 1, 10) if s.horizon == 1]  # so far ahead that one lag is left
    assert by_row(found)["naive"] == pytest.approx(1, abs=1e-6)


def test_a_toy_case_by_hand() -> None:
    train = np.array([[0.0, 1.0, 2.0, 4.0], [1.0, 1.0, 1.0, 1.0]])  # steps 1, 1, 2, 0, 0, 0: mean 4 / 6
    test = np.array([[0.0, np.nan, 3.0, 5.0]])  # one ahead: 0 -> (missing), 0 -> 3, 3 -> 5; two ahead: 0 -> 3, 0 -> 5
    assert naive_scale(panel(train)) == pytest.approx([4 / 6])
    many = np.tile(train, (3, 1))  # five windows at least, of the same errors
    found = ask(many, test, many, 1, 2)
    for horizon, errors in ((1, [3, 2]), (2, [3, 5])):
        value = next(s.value for s in found if (s.metric, s.row, s.horizon) == ("MASE", "naive", horizon))
        assert value == pytest.approx(np.mean(errors) / (4 / 6))


def test_training_on_windows_of_the_same_kind_changes_nothing_beyond_chance() -> None:
    found = ask(walks(200, 20, 2), walks(100, 20, 2, seed=1), walks(200, 20, 2, seed=2), 1, 8)
    ratios = [s for s in found if (s.metric, s.row) == ("MASE, relative to real", "synthetic")]
    assert len(ratios) == 2
    assert all(s.low <= 1 <= s.high and abs(s.value - 1) < 0.03 for s in ratios)


def test_what_is_foretold_is_the_noise_and_no_better() -> None:
    """An AR(2) process with unit noise: the best error at horizon 1 is E|noise| = sqrt(2 / pi)."""
    train, test = walks(400, 30), walks(400, 30, seed=1)
    found = by_row(ask(train, test, walks(400, 30, seed=2), 1))
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
        ratio = by_row(ask(train, test, bad, 1), "MASE, relative to real")
        assert ratio["synthetic"] > 1.1
        assert 1 < ratio["real + synthetic"] < ratio["synthetic"]


def test_units_and_padding_do_not_matter() -> None:
    x, y = walks(50, 16, 2), walks(30, 16, 2, seed=1)
    plain = by_row(ask(x, y, x[:25], 2))

    def padded(a: np.ndarray) -> np.ndarray:
        rows = [np.vstack([w * [1000, 0.01] + [5, -3], np.full((k % 2 * 4, 2), np.nan)]) for k, w in enumerate(a)]
        out = np.full((len(a), 20, 2), np.nan)
        for i, w in enumerate(rows):
            out[i, : len(w)] = w
        return out

    other = by_row(ask(padded(x), padded(y), padded(x[:25]), 2))
    assert other == pytest.approx(plain, rel=1e-3)


def test_where_nothing_can_be_foretold_the_naive_forecast_stands() -> None:
    """A counter that rarely jumps: its mean change would err in every row, its median change is 0."""
    rng = np.random.default_rng(0)
    x = np.where(rng.random((200, 20, 1)) < 0.05, rng.exponential(5, (200, 20, 1)), 0).cumsum(1)
    found = by_row(ask(x[:100], x[100:], x[:100], 1))
    assert found["real"] <= found["naive"] * 1.01


def test_lags_leave_room_for_the_largest_horizon_that_fits() -> None:
    train = panel(np.zeros((3, 10, 2)))
    assert choose_lags(train, (1, 8)) == 1
    assert choose_lags(train, (1, 2)) == 4
    assert choose_lags(train, (1, 10)) == 4
    assert choose_lags(train, (10,)) == 0


def test_a_horizon_beyond_the_window_cannot_be_told() -> None:
    x = walks(10, 8)
    (found,) = ask(x, x, x, 8)
    assert np.isnan(found.value)
    assert found.note == "cannot be told: the windows typically have 8 rows, and horizon 8 needs at least 9"


def test_constant_channels_are_left_out_and_named() -> None:
    x = walks(20, 10, 2)
    x[..., 1] = 7
    found, alone = ask(x, x, x, 1), ask(x[..., :1], x[..., :1], x[..., :1], 1)
    assert by_row(found) == pytest.approx(by_row(alone), rel=1e-6)
    assert "never changing: x1" in found[0].note
    assert np.isnan(ask(x[..., 1:], x[..., 1:], x[..., 1:], 1)[0].value)


def test_only_the_channels_asked_for_are_foretold() -> None:
    train, test = walks(40, 12, 2), walks(40, 12, 2, seed=1)
    train[..., 1] = test[..., 1] = np.arange(12) ** 3  # repeating the last value errs by far in this one alone
    one, both = (by_row(ask(train, test, train, 1, targets=t))["naive"] for t in (["x0"], None))
    steps = np.abs(np.diff(np.arange(12.0) ** 3))
    late = steps[5 - 1 :].mean() / steps.mean()  # after five lags
    assert both == pytest.approx((one + late) / 2)
    with pytest.raises(DataError, match=r"no continuous channel 'x3' to foretell; there are \['x0', 'x1'\]"):
        ask(train, test, train, 1, targets=["x3"])


def test_a_channel_without_values_cannot_be_told() -> None:
    x = walks(20, 10, 2)
    holed = x.copy()
    holed[:, 1:, 1] = np.nan
    (found,) = ask(x, x, holed, 1)
    assert found.note == "cannot be told: channel 'x1' has no value 1 rows after another in the synthetic windows"


def test_a_model_of_the_world_is_tested_on_synthetic_windows_too() -> None:
    """Synthetic walks that move twice as far: a real forecaster errs twice as much on them."""
    train, test, new = walks(200, 20), walks(200, 20, seed=1), 2 * walks(200, 20, seed=2)
    found = by_row(ask(train, test, new, 1))
    assert found["real, on synthetic"] == pytest.approx(2 * found["real"], rel=0.05)


@pytest.mark.parametrize("name", list(FORECASTERS))
def test_every_forecaster_beats_the_naive_forecast_and_is_led_astray_by_noise(name: str) -> None:
    train, test = walks(300, 30), walks(300, 30, seed=1)
    found = ask(train, test, np.random.default_rng(0).normal(size=train.shape), 1, forecasters=[name])
    value = by_row(found)
    assert value["real"] < 0.75 * value["naive"]
    assert value["synthetic"] > 1.1 * value["real"]
    assert {s.learner for s in found} == {name}


@pytest.mark.parametrize("name", list(FORECASTERS))
def test_the_same_seed_gives_the_same_scores(name: str) -> None:
    x = walks(40, 12)
    one, other = (ask(x[:20], x[20:], x[:20], 1, forecasters=[name]) for _ in range(2))
    assert one == other


def test_crps_of_the_recurrent_forecaster_is_near_that_of_the_true_law() -> None:
    """Of unit normal noise: 1 / sqrt(pi) (Gneiting, Raftery, 2007, eq. 21), but for nine quantiles in place of all."""
    train = np.random.default_rng(0).normal(size=(400, 20, 1))
    train[:, 0] = 0
    walks = train.cumsum(1)
    found = by_row(ask(walks[:200], walks[200:], walks[:200], 1, forecasters=["recurrent"]), "CRPS")
    scale = np.abs(np.diff(walks[:200], axis=1)).mean()
    assert found["real"] * scale == pytest.approx(1 / np.sqrt(np.pi), rel=0.05)
