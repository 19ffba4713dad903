"""What a reader is, and windows brought to one grid."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rcgan.evaluation.distances.measure import columns
from rcgan.evaluation.panel import Panel

__all__ = ["GRID", "Part", "Reader", "gathered", "standardised", "stretched"]

GRID = 64
Floats = NDArray[np.float32]


class Part(NamedTuple):
    """Some windows of a set to learn from: the set's name, which of its windows, and what they are to be read as."""

    name: str
    windows: NDArray[np.bool_]
    truth: NDArray[Any]


class Reader(ABC):
    """Sees all sets once; then learns parts of them, again and again, and reads others."""

    def __init__(self, panels: Mapping[str, Panel], seed: int) -> None:
        self.panels = panels
        self.grid = min(GRID, panels["training"].values.shape[1])

    def read(self, name: str) -> NDArray[np.int64]:
        """Which windows of a set the reader reads, as positions ``(m,)``: all of them."""
        return np.arange(len(self.panels[name]))

    @abstractmethod
    def classes(self, parts: Sequence[Part], asked: str, seed: int) -> NDArray[np.int64]:
        """Learn the classes of the parts' windows; return those of the windows of the set asked that are read, (m,)."""

    @abstractmethod
    def numbers(self, parts: Sequence[Part], asked: str, seed: int) -> NDArray[np.float64]:
        """Learn the numbers of the parts' windows; return those of the windows of the set asked that are read, (m,)."""


def gathered(table: Mapping[str, Floats], parts: Sequence[Part]) -> tuple[Floats, NDArray[Any]]:
    """The rows ``(n, features)`` of the parts' windows in the sets' tables, and what they are to be read as."""
    x = np.concatenate([table[p.name][p.windows] for p in parts])
    return x, np.concatenate([p.truth[p.windows] for p in parts])


def stretched(panel: Panel, grid: int) -> Floats:
    """Every window (n, grid, columns) on one grid from its first row to its last, holes bridged by straight lines.

    A missing cell at an end takes the nearest observed value; a channel with none stays missing. Categories are 0/1
    columns.
    """
    values = columns(panel).astype(np.float32)
    n, t, d = values.shape
    if grid == t and not np.isnan(values).any():
        return values
    out = np.full((n, grid, d), np.nan, np.float32)
    for i in range(n):
        at = np.linspace(0, panel.lengths[i] - 1, grid)
        for c in range(d):
            there = np.flatnonzero(~np.isnan(values[i, :, c]))
            if len(there):
                out[i, :, c] = np.interp(at, there, values[i, there, c])
    return out


def standardised(panels: Mapping[str, Panel], grid: int) -> dict[str, Floats]:
    """All sets on one grid, standardised by the training windows; 0 where a channel of a window has no value."""
    sets = {name: stretched(panel, grid) for name, panel in panels.items()}
    mean, sd = np.nanmean(sets["training"], (0, 1)), np.nanstd(sets["training"], (0, 1))
    mean, sd = np.nan_to_num(mean), np.where(np.nan_to_num(sd) > 0, sd, 1.0)
    return {name: np.nan_to_num((x - mean) / sd).astype(np.float32) for name, x in sets.items()}
