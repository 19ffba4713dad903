"""Broken relations: counted by hand, real beside synthetic, silent where nothing holds."""

from __future__ import annotations

import numpy as np
import pytest

from rcgan.data import Windows
from rcgan.evaluation.panel import Panel, as_panel
from rcgan.evaluation.relations import METRIC, relation_scores
from rcgan.evaluation.verdict import verdict


def days(seed: int, n: int = 60) -> np.ndarray:
    """Low, high and a fixed channel over 10 days, 60 windows."""
    rng = np.random.default_rng(seed)
    low = rng.normal(size=(n, 10))
    return np.stack([low, low + rng.exponential(1, (n, 10)), np.full((n, 10), 7.5)], axis=2).astype(np.float32)


def panel(values: np.ndarray) -> Panel:
    return as_panel(Windows.from_arrays(values, names=["low", "high", "speed"]), "x")


def test_broken_rows_are_counted() -> None:
    """Of 600 rows 60 have low above high, and 14 another speed; 2 of them both."""
    made = days(2)
    made[:, 3, 0] = made[:, 3, 1] + 1
    made[:2, 2:9, 2] = 7
    real, synthetic = relation_scores(panel(days(0)), panel(days(1)), panel(made), 0)
    assert (real.metric, real.row, real.value) == (METRIC, "real", 0.0)
    assert real.note == "in all training rows: speed = 7.5, low <= high"
    assert synthetic.row == "synthetic" and synthetic.value == pytest.approx((60 + 14 - 2) / 600)
    assert synthetic.low < synthetic.value < synthetic.high
    assert synthetic.note == "synthetic rows break low <= high most, 10 %"
    assert any("12 % break a relation" in line and "real test rows 0 %" in line for line in verdict([real, synthetic]))


def test_a_coincidence_shows_in_real_test_rows() -> None:
    test = days(1)
    test[:30, :, 1] = test[:30, :, 0] - 1
    real, _ = relation_scores(panel(days(0)), panel(test), panel(days(2)), 0)
    assert real.value == 0.5


def test_without_relations_nothing_is_said() -> None:
    rng = np.random.default_rng(0)
    sets = [panel(rng.normal(size=(60, 10, 3)).astype(np.float32)) for _ in range(3)]
    assert relation_scores(*sets, 0) == []


def test_rows_after_the_end_and_holes_break_nothing() -> None:
    made = days(2)
    made[:, 7:] = np.nan
    made[0, 0, 0] = np.nan
    _, synthetic = relation_scores(panel(days(0)), panel(days(1)), panel(made), 0)
    assert synthetic.value == 0.0
