"""How a value goes with the value so many rows later."""

from __future__ import annotations

import numpy as np

from rcgan.evaluation.panel import Panel

from .measure import Array, Distance, each, mean, observed

__all__ = ["autocorrelation", "autocorrelations"]

MOST_LAGS = 48


def autocorrelation(panel: Panel) -> Array:
    """Autocorrelation (lags, d) at lags 1.. up to half the longest window, at most 48, around the mean of all windows.

    Only pairs of observed cells count; NaN for categorical and constant channels.

    >>> from rcgan.evaluation.panel import as_panel
    >>> x = np.tile([1.0, -1.0], (3, 4))[..., None]
    >>> autocorrelation(as_panel(x, "real")).ravel()
    array([-1.,  1., -1.,  1.])
    """
    values = panel.values.astype(np.float64)
    t, d = values.shape[1:]
    lags = max(1, min(t // 2, MOST_LAGS))
    out = np.full((lags, d), np.nan)
    for c in np.flatnonzero(panel.continuous):
        x = values[..., c]
        centred = x - np.nanmean(x) if np.isfinite(x).any() else x
        variance = np.nanmean(centred**2) if np.isfinite(x).any() else 0.0
        for k in range(1, lags + 1):
            product = observed(centred[:, k:] * centred[:, :-k])
            if variance > 0 and len(product):
                out[k - 1, c] = product.mean() / variance
    return out


def distance(real: Panel, other: Panel) -> float:
    """Mean absolute difference over lags, then over channels; NaN for categories and constant channels."""
    lags = min(len(autocorrelation(p)) for p in (real, other))
    gap = np.abs(autocorrelation(real)[:lags] - autocorrelation(other)[:lags])
    known = np.isfinite(gap)
    return mean(np.where(known.any(0), np.where(known, gap, 0).sum(0) / np.maximum(known.sum(0), 1), np.nan))


autocorrelations = Distance(
    "autocorrelation distance",
    each(distance),
    "Mean absolute gap between the autocorrelations.",
    asked=lambda real: bool(real.continuous.any()),
)
