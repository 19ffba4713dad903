"""Windows of cycles to be mixed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEPS = 48


def kinds(n: int, seed: int = 0) -> NDArray[np.float64]:
    """Curves of two kinds, a wave and a ramp, each of several sizes and under a little noise."""
    rng, t = np.random.default_rng(seed), np.linspace(0, 1, STEPS)
    shapes = np.stack([np.sin(2 * np.pi * t), 3 * t])
    sizes = rng.uniform(0.8, 1.2, (n, 1)) * shapes[np.arange(n) % 2]
    return (sizes + 0.02 * rng.normal(size=(n, STEPS)))[..., None]


def steps_down(n: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Plateaus that all begin at step 10 and end sooner or later, under a little noise; and when they end."""
    rng, t = np.random.default_rng(seed), np.arange(STEPS)
    end = rng.integers(24, 44, n)
    on = (t >= 10) & (t < end[:, None])
    return (on + 0.02 * rng.normal(size=(n, STEPS)))[..., None], end
