"""Overlap: test windows that hold rows of training windows, as windows of one series do when they are split at random.

What is measured on such windows may be known by heart, by the generator and by whoever learns from it: Bergmeir,
Benitez (2012), "On the use of cross-validation for time series predictor evaluation", section 2.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pandas.util import hash_array

from .panel import Panel

__all__ = ["caution_of_overlap", "overlap"]

STRETCH = 8  # rows that follow one another and are the same, which do not come about by chance
TOLD = 0.5  # share of the test windows from which on they are told; of one coarse channel some agree by chance

Keys = NDArray[np.uint64]


def overlap(train: Panel, test: Panel) -> float:
    """Return the share of the test windows of which eight rows on end, or half of fewer, are in a training window, too.

    Stretches in which fewer than half of the rows differ, as those of a machine at rest, are not asked about.

    >>> from rcgan.evaluation.panel import as_panel
    >>> series = np.random.default_rng(0).normal(size=(100, 1))
    >>> windows = as_panel(np.stack([series[i : i + 12] for i in range(88)]), "windows")
    >>> overlap(windows.take(np.arange(0, 88, 4)), windows.take(np.arange(2, 88, 4)))
    1.0
    >>> overlap(windows.take(np.arange(44)), windows.take(np.arange(60, 88)))
    0.0
    """
    rows = min(STRETCH, (1 + int(min(train.lengths.min(), test.lengths.min()))) // 2)
    known, asked = _stretches(train, rows), _stretches(test, rows)
    moving = asked != 0
    shared = moving & np.isin(asked, known)
    return float(shared.any(1).sum() / max(1, moving.any(1).sum()))


def caution_of_overlap(train: Panel, test: Panel) -> str:
    """Return what is to be said where test windows are training windows in part; nothing where they are not."""
    share = overlap(train, test)
    if share < TOLD:
        return ""
    return (
        f"{share:.0%} of the test windows hold rows of training windows, so that what is measured on them may be known "
        "by heart: split windows that overlap by time or by run, as Windows.split does (--group names the run)"
    )


def _stretches(panel: Panel, rows: int) -> Keys:
    """Return a key ``(n, t - rows + 1)`` of each stretch of so many rows, 0 of those that hardly move or have ended."""
    factors = np.random.default_rng(0).integers(1, 1 << 63, panel.values.shape[-1] + rows, dtype=np.uint64)
    cells = _keys(panel.values + np.float32(0))  # -0 is 0
    each = sliding_window_view(_keys((cells * factors[rows:]).sum(-1)), rows, axis=1)
    different = 1 + (np.diff(np.sort(each, axis=-1), axis=-1) != 0).sum(-1)
    ended = np.arange(each.shape[1]) + rows > panel.lengths[:, None]
    return np.where((2 * different < rows) | ended, np.uint64(0), (each * factors[:rows]).sum(-1))


def _keys(values: NDArray[Any]) -> Keys:
    keys = cast(Any, hash_array)(values.ravel())  # of arrays; its stub is of pandas' own
    return keys.reshape(values.shape)
