"""What the gallery's systems learn from, beside the data sets that load by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from rcgan.data.datasets import SHAPES
from rcgan.data.windows import Windows

__all__ = ["Floats", "circle", "digits", "fitted_waves", "products", "rising_waves", "stream"]

Floats = NDArray[np.floating[Any]]
FREQUENCIES: Floats = np.linspace(0.8, 3.3, 101)  # periods a window, that waves are fitted with


def circle(n: int, seed: int = 0) -> Floats:
    """Points on the circle of radius 2, as windows of one step, ``(n, 1, 2)``."""
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    return 2 * np.stack([np.cos(angle), np.sin(angle)], 1)[:, None]


def digits(seed: int = 0) -> tuple[tuple[Floats, NDArray[Any]], tuple[Floats, NDArray[Any]]]:
    """scikit-learn's digits read as 8 steps of 8 channels, with their labels: 1,400 to train on and 397 held out."""
    pictures, labels = (np.asarray(part) for part in load_digits(return_X_y=True))
    order = np.random.default_rng(seed).permutation(len(labels))
    X, y = pictures[order].reshape(-1, 8, 8), labels[order]
    return (X[:1400], y[:1400]), (X[1400:], y[1400:])


def products(n: int, seed: int = 0) -> Windows:
    """A mixed table as windows of one step: weight and width depend on the product and the machine; a grade on both.

    The product is A, B or C (.5, .3, .2); the machine is left or right (.3 of product A is made on the left one, .8 of
    the others). weight ~ N(product's, 0.3), width = weight / 2 + N(machine's, 0.2); the grade is high where width is
    above 2. The label is the machine.
    """
    rng = np.random.default_rng(seed)
    product = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    left = rng.random(n) < np.where(product == 0, 0.3, 0.8)
    weight = np.array([1.0, 3.0, 5.0])[product] + rng.normal(0, 0.3, n)
    width = weight / 2 + np.where(left, 0.0, 1.0) + rng.normal(0, 0.2, n)
    frame = pd.DataFrame(
        {
            "row": np.arange(n),
            "product": np.array(["A", "B", "C"])[product],
            "weight": weight,
            "width": width,
            "grade": np.where(width > 2, "high", "low"),
            "machine": np.where(left, "left", "right"),
        }
    )
    return Windows.from_frame(frame, group="row", label="machine")


def stream(n: int, seed: int = 0, steps: int = 24) -> Windows:
    """A mixed sensor stream: a mode that jumps as a Markov chain does, and a temperature that follows it.

    The modes are idle, heat and hold; the temperature goes a fifth of the way to the mode's level (20, 80, 60) each
    step, with noise of sd 1.
    """
    rng = np.random.default_rng(seed)
    change = np.array([[0.90, 0.10, 0.00], [0.00, 0.85, 0.15], [0.10, 0.05, 0.85]])
    mode = np.zeros((n, steps), int)
    heat = np.zeros((n, steps))
    mode[:, 0], heat[:, 0] = rng.choice(3, n), rng.uniform(20, 80, n)
    for t in range(1, steps):
        mode[:, t] = (rng.random(n)[:, None] > change[mode[:, t - 1]].cumsum(1)).sum(1)
        level = np.array([20.0, 80.0, 60.0])[mode[:, t]]
        heat[:, t] = heat[:, t - 1] + 0.2 * (level - heat[:, t - 1]) + rng.normal(0, 1, n)
    names = np.array(["idle", "heat", "hold"])[mode]
    columns = {"run": np.repeat(np.arange(n), steps), "mode": names.ravel(), "temperature": heat.ravel()}
    return Windows.from_frame(pd.DataFrame(columns), group="run", window=steps)


def rising_waves(label: str, n: int) -> Floats:
    """Waves ``(n, 30)`` of amplitude 1 whose frequency goes evenly from 1 to 3 periods: the range of the data set.

    >>> rising_waves("sine", 3).shape
    (3, 30)
    """
    return SHAPES[label](np.linspace(1, 3, n)[:, None] * np.arange(30) / 30)


def fitted_waves(
    values: Floats, shapes: Sequence[str] = tuple(SHAPES), frequencies: Floats = FREQUENCIES
) -> pd.DataFrame:
    """Amplitude, frequency, offset and shape of waves ``(n, 30)``: those of the sine or sawtooth nearest to each.

    The root mean square of what that one leaves is the error; ``shapes`` and ``frequencies`` are those looked at.
    """
    found = pd.DataFrame(index=range(len(values)), columns=["error", "amplitude", "frequency", "offset", "shape"])
    best = np.full(len(values), np.inf)
    for frequency in frequencies:
        phase = frequency * np.arange(30) / 30
        for shape in shapes:
            design = np.stack([np.ones(30), SHAPES[shape](phase)], 1)
            weights = np.linalg.lstsq(design, values.T, rcond=None)[0]
            error = np.square(values.T - design @ weights).mean(0)
            nearer = error < best
            best = np.where(nearer, error, best)
            found.loc[nearer, ["frequency", "shape"]] = [frequency, shape]
            found.loc[nearer, ["offset", "amplitude"]] = weights.T[nearer]
    found["error"] = np.sqrt(best)
    return found
