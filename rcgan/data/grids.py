r"""Grids: the readings of a channel are multiples of a step, as a converter's counts are.

.. math:: v = \mathrm{round}_p(k s), \qquad k \in \mathbb{Z}

The step s is a round number, and multiples are readings as they are; or it is any number, and readings are multiples
as they are printed, with p places behind the point: of counts of 0.06698, a load of 87 reads 5.827, one of 88 5.894.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ENOUGH", "Grid", "find_grid", "find_places"]

ENOUGH = 50  # readings; what holds of fewer is no law
COARSE = 1e-3  # the least step worth keeping, in standard deviations
RESOLVED = 8  # ... and in numbers that float32 can tell apart
BLUR = 2  # such numbers that a multiple may be off, of a step and a product that are rounded
HEAD = 256  # readings that rule most steps out
PLACES = 8  # fewer are looked for
MANY = 20  # different readings, which by chance are all multiples of one step in one of 3 to the 20th cases:
UNITS = 3  # it is at least so many units of the last place

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Multiples of a step, as they are printed.

    Args:
        step: s.
        places: p; None where multiples are readings as they are.

    >>> grid = Grid(0.06698, places=3)
    >>> str(grid), grid.readings(np.array([87.0, 88.0])).tolist() == np.float32([5.827, 5.894]).tolist()
    ('0.06698 to 3 places', True)
    >>> grid.holds(np.float32([5.827, 5.828, np.nan])).tolist(), grid.counts(np.float32([5.85])).tolist()
    ([True, False, True], [87.0])
    """

    step: float
    places: int | None = None

    def __str__(self) -> str:
        return f"{self.step:.12g}" + ("" if self.places is None else f" to {self.places} places")

    @property
    def half(self) -> float:
        """How far a number may be from its reading."""
        return self.step / 2 + (0.0 if self.places is None else 10.0**-self.places / 2)

    def counts(self, values: Floats) -> Doubles:
        """Return the multiples, as counts of the step, that are nearest to values."""
        return np.rint(values.astype(np.float64) / self.step)

    def readings(self, counts: Doubles) -> Floats:
        """Return what so many steps read; a multiple halfway between two readings as float32 has it, as devices do."""
        if self.places is None:
            return (counts * self.step).astype(np.float32)
        multiples = counts.astype(np.float32) * np.float32(self.step)
        return np.round(multiples.astype(np.float64), self.places).astype(np.float32)

    def holds(self, values: Floats) -> npt.NDArray[np.bool_]:
        """Return which values are readings, as nearly as they can be in float32; missing ones are.

        One halfway between two readings may read as either.
        """
        multiples = self.counts(values) * self.step
        if self.places is None:
            return np.isnan(values) | _same(values, multiples)
        unit = Grid(10.0**-self.places)
        off = np.abs(unit.counts(values) * unit.step - multiples)
        near = off <= unit.step / 2 + BLUR * np.spacing(np.abs(values))
        return np.isnan(values) | (unit.holds(values) & near)


def find_grid(column: Floats) -> Grid | None:
    """Return the coarsest grid on which all values lie, or None; NaN where one is missing.

    Round steps are 1, 2, 2.5 or 5 times a power of ten. Any others are looked for where there are twenty different
    readings and no two less than three units of their last place apart. A step is a thousandth of the standard
    deviation at least.
    """
    seen = column[~np.isnan(column)]
    values = np.unique(np.abs(seen))
    values = values[values > 0]
    if len(seen) < ENOUGH or not len(values):
        return None
    least = max(COARSE * float(seen.astype(np.float64).std()), RESOLVED * float(np.spacing(values[-1])))
    found = _printed(values, least)
    return found if found is not None else _round(values, least)


def find_places(column: Floats) -> Grid | None:
    """Return the grid of the fewest places with which all values can be printed, or None; NaN where one is missing.

    >>> find_places(np.float32([1200.25, 1198.5, np.nan]))
    Grid(step=0.01, places=None)
    """
    values = np.unique(np.abs(column[~np.isnan(column)]))
    places = _places(values) if len(values) else None
    return None if places is None else Grid(10.0**-places)


def _round(values: Floats, least: float) -> Grid | None:
    for power in range(7, -8, -1):
        for digit in (5.0, 2.5, 2.0, 1.0):
            grid = Grid(digit * 10.0**power)
            if least <= grid.step <= 1.001 * values[0] and all(grid.holds(v).all() for v in (values[:HEAD], values)):
                return grid
    return None


def _printed(values: Floats, least: float) -> Grid | None:
    """Return the grid of any step, of values ``(n,)`` above 0 in rising order."""
    places = _places(values)
    if places is None or len(values) < MANY:
        return None
    unit = 10.0**-places
    whole = np.rint(values.astype(np.float64) / unit)
    for low, high in _steps(whole, 0.5 + BLUR * np.spacing(values) / unit):
        step = _shortest(low * unit, high * unit)
        grid = Grid(step, None if round(step, places) == step else places)
        if step >= least and grid.holds(values).all():
            return grid
    return None


def _places(values: Floats) -> int | None:
    """Return how many places are printed."""
    for places in range(PLACES):
        if 10.0**-places < RESOLVED * float(np.spacing(values[-1])):
            return None
        if all(Grid(10.0**-places).holds(v).all() for v in (values[:HEAD], values)):
            return places
    return None


def _steps(whole: Doubles, off: Doubles) -> list[tuple[float, float]]:
    """Return the ranges of steps of which whole numbers ``(n,)``, above 0 and rising, are multiples but for so much.

    Of neighbouring multiples the least difference is off by twice as much. Each number in turn leaves, of each range,
    those steps whose multiple it is.
    """
    gap = float(np.diff(whole, prepend=0.0).min())
    if gap < UNITS:
        return []
    low, high = np.array([gap - 2 * off.max()]), np.array([gap + 2 * off.max()])
    least, most = whole - off, whole + off
    for i in np.unique(np.linspace(0, len(whole) - 1, HEAD).astype(int)):
        first, last = np.ceil(least[i] / high), np.floor(most[i] / low)
        many = np.maximum(last - first + 1, 0).astype(int)
        counts = np.repeat(first, many) + np.concatenate([np.arange(float(n)) for n in many])
        low = np.maximum(np.repeat(low, many), least[i] / counts)
        high = np.minimum(np.repeat(high, many), most[i] / counts)
        low, high = low[low <= high], high[low <= high]
        if not len(low):
            return []
    counts = np.rint(whole / ((low + high) / 2)[:, None])
    low, high = (least / counts).max(1), (most / counts).min(1)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True) if a <= b]


def _shortest(low: float, high: float) -> float:
    """Return the number of fewest digits in a range.

    >>> _shortest(0.066979929, 0.06698)
    0.06698
    """
    for digits in range(-6, 17):
        number = float(f"{np.ceil(low * 10.0**digits) / 10.0**digits:.15g}")
        if low <= number <= high:
            return number
    return low


def _same(values: Floats, numbers: Doubles) -> npt.NDArray[np.bool_]:
    """Return which values are these numbers, but for the last digit of float32."""
    told = numbers.astype(np.float32)
    return np.abs(values - told) <= np.spacing(np.abs(told))
