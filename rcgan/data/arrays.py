"""Arrays in tslearn's form to one table: shapes, padding, finiteness, names and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcgan.data.schema import Channel, label_channel
from rcgan.errors import DataError

__all__ = ["as_column", "as_table", "check_finite", "number_channels", "stack", "unpadded", "window_labels"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.integer[Any]]
CHUNK = 1 << 16  # rows at a time, so that a check costs no memory


def as_table(values: npt.ArrayLike) -> Floats:
    """The numbers as C-contiguous float32, the same memory if they are that already."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise DataError(f"values must be numbers, found dtype {array.dtype}; a table goes to Windows.from_frame")
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32)


def stack(X: Any) -> tuple[Floats, Ints]:
    """One table of all windows (n, t, d), (n, t) or a list of (t_i, d), and their row offsets.

    >>> table, bounds = stack([[1.0, 2.0], [3.0]])
    >>> table.shape, bounds.tolist()
    ((3, 1), [0, 2, 3])
    """
    if isinstance(X, pd.DataFrame):
        raise DataError("a DataFrame goes to Windows.from_frame; from_arrays takes (n, t, d)")
    if isinstance(X, np.ndarray) and X.dtype != object:
        array = as_table(X)
        array = array[:, :, None] if array.ndim == 2 else array
        if array.ndim != 3 or 0 in array.shape:
            raise DataError(f"X must be (n, t, d) or (n, t) and hold something, found shape {np.shape(X)}")
        n, t, d = array.shape
        return array.reshape(n * t, d), np.arange(n + 1, dtype=np.int64) * t
    if not isinstance(X, Sequence | np.ndarray):
        raise DataError(f"X must be an array (n, t, d) or a list of (t, d), found {type(X).__name__}")
    pieces = [as_table(piece) for piece in X]
    pieces = [piece[:, None] if piece.ndim == 1 else piece for piece in pieces]
    if not pieces:
        raise DataError("X holds no windows")
    for i, piece in enumerate(pieces):
        if piece.ndim != 2 or 0 in piece.shape or piece.shape[1] != pieces[0].shape[-1]:
            raise DataError(f"window {i} has shape {piece.shape}; all must be (steps, {pieces[0].shape[-1]})")
    return np.concatenate(pieces), np.cumsum([0] + [len(piece) for piece in pieces])


def check_finite(table: Floats) -> None:
    """Refuse infinities and channels without any value; NaN alone is a missing value."""
    seen = np.zeros(table.shape[1], dtype=bool)
    for start in range(0, len(table), CHUNK):
        chunk = table[start : start + CHUNK]
        finite = np.isfinite(chunk)
        if finite.all():
            seen[:] = True
            continue
        infinite = np.argwhere(np.isinf(chunk))
        if len(infinite):
            row, channel = infinite[0]
            raise DataError(
                f"channel {channel} is infinite or beyond 3.4e38 in row {start + row}; write NaN for no value"
            )
        seen |= finite.any(axis=0)
    if not seen.all():
        raise DataError(f"channel {int(np.argmin(seen))} holds no value at all; leave it out")


def unpadded(table: Floats, bounds: Ints) -> Ints:
    """Lengths of the windows without the all-NaN rows at their ends."""
    empty = np.isnan(table).all(axis=1)
    if not empty.any():
        return np.diff(bounds)
    last = np.maximum.accumulate(np.where(empty, -1, np.arange(len(table))))[bounds[1:] - 1]
    lengths = last + 1 - bounds[:-1]
    if (lengths <= 0).any():
        raise DataError(f"window {int(np.argmax(lengths <= 0))} holds no value at all; leave it out")
    return lengths


def number_channels(d: int, names: Sequence[str] | None) -> tuple[Channel, ...]:
    """``d`` continuous channels, called x0, x1, ... without ``names``."""
    chosen = [f"x{i}" for i in range(d)] if names is None else [str(name) for name in names]
    if len(chosen) != d:
        raise DataError(f"{d} channels need {d} names, found {chosen}")
    return tuple(Channel(name, "continuous", "float32") for name in chosen)


def as_column(values: Any, name: str, n: int) -> pd.Series:
    """One value for each of ``n`` windows or rows."""
    if np.ndim(values) != 1 or len(values) != n:
        raise DataError(f"{name}s must be {n} values in a row, found shape {np.shape(values)}")
    return pd.Series(values).reset_index(drop=True).rename(name)


def window_labels(y: Any, n: int) -> tuple[Channel | None, npt.NDArray[np.int32] | None]:
    """The label channel and the windows' codes; two Nones without labels."""
    if y is None:
        return None, None
    column = as_column(y, "label", n)
    label = label_channel(column, per_row=False)
    return label, label.encode(column).astype(np.int32)
