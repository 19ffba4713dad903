"""How the training went."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .figure import LINES, Compared, Section, shortened, small_axes

__all__ = ["history", "training"]

MOST_CURVES = 6


def training(compared: Compared) -> Section | None:
    """The model's history; None where it has none."""
    frame = getattr(compared.model, "history_", None)
    chosen = [] if frame is None else curves(frame)
    if frame is None or not chosen:
        return None
    reading = (
        "What the training reported, step by step. Two sides play against each other, so no curve has to fall: lines "
        "that settle are good, lines that run away are not."
    )
    return Section("Training", reading, [("Against the training step", history(frame, chosen))])


def curves(frame: pd.DataFrame) -> list[str]:
    """The first six numeric columns but for ``step`` and ``seconds``.

    >>> curves(pd.DataFrame({"step": [0], "loss": [1.0], "note": ["a"]}))
    ['loss']
    """
    numeric = [c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c])]
    return [c for c in numeric if c not in ("step", "seconds")][:MOST_CURVES]


def history(frame: pd.DataFrame, chosen: list[str]) -> Figure:
    """The chosen columns of a training history against its column ``step``."""
    figure, axes = small_axes(len(chosen))
    for name, one in zip(chosen, axes, strict=True):
        one.plot(frame["step"], frame[name], color=LINES[0], linewidth=0.9)
        one.set_title(shortened(str(name).replace("_", " "), 24), fontsize=8)
        one.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    return figure
