"""Questions that each label answers by itself, by some of its windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["answers", "saying_yes"]

Floats = NDArray[np.floating[Any]]
Answer = TypeVar("Answer")


def answers(
    answer: Callable[[NDArray[np.float64], np.random.Generator], Answer],
    x: Floats,
    mask: Floats,
    labels: NDArray[np.integer[Any]],
    seed: int,
    *,
    shortest: int,
    fewest: int,
    most: int,
    share: float = 1.0,
) -> dict[int, Answer]:
    """Return what each label answers, asked with some of its whole windows, ``(k, t, c)``.

    Args:
        answer: the question.
        x: windows ``(n, t, c)``; without channels nothing is asked.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        seed: of what is drawn.
        shortest: steps that windows must have.
        fewest: whole windows that a label must have to be asked.
        most: windows of a label that are drawn.
        share: of a label's windows that must be whole: without holes, and as long as the longest.
    """
    if x.shape[1] < shortest or not x.shape[2]:
        return {}
    rng, whole, found = np.random.default_rng(seed), mask.all((1, 2)), dict[int, Answer]()
    for label in np.unique(labels).tolist():
        mine = labels == label
        known = np.flatnonzero(mine & whole)
        if len(known) >= max(fewest, share * mine.sum()):
            some = x[np.sort(rng.permutation(known)[:most])].astype(np.float64)
            found[label] = answer(some, rng)
    return found


def saying_yes(found: Mapping[int, bool]) -> tuple[int, ...]:
    """Return the labels whose answer is yes.

    >>> saying_yes({0: True, 1: False, 2: True})
    (0, 2)
    """
    return tuple(label for label, yes in found.items() if yes)
