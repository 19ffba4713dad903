"""Model space: windows are what they were after the way there and back, whatever was done to them on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import rcgan
from rcgan.data.regimes import Regimes
from rcgan.data.scaling import Scaler
from rcgan.data.space import ModelSpace
from rcgan.data.statements import kept_relations
from rcgan.data.traits import turning

Floats = NDArray[np.float32]
N, STEPS = 400, 24


def sawtooth_cut_off() -> Floats:
    """Sines cut off at 0.5, and in a second channel switched by 3 at one of the steps 8 to 15."""
    rng = np.random.default_rng(0)
    t, phase, at = np.arange(STEPS), rng.uniform(0, 6, (2, N, 1)), rng.integers(8, 16, (N, 1))
    cut, switched = np.sin(0.4 * t + phase)
    return np.stack([cut.clip(None, 0.5), switched + 3 * (t >= at) - 2], axis=-1).astype(np.float32)


def machine() -> Floats:
    """Noise around one of two operating points."""
    rng = np.random.default_rng(0)
    point = rng.choice([-20.0, 20.0], (N, 1, 1))
    return (point + rng.normal(size=(N, STEPS, 2))).astype(np.float32)


def smooth(x: Floats, mask: Floats) -> bool:
    return max(turning(np.diff(x[..., c], axis=1)) for c in range(x.shape[2])) < 0.3


def curves(values: Floats) -> tuple[ModelSpace, Floats, Floats]:
    windows = rcgan.Windows.from_arrays(values)
    return ModelSpace.fit(Scaler.fit(windows, kept_relations(windows)), values, smooth)


def test_curves_are_completed_and_without_their_jumps() -> None:
    values = sawtooth_cut_off()
    space, x, mask = curves(values)
    assert space.censored.channels.tolist() == [0] and space.jumps.channels.tolist() == [1]
    assert (space.continuous, space.width) == (2 + space.jumps.count, 1)
    encoded = space.encode(values)
    assert np.array_equal(encoded.x, x) and np.array_equal(encoded.mask, mask)
    scaled = space.scaler.encode(values)[0]
    told = x[..., 0] * space.jumps.sds[0] + space.jumps.means[0]
    beyond = told > scaled[..., 0].max() + 1e-4
    assert np.allclose(told[~beyond], scaled[~beyond, 0], atol=1e-4)
    assert beyond.sum() > 0.9 * (values[..., 0] == 0.5).sum() and (values[beyond, 0] == 0.5).all()
    bends = [np.abs(np.diff(channel, n=2, axis=1)).max() for channel in (scaled[..., 1], x[..., 1])]
    assert bends[1] < 0.2 * bends[0]


def test_rough_windows_are_left_as_they_are_scaled() -> None:
    values = machine()
    space, x, _ = curves(values)
    assert not space.censored.channels.size and not space.jumps.width
    assert np.array_equal(x, space.scaler.encode(values)[0])


@pytest.mark.parametrize("gathered", [False, True])
def test_the_way_back_undoes_the_way_there_also_after_storage(gathered: bool) -> None:
    values = machine() if gathered else sawtooth_cut_off()
    space, x, mask = curves(values)
    if gathered:
        space = replace(space, regimes=Regimes.fit(x, mask, space.continuous, N, 0))
        assert space.width == space.regimes.count > 1
    again = ModelSpace.from_arrays(space.scaler, space.arrays(), STEPS)
    for one in (space, again):
        x, _, regimes, jumps = one.encode(values)
        assert np.allclose(one.decode(x, regimes, jumps), values, atol=1e-4)
        assert one.tell(regimes, jumps).shape == (N, one.width)
