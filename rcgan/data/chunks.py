"""Windows some at a time, and what goes with them as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rcgan.data.windows import Windows

__all__ = ["CHUNK", "chunks", "label_codes", "steps_within"]

CHUNK = 1024  # windows read or generated at a time


def chunks(windows: Windows) -> Iterator[Windows]:
    """Return all windows, ``CHUNK`` at a time."""
    return (windows[np.arange(i, min(i + CHUNK, len(windows)))] for i in range(0, len(windows), CHUNK))


def label_codes(windows: Windows) -> NDArray[np.integer[Any]]:
    """Return the label of each window as a number, 0 where there are none, ``(n,)``."""
    return np.zeros(len(windows), np.int64) if windows.codes is None else windows.codes


def steps_within(lengths: ArrayLike, t: int) -> NDArray[np.float32]:
    """Return which of ``t`` steps exist in windows of these lengths, ``(n, t, 1)``.

    >>> steps_within([1, 3], 3)[..., 0].tolist()
    [[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    """
    return (np.arange(t) < np.asarray(lengths)[:, None])[..., None].astype(np.float32)
