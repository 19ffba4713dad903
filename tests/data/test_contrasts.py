"""Channels that are nearly sums of others are told by what is left, and come back as they were."""

from __future__ import annotations

import json

import numpy as np
import pytest

import rcgan
from rcgan.data import Relations, find_relations
from rcgan.data.contrasts import find_contrasts
from rcgan.data.coordinates import Coordinates
from rcgan.data.scaling import Scaler

WEIGHTS = np.array([2.0, -0.5])


def phases(noise: float, seed: int = 0) -> np.ndarray:
    """Two independent walks, their weighted sum with noise that walks too, and a fourth walk."""
    rng = np.random.default_rng(seed)
    walks = rng.normal(size=(200, 20, 4)).cumsum(1)
    walks[..., 2] = walks[..., :2] @ WEIGHTS + noise * walks[..., 2]
    return walks.astype(np.float32)


def test_the_weights_are_those_of_the_sum() -> None:
    (found,) = find_contrasts(phases(0.05))
    share = 0.05 / np.sqrt(WEIGHTS @ WEIGHTS + 0.05**2)  # sd of what is left over that of the channel, by independence
    others = {0: (1, 2), 1: (0, 2), 2: (0, 1)}
    assert found.others == others[found.channel]
    if found.channel == 2:
        np.testing.assert_allclose(found.weights, WEIGHTS, atol=0.02)
    assert found.left < 1.3 * share


@pytest.mark.parametrize("noise", [5.0, 0.0])
def test_what_has_nothing_in_common_is_left_alone(noise: float) -> None:
    values = phases(5.0)[..., [0, 1, 3]]
    values[..., 2] += noise * np.random.default_rng(1).normal(size=values.shape[:2])
    assert find_contrasts(values) == []


def test_a_smooth_channel_is_not_told_by_a_rough_one_but_the_rough_one_by_it() -> None:
    """The levels agree, the differences do not: what is left would be as rough as the other; or nothing but noise."""
    rng = np.random.default_rng(0)
    smooth = np.sin(np.linspace(0, 3, 30) + rng.uniform(0, 6, (300, 1)))
    rough = smooth + 0.05 * rng.normal(size=smooth.shape)
    assert np.corrcoef(smooth.ravel(), rough.ravel())[0, 1] > 0.99
    assert np.diff(smooth).std() < 0.08
    (found,) = find_contrasts(np.stack([smooth, rough], -1).astype(np.float32))
    assert (found.channel, found.others) == (1, (0,))
    noise = rough - found.weights[0] * smooth
    assert np.sqrt((noise.var() / rough.var() + np.diff(noise).var() / np.diff(rough).var()) / 2) == pytest.approx(
        found.left, rel=1e-3
    )


@pytest.mark.parametrize("noise", [0.3, 0.0])
def test_windows_come_back_from_model_space(noise: float) -> None:
    windows = rcgan.Windows.from_arrays(phases(noise))
    scaler = Scaler.fit(windows, Relations(4, {}, {}))
    assert any(part.weights for part in scaler.coordinates.parts)
    again = Scaler.from_dict(json.loads(json.dumps(scaler.to_dict())))
    assert again == scaler
    np.testing.assert_allclose(again.decode(again.encode(windows.values)[0]), windows.values, atol=2e-4)


def test_a_sum_holds_in_everything_that_is_made() -> None:
    """A sum that was left out of the relations leaves but rounding: it is not learned, and made windows keep it."""
    windows = rcgan.Windows.from_arrays(phases(0.0))
    scaler = Scaler.fit(windows, Relations(4, {}, {}))
    assert sum(sd == 0 for sd in scaler.deviations) == 1
    made = scaler.decode(np.random.default_rng(0).normal(size=(50, 20, 4)).astype(np.float32))
    np.testing.assert_allclose(made[..., 2], made[..., :2] @ WEIGHTS, atol=1e-3)


def test_a_channel_with_holes_has_no_part_in_it() -> None:
    values = phases(0.05)
    values[3, 5, 0] = np.nan
    scaler = Scaler.fit(rcgan.Windows.from_arrays(values), Relations(4, {}, {}))
    assert not any(part.weights for part in scaler.coordinates.parts)


def test_a_bounded_channel_of_its_own_tells_others_and_what_bounds_it_is_not_told() -> None:
    """Humidity falls as the temperature leaves the dew point: of the three, it is the one that the others tell."""
    rng = np.random.default_rng(0)
    walk = 3 * rng.normal(size=(300, 20, 2)).cumsum(1)
    rows = np.stack([walk[..., 0] - walk[..., 1] ** 2 / 10, walk[..., 0]], -1)
    humidity = rows[..., 0] - rows[..., 1] + 0.2 * rng.normal(size=(300, 20)).cumsum(1)
    rows = np.concatenate([humidity[..., None], rows], -1).astype(np.float32)
    relations = Relations(3, {}, {}, ((1, 2),))
    told = Coordinates.fit(relations, (0, 1, 2), [rows.reshape(-1, 3)]).contrasted(rows, {0, 1, 2})
    assert [(part.channel, set(part.others)) for part in told.parts] == [(1, set()), (2, {1}), (0, {1, 2})]
    np.testing.assert_allclose(told.parts[2].weights, [1 if c == 1 else -1 for c in told.parts[2].others], atol=0.02)
    np.testing.assert_allclose(told.decode(told.encode(rows), 3), rows, atol=1e-3)
    assert not relations.breaks(told.decode(10 * rng.normal(size=(10_000, 3)), 3)).any()


def test_laws_go_on_holding() -> None:
    """A channel that bounds another may itself be told by a third; it is placed before what it bounds."""
    rng = np.random.default_rng(0)
    walk = rng.normal(size=(300, 20, 2)).cumsum(1)
    low = walk[..., 0] + 0.1 * walk[..., 1]
    rows = np.stack([low, low + rng.exponential(size=low.shape) * (rng.random(low.shape) > 0.1), walk[..., 0]], -1)
    rows = rows.astype(np.float32)
    relations = find_relations(rows.reshape(-1, 3))
    told = Coordinates.fit(relations, (0, 1, 2), [rows.reshape(-1, 3)]).contrasted(rows, {0, 1, 2})
    assert relations.orders == ((0, 1),)
    wild = rng.normal(size=(100_000, 3)) * 10
    assert not relations.breaks(told.decode(wild, 3)).any()
    np.testing.assert_allclose(told.decode(told.encode(rows), 3), rows, atol=1e-4)
