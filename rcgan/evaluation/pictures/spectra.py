"""At which frequencies the channels move, and how strongly."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from rcgan.evaluation.distances.spectra import common_steps, power
from rcgan.evaluation.panel import Panel

from .figure import COLOURS, Compared, Section, first_of, key, shortened, small_axes

__all__ = ["power_spectra", "spectra"]

MOST_CHANNELS = 12
DECADES = 1e-6  # of the strongest frequency's power: what is weaker is rounding, and would flatten the picture


def spectra(compared: Compared) -> Section | None:
    """One figure of the channels that move in windows without holes; None where there is none."""
    steps = common_steps(compared.test, compared.synthetic)
    found = [power(panel, steps) for panel in (compared.test, compared.synthetic)]
    chosen = np.flatnonzero(np.all([(p > 0).any(0) for p in found], axis=0))
    if not len(chosen):
        return None
    reading = (
        "How strongly a channel moves at each speed: slow waves on the left, changes from row to row on the right, "
        "upwards ten times as much at each mark. Equal lines are good; a synthetic line above the real one on the "
        "right is noise, one below it windows that are too smooth."
    )
    caption = f"Power against frequency in cycles a row, mean over windows whose first {steps} rows have no hole"
    caption += first_of(MOST_CHANNELS, len(chosen), "continuous channels")
    return Section(
        "Power spectra", reading, [(caption, power_spectra(compared.test, found, chosen[:MOST_CHANNELS], steps))]
    )


def power_spectra(real: Panel, powers: list[NDArray[np.float64]], channels: NDArray[np.int64], steps: int) -> Figure:
    """Log power (real, synthetic) above frequency 0, an axis a channel."""
    frequencies = np.arange(1, steps // 2 + 1) / steps
    figure, axes = small_axes(len(channels))
    for c, one in zip(channels, axes, strict=True):
        for name, found in zip(("real", "synthetic"), powers, strict=True):
            one.plot(frequencies, found[1:, c], ".-", color=COLOURS[name], label=name, linewidth=1.2, markersize=2)
        one.set_yscale("log")
        top = max(found[1:, c].max() for found in powers)
        one.set_ylim(bottom=max(one.get_ylim()[0], top * DECADES))
        one.minorticks_off()
        one.set_title(shortened(real.names[c], 24), fontsize=8)
        one.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    key(figure)
    return figure
