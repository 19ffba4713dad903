from __future__ import annotations

import numpy as np
import pytest

from rcgan.errors import DataError
from rcgan.evaluation.panel import as_panel
from rcgan.evaluation.readers import READERS
from rcgan.evaluation.regress import regression_scores
from rcgan.evaluation.square import square
from rcgan.evaluation.utility import Score


def wear(n: int, seed: int) -> np.ndarray:
    """Vibration that grows with wear, and the life that remains: the second channel."""
    rng = np.random.default_rng(seed)
    life = rng.uniform(0, 100, (n, 1)) - np.arange(16)
    noise = rng.normal(0, 0.3, (n, 16))
    return np.stack([np.sin(np.arange(16)) * (2 - life / 100) + noise, life], axis=2)


def ask(train: np.ndarray, test: np.ndarray, synthetic: np.ndarray, reader: str = "trees") -> list[Score]:
    panels = [as_panel(x, "windows") for x in (train, test, synthetic)]
    return regression_scores(square(*panels, 0, ()), "x1", readers=[reader])


def by_row(found: list[Score]) -> dict[str, float]:
    return {s.row: s.value for s in found if s.metric == "mean absolute error"}


@pytest.mark.parametrize("name", list(READERS))
def test_every_reader_beats_the_median_and_is_led_astray_by_wrong_numbers(name: str) -> None:
    wrong = wear(300, 2)
    wrong[..., 1] = 85 - wrong[..., 1]
    found = by_row(ask(wear(300, 0), wear(200, 1), wrong, name))
    assert found["real"] < 0.8 * found["naive"]
    assert found["synthetic"] > 1.3 * found["naive"]


def test_the_naive_error_is_that_of_the_training_median() -> None:
    train, test = wear(50, 0), wear(40, 1)
    expected = np.abs(test[:, -1, 1] - np.median(train[:, -1, 1])).mean()
    assert by_row(ask(train, test, train))["naive"] == pytest.approx(expected, rel=1e-6)


def test_the_target_is_hidden_from_the_reader() -> None:
    """Were it seen, the error would be near 0: it is all that could tell."""
    rng = np.random.default_rng(0)
    x = np.stack([rng.normal(size=(200, 8)), np.repeat(rng.normal(size=(200, 1)), 8, axis=1)], axis=2)
    found = by_row(ask(x[:100], x[100:], x[:100]))
    assert found["real"] > 0.9 * found["naive"]


def test_the_last_value_seen_counts_and_windows_without_one_are_counted() -> None:
    x = wear(60, 0)
    x[:5, :, 1] = np.nan
    x[5:, -1, 1] = np.nan
    found = ask(x, x, x)
    assert found[0].note == "of x1; 15 windows never show it"
    assert by_row(found)["naive"] == pytest.approx(np.abs(x[5:, -2, 1] - np.median(x[5:, -2, 1])).mean(), rel=1e-6)


def test_what_cannot_be_asked_or_told() -> None:
    x = wear(30, 0)
    sets = square(*(as_panel(x, "windows") for _ in range(3)), 0, ())
    with pytest.raises(DataError, match="no continuous channel 'x2' to read; there are"):
        regression_scores(sets, "x2")
    alone = square(*(as_panel(x[..., :1], "windows") for _ in range(3)), 0, ())
    with pytest.raises(DataError, match="'x0' is the only channel"):
        regression_scores(alone, "x0")
    few = x.copy()
    few[9:, :, 1] = np.nan
    assert ask(x, x, few)[0].note == "cannot be told: 9 synthetic windows show 'x1', and 10 are needed"
