r"""Channels written so that no value of the coordinates can break an order, a sign, a grid or levels.

A channel that is bounded by others is told by its gap from the nearest, and the gap, which cannot be negative, by a
number that can be anything:

.. math:: v = \max_j v_j + s \log(1 + e^{u / s}), \qquad u = s \log(e^{g / s} - 1)

(below: :math:`\min_j v_j` less that). Far from the bound, u is the gap itself; close to it, its logarithm. The scale s
is the median gap where gaps crowd at the bound, so that u is spread evenly, and otherwise their twentieth, so that
curves which touch the bound are bent only there. Values that touch the bound have a u of their own, s below that of the
smallest gap; so have values of later data that break it.

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
from dataclasses import asdict, dataclass, replace
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rcgan.data.contrasts import find_contrasts
from rcgan.data.relations import CROWDED, Order, Relations
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
        zero: whether 0 bounds it as well.
        scale: :math:`s`; of a channel told by others, its own standard deviation.
        least: the smallest gap that is not 0.
        touches: whether there are gaps of 0.
        grid: step of its values; 0 for none.
        levels: its only values, in order; none for any. Such a channel has no others that bound it.
        own: whether it is told by what it would be without its bounds.
    """

    channel: int
    side: int = 0
    others: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    zero: bool = False
    scale: float = 1.0
    least: float = 0.0
    touches: bool = False
    grid: float = 0.0
    levels: tuple[float, ...] = ()
    own: bool = False

    def base(self, values: Floats) -> Doubles:
        """Return the nearest bound of each row of values ``(..., d)``, or what the channel is compared with."""
        bounds: list[Doubles] = [values[..., other].astype(np.float64) for other in self.others]
        if self.weights:
            return sum((w * x for w, x in zip(self.weights, bounds, strict=True)), np.zeros(()))
        if self.zero or not self.others:
            bounds.append(np.zeros(()))
        return reduce(np.minimum if self.side < 0 else np.maximum, bounds)

    def gaps(self, values: Floats) -> Doubles:
        """Return how far values are on the right side of their bounds, or above what they are compared with."""
        return (self.side or 1) * (values[..., self.channel].astype(np.float64) - self.base(values))

    def encode(self, values: Floats) -> Doubles:
        """Return the coordinate ``(...)`` of values ``(..., d)``; NaN where the channel or a bound is missing."""
        gaps = self.gaps(values)
        if self.side == 0:
            return gaps
        told = self.side * np.where(gaps <= 0, self.touching, _bend(gaps, self.scale))
        return told + self.base(values) if self.own else told

    @property
    def touching(self) -> float:
        """The coordinate of a value at its bound."""
        return float(_bend(np.asarray(self.least), self.scale)) - self.scale

    def decode(self, told: Doubles, values: Floats) -> Floats:
        """Return the channel of its coordinate; its bounds are in ``values (..., d)`` already."""
        base = self.base(values)
        if self.side == 0:
            return self._on_grid((base + told).astype(np.float32), None)
        bent = self.side * (told - base if self.own else told)
        gaps = self.scale * np.logaddexp(0, bent / self.scale)
        if self.touches:
            gaps = np.where(bent < self.touching + self.scale / 2, 0.0, gaps)
        return self._on_grid((base + self.side * gaps).astype(np.float32), base.astype(np.float32))

    def _on_grid(self, values: Floats, base: Floats | None) -> Floats:
        """Return the nearest level, or multiple of the grid's step that is on the right side of the bounds."""
        if self.levels:
            at = np.asarray(self.levels)
            return at[np.searchsorted((at[1:] + at[:-1]) / 2, values)].astype(np.float32)
        if not self.grid:
            return values
        steps = np.rint(values.astype(np.float64) / self.grid)
        out = (steps * self.grid).astype(np.float32)
        if base is None:
            return out
        wrong = self.side * (out - base) < 0
        return np.where(wrong, (steps + self.side) * self.grid, out).astype(np.float32)


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
                both = np.stack([part.gaps(rows), rows[:, part.channel].astype(np.float64)], axis=1)
                found[part.channel].append(both[~np.isnan(both).any(1)])
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
        parts: list[dict[str, Any]] = [{**part, **{name: tuple(part[name]) for name in lists}} for part in data]
        return cls(tuple(Coordinate(**part) for part in parts))


def _bend(gaps: Doubles, scale: float) -> Doubles:
    """Return ``s log(exp(g / s) - 1)``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return gaps + scale * np.log(-np.expm1(-gaps / scale))


def _measured(part: Coordinate, gaps: Doubles, values: Doubles) -> Coordinate:
    if part.side == 0:
        near = gaps.std() < values.std() / 2
        return replace(part, scale=float(values.std())) if near else replace(part, others=(), weights=())
    own = bool(part.others) and bool(gaps.std() >= values.std() / 2)
    positive = gaps[gaps > 0]
    if not len(positive):
        positive = np.ones(1)
    scale, least = float(np.median(positive)), float(positive.min())
    if own or scale > CROWDED * positive.max():
        scale = float(np.quantile(positive, 0.05))
    touches = bool((gaps <= 0).any())
    return replace(part, scale=scale, least=least, touches=touches, own=own)


def _groups(relations: Relations, numbers: Sequence[int], above: set[Order]) -> list[list[int]]:
    """Return the channels that orders connect, each group sorted so that no channel comes before a lower one.

    What is below a channel that is never positive comes first, and last what is above one that is never negative.
    """
    rank = dict.fromkeys(numbers, 1)
    for c, sign in relations.signs.items():
        bound = {c} | {other for other in numbers if ((other, c) if sign < 0 else (c, other)) in above}
        rank.update(dict.fromkeys(bound, 1 + sign))
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

    From one place of the ranking upwards every channel is bounded from below, and from there downwards from above:
    none from both sides. Channels that are never negative are among the upper, those never positive among the lower.
    """
    signs = [relations.signs.get(c, 0) for c in group]
    first = max((k + 1 for k, sign in enumerate(signs) if sign < 0), default=0)
    last = min((k for k, sign in enumerate(signs) if sign > 0), default=max(first, len(group) - 1))
    ways = [_from(start, relations, group, above) for start in range(first, last + 1)]
    return min(ways, key=lambda parts: sum(part.side != 0 for part in parts))


def _from(start: int, relations: Relations, group: list[int], above: set[Order]) -> list[Coordinate]:
    parts: list[Coordinate] = []
    for channel in group[start:] + group[:start][::-1]:
        placed = [part.channel for part in parts]
        side = -1 if channel in group[:start] else 1
        others = tuple(c for c in placed if ((c, channel) if side > 0 else (channel, c)) in above)
        zero = channel in relations.signs
        bounded = bool(others) or zero
        told = (side, others) if bounded else (0, tuple(placed[:1]))
        weights = () if bounded else (1.0,) * len(told[1])
        grid, levels = relations.grids.get(channel, 0.0), relations.levels.get(channel, ())
        parts.append(Coordinate(channel, *told, weights, zero, grid=grid, levels=levels))
    return parts


def _closure(orders: Iterable[Order]) -> set[Order]:
    """Return the orders and all that follow from them."""
    found = set(orders)
    while more := {(a, d) for a, b in found for c, d in found if b == c} - found:
        found |= more
    return found
