from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score

from rcgan.data.windows import Windows
from rcgan.evaluation.classify import classification_scores, rightly
from rcgan.evaluation.panel import Panel, aligned, as_panel
from rcgan.evaluation.readers import READERS
from rcgan.evaluation.readers.trees import features
from rcgan.evaluation.square import square
from rcgan.evaluation.utility import Score
from rcgan.evaluation.windowed import tally


def waves(n: int, seed: int, share: float = 0.5, noise: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Sines and squares of random phase; ``share`` of them squares."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) < n * share).astype(int)
    x = np.sin(np.linspace(0, 9, 20)[None] + rng.uniform(0, 6, (n, 1)))
    x = np.where(y[:, None] == 1, np.sign(x), x) + rng.normal(0, noise, x.shape)
    return x[..., None], np.array(["sine", "square"])[y]


def panel(given: object) -> Panel:
    return as_panel(given, "windows")


def ask(train: object, test: object, synthetic: object, **options: Any) -> list[Score]:
    real = panel(train)
    other = [aligned(panel(given), real, "other") for given in (test, synthetic)]
    return classification_scores(square(real, *other, 0, ()), **{"readers": ["trees"], **options})


def by_row(found: list[Score]) -> dict[str, float]:
    return {s.row: s.value for s in found if s.metric == "balanced accuracy"}


@pytest.mark.parametrize("name", list(READERS))
def test_every_reader_learns_the_classes_and_is_led_astray_by_wrong_labels(name: str) -> None:
    train, test = waves(200, 0), waves(200, 1)
    x, y = waves(200, 2)
    assert by_row(ask(train, test, (x, y), readers=[name]))["synthetic"] > 0.9
    found = by_row(ask(train, test, (x, y[::-1]), readers=[name]))
    assert found["real"] > 0.9
    assert found["synthetic"] < 0.1
    assert found["real, on synthetic"] < 0.1
    assert found["naive"] == 0.5


def test_labels_at_random_are_worth_nothing() -> None:
    x, y = waves(200, 2)
    found = ask(waves(200, 0), waves(200, 1), (x, np.random.default_rng(0).permutation(y)))
    assert by_row(found)["synthetic"] < 0.7


def test_a_rare_class_counts_as_much_as_a_common_one() -> None:
    found = by_row(ask(waves(400, 0, share=0.05), waves(400, 1), waves(400, 2)))
    assert found["real"] > 0.8
    assert found["real + synthetic"] >= found["real"]


@pytest.mark.parametrize("name", list(READERS))
def test_missing_cells_and_unequal_lengths(name: str) -> None:
    def holed(given: tuple[np.ndarray, np.ndarray], seed: int) -> tuple[np.ndarray, np.ndarray]:
        x, rng = given[0].copy(), np.random.default_rng(seed)
        x[rng.random(x.shape) < 0.1] = np.nan
        x[::3, 16:] = np.nan
        return x, given[1]

    found = by_row(ask(holed(waves(200, 0), 0), holed(waves(200, 1), 1), holed(waves(200, 2), 2), readers=[name]))
    assert min(found["real"], found["synthetic"]) > 0.8


def test_padding_is_not_a_feature() -> None:
    x = np.random.default_rng(0).normal(size=(5, 6, 2))
    padded = np.concatenate([x, np.full((5, 3, 2), np.nan)], 1)
    padded[0] = 1
    one, other = features(panel(x), 6), features(panel(padded), 6)
    np.testing.assert_allclose(one[1:], other[1:], rtol=1e-6)


@pytest.mark.parametrize("name", list(READERS))
def test_a_category_is_seen(name: str) -> None:
    frame = pd.DataFrame({"mode": ["a", "b"] * 80, "x": 1.0, "y": 0.0})
    frame.loc[:79, "mode"] = "a"
    frame["label"] = ["p"] * 80 + ["q"] * 80
    windows = Windows.from_frame(frame, window=4, stride=4, label="label")
    assert by_row(ask(windows, windows, windows, readers=[name]))["real"] == 1


def test_balanced_accuracy_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    truth, answers = rng.integers(0, 3, 50), [rng.integers(0, 3, 50) for _ in range(2)]
    found = tally(truth, answers, np.arange(50), rightly, 0)
    assert found.each == pytest.approx([balanced_accuracy_score(truth, answer) for answer in answers])


def test_what_cannot_be_told() -> None:
    train, test = waves(40, 0), waves(40, 1)
    x, y = waves(40, 2)
    assert ask(train[0], test[0], x) == []
    assert ask(train, test, x)[0].note == "cannot be told: the synthetic windows carry no labels"
    one = x[y == "sine"], y[y == "sine"]
    assert ask(train, test, one)[0].note == "cannot be told: the synthetic windows are all of one class"
    few = ask(train, (x[15:24], y[15:24]), (x, y))
    assert few[0].note == "cannot be told: there are 9 test windows, and 10 are needed"


def test_an_absent_class_is_named() -> None:
    x, y = waves(60, 0)
    three = np.where(np.arange(60) % 3 == 0, "other", y)
    found = ask((x, three), (x, three), (x[three != "other"], three[three != "other"]))
    assert found[0].note == "no synthetic window of class 'other'"


def test_a_callers_warning_filters_are_left_as_they_were() -> None:
    # every reader: a library's threads that each set and restore them leave another thread's behind
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        ask(waves(60, 0), waves(60, 1), waves(60, 2), readers=list(READERS))
        assert list(warnings.filters) == before
