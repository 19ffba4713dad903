"""Some windows of each label, for questions that each label answers by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["whole_labels"]

Floats = NDArray[np.floating[Any]]


def whole_labels(
    x: Floats,
    mask: Floats,
    labels: NDArray[np.integer[Any]],
    rng: np.random.Generator,
    *,
    fewest: int,
    most: int,
    share: float = 1.0,
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Go through the labels that have whole windows, each with some of these, ``(k, t, c)``.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        rng: what windows are drawn with.
        fewest: whole windows that a label must have.
        most: windows of a label that are drawn.
        share: of a label's windows that must be whole: without holes, and as long as the longest.
    """
    whole = mask.all((1, 2))
    for label in np.unique(labels).tolist():
        mine = labels == label
        known = np.flatnonzero(mine & whole)
        if len(known) >= max(fewest, share * mine.sum()):
            yield label, x[np.sort(rng.permutation(known)[:most])].astype(np.float64)
