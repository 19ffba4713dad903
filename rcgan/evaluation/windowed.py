"""What is asked of whole windows: the examination that classification and regression share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .readers import READERS, Part, Reader
from .square import Square
from .utility import NAIVE, REAL, REVERSED, Tally, unit_weights

__all__ = ["FEWEST", "Array", "Tick", "examined", "tally"]

FEWEST = 10  # windows of a set
Array = NDArray[np.float64]
Marks = Callable[[NDArray[Any], NDArray[Any]], Array]
Tick = Callable[[int], object]


def examined(
    sets: Square,
    truth: Mapping[str, NDArray[Any]],
    naive: float,
    readers: Sequence[str],
    method: Callable[[Reader], Callable[[Sequence[Part], str, int], NDArray[Any]]],
    marks: Marks,
    tick: Tick,
) -> dict[str, dict[str, Tally]]:
    """The tallies of every reader and row.

    ``marks`` gives (n, parts) for (truth, answers): NaN in the parts that a window does not belong to.
    """
    found: dict[str, dict[str, Tally]] = {}
    for name in readers:
        reader = READERS[name](sets.panels, sets.seed)
        ask = method(reader)
        given: dict[str, list[NDArray[Any]]] = {}
        for row, seed, kept in sets.trainings():
            parts = [Part(name, windows, truth[name]) for name, windows in kept]
            given.setdefault(row, []).append(ask(parts, "test", seed))
            if row == REAL:
                given.setdefault(REVERSED, []).append(ask(parts, "synthetic", seed))
            tick(1)
        given[NAIVE] = [np.full(len(given[REAL][0]), naive)]
        found[name] = {}
        for row, answers in given.items():
            asked = "synthetic" if row == REVERSED else "test"
            read = reader.read(asked)
            found[name][row] = tally(truth[asked][read], answers, sets.panels[asked].units[read], marks, sets.seed)
    return found


def tally(
    truth: NDArray[Any], answers: Sequence[NDArray[Any]], units: NDArray[np.int64], marks: Marks, seed: int
) -> Tally:
    """Sum the marks of each repeat by unit."""
    units = np.unique(units, return_inverse=True)[1]
    each = [marks(truth, answer) for answer in answers]
    shape = int(units.max()) + 1, each[0].shape[1]
    sums, counts = np.zeros((len(each), *shape)), np.zeros(shape)
    for total, mark in zip(sums, each, strict=True):
        np.add.at(total, units, np.nan_to_num(mark))
    np.add.at(counts, units, np.isfinite(each[0]))
    return Tally(sums, counts, unit_weights(units, seed))
