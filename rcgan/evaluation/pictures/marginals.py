"""How often each value occurs."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rcgan.evaluation.distances import observed
from rcgan.evaluation.panel import Panel

from .figure import COLOURS, Compared, Section, first_of, key, shortened, small_axes

__all__ = ["histograms", "marginals"]

MOST_CHANNELS, BINS = 12, 40


def marginals(compared: Compared) -> Section:
    """One figure of all channels."""
    reading = (
        "How often each value occurs, channel by channel, whatever the row. Equal outlines are good; a gap means "
        "values that the synthetic windows lack, a step beyond the real outline values that do not exist."
    )
    caption = "Real test and synthetic windows" + first_of(MOST_CHANNELS, len(compared.test.names))
    return Section("Distributions", reading, [(caption, histograms(compared.test, compared.synthetic))])


def histograms(real: Panel, synthetic: Panel) -> Figure:
    """Histograms of all observed values, channel by channel; twelve channels at most."""
    figure, axes = small_axes(min(len(real.names), MOST_CHANNELS))
    for c, one in enumerate(axes):
        values = {name: observed(p.values[..., c]) for name, p in (("real", real), ("synthetic", synthetic))}
        draw_histograms(one, values, real.categories[c])
        one.set_title(shortened(real.names[c], 24), fontsize=8)
        one.set_yticks([])
    key(figure)
    return figure


def draw_histograms(axes: Axes, values: dict[str, NDArray[np.float64]], known: tuple[object, ...]) -> None:
    """Outlines over 40 bins that leave out one value in a thousand at each end, or over the categories."""
    if known:
        edges = [k - 0.5 for k in range(len(known) + 1)]
        names = [shortened(str(k), 6) for k in known] if len(known) <= 6 else [""] * len(known)
        axes.set_xticks(range(len(known)), names)
    else:
        both = np.concatenate([*values.values()])
        low, high = np.quantile(both, (0.001, 0.999)) if len(both) else (0, 1)
        edges = np.linspace(low, high if high > low else low + 1, BINS + 1).tolist()
    for name, found in values.items():
        weights = np.full(len(found), 1 / max(len(found), 1))
        axes.hist(found, edges, weights=weights, histtype="step", color=COLOURS[name], label=name, linewidth=1.2)
