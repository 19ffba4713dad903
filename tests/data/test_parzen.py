"""Laws of manifold Parzen windows: one normal law where the points have one, bands where they lie in bands."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

from rcgan.data.parzen import ManifoldParzen

Doubles = NDArray[np.float64]


def drawn(density: ManifoldParzen, n: int, seed: int = 0) -> Doubles:
    """Points of a density."""
    rng = np.random.default_rng(seed)
    which = rng.integers(0, len(density.means), n)
    white = rng.normal(size=(n, density.means.shape[1], 1))
    return density.means[which] + (density.factors[which] @ white)[..., 0]


@pytest.mark.parametrize("seed", range(4))
def test_normal_points_have_one_normal_law(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(80, 3)) @ rng.normal(size=(3, 3)) + [5, -5, 0]
    density = ManifoldParzen.fit(points, points, seed=0)
    assert density.near.tolist() == [list(range(80))]
    unit = points.std(0)
    expected = ledoit_wolf((points - points.mean(0)) / unit)[0] * unit * unit[:, None]
    assert np.allclose(density.means, points.mean(0))
    assert np.allclose(density.factors[0] @ density.factors[0].T, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_points_in_bands_stay_in_bands(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bands = rng.permutation([[0.0, 0.0], [10.0, 5.0], [20.0, 0.0]])
    points = np.repeat(bands, [50, 30, 20], axis=0) + rng.normal(size=(100, 2)) * [0.1, 0.5]
    new = drawn(ManifoldParzen.fit(points, points, seed=seed), 4000)
    apart = np.abs(new[:, None] - bands) / [0.1, 0.5]
    assert (apart.max(2).min(1) < 5).mean() > 0.99
    shares = np.bincount(apart.max(2).argmin(1), minlength=3) / len(new)
    assert np.allclose(shares, [0.5, 0.3, 0.2], atol=0.03)


def test_points_drawn_follow_a_curve_and_are_hardly_nearer_to_those_fitted() -> None:
    nearer: list[float] = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        angle = rng.uniform(0, 2 * np.pi, 400)
        ring = np.stack([np.cos(angle), np.sin(angle)], 1) + 0.02 * rng.normal(size=(400, 2))
        new = drawn(ManifoldParzen.fit(ring[:200], ring[:200], seed=0), 1000)
        assert np.abs(np.linalg.norm(new, axis=1) - 1).mean() < 0.06  # under one normal law: .3
        distance = np.linalg.norm(new[:, None] - ring, axis=2)
        nearer.append(float((distance[:, :200].min(1) < distance[:, 200:].min(1)).mean()))
    assert abs(np.mean(nearer) - 0.5) < 0.1


def test_without_places_of_their_own_there_is_one_law_and_what_is_constant_stays() -> None:
    points = np.stack([np.repeat([0.0, 10.0], 50), np.full(100, 3.0)], 1)
    assert len(ManifoldParzen.fit(points, points, seed=0, local=False).means) == 1
    local = ManifoldParzen.fit(points, points, seed=0)
    assert len(local.means) == 100
    assert np.allclose(drawn(local, 500)[:, 1], 3, atol=0.01)


def test_neighbours_are_those_whose_places_are_near() -> None:
    rng = np.random.default_rng(0)
    place = np.repeat([0.0, 1.0], 40)[:, None]
    points = np.hstack([20 * place + rng.normal(size=(80, 1)), rng.normal(size=(80, 6))])
    density = ManifoldParzen.fit(points, place, seed=0)
    assert (place[density.near, 0] == place).all()
