"""Windows of two loads, and innovations of them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rcgan.networks.innovations import Innovations

STEPS = 24
Doubles = NDArray[np.float64]


def seldom(rng: np.random.Generator, *shape: int) -> Doubles:
    """Numbers that are small, and one in twenty is large: of variance 1, kurtosis 3 (.95 a^2 + .05 b^2) = 32."""
    large = rng.uniform(size=shape) < 0.05
    return rng.normal(size=shape) * np.where(large, 3.99, 0.46)


def loads(n: int, share: float = 0.9, seed: int = 0) -> Doubles:
    """Windows of two loads that are switched together: autoregressions whose innovations have one size at each step."""
    rng = np.random.default_rng(seed)
    e = seldom(rng, n, STEPS + 50, 1) * rng.choice([-1.0, 1.0], size=(n, STEPS + 50, 2))
    x = np.zeros_like(e)
    for step in range(1, e.shape[1]):
        x[:, step] = share * x[:, step - 1] + (1 - share**2) ** 0.5 * e[:, step]
    return x[:, 50:]


def fitted(
    x: Doubles,
    y: Tensor | None = None,
    regimes: int = 1,
    *,
    labels: int = 0,
    blocks: tuple[int, ...] = (),
    mask: Doubles | None = None,
    place: Tensor | None = None,
) -> Innovations:
    """Innovations of windows, the last of whose channels are so many categories; without holes where none are told."""
    given, seen = (torch.from_numpy(part).float() for part in (x, np.ones(x.shape) if mask is None else mask))
    y = given.new_zeros(len(x), 0) if y is None else y
    width = x.shape[2] - sum(blocks)
    noise = Innovations(x.shape[1], width, y.shape[1], regimes, blocks=blocks, labels=labels, windows=len(x))
    noise.fit(given * seen, seen, y, place)
    return noise


def drawn(noise: Innovations, n: int = 4000, y: Tensor | None = None) -> Tensor:
    """Windows made of white noise."""
    white = torch.randn(n, noise.steps, noise.channels, generator=torch.Generator().manual_seed(1))
    return noise(white, torch.zeros(n, 0) if y is None else y)
