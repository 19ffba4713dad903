"""Some windows of each label, for questions that each label answers by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["whole_labels"]

Floats = NDArray[np.floating[Any]]


def whole_labels(
    x: Floats, mask: Floats, labels: NDArray[np.integer[Any]], rng: np.random.Generator, *, fewest: int, most: int
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Go through the labels without holes, each with some of its windows, ``(k, t, c)``.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        rng: what windows are drawn with.
        fewest: windows that a label must have.
        most: windows of a label that are drawn.
    """
    for label in np.unique(labels).tolist():
        mine = np.flatnonzero(labels == label)
        if len(mine) >= fewest and mask[mine].all():
            yield label, x[np.sort(rng.permutation(mine)[:most])].astype(np.float64)
