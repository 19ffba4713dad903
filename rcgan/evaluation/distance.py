"""How far synthetic windows are from real ones, channel by channel: values, steps from row to row, autocorrelation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .panel import Panel
from .utility import REAL, SYNTHETIC, Score, untold

__all__ = ["autocorrelation", "distance_scores", "marginal_distance", "step_distance"]

TASK = "distance"
LEVELS = np.linspace(0.005, 0.995, 199)
MOST_LAGS = 48

Array = NDArray[np.float64]


def distance_scores(train: Panel, test: Panel, synthetic: Panel) -> list[Score]:
    """Each distance of the training and of the synthetic windows from the real test windows, mean over channels."""
    found: list[Score] = []
    for metric, measure in (
        ("marginal distance", marginal_distance),
        ("step distance", step_distance),
        ("autocorrelation distance", autocorrelation_distance),
    ):
        for row, panel in ((REAL, train), (SYNTHETIC, synthetic)):
            each = measure(test, panel)
            if np.isnan(each).all():
                found.append(untold(TASK, metric, "lower", "no channel has the values for it in both sets", row=row))
            else:
                found.append(Score(TASK, metric, row, None, float(np.nanmean(each)), np.nan, np.nan, "lower"))
    return found


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


def step_distance(real: Panel, other: Panel) -> Array:
    """The same (d,) of the differences from row to row; for categories, of the pairs (before, after)."""
    out = np.full(len(real.names), np.nan)
    for c, known in enumerate(real.categories):
        if known:
            a, b = (observed(p.values[:, :-1, c] * len(known) + p.values[:, 1:, c]) for p in (real, other))
            out[c] = total_variation(a, b, len(known) ** 2)
        else:
            out[c] = quantile_gap(*(observed(np.diff(p.values[..., c], axis=1)) for p in (real, other)))
    return out


def autocorrelation_distance(real: Panel, other: Panel) -> Array:
    """Mean absolute difference (d,) of the autocorrelations; NaN for categories and constant channels."""
    gap = np.abs(autocorrelation(real) - autocorrelation(other))
    known = np.isfinite(gap)
    return np.where(known.any(0), np.where(known, gap, 0).sum(0) / np.maximum(known.sum(0), 1), np.nan)


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


def observed(values: NDArray[np.floating]) -> Array:
    """The cells that are not missing, flat."""
    return values[~np.isnan(values)].astype(np.float64)


def quantile_gap(real: Array, other: Array) -> float:
    """Mean absolute gap between 199 quantiles, in standard deviations of the real values (original units if 0)."""
    if not len(real) or not len(other):
        return np.nan
    return float(np.abs(np.quantile(real, LEVELS) - np.quantile(other, LEVELS)).mean() / (real.std() or 1))


def total_variation(real: Array, other: Array, count: int) -> float:
    """Half the summed gap between the shares of ``count`` categories.

    >>> total_variation(np.array([0.0, 1.0]), np.array([1.0, 1.0]), 2)
    0.5
    """
    if not len(real) or not len(other):
        return np.nan
    a, b = (np.bincount(x.astype(int), minlength=count) / len(x) for x in (real, other))
    return float(np.abs(a - b).sum() / 2)
