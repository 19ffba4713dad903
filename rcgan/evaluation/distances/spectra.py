"""At which frequencies a channel moves."""

from __future__ import annotations

import numpy as np
from scipy.signal import periodogram

from rcgan.evaluation.panel import Panel

from .measure import Array, Distance, each, mean

__all__ = ["spectra", "spectrum"]


def spectrum(panel: Panel, steps: int) -> Array:
    """Share of power (frequencies, d) of the windows' deviations from their mean; the mean over complete windows.

    Windows are cut to their first ``steps`` rows; NaN where no window is observed in all of them.

    >>> from rcgan.evaluation.panel import as_panel
    >>> x = np.sin(2 * np.pi * 2 * np.arange(16) / 16)[None, :, None]
    >>> spectrum(as_panel(x, "real"), 16)[:, 0].argmax()
    np.int64(2)
    """
    out = np.full((steps // 2 + 1, len(panel.names)), np.nan)
    for c in np.flatnonzero(panel.continuous):
        x = panel.values[:, :steps, c].astype(np.float64)
        x = x[np.isfinite(x).all(1)]
        power = periodogram(x, detrend="constant", axis=1)[1].mean(0) if len(x) else np.zeros(1)
        if power.sum() > 0:
            out[:, c] = power / power.sum()
    return out


def distance(real: Panel, other: Panel) -> float:
    """Half the summed gap between the shares of power, over the rows that half of the windows have in both sets."""
    steps = min(int(np.median(p.lengths)) for p in (real, other))
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
