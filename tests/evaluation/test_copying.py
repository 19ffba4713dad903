"""Copies are counted, and an honest draw has no more than chance gives."""

from __future__ import annotations

import numpy as np
import pytest

from rcgan.evaluation.copying import best_threshold, copying_scores, membership_advantage
from rcgan.evaluation.panel import Panel, as_panel
from rcgan.evaluation.utility import Score


def draw(seed: int, n: int = 400) -> Panel:
    return as_panel(np.random.default_rng(seed).normal(size=(n, 8, 2)).cumsum(1), "x")


def asked(train: Panel, test: Panel, new: Panel) -> dict[str, Score]:
    return {s.metric: s for s in copying_scores(train, test, new, seed=0) if s.row == "synthetic"}


def test_an_honest_draw_is_at_chance() -> None:
    """Within three standard deviations, .03, .007 and .03 over 30 draws."""
    found = asked(draw(0), draw(1), draw(2))
    assert abs(found["nearer to training"].value - 0.5) < 0.09
    assert found["copies"].value < 0.03
    assert abs(found["membership advantage"].value) < 0.1


def test_copies_are_counted() -> None:
    """A third of the windows are copies, with noise far below the distance of neighbours."""
    train, new = draw(0), draw(2)
    values = new.values.copy()
    values[::3] = train.values[::3] + 0.001
    found = asked(train, draw(1), as_panel(values, "x"))
    assert found["copies"].value == pytest.approx(1 / 3, abs=0.03)
    assert found["nearer to training"].value == pytest.approx(1 / 3 + 2 / 3 / 2, abs=0.06)
    assert found["membership advantage"].low > 0.2


def test_full_copies_give_everything_away() -> None:
    train = draw(0)
    found = asked(train, draw(1), train)
    assert found["nearer to training"].value == found["copies"].value == 1
    assert found["membership advantage"].value > 0.97


def test_advantage_is_tried_on_windows_that_did_not_choose_it() -> None:
    found = [membership_advantage(*np.random.default_rng(seed).normal(size=(2, 40)), seed)[0] for seed in range(200)]
    assert abs(np.mean(found)) < 3 * np.std(found) / 200**0.5


def test_threshold_by_hand() -> None:
    assert best_threshold(np.array([1.0, 2.0, 9.0]), np.array([3.0, 4.0, 5.0])) == 2.0


def test_few_windows_tell_nothing() -> None:
    found = copying_scores(draw(0, 39), draw(1), draw(2), seed=0)
    assert all(np.isnan(s.value) and "fewer than 40 windows" in s.note for s in found)
