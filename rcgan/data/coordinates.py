r"""Channels written so that no value of the coordinates can break an order, a bound, a grid or levels.

A channel that is bounded, by others or by a number, is told by its gap from the nearest bound, and the gap by a number
that can be anything (:mod:`rcgan.data.bends`):

.. math:: v = \max_j v_j + s \log(1 + e^{u / s})

(below: :math:`\min_j v_j` less that). One with a bound on both sides is told from the nearer one, s being a fortieth of
what lies between them at most, so that either is out of the other's reach.

Ordered channels are often close to each other, as the prices of one day are, or else go ways of their own, as the
temperature does above the dew point. Where the gap varies by half of what the channel does or more, the channel is told
by what it would be without its bounds, :math:`\max_j v_j + u`, which far from them is the channel itself; then s is the
gaps' twentieth, and the channel may tell others. One that no other bounds is told by its
difference from the first, where that varies by less than half of what the channel does. Any other channel without a
bound that is nearly a sum of such channels is told by what is left, :math:`x_k - \sum_j w_j x_j`
(:mod:`rcgan.data.contrasts`): a judge sees at once when channels that go together do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rcgan.data.bends import Bend
from rcgan.data.contrasts import find_contrasts
from rcgan.data.grids import Grid
from rcgan.data.relations import Order, Relations
from rcgan.errors import DataError

__all__ = ["Coordinates"]

ROUNDING = 1e-5  # of float32 numbers that are told by others, with some to spare

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Coordinate:
    """How one channel is told.

    Args:
        channel: its position.
        side: 1 above its bounds, -1 below, 0 without any.
        others: the channels that bound it, placed before; without bounds, those whose weighted sum it is compared with.
        weights: of that sum; empty beside bounds.
        bound: a number that bounds it as well; None for none.
        opposite: a number that bounds it on the other side; None for none.
        scale: of a channel told by others, its own standard deviation.
        near: how gaps from its bounds are told.
        far: how those from the opposite one are.
        grid: that its values lie on; None for none.
        levels: its only values, in order; none for any. Such a channel has no others that bound it.
        own: whether it is told by what it would be without its bounds.
    """

    channel: int
    side: int = 0
    others: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    bound: float | None = None
    opposite: float | None = None
    scale: float = 1.0
    near: Bend = field(default_factory=Bend)
    far: Bend = field(default_factory=Bend)
    grid: Grid | None = None
    levels: tuple[float, ...] = ()
    own: bool = False

    def base(self, values: Floats) -> Doubles:
        """Return the nearest bound of each row of values ``(..., d)``, or what the channel is compared with."""
        bounds: list[Doubles] = [values[..., other].astype(np.float64) for other in self.others]
        if self.weights:
            return sum((w * x for w, x in zip(self.weights, bounds, strict=True)), np.zeros(()))
        if self.bound is not None or not self.others:
            bounds.append(np.asarray(self.bound or 0.0))
        return reduce(np.minimum if self.side < 0 else np.maximum, bounds)

    def room(self, base: Doubles) -> Doubles:
        """Return how far the opposite bound is from the others."""
        return np.asarray(np.inf if self.opposite is None else self.side * (self.opposite - base))

    def gaps(self, values: Floats, base: Doubles) -> Doubles:
        """Return how far values are on the right side of their bounds, or above what they are compared with."""
        return (self.side or 1) * (values[..., self.channel].astype(np.float64) - base)

    def encode(self, values: Floats) -> Doubles:
        """Return the coordinate ``(...)`` of values ``(..., d)``; NaN where the channel or a bound is missing."""
        base = self.base(values)
        gaps, room = self.gaps(values, base), self.room(base)
        if self.side == 0:
            return gaps
        told = self.near.tell(gaps, room)
        if self.opposite is not None:
            told = np.where(gaps > room / 2, room - self.far.tell(room - gaps, room), told)
        return self.side * told + base if self.own else self.side * told

    def decode(self, told: Doubles, values: Floats) -> Floats:
        """Return the channel of its coordinate; its bounds are in ``values (..., d)`` already."""
        base = self.base(values)
        if self.side == 0:
            return self._on_grid((base + told).astype(np.float32), None)
        bent, room = self.side * (told - base if self.own else told), self.room(base)
        gaps = self.near.gaps(bent, room)
        if self.opposite is not None:
            gaps = np.where(bent > room / 2, room - self.far.gaps(room - bent, room), gaps)
        out = (base + self.side * gaps).astype(np.float32)
        if self.opposite is not None:  # which rounding may pass by a digit
            out = np.where(self.side * (self.opposite - out) < 0, np.float32(self.opposite), out)
        return self._on_grid(out, base.astype(np.float32))

    def touched(self, values: Floats) -> NDArray[np.int8]:
        """Return -1 where values ``(..., d)`` rest at a bound below them, 1 at one above, 0 elsewhere and at levels."""
        if self.levels or not (self.near.rests or self.far.rests):
            return np.zeros(values.shape[:-1], np.int8)
        base = self.base(values)
        gaps = self.gaps(values, base)
        under = self.near.rests & (gaps <= 0)
        over = self.far.rests & (gaps >= self.room(base))
        return (self.side * (over.astype(np.int8) - under)).astype(np.int8)

    def _on_grid(self, values: Floats, base: Floats | None) -> Floats:
        """Return the nearest level, or multiple of the grid's step that is on the right side of the bounds."""
        if self.levels:
            at = np.asarray(self.levels)
            return at[np.searchsorted((at[1:] + at[:-1]) / 2, values)].astype(np.float32)
        if self.grid is None:
            return values
        steps = self.grid.counts(values)
        out = self.grid.readings(steps)
        if base is None:
            return out
        steps += self.side * (self.side * (out - base) < 0)
        if self.opposite is not None:
            steps -= self.side * (self.side * (np.float32(self.opposite) - out) < 0)
        return self.grid.readings(steps)


@dataclass(frozen=True)
class Coordinates:
    """How all continuous channels are told, in the order in which they are placed.

    >>> rows = np.array([[1.0, 1.0], [2.0, 5.0], [4.0, 4.5]], dtype=np.float32)
    >>> told = Coordinates.fit(Relations(2, {}, {}, orders=((0, 1),)), (0, 1), [rows])
    >>> bool((told.decode(np.array([[3.0, -100.0]]), 2) == [[3.0, 3.0]]).all())
    True
    """

    parts: tuple[Coordinate, ...]

    @classmethod
    def fit(cls, relations: Relations, numbers: Sequence[int], chunks: Iterable[Floats]) -> Self:
        """Choose an order of placement, and measure the gaps in chunks of rows ``(n, d)``.

        Args:
            relations: what holds.
            numbers: the free continuous channels.
            chunks: training rows, looked at once.

        Raises:
            DataError: the laws cannot be kept together by gaps.
        """
        above = _closure(relations.orders)
        plain = [part for group in _groups(relations, numbers, above) for part in _placed(relations, group, above)]
        compared = [part for part in plain if part.side or part.others]
        found: dict[int, list[Doubles]] = {part.channel: [] for part in compared}
        for rows in chunks if compared else ():
            for part in compared:
                base, values = part.base(rows), rows[:, part.channel].astype(np.float64)
                seen = np.stack([part.gaps(rows, base), values, np.broadcast_to(part.room(base), values.shape)], axis=1)
                found[part.channel].append(seen[~np.isnan(seen).any(1)])
        measured = {part.channel: _measured(part, *np.concatenate(found[part.channel]).T) for part in compared}
        return cls(tuple(measured.get(part.channel, part) for part in plain))

    def contrasted(self, windows: Floats, whole: Set[int]) -> Self:
        """Tell channels that are nearly sums of others by what is left of them.

        Args:
            windows: ``(n, t, d)``, some of those trained on.
            whole: channels that are observed in every row; no other has a part in this. Bounded ones tell others where
                they are their own, and are not told; nor is what bounds these.
        """
        alone = [part for part in self.parts if not part.side and not part.others and part.channel in whole]
        telling = list(alone)
        for part in self.parts:  # in the order of placement
            if part.own and {part.channel, *part.others} <= whole & {part.channel, *(p.channel for p in telling)}:
                telling.append(part)
        channels, owned = [part.channel for part in telling], telling[len(alone) :]
        kept = {c for part in owned for c in (part.channel, *part.others)}
        told: dict[int, Coordinate] = {}
        for contrast in find_contrasts(windows[..., channels], [channels.index(c) for c in kept]):
            part, others = telling[contrast.channel], tuple(channels[j] for j in contrast.others)
            own = float(np.nanstd(windows[..., part.channel], dtype=np.float64))
            told[part.channel] = replace(part, others=others, weights=contrast.weights, scale=own)
        free = (part for part in alone if part.channel not in told)
        rest = (part for part in self.parts if part not in telling)
        return type(self)((*free, *owned, *told.values(), *rest))

    @property
    def roundings(self) -> Doubles:
        """Standard deviations, in the channels' order, below which a coordinate is but the rounding of its channel."""
        sizes = {part.channel: ROUNDING * part.scale if part.weights else 0.0 for part in self.parts}
        return np.array([sizes[channel] for channel in sorted(sizes)])

    def encode(self, values: Floats) -> Doubles:
        """Return values ``(..., d)`` as coordinates ``(..., c)``, columns in the channels' order."""
        told = np.empty((*values.shape[:-1], len(self.parts)))
        for part, place in zip(self.parts, self._places, strict=True):
            told[..., place] = part.encode(values)
        return told

    def decode(self, told: Doubles, width: int) -> Floats:
        """Return coordinates ``(..., c)`` as values ``(..., width)``; NaN in all other channels."""
        values = np.full((*told.shape[:-1], width), np.nan, dtype=np.float32)
        for part, place in zip(self.parts, self._places, strict=True):
            values[..., part.channel] = part.decode(told[..., place], values)
        return values

    def touched(self, values: Floats) -> NDArray[np.int8]:
        """Return -1 where values ``(..., d)`` rest at a bound below them, 1 at one above, ``(..., c)`` as in encode."""
        sides = np.empty((*values.shape[:-1], len(self.parts)), np.int8)
        for part, place in zip(self.parts, self._places, strict=True):
            sides[..., place] = part.touched(values)
        return sides

    @property
    def _places(self) -> list[int]:
        channels = sorted(part.channel for part in self.parts)
        return [channels.index(part.channel) for part in self.parts]

    def to_list(self) -> list[dict[str, Any]]:
        """Plain dicts and scalars, as JSON has them."""
        return [asdict(part) for part in self.parts]

    @classmethod
    def from_list(cls, data: Iterable[Mapping[str, Any]]) -> Self:
        """Read back what :meth:`to_list` gave, also after a trip through JSON."""
        lists = ("others", "weights", "levels")
        parts: list[dict[str, Any]] = []
        for part in data:
            bends = {name: Bend(**part[name]) for name in ("near", "far")}
            grid = None if part["grid"] is None else Grid(**part["grid"])
            parts.append({**part, **bends, "grid": grid, **{name: tuple(part[name]) for name in lists}})
        return cls(tuple(Coordinate(**part) for part in parts))


def _measured(part: Coordinate, gaps: Doubles, values: Doubles, rooms: Doubles) -> Coordinate:
    if part.side == 0:
        near = gaps.std() < values.std() / 2
        return replace(part, scale=float(values.std())) if near else replace(part, others=(), weights=())
    own = bool(part.others) and bool(gaps.std() >= values.std() / 2)
    far = Bend() if part.opposite is None else Bend.measured(rooms - gaps, even=not own)
    return replace(part, near=Bend.measured(gaps, even=not own), far=far, own=own)


def _groups(relations: Relations, numbers: Sequence[int], above: set[Order]) -> list[list[int]]:
    """Return the channels that orders connect, each group sorted so that no channel comes before a lower one.

    What is below a channel with a ceiling comes first, and last what is above one with a floor.
    """
    rank = dict.fromkeys(numbers, 1)
    for c in relations.ceilings:
        rank.update(dict.fromkeys({c} | {other for other in numbers if (other, c) in above}, 0))
    for c in relations.floors:
        rank.update(dict.fromkeys({c} | {other for other in numbers if (c, other) in above}, 2))
    lower = {c: {low for low, high in relations.orders if high == c} for c in numbers}
    group = {c: {c} for c in numbers}
    for low, high in relations.orders:
        both = group[low] | group[high]
        group.update(dict.fromkeys(both, both))
    ranked: list[int] = []
    while len(ranked) < len(numbers):
        ready = [c for c in numbers if c not in ranked and lower[c] <= set(ranked)]
        if not ready:
            circle = [c for c in numbers if c not in ranked]
            raise DataError(f"the orders go round in a circle among the channels {circle}")
        ranked.append(min(ready, key=lambda c: rank[c]))
    seen: list[list[int]] = []
    for c in numbers:
        members = [other for other in ranked if other in group[c]]
        if members not in seen:
            seen.append(members)
    return seen


def _placed(relations: Relations, group: list[int], above: set[Order]) -> list[Coordinate]:
    """Return the channels of a group in the order of placement, with as few bounds as can be.

    From one place of the ranking upwards every channel is bounded by others from below, and from there downwards from
    above: none from both sides.
    """
    ways = [_from(start, relations, group, above) for start in range(len(group))]
    return min(ways, key=lambda parts: [sum(p.opposite is not None for p in parts), sum(p.side != 0 for p in parts)])


def _from(start: int, relations: Relations, group: list[int], above: set[Order]) -> list[Coordinate]:
    floors = {c: _highest(relations.floors, {c, *(low for low, high in above if high == c)}) for c in group}
    depths = {c: -value for c, value in relations.ceilings.items()}
    ceilings = {c: _highest(depths, {c, *(high for low, high in above if low == c)}) for c in group}
    parts: list[Coordinate] = []
    for channel in group[start:] + group[:start][::-1]:
        placed = [part.channel for part in parts]
        side = -1 if channel in group[:start] else 1
        others = tuple(c for c in placed if ((c, channel) if side > 0 else (channel, c)) in above)
        bounds = floors[channel], ceilings[channel]
        near, opposite = bounds if side > 0 else bounds[::-1]
        kept = floors if side > 0 else ceilings
        if any(kept[other] == near for other in others):
            near = -np.inf  # they keep it
        if not others and near == -np.inf and opposite > -np.inf:
            side, near, opposite = -side, opposite, near
        bounded = bool(others) or near > -np.inf
        told = (side, others) if bounded else (0, tuple(placed[:1]))
        weights = () if bounded else (1.0,) * len(told[1])
        bound = side * near + 0.0 if near > -np.inf else None
        far = -side * opposite + 0.0 if opposite > -np.inf else None
        grid, levels = relations.grids.get(channel), relations.levels.get(channel, ())
        parts.append(Coordinate(channel, *told, weights, bound, far, grid=grid, levels=levels))
    return parts


def _highest(bounds: Mapping[int, float], channels: Iterable[int]) -> float:
    return max((bounds[c] for c in channels if c in bounds), default=-np.inf)


def _closure(orders: Iterable[Order]) -> set[Order]:
    """Return the orders and all that follow from them."""
    found = set(orders)
    while more := {(a, d) for a, b in found for c, d in found if b == c} - found:
        found |= more
    return found
