"""Relations: how many rows break what holds in every real training row.

Channels that never change, repeat another one, are a sum of others, are never above another one, never negative or
beyond the end of their range, on a grid, never fall, or take few values (:func:`~rcgan.data.relations.find_relations`).
Beside it the same for real test rows: where they break something, it was no law.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rcgan.data.relations import find_relations
from rcgan.data.statements import statements

from .panel import Panel
from .utility import REAL, SYNTHETIC, Score, interval, resampled

__all__ = ["METRIC", "relation_scores"]

TASK, METRIC = "relations", "broken relations"
NAMED = 6  # relations that a note lists


def relation_scores(train: Panel, test: Panel, synthetic: Panel, seed: int) -> list[Score]:
    """Share of rows that break a relation, with a 95 % interval over windows; nothing where there are no relations."""
    rows = train.values[train.inside]
    starts = np.broadcast_to(np.arange(train.inside.shape[1]) == 0, train.inside.shape)[train.inside]
    found = find_relations(rows, np.flatnonzero(train.continuous).tolist(), starts)
    told = statements(found, train.names)
    if not told:
        return []
    listed = ", ".join(told[:NAMED]) + (f" and {len(told) - NAMED} more" if len(told) > NAMED else "")
    scores: list[Score] = []
    for row, panel in ((REAL, test), (SYNTHETIC, synthetic)):
        breaks = found.breaks(panel.values)
        shares = _shares(np.any(breaks, axis=-1), panel)
        by_law = {law: float(_shares(breaks[..., k], panel).mean()) for k, law in enumerate(told)}
        worst = max(by_law, key=lambda law: by_law[law])
        note = f"in all training rows: {listed}" if row == REAL else ""
        if by_law[worst]:
            note = f"{row} rows break {worst} most, {100 * by_law[worst]:.3g} %"
        low, high = interval(resampled(shares, panel.units, seed))
        scores.append(Score(TASK, METRIC, row, None, float(shares.mean()), low, high, "lower", note))
    return scores


def _shares(broken: NDArray[np.bool_], panel: Panel) -> NDArray[np.float64]:
    """Return which share of each window's rows is broken, ``(n,)``."""
    return (broken & panel.inside).sum(1) / panel.lengths
