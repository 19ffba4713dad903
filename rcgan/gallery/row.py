"""What a row of the gallery is, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

from rcgan.evaluation.pictures.figure import COLOURS, canvas

__all__ = ["NEW", "REAL", "Goal", "Shown", "System", "axes_of", "lines", "rank"]

REAL, NEW = COLOURS["real"], COLOURS["synthetic"]


@dataclass(frozen=True)
class Goal:
    """A figure and what it has to reach.

    Args:
        name: what was measured.
        value: of it.
        limit: what it has to reach.
        higher: whether it has to be the limit at least; otherwise at most.
    """

    name: str
    value: float
    limit: float
    higher: bool

    @property
    def passed(self) -> bool:
        """Whether it does.

        >>> Goal("share on the circle", 0.96, 0.95, higher=True).passed
        True
        """
        return bool(self.value >= self.limit if self.higher else self.value <= self.limit)


@dataclass(frozen=True)
class Shown:
    """What a system showed.

    Args:
        goals: its figures; the first is the row's.
        picture: what it made.
        caption: how to read it.
        beside: further figures, for which there is no limit.
        tables: by heading.
    """

    goals: list[Goal]
    picture: Figure
    caption: str
    beside: dict[str, float] = field(default_factory=dict[str, float])
    tables: dict[str, pd.DataFrame] = field(default_factory=dict[str, pd.DataFrame])


@dataclass(frozen=True)
class System:
    """A row: a published system, and the program that shows it.

    Args:
        name: what ``rcgan gallery`` calls it.
        title: for people.
        paper: where it comes from.
        show: the program; ``steps`` shortens its trainings, for a test.
    """

    name: str
    title: str
    paper: str
    show: Callable[..., Shown]


def rank(a: ArrayLike, b: ArrayLike) -> float:
    """Return Spearman's rank correlation; 0 where one side never changes, or has one value.

    >>> rank([1, 2, 3], [2, 4, 9]), rank([1, 1, 1], [2, 4, 9])
    (1.0, 0.0)
    """
    if len(np.unique(a)) < 2 or len(np.unique(b)) < 2:
        return 0.0
    return float(cast(Any, spearmanr(a, b))[0])


def axes_of(rows: int, columns: int, *, height: float = 1.3) -> tuple[Figure, NDArray[Any]]:
    """Return a figure as wide as the gallery's page and its axes ``(rows, columns)``, in small type."""
    return canvas(rows, columns, height, width=7.4)


def lines(rows: list[tuple[str, NDArray[Any]]], columns: int = 8) -> Figure:
    """Draw the first windows of several sets, ``(n, t)`` each, one set a row."""
    figure, axes = axes_of(len(rows), columns, height=1.1)
    low = min(np.nanmin(values[:columns]) for _, values in rows)
    high = max(np.nanmax(values[:columns]) for _, values in rows)
    for (name, values), some in zip(rows, axes, strict=True):
        for one, window in zip(some, values, strict=False):
            _line(one, window, REAL if "real" in name else NEW, (low, high))
        some[0].set_ylabel(name, fontsize=7)
    return figure


def _line(axes: Axes, window: NDArray[Any], colour: str, limits: tuple[float, float]) -> None:
    axes.plot(window, color=colour, linewidth=1)
    margin = 0.05 * (limits[1] - limits[0])
    axes.set_ylim(limits[0] - margin, limits[1] + margin)
    axes.set_xticks([])
    axes.set_yticks([])
