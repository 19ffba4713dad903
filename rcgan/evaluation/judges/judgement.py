"""What a judge finds of synthetic windows, and the parts of a set that it learns from and is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcgan.evaluation.panel import Panel
from rcgan.evaluation.utility import interval, resampled

__all__ = ["Judgement", "judgement", "parts"]


@dataclass(frozen=True)
class Judgement:
    """What a judge found.

    Attributes:
        accuracy: of telling synthetic from real windows; 0.5 is guessing.
        low: lower end of its 95 % interval over the windows asked about; NaN where they are too few.
        high: upper end.
        by: what tells most, in words; empty where the judge cannot say.
    """

    accuracy: float
    low: float
    high: float
    by: str = ""


def judgement(right: NDArray[np.bool_], test: Panel, caught: NDArray[np.bool_], asked: Panel, seed: int) -> Judgement:
    """The judgement of which real windows were called real, and which synthetic ones synthetic."""
    draws = [resampled(answers, panel.units, seed) for answers, panel in ((right, test), (caught, asked))]
    both = min(map(len, draws))  # none, where one side has too few units
    within = interval((draws[0][:both] + draws[1][:both]) / 2)
    return Judgement(float(right.mean() + caught.mean()) / 2, *within)


def parts(panel: Panel, cuts: tuple[float, ...], seed: int) -> list[Panel]:
    """The set cut at these shares of its windows, in random order.

    Those of one resampling unit stay together; where units are so few that a part would be empty, each window goes by
    itself.
    """
    found = _parted(panel, panel.units, cuts, seed)
    return found if all(map(len, found)) else _parted(panel, np.arange(len(panel)), cuts, seed)


def _parted(panel: Panel, units: NDArray[np.integer[Any]], cuts: tuple[float, ...], seed: int) -> list[Panel]:
    rank = np.random.default_rng(seed).permutation(int(units.max()) + 1)[units]
    order = np.argsort(rank, kind="stable")
    place = np.empty(len(panel))
    place[order] = np.arange(len(panel))
    first = np.full(int(rank.max()) + 1, np.inf)  # where each unit begins: all of it goes there
    np.minimum.at(first, rank, place)
    part = np.searchsorted(np.asarray(cuts) * len(panel), first[rank], side="right")
    return [panel.take(part == k) for k in range(len(cuts) + 1)]
