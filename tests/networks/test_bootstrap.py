"""Laws of the smoothed bootstrap: moments, kinds kept apart, and what nearest neighbours choose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rcgan.networks.bootstrap import Bootstrap, Mixing, mixings

STEPS = 48


def drawn(x: NDArray[Any], near: int, n: int = 20_000, *, clocked: bool = False) -> NDArray[np.float64]:
    """Windows mixed of near ones."""
    law = Bootstrap(x.shape[1], x.shape[2], len(x), near, clocked=clocked, rough=clocked)
    law.fit(torch.from_numpy(x).float())
    e = torch.randn(n, *x.shape[1:], generator=torch.Generator().manual_seed(0))
    return law(e).double().numpy()


def chosen(x: NDArray[Any], labels: NDArray[Any] | None = None, **changes: Any) -> dict[int, Mixing]:
    """How windows are to be mixed, if all cells are observed."""
    labels = np.zeros(len(x), int) if labels is None else labels
    return mixings(x, changes.get("mask", np.ones_like(x)), labels, seed=0, rough=True)


def kinds(n: int, seed: int = 0) -> NDArray[np.float64]:
    """Curves of two kinds, a wave and a ramp, each of several sizes and under a little noise."""
    rng, t = np.random.default_rng(seed), np.linspace(0, 1, STEPS)
    shapes = np.stack([np.sin(2 * np.pi * t), 3 * t])
    sizes = rng.uniform(0.8, 1.2, (n, 1)) * shapes[np.arange(n) % 2]
    return (sizes + 0.02 * rng.normal(size=(n, STEPS)))[..., None]


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


def steps_down(n: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Plateaus that all begin at step 10 and end sooner or later, under a little noise; and when they end."""
    rng, t = np.random.default_rng(seed), np.arange(STEPS)
    end = rng.integers(24, 44, n)
    on = (t >= 10) & (t < end[:, None])
    return (on + 0.02 * rng.normal(size=(n, STEPS)))[..., None], end


def test_by_clocks_what_comes_at_one_time_stays_there_and_the_rest_comes_at_all_times_between() -> None:
    x, end = steps_down(30)
    made = drawn(x, 20, 2000, clocked=True)[..., 0]
    high = made > 0.5
    assert (np.abs(high.argmax(1) - 10) <= 1).mean() > 0.98
    ends = STEPS - high[:, ::-1].argmax(1)
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
    assert np.median(moves) == pytest.approx(
        np.median(real), rel=0.25
    )  # each is taken at its own steps, some of them twice
    assert np.median(moves.max(1)) == pytest.approx(np.median(real.max(1)), rel=0.1)


def test_windows_of_independent_numbers_are_mixed_of_all_as_they_are() -> None:
    noise = np.random.default_rng(0).normal(size=(60, STEPS, 2))
    assert chosen(noise) == {0: Mixing(60, clocked=False)}
    both = np.concatenate([noise[..., :1], kinds(60)])
    told = chosen(both, np.repeat([0, 1], 60))
    assert told[0] == Mixing(60, clocked=False)
    assert told[1].near < 60


def test_five_are_mixed_or_more_where_windows_are_close_and_these_are_copies() -> None:
    x, _ = steps_down(30)
    assert chosen(x) == {0: Mixing(5, clocked=True)}
    t = np.linspace(0, 2 * np.pi, STEPS)
    waves = np.random.default_rng(0).normal(size=(60, 12)) @ np.sin(np.arange(1, 13)[:, None] * t)
    assert chosen(waves[:, :36, None])[0].near > 5


def test_what_comes_sooner_or_later_goes_by_clocks() -> None:
    rng = np.random.default_rng(0)
    when = rng.uniform(12, 36, (20, 1))
    bumps = np.exp(-(((np.arange(STEPS) - when) / 3) ** 2)) + 0.01 * rng.normal(size=(20, STEPS))
    assert chosen(bumps[..., None])[0].clocked
    assert not chosen(bumps[:, :36, None])[0].clocked  # less than 40 steps


def test_holes_in_most_windows_and_very_few_windows_are_left_alone() -> None:
    x = kinds(20)
    mask = np.ones_like(x)
    mask[:10, 7] = 0
    assert chosen(x, mask=mask).keys() == {0}
    mask[10, 7] = 0
    assert chosen(x, mask=mask) == {}
    assert chosen(x, np.repeat([0, 1], [17, 3])).keys() == {0}
