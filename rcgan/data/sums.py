r"""Sums: a channel that is, in every row, a weighted sum of others, as a total, a difference or another unit is.

.. math:: x_c = b + \sum_j w_j x_j

as exactly as float32 has it, or as it is printed where the channel lies on a grid or has few places. Such a channel
tells nothing new: it is left out of what is learned, and computed from the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, Self, cast

import numpy as np
import numpy.typing as npt
from scipy.linalg import qr, solve_triangular

from rcgan.data.grids import ENOUGH, HEAD, MANY, Grid, find_places

__all__ = ["EXACT", "Sum", "find_sums", "unfolded"]

LOOKED_AT = 4096  # rows in which sums are looked for; each is tried on all
ROWS = 10  # times as many as channels, at least
LEFT = 0.05  # of a channel's standard deviation, left by all others, above which it is no sum of theirs
PART = 1e-3  # ... and what the least part of a sum has of it
STEPS = 10  # of its grid in a channel's standard deviation, at least
DIGITS = 7  # of weights
DENOMINATOR = 12  # ... or fractions with one so large, as a mean has
ALIKE = 10  # times as much as a sum has left are left, at least, of what can be its parts,
EXACT = 1e-6  # share of a standard deviation, and of a weight, that is nothing
BLUR = 4  # units in the last place of float32, of all parts together, that a sum may be off

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sum:
    """A weighted sum of channels.

    Args:
        others: the channels summed.
        weights: of each.
        constant: that is added.
        grid: on which the sum is told; None for the sum as it is.

    >>> total = Sum((0, 1), (1.0, -0.5), 32.0)
    >>> total.told(["in", "out"]), total.values(np.float32([[2, 8], [4, 4]])).tolist()
    ('in - 0.5 out + 32', [30.0, 34.0])
    """

    others: tuple[int, ...]
    weights: tuple[float, ...]
    constant: float = 0.0
    grid: Grid | None = None

    def told(self, names: Sequence[str]) -> str:
        """Return the sum in words."""
        parts = [(w, names[j] if abs(w) == 1 else f"{abs(w):.{DIGITS}g} {names[j]}") for j, w in self._parts()]
        parts += [(self.constant, f"{abs(self.constant):.{DIGITS}g}")] if self.constant else []
        first = f"{'-' if parts[0][0] < 0 else ''}{parts[0][1]}"
        rest = "".join(f" {'-' if w < 0 else '+'} {part}" for w, part in parts[1:])
        return first + rest + ("" if self.grid is None else f" on {self.grid}")

    def values(self, values: Floats) -> Floats:
        """Return the channel of rows ``(..., d)``."""
        made = self._made(values).astype(np.float32)
        return made if self.grid is None else self.grid.readings(self.grid.counts(made))

    def holds(self, column: Floats, values: Floats) -> npt.NDArray[np.bool_]:
        """Return where a channel ``(...)`` is the sum; a missing value, of it or of a part, breaks nothing."""
        made = self._made(values)
        sizes = np.abs(made) + sum((abs(w) * np.abs(values[..., j]) for j, w in self._parts()), np.zeros(()))
        off = np.abs(column - made) - BLUR * np.spacing(sizes.astype(np.float32))
        return np.isnan(off) | (off <= (0 if self.grid is None else self.grid.half))

    def tells(self, column: Floats, values: Floats) -> bool:
        """Whether a channel is told in all rows, with its reading where it is on a grid."""
        if self.grid is not None:
            return bool((np.abs(self.values(values) - column) <= np.spacing(np.abs(column))).all())
        return bool(self.holds(column, values).all())

    def weight(self, channel: int) -> float:
        """Return the weight of a channel, 0 of one that is no part."""
        return dict(self._parts()).get(channel, 0.0)

    def rounds(self, grids: Mapping[int, Grid]) -> bool:
        """Whether its grid rounds it, which is not so if parts on theirs are on it anyway."""
        if self.grid is None:
            return False
        if not all(j in grids for j in self.others):
            return True
        sizes = [self.constant, *(w * grids[j].step for j, w in self._parts())]
        return any(abs(size / self.grid.step - round(size / self.grid.step)) > EXACT for size in sizes)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read back what ``asdict`` gave, also after a trip through JSON."""
        grid = None if data["grid"] is None else Grid(**data["grid"])
        return cls(tuple(data["others"]), tuple(data["weights"]), data["constant"], grid)

    def _made(self, values: Floats) -> Doubles:
        return self.constant + sum((w * values[..., j].astype(np.float64) for j, w in self._parts()), np.zeros(()))

    def _parts(self) -> Iterator[tuple[int, float]]:
        return zip(self.others, self.weights, strict=True)


class Way(NamedTuple):
    """A channel, others, and the weights that tell it by these best, beside a constant."""

    channel: int
    others: tuple[int, ...]
    weights: Doubles


def unfolded(weights: Mapping[int, float], sums: Mapping[int, Sum]) -> tuple[dict[int, float], float]:
    """Return a weighted sum of channels as one of those that are no sums, and a constant.

    >>> unfolded({2: 1.0, 0: -1.0}, {2: Sum((0, 1), (1.0, 1.0), 5.0)})
    ({0: 0.0, 1: 1.0}, 5.0)
    """
    out, constant = dict(weights), 0.0
    for c, law in sums.items():
        w = out.pop(c, 0.0)
        constant += w * law.constant
        for j, part in zip(law.others, law.weights, strict=True):
            out[j] = out.get(j, 0.0) + w * part
    return out, constant


def find_sums(rows: Floats, channels: Iterable[int], grids: Mapping[int, Grid]) -> dict[int, Sum]:
    """Return the channels that are sums of others; those of one sum may be sums that come after it.

    Channels are looked at together that are missing in the same rows. Of a sum and its parts the one is told by the
    others of which the weights are all positive, as a total by its parts, or else the last.

    Args:
        rows: ``(n, d)``, NaN where a value is missing.
        channels: that may be sums or their parts.
        grids: on which channels lie.
    """
    alike: dict[bytes, list[int]] = {}
    for c in channels:
        alike.setdefault(np.packbits(np.isnan(rows[:, c])).tobytes(), []).append(c)
    found: dict[int, Sum] = {}
    for together in alike.values():
        left = list(together)
        seen = rows[~np.isnan(rows[:, left[0]])]
        while (law := _one(seen, left, grids)) is not None:
            found[law[0]] = law[1]
            left.remove(law[0])
    return found


def _one(rows: Floats, channels: Sequence[int], grids: Mapping[int, Grid]) -> tuple[int, Sum] | None:
    """Return one channel that is a sum of the others, and the sum; channels that are left with little by others first.

    Golub, Van Loan (2013), "Matrix computations", section 5.4.2: least squares with column pivoting.
    """
    if len(channels) < 2 or len(rows) < max(ENOUGH, ROWS * len(channels)):
        return None
    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), LOOKED_AT)).astype(int)].astype(np.float64)
    x = some[:, list(channels)] - some[:, list(channels)].mean(0)
    sds = x.std(0)
    if not sds.all():
        return None
    told = qr(x / sds, mode="r", pivoting=True, check_finite=False)
    r, order = cast("tuple[Doubles, npt.NDArray[np.int64]]", told)
    sizes = np.abs(np.diag(r)) / np.sqrt(len(x))  # which fall
    for k in range(len(channels) - 1, 0, -1):
        if sizes[k] > LEFT:
            return None
        m = min(k, int((sizes > max(ALIKE * sizes[k], EXACT)).sum()))
        weights = solve_triangular(r[:m, :m], r[:m, k], check_finite=False)
        law = sorted({channels[order[k]], *(channels[j] for j in order[:m][np.abs(weights) > PART])})
        for way in _ways(some, law):
            if (found := _exact(rows, some, way, grids.get(way.channel))) is not None:
                return way.channel, found
    return None


def _ways(some: Doubles, law: Sequence[int]) -> list[Way]:
    """Return each channel of a linear law by the others, first the one that is a sum of positive parts."""
    ways: list[Way] = []
    for c in law:
        others = tuple(j for j in law if j != c)
        parts = np.column_stack([np.ones(len(some)), some[:, others]])
        ways.append(Way(c, others, np.asarray(np.linalg.lstsq(parts, some[:, c])[0][1:], np.float64)))
    return sorted(ways, key=lambda way: (bool((way.weights > 0).all()), way.channel), reverse=True)


def _exact(rows: Floats, some: Doubles, way: Way, grid: Grid | None) -> Sum | None:
    """Return a channel as a sum of others, of fractions or the fewest digits with which it is one in all rows."""
    channel, others, weights = way
    column = some[:, channel]
    grid = find_places(rows[:, channel]) if grid is None else grid
    if len(np.unique(column)) < MANY or (grid is not None and column.std() < STEPS * grid.step):
        return None
    simple = tuple(float(Fraction(w).limit_denominator(DENOMINATOR)) for w in weights)
    told = [tuple(float(f"{w:.{digits}g}") for w in weights) for digits in range(1, DIGITS + 1)]
    for shifted in (False, True):
        for digits, rounded in enumerate([simple, *told]):
            rest = float(np.median(column - some[:, others] @ rounded)) if shifted else 0.0
            for constant in dict.fromkeys((float(f"{rest:.{digits or DIGITS}g}"), rest)):
                made = Sum(others, rounded, constant, grid)
                if all(made.tells(x[:, channel], x) for x in (rows[:HEAD], rows)):
                    return made
    return None
