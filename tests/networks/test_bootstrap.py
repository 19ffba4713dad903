"""Laws of the smoothed bootstrap: moments, kinds kept apart, clocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rcgan.networks.bootstrap import Bootstrap
from tests.networks.cycles import kinds, steps_down


def drawn(x: NDArray[Any], near: int, n: int = 20_000, *, clocked: bool = False) -> NDArray[np.float64]:
    """Windows mixed of near ones."""
    law = Bootstrap(x.shape[1], x.shape[2], len(x), near, clocked=clocked, rough=clocked)
    law.fit(torch.from_numpy(x).float())
    e = torch.randn(n, *x.shape[1:], generator=torch.Generator().manual_seed(0))
    return law(e).double().numpy()


def test_mixed_of_all_windows_the_law_is_normal_with_their_mean_and_covariance() -> None:
    x = np.random.default_rng(0).normal(size=(12, 10, 2)).cumsum(1) + 3
    made = drawn(x, 12).reshape(-1, 20)
    flat = x.reshape(12, 20)
    assert np.abs(made.mean(0) - flat.mean(0)).max() < 0.1
    assert np.abs(np.cov(made.T) - np.cov(flat.T)).max() < 0.03 * np.cov(flat.T).max()
    standard = (made[:, 0] - made[:, 0].mean()) / made[:, 0].std()
    assert abs(float((standard**4).mean()) - 3) < 0.15


def test_every_neighbourhood_counts_alike_and_kinds_stay_apart() -> None:
    x = kinds(40)
    of_ramps = drawn(x, 5)[:, -1, 0] > 1.5
    assert abs(of_ramps.mean() - 0.5) < 0.02
    all_mixed = drawn(x, 40)[:, -1, 0]
    assert ((all_mixed > 0.8) & (all_mixed < 2)).mean() > 0.2 > 0.001 > _between(drawn(x, 5)[:, -1, 0])


def _between(ends: NDArray[np.float64]) -> float:
    """The share of windows that end where neither kind does."""
    return float(((ends > 0.5) & (ends < 2)).mean())


def test_no_more_are_mixed_than_there_is_noise_for() -> None:
    x = np.random.default_rng(0).normal(size=(50, 6, 1))
    assert np.isfinite(drawn(x, 50)).all()


def test_by_clocks_what_comes_at_one_time_stays_there_and_the_rest_comes_at_all_times_between() -> None:
    x, end = steps_down(30)
    made = drawn(x, 20, 2000, clocked=True)[..., 0]
    high = made > 0.5
    assert (np.abs(high.argmax(1) - 10) <= 1).mean() > 0.98
    ends = high.shape[1] - high[:, ::-1].argmax(1)
    assert abs(ends.mean() - end.mean()) < 1
    assert ends.std() == pytest.approx(end.std(), rel=0.25)
    assert 1.5 * _on_the_way(made) < _on_the_way(drawn(x, 20, 2000)[..., 0])


def _on_the_way(made: NDArray[np.float64]) -> float:
    """How many steps of a window are neither high nor low, of one in ten that has most of them."""
    return float(np.quantile(((made > 0.15) & (made < 0.85)).sum(1), 0.9))


def test_rough_windows_by_clocks_are_as_noisy_and_as_steep_as_real_ones() -> None:
    x, _ = steps_down(30)
    made = drawn(x, 5, 2000, clocked=True)[..., 0]
    moves, real = np.abs(np.diff(made, axis=1)), np.abs(np.diff(x[..., 0], axis=1))
    assert np.median(moves) == pytest.approx(np.median(real), rel=0.25)  # some steps are told twice
    assert np.median(moves.max(1)) == pytest.approx(np.median(real.max(1)), rel=0.1)


def test_of_many_windows_noise_is_as_loud_in_each() -> None:
    noise = np.random.default_rng(0).normal(size=(40, 400, 1))
    for many in (True, False):
        law = Bootstrap(400, 1, 40, 5, many=many)
        law.fit(torch.from_numpy(noise).float())
        made = law(torch.randn(500, 400, 1, generator=torch.Generator().manual_seed(0)))
        loud = made.square().mean((1, 2))
        if many:
            assert float(loud.mean()) == pytest.approx(1.2, rel=0.1)  # 1 + 1/k
        assert float(loud.std()) < 0.15 if many else float(loud.std()) > 0.4


def test_no_one_of_many_leaves_the_range_by_more_than_a_fiftieth() -> None:
    x, _ = steps_down(60)
    for clocked in (True, False):
        law = Bootstrap(x.shape[1], 1, 60, 5, clocked=clocked, rough=True, many=True)
        law.fit(torch.from_numpy(x).float())
        made = law(torch.randn(2000, x.shape[1], 1, generator=torch.Generator().manual_seed(0))).double().numpy()
        reach = 0.02 * (x.max() - x.min()) + 1e-6
        assert made.min() >= x.min() - reach
        assert made.max() <= x.max() + reach
        assert ((made > 0.5).any((1, 2)) & (made < 0.5).any((1, 2))).all()
