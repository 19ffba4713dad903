"""How a value goes with later ones."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rcgan.evaluation.distances import autocorrelation
from rcgan.evaluation.panel import Panel

from .figure import COLOURS, Compared, Section, first_of, key, shortened, small_axes

__all__ = ["autocorrelations", "lags"]

MOST_CHANNELS = 12


def autocorrelations(compared: Compared) -> Section | None:
    """One figure of the continuous channels; None where there is none."""
    count = int(compared.test.continuous.sum())
    if not count:
        return None
    reading = (
        "How a value goes with the value so many rows later: 1 in step, 0 no relation, -1 opposite. Equal lines are "
        "good; a synthetic line that falls faster means windows that forget too soon or are too noisy."
    )
    caption = "Correlation against the number of rows between the two values"
    caption += first_of(MOST_CHANNELS, count, "continuous channels")
    return Section("Autocorrelation", reading, [(caption, lags(compared.test, compared.synthetic))])


def lags(real: Panel, synthetic: Panel) -> Figure:
    """Autocorrelation against lag, for each of the first twelve continuous channels."""
    chosen = np.flatnonzero(real.continuous)[:MOST_CHANNELS]
    lines = {name: autocorrelation(panel) for name, panel in (("real", real), ("synthetic", synthetic))}
    figure, axes = small_axes(len(chosen))
    for c, one in zip(chosen, axes, strict=True):
        for name, found in lines.items():
            one.plot(np.arange(1, len(found) + 1), found[:, c], color=COLOURS[name], label=name, linewidth=1.2)
        one.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=0)
        one.set_title(shortened(real.names[c], 24), fontsize=8)
        one.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    key(figure)
    return figure
