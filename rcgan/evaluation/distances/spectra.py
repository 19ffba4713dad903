"""At which frequencies a channel moves."""

from __future__ import annotations

import numpy as np
from scipy.signal import periodogram

from rcgan.evaluation.panel import Panel

from .measure import Array, Distance, each, mean

__all__ = ["common_steps", "power", "spectra", "spectrum"]


def power(panel: Panel, steps: int) -> Array:
    """Power (frequencies, d) of the windows' deviations from their mean; the mean over complete windows.

    Windows are cut to their first ``steps`` rows; NaN where no window is observed in all of them, or in a category.
    """
    out = np.full((steps // 2 + 1, len(panel.names)), np.nan)
    for c in np.flatnonzero(panel.continuous):
        x = panel.values[:, :steps, c].astype(np.float64)
        x = x[np.isfinite(x).all(1)]
        if len(x) and steps > 1:
            out[:, c] = periodogram(x, detrend="constant", axis=1)[1].mean(0)
    return out


def spectrum(panel: Panel, steps: int) -> Array:
    """Share of power (frequencies, d), as :func:`power` finds it; NaN also where nothing moves.

    >>> from rcgan.evaluation.panel import as_panel
    >>> x = np.sin(2 * np.pi * 2 * np.arange(16) / 16)[None, :, None]
    >>> spectrum(as_panel(x, "real"), 16)[:, 0].argmax()
    np.int64(2)
    """
    found = power(panel, steps)
    total = found.sum(0)
    return found / np.where(total > 0, total, np.nan)


def common_steps(*panels: Panel) -> int:
    """The rows that half of the windows have in every set."""
    return min(int(np.median(p.lengths)) for p in panels)


def distance(real: Panel, other: Panel) -> float:
    """Half the summed gap between the shares of power, over the rows that half of the windows have in both sets."""
    steps = common_steps(real, other)
    if steps < 2:
        return np.nan
    return mean(np.abs(spectrum(real, steps) - spectrum(other, steps)).sum(0) / 2)


spectra = Distance(
    "spectral distance",
    each(distance),
    "Share of the power that lies at other frequencies, mean over channels.",
    lacking="no continuous channel varies in windows without holes",
    asked=lambda real: bool(real.continuous.any()),
)
