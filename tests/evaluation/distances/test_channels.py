from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rcgan.data.windows import Windows
from rcgan.evaluation.distances import autocorrelation, distance_scores
from rcgan.evaluation.distances.marginal import marginal_distance
from rcgan.evaluation.distances.steps import step_distance
from rcgan.evaluation.panel import Panel, as_panel


def panel(given: object) -> Panel:
    return as_panel(given, "windows")


def test_a_set_has_no_distance_from_itself() -> None:
    x = panel(np.random.default_rng(0).normal(size=(30, 10, 2)))
    for score in distance_scores(x, x, x):
        if score.better == "higher":
            assert score.value >= 1 - 1e-9
        else:  # the unbiased discrepancy of a set and itself is below 0
            assert score.value == pytest.approx(0, abs=1e-9) or score.metric == "maximum mean discrepancy"


def test_marginal_distance_is_wasserstein_in_standard_deviations() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(500, 8, 1)), rng.gamma(2, size=(500, 8, 1))
    expected = stats.wasserstein_distance(a.ravel(), b.ravel()) / a.std()
    assert marginal_distance(panel(a), panel(b)) == pytest.approx(expected, rel=0.03)


def test_noise_shows_in_the_steps_and_order_in_the_autocorrelation() -> None:
    x = np.sin(np.linspace(0, 6, 20) + np.random.default_rng(0).uniform(0, 6, (200, 1)))[..., None]
    rng = np.random.default_rng(1)
    found = {}
    for name, other in (("noise", x + rng.normal(0, 0.2, x.shape)), ("shuffle", rng.permuted(x, axis=1))):
        found[name] = {
            s.metric: s.value for s in distance_scores(panel(x), panel(x), panel(other)) if s.row == "synthetic"
        }
    assert found["noise"]["step distance"] > 5 * found["noise"]["marginal distance"]
    assert found["shuffle"]["marginal distance"] == 0
    assert found["shuffle"]["autocorrelation distance"] > 0.4


def test_autocorrelation_of_an_autoregression() -> None:
    """AR(1) with coefficient .7 has autocorrelation .7 ** k; holes do not bias it."""
    rng, x = np.random.default_rng(0), np.zeros((3000, 30))
    for k in range(1, 30):
        x[:, k] = 0.7 * x[:, k - 1] + rng.normal(size=3000)
    x = x[:, 15:, None]
    x[rng.random(x.shape) < 0.1] = np.nan
    assert autocorrelation(panel(x))[:, 0] == pytest.approx(0.7 ** np.arange(1, 8), abs=0.02)


def test_categories_by_hand() -> None:
    def windows(modes: str) -> Panel:
        return panel(Windows.from_frame(pd.DataFrame({"mode": list(modes)}), window=4, stride=4))

    one, other = windows("aabbaabb"), windows("abababab")
    assert marginal_distance(one, other) == 0
    assert step_distance(one, other) == pytest.approx(2 / 3)  # aa, ab, bb a third each against ab 2/3, ba 1/3
    asked = {s.metric for s in distance_scores(one, one, other)}
    assert "dwell distance" in asked and not asked & {"autocorrelation distance", "correlational score"}
