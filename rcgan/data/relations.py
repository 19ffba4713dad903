"""What holds in every training row: constant channels and channels that repeat another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rcgan.errors import DataError

__all__ = ["Relations", "find_relations"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Relations:
    """Channels that need no learning: ``constants`` {channel: value} and ``equals`` {channel: its twin}.

    Channels are positions 0..``width``-1. A constant NaN is a channel that was never observed.

    >>> relations = find_relations(np.array([[1.0, 5.0, 1.0], [2.0, 5.0, 2.0]], dtype=np.float32))
    >>> relations.constants, relations.equals, relations.free
    ({1: 5.0}, {2: 0}, (0,))
    >>> relations.restore(np.array([[[7.0]]], dtype=np.float32))
    array([[[7., 5., 7.]]], dtype=float32)
    """

    width: int
    constants: Mapping[int, float]
    equals: Mapping[int, int]

    @property
    def free(self) -> tuple[int, ...]:
        """Channels to be learned, in order."""
        return tuple(c for c in range(self.width) if c not in self.constants and c not in self.equals)

    def restore(self, free_values: Floats) -> Floats:
        """Put the tied channels back: (..., free) to (..., width)."""
        free = self.free
        if free_values.shape[-1] != len(free):
            raise DataError(f"{free_values.shape[-1]} channels given where {len(free)} are free: {list(free)}")
        values = np.empty((*free_values.shape[:-1], self.width), dtype=np.float32)
        values[..., free] = free_values
        for channel, value in self.constants.items():
            values[..., channel] = value
        for channel, twin in self.equals.items():
            values[..., channel] = values[..., twin]
        return values

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts and scalars, as JSON has them."""
        return {
            "width": self.width,
            "constants": {str(c): None if np.isnan(v) else v for c, v in self.constants.items()},
            "equals": {str(c): twin for c, twin in self.equals.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Relations:
        """Read back what :meth:`to_dict` gave, also after a trip through JSON."""
        constants = {int(c): float("nan") if v is None else float(v) for c, v in data["constants"].items()}
        return cls(int(data["width"]), constants, {int(c): int(t) for c, t in data["equals"].items()})


def find_relations(rows: Floats) -> Relations:
    """Find what holds exactly in all ``rows`` (n, d), NaN where a value is missing.

    A channel is constant when all its observed values are one; it may have holes. A channel equals an earlier
    one when values and holes agree in every row.

    Raises:
        DataError: There are fewer than two rows.
    """
    if rows.ndim != 2 or len(rows) < 2:
        raise DataError(f"relations need at least two rows of channels, found shape {rows.shape}")
    constants: dict[int, float] = {}
    equals: dict[int, int] = {}
    by_head: dict[bytes, list[int]] = {}  # channels that agree in the first rows: the only ones worth comparing
    for channel in range(rows.shape[1]):
        column = rows[:, channel]
        low, high = np.fmin.reduce(column), np.fmax.reduce(column)
        if not low < high:
            constants[channel] = float(low)
            continue
        rivals = by_head.setdefault((column[:64] + 0.0).tobytes(), [])
        twin = next((other for other in rivals if np.array_equal(rows[:, other], column, equal_nan=True)), None)
        if twin is None:
            rivals.append(channel)
        else:
            equals[channel] = twin
    return Relations(rows.shape[1], constants, equals)
