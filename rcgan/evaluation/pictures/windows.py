"""Windows as they are, real beside synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rcgan.evaluation.panel import Panel

from .figure import COLOURS, LINES, Compared, Section, canvas, first_of, shortened

__all__ = ["draw_channel", "label_categories", "present", "side_by_side", "windows"]

MOST_CHANNELS, MOST_LABELS, SHOWN = 6, 6, 6


def windows(compared: Compared) -> Section:
    """A figure of windows for each of the first six labels, or one where there are no labels."""
    real, reading = compared.test, f"Up to {SHOWN} real test windows and as many synthetic ones, drawn at random, "
    reading += (
        "one colour a window. The two columns should look as if they could be swapped: the same shapes, the same "
        "heights, the same roughness, and as many different ones."
    )
    cut = first_of(MOST_CHANNELS, len(real.names))
    return Section(
        "Windows side by side",
        reading,
        [
            (("All labels" if label is None else f"Label {label}") + cut, side_by_side(a, b, compared.seed))
            for label, a, b in by_label(real, compared.synthetic)
        ],
    )


def by_label(real: Panel, synthetic: Panel) -> Iterator[tuple[Any, Panel, Panel]]:
    """(label, real, synthetic) for up to six labels that both sets have; label None where there are no labels."""
    if real.codes is None or synthetic.codes is None:
        yield None, real, synthetic
        return
    for label in present(real):
        k = real.classes.index(label)
        if (synthetic.codes == k).any():
            yield label, real.take(real.codes == k), synthetic.take(synthetic.codes == k)


def present(real: Panel) -> list[Any]:
    """The first six labels that the real windows carry."""
    return [real.classes[k] for k in np.unique(real.codes)[:MOST_LABELS]] if real.codes is not None else []


def side_by_side(real: Panel, synthetic: Panel, seed: int = 0) -> Figure:
    """Six real and six synthetic windows in two columns, a row for each of the first six channels."""
    rows = min(len(real.names), MOST_CHANNELS)
    figure, axes = canvas(rows, 2, 1.7 if rows == 1 else 1.25, alike=True)
    rng = np.random.default_rng(seed)
    for column, (name, panel) in enumerate((("real", real), ("synthetic", synthetic))):
        chosen = rng.choice(len(panel), min(SHOWN, len(panel)), replace=False)
        axes[0, column].set_title(name, color=COLOURS[name], fontweight="bold", fontsize=8)
        for c in range(rows):
            for line, i in enumerate(chosen):
                draw_channel(axes[c, column], panel, c, panel.values[i, :, c], LINES[line])
        axes[-1, column].set_xlabel("row of the window")
    for c in range(rows):
        axes[c, 0].set_ylabel(shortened(real.names[c]))
        label_categories(axes[c, 0], real.categories[c])
    return figure


def draw_channel(
    axes: Axes, panel: Panel, channel: int, values: NDArray[np.float32], colour: str, width: float = 1.0
) -> None:
    """One window of one channel; a category as steps, a value between two missing ones as a dot."""
    known = ~np.isnan(values)
    beside = np.pad(known, 1)
    alone = known & ~beside[:-2] & ~beside[2:]
    style = "steps-post" if panel.categories[channel] else "default"
    axes.plot(values, color=colour, linewidth=width, drawstyle=style)
    axes.plot(np.flatnonzero(alone), values[alone], ".", color=colour, markersize=1 + width)


def label_categories(axes: Axes, known: tuple[Any, ...]) -> None:
    """Names of the categories at their codes, if there are few enough to read."""
    if known and len(known) <= 6:
        axes.set_yticks(range(len(known)), [shortened(str(k), 8) for k in known])
        axes.set_ylim(-0.4, len(known) - 0.6)
