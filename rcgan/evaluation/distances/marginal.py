"""How often each value occurs."""

from __future__ import annotations

import numpy as np

from rcgan.evaluation.panel import Panel

from .measure import Array, Distance, each, mean, observed, total_variation

__all__ = ["marginal", "marginal_distance", "quantile_gap"]

LEVELS = np.linspace(0.005, 0.995, 199)


def marginal_distance(real: Panel, other: Panel) -> Array:
    """Distance (d,) of all observed values: mean gap between quantiles in real standard deviations.

    Of categorical channels: the total variation of their shares.

    >>> from rcgan.evaluation.panel import as_panel
    >>> x = np.random.default_rng(0).normal(size=(50, 4, 1))
    >>> float(marginal_distance(as_panel(x, "real"), as_panel(x + x.std(), "synthetic")).round(3)[0])
    1.0
    """
    out = np.full(len(real.names), np.nan)
    for c, known in enumerate(real.categories):
        a, b = (observed(p.values[..., c]) for p in (real, other))
        out[c] = total_variation(a, b, len(known)) if known else quantile_gap(a, b)
    return out


def quantile_gap(real: Array, other: Array) -> float:
    """Mean absolute gap between 199 quantiles, in standard deviations of the real values (original units if 0)."""
    if not len(real) or not len(other):
        return np.nan
    return float(np.abs(np.quantile(real, LEVELS) - np.quantile(other, LEVELS)).mean() / (real.std() or 1))


marginal = Distance(
    "marginal distance",
    each(lambda real, other: mean(marginal_distance(real, other))),
    "Distance from the real test windows: mean gap between quantiles of all values, in standard deviations; for "
    "categories the share to be moved. real: the distance of the real training windows.",
)
