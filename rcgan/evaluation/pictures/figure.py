"""What every picture shares: what it is drawn from, the section it fills, its size, colours and type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rcgan.evaluation.panel import Panel
from rcgan.evaluation.utility import Score

__all__ = ["COLOURS", "LINES", "WIDTH", "Compared", "Section", "canvas", "first_of", "key", "shortened", "small_axes"]

COLOURS = {"real": "#2b5c8a", "real test": "#2b5c8a", "real training": "#8fc0e6", "synthetic": "#d9722b"}
LINES = ("#1b4965", "#d9722b", "#3a8f6b", "#9b4f96", "#b8a133", "#5b6770")
WIDTH = 3.7  # inches; with type of 8 points, one column of a page or the whole of a narrow screen


@dataclass(frozen=True)
class Compared:
    """What the pictures are drawn from.

    Attributes:
        train: real windows that the generator was trained on.
        test: real windows that it never saw.
        synthetic: generated windows.
        scores: what was found about them.
        model: the generator; None leaves its latents and its training out.
        seed: fixes which windows are drawn.
    """

    train: Panel
    test: Panel
    synthetic: Panel
    scores: Sequence[Score] = ()
    model: Any = None
    seed: int = 0


@dataclass(frozen=True)
class Section:
    """Figures under one heading.

    Attributes:
        heading: what is shown.
        reading: how to read it, whole sentences for somebody who has never seen such a picture.
        figures: a caption, without its full stop, and a figure each.
    """

    heading: str
    reading: str
    figures: Sequence[tuple[str, Figure]]


def canvas(
    rows: int, columns: int, height: float, *, alike: bool = False, width: float = WIDTH
) -> tuple[Figure, NDArray[Any]]:
    """An empty figure of the page's width and its axes (rows, columns), small type, no frame above and right.

    ``alike`` axes have one scale along, and one up in each row.
    """
    figure = Figure(figsize=(width, 0.45 + rows * height), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=alike, sharey="row" if alike else "none", squeeze=False)
    for one in axes.ravel():
        one.tick_params(labelsize=7.5, length=2)
        one.xaxis.label.set_fontsize(8)
        one.yaxis.label.set_fontsize(8)
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def small_axes(count: int) -> tuple[Figure, list[Axes]]:
    """A figure of ``count`` small axes, two in a row; one alone takes the width."""
    columns = 1 if count == 1 else 2
    figure, axes = canvas(-(-count // columns), columns, 1.7 if count == 1 else 1.3)
    for one in axes.ravel()[count:]:
        one.axis("off")
    return figure, list(axes.ravel()[:count])


def key(figure: Figure) -> None:
    """Name the colours once, above all axes."""
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc="outside upper center",
        ncols=len(names),
        frameon=False,
        fontsize=8,
        columnspacing=1.2,
        markerscale=1.5,
    )


def shortened(name: str, most: int = 16) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= most else name[: most - 1] + "…"


def first_of(shown: int, count: int, what: str = "channels") -> str:
    """What a caption adds where not all is shown.

    >>> first_of(6, 9), first_of(6, 4)
    ('; the first 6 of 9 channels', '')
    """
    return f"; the first {shown} of {count} {what}" if count > shown else ""
