"""The nearest window under dynamic time warping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tslearn.metrics import cdist_dtw

from rcgan.evaluation.panel import Panel

from .windows import Part, Reader, standardised

__all__ = ["Neighbour"]

MOST = 300  # windows of a set that are looked at
BAND = 0.1  # of the steps: how far two rows that are aligned may lie apart


class Neighbour(Reader):
    """A window is read as its nearest neighbour is, among at most 300 of each set (tslearn, Sakoe-Chiba band)."""

    def __init__(self, panels: Mapping[str, Panel], seed: int) -> None:
        super().__init__(panels, seed)
        rng = np.random.default_rng(seed)
        self.some = {name: np.sort(rng.permutation(len(p))[:MOST]) for name, p in panels.items()}
        self.sets = standardised({name: p.take(self.some[name]) for name, p in panels.items()}, self.grid)
        self.far: dict[tuple[str, str], NDArray[np.float64]] = {}

    def read(self, name: str) -> NDArray[np.int64]:
        """At most 300 windows of a set, drawn at random."""
        return self.some[name]

    def classes(self, parts: Sequence[Part], asked: str, seed: int) -> NDArray[np.int64]:
        """Return the class of the nearest window."""
        return self._nearest(parts, asked).astype(np.int64)

    def numbers(self, parts: Sequence[Part], asked: str, seed: int) -> NDArray[np.float64]:
        """Return the number of the nearest window."""
        return self._nearest(parts, asked).astype(np.float64)

    def _nearest(self, parts: Sequence[Part], asked: str) -> NDArray[Any]:
        far = np.concatenate([self._distances(p.name, asked)[:, p.windows[self.some[p.name]]] for p in parts], axis=1)
        truth = np.concatenate([p.truth[self.some[p.name]][p.windows[self.some[p.name]]] for p in parts])
        return truth[far.argmin(1)]

    def _distances(self, name: str, asked: str) -> NDArray[np.float64]:
        """Distances (windows read of the set asked, windows looked at of the other), taken once."""
        if (asked, name) not in self.far:
            band = max(1, round(BAND * self.grid))
            sides = [self.sets[k].astype(np.float64) for k in (asked, name)]
            self.far[asked, name] = cdist_dtw(*sides, global_constraint="sakoe_chiba", sakoe_chiba_radius=band)
        return self.far[asked, name]
