"""Regression: does a reader trained on synthetic windows read a number off real ones as well as one trained on real?

The number is the last value in a window of a channel that is hidden from the reader, such as the remaining life. It is
scored as the mean absolute error in that channel's unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcgan.errors import DataError, nearest

from .forecast import filled, numbers
from .panel import Panel
from .readers import READERS
from .square import Square
from .utility import Score, scores, untold
from .windowed import FEWEST, Array, Tick, examined

__all__ = ["refuse_target", "regression_scores"]

TASK, METRIC = "regression", "mean absolute error"


def regression_scores(
    sets: Square, target: str, *, readers: Sequence[str] = tuple(READERS), tick: Tick = lambda _: None
) -> list[Score]:
    """Mean absolute error of readers trained on each set, and of always naming the training windows' median.

    ``target`` is a continuous channel; windows that never show it are left out, and counted in the note.

    Raises:
        DataError: no such channel, or no other one.
    """
    refuse_target(sets.panels["training"], target)
    place = sets.panels["training"].names.index(target)
    last = {name: last_values(panel, place) for name, panel in sets.panels.items()}
    shown = {name: np.isfinite(value) for name, value in last.items()}
    for name in ("training", "test", "synthetic"):
        if shown[name].sum() < FEWEST:
            reason = f"{shown[name].sum()} {name} windows show {target!r}, and {FEWEST} are needed"
            return [untold(TASK, METRIC, "lower", reason)]
    hidden = Square(
        {name: without(panel.take(shown[name]), place) for name, panel in sets.panels.items()},
        {name: fifth[shown[name]] for name, fifth in sets.fifths.items()},
        sets.seed,
    )
    truth = {name: value[shown[name]] for name, value in last.items()}
    median = float(np.median(truth["training"]))
    found = examined(hidden, truth, median, readers, lambda reader: reader.numbers, error, tick)
    left = sum(int((~shown[name]).sum()) for name in ("training", "test", "synthetic"))
    note = f"of {target}" + (f"; {left} windows never show it" if left else "")
    return scores(TASK, METRIC, "lower", found, note=note)


def refuse_target(known: Panel, target: str) -> None:
    """Refuse a target that cannot be read."""
    names = numbers(known)
    if target not in names:
        raise DataError(f"no continuous channel {target!r} to read; there are {list(names)}{nearest(target, names)}")
    if len(known.names) == 1:
        raise DataError(f"{target!r} is the only channel: there is nothing to read it from")


def last_values(panel: Panel, place: int) -> Array:
    """The last observed value of a channel in each window, (n,); NaN where there is none."""
    values = filled(panel.values[..., [place]].astype(np.float64))
    return values[np.arange(len(panel)), panel.lengths - 1, 0]


def error(truth: NDArray[Any], answers: NDArray[Any]) -> Array:
    """The absolute errors, one column."""
    return np.abs(answers - truth)[:, None]


def without(panel: Panel, place: int) -> Panel:
    """The panel without one channel."""
    rest = [c for c in range(len(panel.names)) if c != place]
    names, categories = tuple(panel.names[c] for c in rest), tuple(panel.categories[c] for c in rest)
    return replace(panel, values=panel.values[..., rest], names=names, categories=categories)
