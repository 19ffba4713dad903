"""Distances of whole windows, of spectra, correlations, stays and holes: against closed forms and other libraries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rcgan.data.windows import Windows
from rcgan.evaluation.distances import distance_scores
from rcgan.evaluation.distances.correlations import correlation, correlations
from rcgan.evaluation.distances.discrepancy import mean_discrepancy
from rcgan.evaluation.distances.dwell import dwell, dwells
from rcgan.evaluation.distances.holes import hole_rates, holes
from rcgan.evaluation.distances.measure import vectors
from rcgan.evaluation.distances.neighbours import neighbourhoods
from rcgan.evaluation.distances.sliced import sliced_wasserstein
from rcgan.evaluation.distances.spectra import spectra, spectrum
from rcgan.evaluation.panel import as_panel

RNG = np.random.default_rng


def test_sliced_wasserstein_of_a_shift() -> None:
    """A shift by s along one of k axes: E (theta_1 s)^2 = s^2 / k."""
    x = RNG(0).normal(size=(1000, 16))
    moved = x + np.eye(16)[0] * 8
    assert sliced_wasserstein(x, moved) == pytest.approx(8 / 16**0.5, rel=0.1)


def test_sliced_wasserstein_of_one_column_is_scipys() -> None:
    a, b = RNG(0).normal(size=(4000, 1)), RNG(1).normal(3, 1, size=(4000, 1))
    assert sliced_wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(a[:, 0], b[:, 0]), rel=0.01)


def test_discrepancy_is_unbiased_and_grows() -> None:
    found = [mean_discrepancy(*RNG(seed).normal(size=(2, 200, 4))) for seed in range(40)]
    assert abs(np.mean(found)) < 3 * np.std(found) / 40**0.5
    assert min(found) < 0
    x, y = RNG(0).normal(size=(2, 200, 4))
    assert mean_discrepancy(x, y + 0.5) < mean_discrepancy(x, y + 1)


def test_discrepancy_by_hand() -> None:
    """Points 0, 2 and 1, 3: the median distance is 2, k(d) = exp(-d^2 / 8); 2 k(2) - 2 (3 k(1) + k(3)) / 4."""
    a, b = np.array([[0.0], [2.0]]), np.array([[1.0], [3.0]])
    k = {d: np.exp(-(d**2) / 8) for d in (1, 2, 3)}
    assert mean_discrepancy(a, b) == pytest.approx(2 * k[2] - 2 * (3 * k[1] + k[3]) / 4)


def test_neighbourhoods_know_lost_modes_and_strays() -> None:
    two = np.concatenate([RNG(0).normal(size=(200, 2)), RNG(1).normal(50, 1, size=(200, 2))])
    one = RNG(2).normal(size=(400, 2))
    lost, strayed = neighbourhoods(two, one), neighbourhoods(one, two)
    assert lost["precision"] > 0.9 and lost["recall"] < 0.6 and lost["coverage"] < 0.6
    assert strayed["precision"] < 0.6 and strayed["recall"] > 0.9
    alike = neighbourhoods(*RNG(3).normal(size=(2, 1000, 2)))
    assert alike["density"] == pytest.approx(1, abs=0.1)
    assert alike["coverage"] == pytest.approx(1 - 0.5**5, abs=0.03)  # Naeem et al., lemma 2, many windows


def test_correlation_is_numpys_and_minds_holes() -> None:
    x = RNG(0).normal(size=(50, 20, 3))
    x[..., 1] += x[..., 0]
    assert np.allclose(correlation(as_panel(x, "x")), np.corrcoef(x.reshape(-1, 3).T), atol=1e-6)
    holed = x.copy()
    holed[RNG(1).random(x.shape) < 0.3] = np.nan
    assert np.allclose(correlation(as_panel(holed, "x")), correlation(as_panel(x, "x")), atol=0.08)


def test_correlational_score_by_hand() -> None:
    """Correlations 1 against -1, one pair: 2 / 10."""
    x = RNG(0).normal(size=(20, 10, 1))
    pair = [as_panel(np.concatenate([x, sign * x], -1), "x") for sign in (1, -1)]
    assert correlations.between(*pair) == pytest.approx(0.2, abs=1e-6)


def test_spectra_of_two_tones_share_nothing() -> None:
    t = np.arange(32)
    slow, fast = (as_panel(np.sin(2 * np.pi * k * t / 32)[None, :, None], "x") for k in (2, 9))
    assert spectra.between(slow, fast) == pytest.approx(1, abs=1e-6)
    assert spectra.between(slow, slow) == 0
    assert spectrum(slow, 32).sum() == pytest.approx(1)


def test_stays_by_hand() -> None:
    def windows(modes: str):
        return as_panel(Windows.from_frame(pd.DataFrame({"mode": list(modes)}), window=4, stride=4), "x")

    assert dwells(np.array([[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]])).tolist() == [2, 2, 3, 1]
    assert dwell.between(windows("aabbaabb"), windows("aaabaaab")) == 1  # stays of 2 alone against 3 and 1


def test_holes_by_hand() -> None:
    full = RNG(0).normal(size=(10, 5, 2))
    holed = full.copy()
    holed[:4, 0, 0] = np.nan
    some, none = as_panel(holed, "x"), as_panel(full, "x")
    assert hole_rates(some).tolist() == [4 / 50, 0]
    assert holes.between(some, none) == pytest.approx(0.4)
    assert "hole distance" in {s.metric for s in distance_scores(some, some, none)}
    assert "hole distance" not in {s.metric for s in distance_scores(none, none, none)}


def test_vectors_are_standardised_by_the_real_windows() -> None:
    x = 5 + 3 * RNG(0).normal(size=(400, 6, 2))
    one, two = vectors(as_panel(x, "x"), as_panel(x + 3, "x"))
    assert one.shape == two.shape == (400, 12)
    assert np.allclose((two - one).mean(), 1, atol=0.05)
