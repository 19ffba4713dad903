"""The data sets that load by name."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcgan.checks import positive_range, whole
from rcgan.data.windows import Windows
from rcgan.errors import DataError, nearest

__all__ = ["SHAPES", "list_datasets", "load_dataset"]

Floats = npt.NDArray[np.floating[Any]]
SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "sine": lambda phase: np.sin(2 * np.pi * phase),
    "sawtooth": lambda phase: 2 * (phase - np.floor(phase + 0.5)),
}


def waves(n: int = 2000, seed: int = 0, periods: tuple[float, float] = (1, 3)) -> Windows:
    """Sines and sawtooths of 30 steps that start at their offset and rise.

    value(t) = offset + amplitude * wave(frequency * t / 30), t = 0..29, with wave(p) = sin(2 pi p) or
    2 (p - floor(p + 1/2)); offset ~ U(-0.5, 0.5), amplitude ~ U(0.5, 1.5), frequency ~ U(1, 3) periods a
    window, or between other ``periods``. Labels 'sine' and 'sawtooth', half of each, in random order.

    >>> waves(6).shape, sorted(waves(6).labels.tolist())[::3]
    ((6, 30, 1), ['sawtooth', 'sine'])
    """
    whole("n", n, 2, of="windows")
    periods = positive_range("periods", periods)
    rng = np.random.default_rng(seed)
    sine = rng.permutation(np.arange(n) % 2 == 0)
    offset, amplitude, frequency = (rng.uniform(low, high, (n, 1)) for low, high in ((-0.5, 0.5), (0.5, 1.5), periods))
    phase = frequency * np.arange(30) / 30
    wave = np.where(sine[:, None], SHAPES["sine"](phase), SHAPES["sawtooth"](phase))
    values = (offset + amplitude * wave).astype(np.float32)
    return Windows.from_arrays(values, np.where(sine, "sine", "sawtooth"), names=["value"])


def sines(n: int = 10_000, seed: int = 0) -> Windows:
    """The published benchmark: 24 steps of 5 sines, (sin(f t + p) + 1) / 2, t = 0..23.

    Frequency f and phase p ~ U(0, 0.1) for each channel of each window (Yoon, Jarrett and van der Schaar,
    "Time-series Generative Adversarial Networks", NeurIPS 2019). No labels.

    >>> sines(3).shape
    (3, 24, 5)
    """
    whole("n", n, 2, of="windows")
    rng = np.random.default_rng(seed)
    frequency, phase = rng.uniform(0, 0.1, (2, n, 1, 5))
    values: npt.NDArray[np.float64] = (np.sin(frequency * np.arange(24)[:, None] + phase) + 1) / 2
    return Windows.from_arrays(values.astype(np.float32))


def trace(part: str | None = None) -> Windows:
    """Trace of the UCR archive: 275 steps, 4 classes of simulated transients in a nuclear plant.

    ``part`` is 'train' or 'test', 100 windows each; None gives both, train first. The file is the one
    that the tslearn package carries.
    """
    parts = {None: ("train", "test"), "train": ("train",), "test": ("test",)}
    if part not in parts:
        raise DataError(f"part={part!r} is none of 'train', 'test', None{nearest(part, ('train', 'test'))}")
    spec = importlib.util.find_spec("tslearn")  # looked up, not imported: that would load numba
    if spec is None or spec.origin is None:
        raise DataError("the data set 'trace' comes with tslearn, which is not installed: pip install tslearn")
    with np.load(Path(spec.origin).parent / ".cached_datasets" / "Trace.npz") as file:
        X = np.concatenate([file[f"X_{name}"] for name in parts[part]])
        y = np.concatenate([file[f"y_{name}"] for name in parts[part]])
    return Windows.from_arrays(X, y, names=["value"])


@dataclass(frozen=True)
class _Entry:
    make: Callable[..., Windows]
    shape: str
    labels: str
    licence: str
    source: str


_REGISTRY = {
    "waves": _Entry(waves, "2000 x 30 x 1", "sine, sawtooth", "Apache-2.0", "generated here"),
    "sines": _Entry(sines, "10000 x 24 x 5", "", "Apache-2.0", "generated here, by TimeGAN's formula"),
    "trace": _Entry(trace, "200 x 275 x 1", "1, 2, 3, 4", "UCR archive: cite it", "UCR archive, as tslearn carries it"),
}


def load_dataset(name: str, **options: object) -> Windows:
    """Load a data set by name; ``options`` are its own (n, seed, periods, part).

    >>> load_dataset("waves", n=100, seed=1)
    <Windows (100, 30, 1) of ['value'], label 'label' from 100 series>

    Raises:
        DataError: The name or an option is unknown.
    """
    if name not in _REGISTRY:
        raise DataError(f"no data set {name!r}{nearest(name, _REGISTRY)} (there are: {', '.join(_REGISTRY)})")
    make = _REGISTRY[name].make
    known = list(inspect.signature(make).parameters)
    for option in options:
        if option not in known:
            raise DataError(f"{name} has no option {option!r}{nearest(option, known)} (it has: {', '.join(known)})")
    return make(**options)


def list_datasets() -> pd.DataFrame:
    """Name, shape (windows x steps x channels), labels, licence and source of every data set.

    >>> list_datasets()["name"].tolist()
    ['waves', 'sines', 'trace']
    """
    columns = ("shape", "labels", "licence", "source")
    return pd.DataFrame([{"name": n, **{c: getattr(e, c) for c in columns}} for n, e in _REGISTRY.items()])
