"""Classification: does a reader trained on synthetic windows name real ones as well as one trained on real windows?

Scored as balanced accuracy, the mean over classes of the share named rightly, by readers of several kinds
(:mod:`~rcgan.evaluation.readers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .readers import READERS
from .square import Square
from .utility import Score, scores, untold
from .windowed import FEWEST, Array, Tick, examined

__all__ = ["classification_scores", "rightly"]

TASK, METRIC = "classification", "balanced accuracy"
SETS = ("training", "test", "synthetic")


def classification_scores(
    sets: Square, *, readers: Sequence[str] = tuple(READERS), tick: Tick = lambda _: None
) -> list[Score]:
    """Balanced accuracy of readers trained on each set, and of always naming the commonest class.

    No score if there are no labels at all.
    """
    codes = {name: p.codes for name, p in sets.panels.items() if p.codes is not None}
    if not any(name in codes for name in SETS):
        return []
    if reason := obstacle(sets, codes):
        return [untold(TASK, METRIC, "higher", reason)]
    classes = sets.panels["training"].classes
    present = {name: set(np.unique(codes[name]).tolist()) for name in SETS}
    lacking = [
        f"no {name} window of class {classes[k]!r}"
        for name in ("training", "synthetic")
        for k in sorted(set().union(*present.values()) - present[name])
    ]
    commonest = int(np.bincount(codes["training"]).argmax())
    found = examined(sets, codes, commonest, readers, lambda reader: reader.classes, rightly, tick)
    return scores(TASK, METRIC, "higher", found, note="; ".join(lacking))


def obstacle(sets: Square, codes: dict[str, NDArray[np.int64]]) -> str:
    """Why classification cannot be told; empty if it can."""
    for name in SETS:
        if name not in codes:
            return f"the {name} windows carry no labels"
        if len(codes[name]) < FEWEST:
            return f"there are {len(codes[name])} {name} windows, and {FEWEST} are needed"
    for name in ("training", "synthetic"):
        if len(np.unique(codes[name])) < 2:
            return f"the {name} windows are all of one class"
    return ""


def rightly(truth: NDArray[Any], answers: NDArray[Any]) -> Array:
    """One where a window is named rightly, in the column of its class; NaN in the others.

    >>> rightly(np.array([3, 5]), np.array([3, 3]))
    array([[ 1., nan],
           [nan,  0.]])
    """
    return np.where(truth[:, None] == np.unique(truth), (answers == truth)[:, None], np.nan)
