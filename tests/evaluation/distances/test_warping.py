"""The nearest window under time warping: by hand, and what it must see."""

from __future__ import annotations

import numpy as np
import pytest

from rcgan.evaluation.distances.measure import Sets
from rcgan.evaluation.distances.warping import nearest_warped, warping
from rcgan.evaluation.panel import as_panel

RNG = np.random.default_rng


def test_by_hand() -> None:
    """0 1 2 beside 0 0 1: 0 meets both zeros, 1 and 2 meet the 1; what is left is 1, over three cells."""
    near, far = np.array([[0.0], [0.0], [1.0]]), np.full((3, 1), 9.0)
    assert nearest_warped([np.arange(3.0)[:, None]], [far, near]) == pytest.approx([(1 / 3) ** 0.5])


def test_the_band_holds() -> None:
    """Of 20 rows a peak may be two early, not four."""
    peak = np.eye(20)[:, [8]]
    late, later = (np.roll(peak, k, 0) for k in (2, 4))
    assert nearest_warped([peak], [late]) == 0
    assert nearest_warped([peak], [later]) > 0


def test_a_lost_kind_and_noise_show() -> None:
    x = RNG(0).normal(size=(120, 20, 2)).cumsum(1)
    x[60:] += 30
    real = as_panel(x, "x")

    def distance(other: np.ndarray) -> float:
        return warping.between(real, as_panel(other, "x"))

    assert distance(x) == 0
    assert distance(x + RNG(1).normal(0, 0.5, x.shape)) < distance(x + RNG(1).normal(0, 2, x.shape))
    assert distance(np.concatenate([x[:60], x[:60]])) > 0.5


def test_windows_are_equally_many() -> None:
    """The more windows the nearer the nearest: a larger set gets no better number for its size."""
    real, small = (as_panel(RNG(k).normal(size=(n, 10, 1)), "x") for k, n in ((0, 50), (1, 30)))
    large = as_panel(RNG(2).normal(size=(600, 10, 1)), "x")
    one, two = warping.found(Sets(real, (small, large)))
    assert one == pytest.approx(two, rel=0.15)
    assert warping.between(real, large) < 0.9 * two
