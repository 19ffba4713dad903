"""What is missing."""

from __future__ import annotations

import numpy as np

from rcgan.evaluation.panel import Panel

from .measure import Array, Distance, each, mean, total_variation

__all__ = ["hole_rates", "holes"]


def hole_rates(panel: Panel) -> Array:
    """Share (d,) of the cells of each channel that are missing before a window's end."""
    return (np.isnan(panel.values) & panel.inside[..., None]).sum((0, 1)) / max(int(panel.inside.sum()), 1)


def distance(real: Panel, other: Panel) -> float:
    """Total variation of the number of holes a window, mean over the channels that have any; NaN if none has."""
    each: list[float] = []
    for c in np.flatnonzero(hole_rates(real) > 0):
        counts = [(np.isnan(p.values[..., c]) & p.inside).sum(1).astype(np.float64) for p in (real, other)]
        each.append(total_variation(counts[0], counts[1], max(p.values.shape[1] for p in (real, other)) + 1))
    return mean(np.array(each))


holes = Distance(
    "hole distance",
    each(distance),
    "Share of the windows that would need another number of missing cells, mean over channels that have any.",
    asked=lambda real: bool(hole_rates(real).any()),
)
