"""What holds in every training row: constant and equal channels, sums, orders, bounds, grids, levels, trends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcgan.data.grids import ENOUGH, Grid, find_grid
from rcgan.data.sums import EXACT, Sum, find_sums, unfolded
from rcgan.errors import DataError

__all__ = ["Order", "Relations", "find_relations"]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Order = tuple[int, int]

BROKEN = 0.1  # share of rows that would break an order if the two channels had nothing to do with each other
CLOSE = 0.02  # the smallest gap of an order that is one, in standard deviations of the gap
NEAR = 0.1  # how near to 0 the values of a channel come that may not pass it, in its standard deviations
ATOM = 0.01  # share of its values that are at the bound; if fewer are, half of them lie in
CROWDED = 0.25  # ... this share of the way from 0 to the farthest
PILED = 4  # times the rows of any of the next few values, which those of a bound other than 0 are at least
NEXT = 8  # ... so many
FEW = 64  # values of a channel that takes no others
NEW = 1e-3  # share of the rows, at most, whose value no other has: so often would the next row have a new one
OFTEN = 1000  # moves that all go one way, which are a law also where they are of fewer than
APART = 10  # ... stretches of rows that follow one another: a single warming up is none
HEAD = 256  # rows that rule most pairs out


@dataclass(frozen=True)
class Relations:
    """What generated rows have to keep: constant, equal and summed channels, which are not learned, and laws.

    Channels are positions 0..``width``-1. A constant NaN is a channel that was never observed. The laws are of the
    other channels.

    Args:
        width: how many channels there are.
        constants: a channel's value.
        equals: the channel that one repeats.
        orders: pairs of channels, of which the first is never above the second; those that follow from two others
            need not be there.
        floors: the value that a channel is never below.
        ceilings: the value that a channel is never above.
        grids: the steps of which a channel's values are multiples, and how these are printed.
        levels: the values, in order, that a channel takes and no others, where they are few: setpoints, or the counts
            of a coarse converter.
        trends: 1 for a channel that never falls from one row of a series to the next, -1 for one that never rises.
        sums: what a channel is of others, which may be sums that stand behind it.

    >>> relations = find_relations(np.array([[1.0, 5.0, 1.0], [2.0, 5.0, 2.0]], dtype=np.float32))
    >>> relations.constants, relations.equals, relations.free
    ({1: 5.0}, {2: 0}, (0,))
    >>> relations.restore(np.array([[[7.0]]], dtype=np.float32))
    array([[[7., 5., 7.]]], dtype=float32)
    """

    width: int
    constants: Mapping[int, float]
    equals: Mapping[int, int]
    orders: tuple[Order, ...] = ()
    floors: Mapping[int, float] = field(default_factory=dict[int, float])
    ceilings: Mapping[int, float] = field(default_factory=dict[int, float])
    grids: Mapping[int, Grid] = field(default_factory=dict[int, Grid])
    levels: Mapping[int, tuple[float, ...]] = field(default_factory=dict[int, tuple[float, ...]])
    trends: Mapping[int, int] = field(default_factory=dict[int, int])
    sums: Mapping[int, Sum] = field(default_factory=dict[int, Sum])

    @property
    def free(self) -> tuple[int, ...]:
        """Channels to be learned, in order."""
        tied = {*self.constants, *self.equals, *self.sums}
        return tuple(c for c in range(self.width) if c not in tied)

    def restore(self, free_values: Floats) -> Floats:
        """Put the tied channels back: (..., free) to (..., width)."""
        free = self.free
        if free_values.shape[-1] != len(free):
            raise DataError(f"{free_values.shape[-1]} channels given where {len(free)} are free: {list(free)}")
        values = np.empty((*free_values.shape[:-1], self.width), dtype=np.float32)
        values[..., free] = free_values
        for channel, value in self.constants.items():
            values[..., channel] = value
        return self._tied(values)

    def _tied(self, values: Floats) -> Floats:
        """Write sums and twins of the other channels into values ``(..., width)``."""
        for channel, law in reversed(list(self.sums.items())):
            values[..., channel] = law.values(values)
        for channel, twin in self.equals.items():
            values[..., channel] = values[..., twin]
        return values

    def rearranged(self, values: Floats) -> Floats:
        """Return windows ``(n, t, width)``, NaN behind their last step, with the trends kept: sorted over time.

        No value changes, so that none pile up anywhere. Chernozhukov, Fernandez-Val, Galichon (2009), "Improving point
        and interval estimators of monotone functions by rearrangement", section 2.

        >>> counter = Relations(1, {}, {}, trends={0: 1})
        >>> counter.rearranged(np.array([[[2.0], [1.0], [np.nan]]], dtype=np.float32))[0, :, 0].tolist()
        [1.0, 2.0, nan]
        """
        if not self.trends:
            return values
        out = values.copy()
        for c, way in self.trends.items():
            out[..., c] = way * np.sort(way * values[..., c], axis=1)
        return self._tied(out)

    def never_negative(self, weights: Mapping[int, float], constant: float) -> bool:
        """Whether a weighted sum of channels and a constant is never negative, by what bounds these channels.

        A channel that is a rounded sum may pass another one by that, but no reading of its grid.

        >>> Relations(2, {}, {}, floors={0: 1.0}, ceilings={1: 3.0}).never_negative({0: 2.0, 1: -1.0}, 1.0)
        True
        """
        told = {c: law.grid for c, law in self.sums.items() if law.grid is not None}
        for c in told.keys() & weights.keys():
            if self.sums[c].rounds({**self.grids, **told}) and not (
                len(weights) == 1 and told[c].holds(np.array([constant], np.float32))
            ):
                return False
        parts, more = unfolded(weights, self.sums)
        for c, w in parts.items():
            if abs(w) > EXACT:
                constant += w * (self.floors.get(c, -np.inf) if w > 0 else self.ceilings.get(c, np.inf))
        return constant + more >= -EXACT

    def breaks(self, values: Floats, starts: Flags | None = None) -> Flags:
        """Return which rows ``(..., width)`` break what, ``(..., relations)``: all kinds in the order of the fields.

        A missing value breaks nothing. ``starts``: which rows ``(n,)`` do not follow the one before; None for windows
        ``(..., t, width)``.
        """
        columns = [values[..., c] for c in range(self.width)]
        found = [~np.isnan(columns[c]) & (columns[c] != np.float32(value)) for c, value in self.constants.items()]
        found += [np.abs(columns[c] - columns[twin]) > 0 for c, twin in self.equals.items()]
        found += [columns[low] > columns[high] for low, high in self.orders]
        found += [columns[c] < np.float32(value) for c, value in self.floors.items()]
        found += [columns[c] > np.float32(value) for c, value in self.ceilings.items()]
        found += [~grid.holds(columns[c]) for c, grid in self.grids.items()]
        found += [
            ~np.isnan(columns[c]) & ~np.isin(columns[c], np.asarray(values, np.float32))
            for c, values in self.levels.items()
        ]
        found += [_against(way * columns[c], starts) for c, way in self.trends.items()]
        found += [~law.holds(columns[c], values) for c, law in self.sums.items()]
        return np.stack(found, axis=-1) if found else np.zeros((*values.shape[:-1], 0), bool)

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts and scalars, as JSON has them."""
        return {
            "width": self.width,
            "constants": {str(c): None if np.isnan(v) else v for c, v in self.constants.items()},
            "equals": {str(c): twin for c, twin in self.equals.items()},
            "orders": [list(pair) for pair in self.orders],
            "floors": {str(c): value for c, value in self.floors.items()},
            "ceilings": {str(c): value for c, value in self.ceilings.items()},
            "grids": {str(c): asdict(grid) for c, grid in self.grids.items()},
            "levels": {str(c): list(values) for c, values in self.levels.items()},
            "trends": {str(c): way for c, way in self.trends.items()},
            "sums": [[c, asdict(law)] for c, law in self.sums.items()],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Relations:
        """Read back what :meth:`to_dict` gave, also after a trip through JSON."""
        constants = {int(c): float("nan") if v is None else float(v) for c, v in data["constants"].items()}
        return cls(
            int(data["width"]),
            constants,
            {int(c): int(t) for c, t in data["equals"].items()},
            tuple((int(low), int(high)) for low, high in data["orders"]),
            {int(c): float(value) for c, value in data["floors"].items()},
            {int(c): float(value) for c, value in data["ceilings"].items()},
            {int(c): Grid(**grid) for c, grid in data["grids"].items()},
            {int(c): tuple(float(v) for v in values) for c, values in data["levels"].items()},
            {int(c): int(way) for c, way in data["trends"].items()},
            {int(c): Sum.from_dict(law) for c, law in data["sums"]},
        )


def find_relations(rows: Floats, numbers: Sequence[int] | None = None, starts: Flags | None = None) -> Relations:
    """Find what holds in all ``rows`` (n, d), NaN where a value is missing.

    A channel is constant when all its observed values are one; it may have holes. A channel equals an earlier
    one when values and holes agree in every row. Laws are looked for in 50 rows or more, and only where they are no
    matter of course:

    - one channel is never above another, though it would be in a tenth of the rows if the two had nothing to do with
      each other, and comes as close as a fiftieth of the gap's standard deviation;
    - a channel is never negative (or positive), comes as near to 0 as a tenth of its standard deviation, and has values
    crowded there: a hundredth of them are 0, or half of them lie in the nearer quarter of its range;
    - a channel is never below (or above) another value, at which it rests as a sensor does at the end of its range: in
    a hundredth of the rows, and in four times as many as at any of the next eight values;
    - every value is a multiple of a step, or one as it is printed (:func:`~rcgan.data.grids.find_grid`);
    - a channel without an order takes 64 values at most, and next to never a new one: those that only one row has are
      fewer than one in a thousand rows (Good (1953), "The population frequencies of species", eq. 9). On a grid only if
      they are less than half of its multiples within their range, and then in its place;
    - a channel without an order never falls (or rises) from one row to the next, in 50 moves of ten series or in 1,000;
    - a channel is a weighted sum of others (:func:`~rcgan.data.sums.find_sums`), and what else holds of it follows;
    where a total is never below one of its parts, the others are never negative.

    Args:
        rows: float32.
        numbers: the channels that have laws, which categories have not; None for all.
        starts: which rows ``(n,)`` do not follow the one before; None where rows are in no order, and have no trend.

    Raises:
        DataError: There are fewer than two rows.
    """
    if rows.ndim != 2 or len(rows) < 2:
        raise DataError(f"relations need at least two rows of channels, found shape {rows.shape}")
    constants, equals = _tied(rows)
    if len(rows) < ENOUGH:
        return Relations(rows.shape[1], constants, equals)
    ruled = range(rows.shape[1]) if numbers is None else numbers
    ruled = [c for c in ruled if c not in constants and c not in equals]
    grids = {c: grid for c in ruled if (grid := find_grid(rows[:, c]))}
    orders, sums = _orders(rows, ruled), find_sums(rows, ruled, grids)
    found = Relations(rows.shape[1], constants, equals, orders, grids=grids, sums=sums)
    while True:
        found = _alone(rows, ruled, starts, found)
        kept = {c: law for c, law in found.sums.items() if _all_follows(found, c)}
        if len(kept) == len(found.sums):
            return _without_sums(found)
        found = replace(found, grids=grids, sums=kept)


def _alone(rows: Floats, ruled: Sequence[int], starts: Flags | None, found: Relations) -> Relations:
    """Add what holds of single channels; levels and trends of those that no order binds, but of sums."""
    bound = {c for pair in found.orders if found.sums.keys().isdisjoint(pair) for c in pair}
    alone = [c for c in ruled if c not in bound]
    levels = {c: values for c in alone if (values := _levels(rows[:, c], found.grids.get(c)))}
    grids = {c: grid for c, grid in found.grids.items() if c not in levels}
    trends = {} if starts is None else {c: way for c in alone if (way := _trend(rows[:, c], starts))}
    flows = _flows(rows, found)
    flows |= {c: low for c in ruled if (low := _floor(rows[:, c], c not in levels)) is not None}
    floors = {c: flows[c] for c in sorted(flows)}
    ceilings = {c: 0.0 - high for c in ruled if (high := _floor(-rows[:, c], c not in levels)) is not None}
    return replace(found, floors=floors, ceilings=ceilings, grids=grids, levels=levels, trends=trends)


def _flows(rows: Floats, found: Relations) -> dict[int, float]:
    """Return the floors of what a total has beside a part that is never above it, where it never was negative."""
    floors: dict[int, float] = {}
    for low, total in found.orders:
        law = found.sums.get(total)
        if law is not None and not law.constant and law.weight(low) == 1:
            others = [c for c in law.others if c != low and law.weight(c) > 0]
            floors |= {c: 0.0 for c in others if np.fmin.reduce(rows[:, c]) >= 0}
    return floors


def _all_follows(found: Relations, channel: int) -> bool:
    """Whether all else that holds of a channel follows from what it, and others, are sums of."""
    law, way = found.sums[channel], found.trends.get(channel, 0)
    ways = {np.sign(w) * found.trends.get(c, 0) for c, w in zip(law.others, law.weights, strict=True)}
    if channel in found.levels or (way and ways != {way}):
        return False
    gaps = [({high: 1.0, low: -1.0}, 0.0) for low, high in found.orders if channel in (low, high)]
    if channel in found.floors:
        gaps.append(({channel: 1.0}, -found.floors[channel]))
    if channel in found.ceilings:
        gaps.append(({channel: -1.0}, found.ceilings[channel]))
    return all(found.never_negative(gap, constant) for gap, constant in gaps)


def _without_sums(found: Relations) -> Relations:
    """Leave out what holds of sums beside."""

    def others(laws: Mapping[int, Any]) -> dict[int, Any]:
        return {c: law for c, law in laws.items() if c not in found.sums}

    orders = tuple(pair for pair in found.orders if found.sums.keys().isdisjoint(pair))
    kinds = ("floors", "ceilings", "grids", "trends")
    return replace(found, orders=orders, **{kind: others(getattr(found, kind)) for kind in kinds})


def _tied(rows: Floats) -> tuple[dict[int, float], dict[int, int]]:
    """Return constant channels and those that repeat an earlier one."""
    constants: dict[int, float] = {}
    equals: dict[int, int] = {}
    by_head: dict[bytes, list[int]] = {}  # channels that agree in the first rows: the only ones worth comparing
    for channel in range(rows.shape[1]):
        column = rows[:, channel]
        low, high = np.fmin.reduce(column), np.fmax.reduce(column)
        if not low < high:
            constants[channel] = float(low)
            continue
        rivals = by_head.setdefault((column[:64] + 0.0).tobytes(), [])
        twin = next((other for other in rivals if np.array_equal(rows[:, other], column, equal_nan=True)), None)
        if twin is None:
            rivals.append(channel)
        else:
            equals[channel] = twin
    return constants, equals


def _orders(rows: Floats, channels: Sequence[int]) -> tuple[Order, ...]:
    """Return the orders that are laws, without those that follow from others."""
    head = rows[np.linspace(0, len(rows) - 1, HEAD).astype(int)][:, list(channels)]
    maybe = ~(head[:, :, None] > head[:, None, :]).any(0)
    pairs = [(channels[i], channels[j]) for i, j in zip(*np.nonzero(maybe), strict=True) if i != j]
    found = {(low, high) for low, high in pairs if _ordered(rows[:, low], rows[:, high])}
    return tuple(sorted(p for p in found if not any((p[0], c) in found and (c, p[1]) in found for c in channels)))


def _ordered(low: Floats, high: Floats) -> bool:
    """Whether one column is never above another, and that is a law; holes must agree, as a gap has both ends."""
    seen = ~np.isnan(low)
    if not np.array_equal(seen, ~np.isnan(high)):
        return False
    a, b = low[seen].astype(np.float64), high[seen].astype(np.float64)
    gap = b - a
    if len(gap) < ENOUGH or gap.min() < 0 or gap.min() > CLOSE * gap.std():
        return False
    return bool(np.searchsorted(np.sort(b), a).mean() / len(b) >= BROKEN)


def _floor(column: Floats, rests: bool) -> float | None:
    """Return the value that a column is never below: 0, or one that it rests at, if it may rest; None for no law."""
    seen = column[~np.isnan(column)].astype(np.float64)
    if len(seen) < ENOUGH:
        return None
    least = float(seen.min())
    if 0 <= least <= NEAR * seen.std() and ((seen == 0).mean() >= ATOM or np.median(seen) <= CROWDED * seen.max()):
        return 0.0
    counts = np.unique(seen, return_counts=True)[1][: 1 + NEXT]
    piled = counts[0] >= max(ATOM * len(seen), PILED * counts[1:].max())
    return least if rests and piled else None


def _levels(column: Floats, grid: Grid | None) -> tuple[float, ...]:
    """Return the few values that a channel takes; nothing where they are many, or fill half of a grid."""
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    if len(values) > FEW or counts.sum() < ENOUGH or (counts == 1).sum() > NEW * counts.sum():
        return ()
    filled = grid is not None and 2 * len(values) >= 1 + float(np.ptp(grid.counts(values)))
    return () if filled else tuple(values.tolist())


def _moves(column: Floats, starts: Flags) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return how far each row is above the last one before it that was observed, and its series; NaN if none was."""
    series = starts.cumsum()
    before = pd.Series(column.astype(np.float64)).groupby(series).ffill().groupby(series).shift()
    return column - before.to_numpy(), series


def _trend(column: Floats, starts: Flags) -> int:
    """Return 1 for never falling, -1 for never rising, 0 for neither."""
    steps = np.diff(column)[~starts[1:]]
    if (steps > 0).any() and (steps < 0).any():
        return 0
    moves, series = _moves(column, starts)
    moving = moves != 0
    moving &= ~np.isnan(moves)
    ways = np.sign(moves[moving])
    enough = len(ways) >= OFTEN or (len(ways) >= ENOUGH and len(np.unique(series[moving])) >= APART)
    return int(ways[0]) if enough and (ways == ways[0]).all() else 0


def _against(column: Floats, starts: Flags | None) -> Flags:
    """Whether rows are below what was observed last in their series; of windows ``(..., t)`` if no starts are given."""
    if starts is None:
        starts = np.broadcast_to(np.arange(column.shape[-1]) == 0, column.shape).ravel()
    return (_moves(column.ravel(), starts)[0] < 0).reshape(column.shape)
