"""The synthetic windows that come nearest to a training window: are they copies?"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from rcgan.evaluation.copying import equal_sets, neighbours
from rcgan.evaluation.distances.measure import evenly, vectors
from rcgan.evaluation.panel import Panel

from .figure import COLOURS, Compared, Section, canvas, shortened
from .windows import draw_channel, label_categories

__all__ = ["beside", "nearest"]

SHOWN, MOST_CHANNELS = 6, 4


def nearest(compared: Compared) -> Section:
    """A figure for each of the six synthetic windows that are nearest to a training window."""
    known, held = equal_sets(compared.train, compared.test, compared.seed)
    known, held, new = (p.take(evenly(len(p))) for p in (known, held, compared.synthetic))
    inside, outside, made = (x / x.shape[1] ** 0.5 for x in vectors(known, held, new))
    usual = float(np.median(neighbours(outside, inside)[0]))
    to_train, to_test = neighbours(made, inside), neighbours(made, outside)
    reading = (
        "The synthetic windows (thin orange) that come nearest to any training window. On the left that training "
        "window (pale blue), on the right the nearest test window (dark blue), which the generator never saw. Orange "
        "that lies on the training window and not on the test window was learned by heart. Distances are typical gaps "
        "a cell, in standard deviations of the channel; half of the test windows have a training window within "
        f"{usual:.2f}."
    )
    count = len(new.names)
    cut = f"; {MOST_CHANNELS} of {count} channels" if count > MOST_CHANNELS else ""
    figures: list[tuple[str, Figure]] = []
    for rank, i in enumerate(np.argsort(to_train[0], kind="stable")[:SHOWN], 1):
        pairs = [
            ("real training", known, int(to_train[1][i]), float(to_train[0][i])),
            ("real test", held, int(to_test[1][i]), float(to_test[0][i])),
        ]
        label = "" if new.codes is None else f", label {new.classes[new.codes[i]]}"
        figures.append((f"Number {rank} of {len(new)}{label}{cut}", beside(new, int(i), pairs)))
    return Section("Nearest to a training window", reading, figures)


def beside(synthetic: Panel, i: int, pairs: list[tuple[str, Panel, int, float]]) -> Figure:
    """Synthetic window ``i`` over real ones (name, panel, position, distance), a column each; up to four channels.

    Numbers come before categories.
    """
    chosen = np.argsort(~synthetic.continuous, kind="stable")[:MOST_CHANNELS]
    figure, axes = canvas(len(chosen), len(pairs), 1.5 if len(chosen) == 1 else 1.0, alike=True)
    for column, (name, panel, j, far) in enumerate(pairs):
        axes[0, column].set_title(f"{name}, {far:.2f} away", fontsize=8)
        for c, one in zip(chosen, axes[:, column], strict=True):
            draw_channel(one, panel, c, panel.values[j, :, c], COLOURS[name], 4.0)
            draw_channel(one, synthetic, c, synthetic.values[i, :, c], COLOURS["synthetic"], 1.2)
    for c, one in zip(chosen, axes[:, 0], strict=True):
        one.set_ylabel(shortened(synthetic.names[c]))
        label_categories(one, synthetic.categories[c])
    return figure
