"""What a window is conditioned on: its label and its static attributes, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcgan.data.schema import Channel, Schema

__all__ = ["Conditions"]


@dataclass(frozen=True)
class Conditions:
    """One-hot label, one-hot categorical statics and standardised continuous ones, side by side.

    Args:
        classes: how many labels there are; 0 without labels.
        statics: the attributes.
        means: of the continuous statics over the training windows, 0 for the others.
        sds: likewise; 1 for the others.
    """

    classes: int
    statics: tuple[Channel, ...]
    means: tuple[float, ...]
    sds: tuple[float, ...]

    @classmethod
    def fit(cls, schema: Schema, statics: NDArray[np.float32]) -> Conditions:
        """Take the scales from the training windows' statics ``(n, k)``."""
        numbers = [c.kind == "continuous" for c in schema.statics]
        means = [float(np.nanmean(statics[:, k])) if number else 0.0 for k, number in enumerate(numbers)]
        sds = [float(np.nanstd(statics[:, k])) or 1.0 if number else 1.0 for k, number in enumerate(numbers)]
        classes = len(schema.label.categories) if schema.label else 0
        return cls(classes, schema.statics, tuple(means), tuple(sds))

    @property
    def width(self) -> int:
        """How many numbers a condition has."""
        return self.classes + sum(len(c.categories) if c.kind == "categorical" else 1 for c in self.statics)

    def encode(self, codes: NDArray[Any] | None, statics: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return conditions ``(n, k)`` for label codes ``(n,)`` and statics ``(n, k')``; what is not known is 0."""
        parts: list[NDArray[Any]] = []
        if self.classes:
            unknown = np.full(len(statics), -1) if codes is None else codes
            parts.append(unknown[:, None] == np.arange(self.classes))
        for k, channel in enumerate(self.statics):
            column = statics[:, k, None]
            if channel.kind == "categorical":
                parts.append(column == np.arange(len(channel.categories)))
            else:
                parts.append(np.nan_to_num((column - self.means[k]) / self.sds[k]))
        empty = np.zeros((len(statics), 0))
        return np.concatenate([empty, *parts], axis=1).astype(np.float32)
