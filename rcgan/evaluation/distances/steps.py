"""How values change from row to row."""

from __future__ import annotations

import numpy as np

from rcgan.evaluation.panel import Panel

from .marginal import quantile_gap
from .measure import Array, Distance, each, mean, observed, total_variation

__all__ = ["step_distance", "steps"]


def step_distance(real: Panel, other: Panel) -> Array:
    """The marginal distance (d,) of the differences from row to row; for categories, of the pairs (before, after)."""
    out = np.full(len(real.names), np.nan)
    for c, known in enumerate(real.categories):
        if known:
            a, b = (observed(p.values[:, :-1, c] * len(known) + p.values[:, 1:, c]) for p in (real, other))
            out[c] = total_variation(a, b, len(known) ** 2)
        else:
            out[c] = quantile_gap(*(observed(np.diff(p.values[..., c], axis=1)) for p in (real, other)))
    return out


steps = Distance(
    "step distance",
    each(lambda real, other: mean(step_distance(real, other))),
    "The same for the steps from row to row; for categories, for the pairs (before, after).",
)
