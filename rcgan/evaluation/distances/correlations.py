r"""How channels go together in the same row: the published correlational score.

.. math:: \frac{1}{10} \sum_{i \ge j} |\rho_{ij}(\text{real}) - \rho_{ij}(\text{other})|

Liao et al. (2020), "Conditional Sig-Wasserstein GANs for time series generation", section 5, as the field has used
it since.
"""

from __future__ import annotations

import numpy as np

from rcgan.evaluation.panel import Panel

from .measure import Array, Distance, each

__all__ = ["correlation", "correlations"]


def correlation(panel: Panel) -> Array:
    """Correlation (c, c) of the continuous channels over all rows in which both are observed; NaN of a constant one.

    >>> from rcgan.evaluation.panel import as_panel
    >>> x = np.random.default_rng(0).normal(size=(5, 4, 1))
    >>> correlation(as_panel(np.concatenate([x, -2 * x], -1), "real")).round(3).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    x = panel.values[..., panel.continuous].astype(np.float64)
    rows = x.reshape(-1, x.shape[-1])
    there = np.isfinite(rows)
    count = np.maximum(there.sum(0), 1)
    middle = np.where(there, rows, 0).sum(0) / count
    centred = np.where(there, rows - middle, 0)
    sd = np.sqrt((centred**2).sum(0) / count)
    pairs = there.T.astype(float) @ there
    with np.errstate(divide="ignore", invalid="ignore"):
        return (centred.T @ centred) / pairs / np.outer(sd, sd)


def distance(real: Panel, other: Panel) -> float:
    """The sum over the pairs for which it can be told, over ten."""
    gap = np.abs(correlation(real) - correlation(other))[np.tril_indices(int(real.continuous.sum()), -1)]
    told = gap[np.isfinite(gap)]
    return float(told.sum() / 10) if len(told) else np.nan


correlations = Distance(
    "correlational score",
    each(distance),
    "Summed gap between the correlations of all pairs of channels in the same row, over ten, as published.",
    lacking="there are no two continuous channels that vary",
    asked=lambda real: int(real.continuous.sum()) > 1,
)
