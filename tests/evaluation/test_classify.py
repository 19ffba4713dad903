from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rcgan.data.windows import Windows
from rcgan.evaluation.classify import balanced_accuracy, classification_scores, features
from rcgan.evaluation.panel import Panel, aligned, as_panel
from rcgan.evaluation.utility import Score


def waves(n: int, seed: int, share: float = 0.5, noise: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Sines and squares of random phase; ``share`` of them squares."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) < n * share).astype(int)
    x = np.sin(np.linspace(0, 9, 20)[None] + rng.uniform(0, 6, (n, 1)))
    x = np.where(y[:, None] == 1, np.sign(x), x) + rng.normal(0, noise, x.shape)
    return x[..., None], np.array(["sine", "square"])[y]


def panel(given: object) -> Panel:
    return as_panel(given, "windows")


def ask(train: object, test: object, synthetic: object) -> list[Score]:
    real = panel(train)
    other = [aligned(panel(given), real, "other") for given in (test, synthetic)]
    return classification_scores(real, *other, repeats=3, seed=0, tick=lambda _: None)


def by_row(found: list[Score]) -> dict[str, float]:
    return {s.row: s.value for s in found if s.metric == "balanced accuracy"}


def test_a_copy_of_the_real_windows_does_exactly_as_well() -> None:
    train, test = waves(200, 0), waves(200, 1)
    found = by_row(ask(train, test, train))
    assert found["real"] == found["synthetic"] > 0.9
    assert found["naive"] == 0.5


def test_wrong_labels_are_seen() -> None:
    train, test = waves(200, 0), waves(200, 1)
    x, y = waves(200, 2)
    assert by_row(ask(train, test, (x, np.random.default_rng(0).permutation(y))))["synthetic"] < 0.7
    assert by_row(ask(train, test, (x, y[::-1])))["synthetic"] < 0.1


def test_a_rare_class_counts_as_much_as_a_common_one() -> None:
    rare, test = waves(400, 0, share=0.05), waves(400, 1)
    found = by_row(ask(rare, test, waves(400, 2)))
    assert found["real"] > 0.85
    assert found["real + synthetic"] >= found["real"]


def test_missing_cells_and_unequal_lengths() -> None:
    def holed(given: tuple[np.ndarray, np.ndarray], seed: int) -> tuple[np.ndarray, np.ndarray]:
        x, rng = given[0].copy(), np.random.default_rng(seed)
        x[rng.random(x.shape) < 0.1] = np.nan
        x[::3, 16:] = np.nan
        return x, given[1]

    found = by_row(ask(holed(waves(200, 0), 0), holed(waves(200, 1), 1), holed(waves(200, 2), 2)))
    assert min(found["real"], found["synthetic"]) > 0.85


def test_padding_is_not_a_feature() -> None:
    x = np.random.default_rng(0).normal(size=(5, 6, 2))
    padded = np.concatenate([x, np.full((5, 3, 2), np.nan)], 1)
    padded[0] = 1
    one, other = features(panel(x), 6), features(panel(padded), 6)
    np.testing.assert_allclose(one[1:], other[1:], rtol=1e-6)


def test_a_category_is_a_feature() -> None:
    frame = pd.DataFrame({"mode": ["a", "b"] * 40, "x": 1.0, "y": 0.0})
    frame.loc[:39, "mode"] = "a"
    frame["label"] = ["p"] * 40 + ["q"] * 40
    windows = Windows.from_frame(frame, window=4, stride=4, label="label")
    assert by_row(ask(windows, windows, windows))["real"] == 1


def test_balanced_accuracy_by_hand() -> None:
    truth = np.array([0, 0, 0, 1])
    guesses = np.array([[0, 0, 1, 1], [0, 0, 0, 0]])  # (2/3 + 1) / 2 and (1 + 0) / 2
    value, draws = balanced_accuracy(truth, guesses, np.arange(4), np.ones((1, 4)), seed=0)
    assert value == pytest.approx(((2 / 3 + 1) / 2 + 1 / 2) / 2)
    assert draws[0] in (pytest.approx(5 / 6), pytest.approx(1 / 2))


def test_what_cannot_be_told() -> None:
    train, test = waves(40, 0), waves(40, 1)
    x, y = waves(40, 2)
    assert ask(train[0], test[0], x) == []
    assert ask(train, test, x)[0].note == "cannot be told: the synthetic windows carry no labels"
    one = x[y == "sine"], y[y == "sine"]
    assert ask(train, test, one)[0].note == "cannot be told: the synthetic windows are all of one class"


def test_an_absent_class_is_named() -> None:
    x, y = waves(60, 0)
    three = np.where(np.arange(60) % 3 == 0, "other", y)
    found = ask((x, three), (x, three), (x[three != "other"], three[three != "other"]))
    assert found[0].note == "no synthetic window of class 'other'"
