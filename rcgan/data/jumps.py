"""Jumps: single steps at which smooth curves break off, taken out of windows and put back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Jumps"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]
LEAP = 0.3  # of its window's range, which a jump makes at least
MOVES = 5.0  # times the median move of its window, likewise
BENDS = 3.0  # times the largest bend that is left in its window, by which a jump is off the moves on both sides of it
OFTEN = 0.05  # of the windows, from which on jumps belong to what a channel is
MOST = 8  # jumps in a window: a channel with more of them is left as it is
STILL = 1e-6  # standard deviation of a curve that never changes
SEEN = 1e-4  # of a number's standard deviation, by which others may miss it that tell it
FEW = 4  # windows for each number that may tell another one, from which on they are asked


@dataclass(frozen=True, eq=False)
class Jumps:
    r"""Take the jumps out of windows, so that curves are left that can be learned, and put them back.

    .. math:: x_t = s_t + \sum_k [t \ge \tau_k]\, h_k

    A jump, at a step :math:`\tau_k`, is a move that is far larger than those beside it. The curve :math:`s` moves there
    as it does on both sides, and the height :math:`h_k` is what is left of the move. Jumps are told by the levels
    :math:`x_{\tau_k}` that they go to, or by their heights where fewer of these tell all others: one of a sawtooth,
    which always falls by as much. A number that the ones before it do not tell, as a weighted sum, is told; one that a
    window with fewer jumps lacks is what those before it would say. These numbers are standardised channels beside the
    curves, the same at every step. Where the jumps are is no number that a network might write, for a jump is at one
    step or at another: it is what windows are conditioned on (:meth:`tell`), and synthetic windows take it from
    training windows, as they take their length and statics. Merton (1976), "Option pricing when underlying stock
    returns are discontinuous", eq. 1: a continuous path, and jumps.

    All in model space, ``(n, t, c)``, continuous channels alone.

    Args:
        channels: which continuous channels jump, ``(j,)``.
        most: jumps of a window in each of them, at most, ``(j,)``; k is the sum of these.
        means: of every continuous channel and then of every number that tells the jumps, ``(c + r,)``.
        sds: likewise; 0 where nothing ever changes.
        levels: whether the numbers are levels, and not heights, ``()``.
        told: which of these are channels, ``(r,)``.
        centres: what each level or height is where those before it are what is expected of them, ``(k,)``.
        weights: by how much each goes with those before it, ``(k, k)``.
        steps: t.

    >>> t = np.arange(8.0)
    >>> x = np.stack([t - 9.0 * (t > 2), 0.5 * t - 4.0 * (t > 5)])[..., None].astype(np.float32)
    >>> jumps = Jumps.fit(x, np.ones_like(x))
    >>> jumps.at(x, np.ones_like(x)).tolist()
    [[3], [6]]
    >>> curves = jumps.encode(x, np.ones_like(x))[0]
    >>> np.allclose(jumps.decode(curves, jumps.at(x, np.ones_like(x))), x, atol=1e-5)
    True
    """

    channels: NDArray[np.int32]
    most: NDArray[np.int32]
    means: Floats
    sds: Floats
    levels: NDArray[np.bool_]
    told: NDArray[np.int32]
    centres: Floats
    weights: Floats
    steps: int

    @classmethod
    def none(cls, continuous: int) -> Self:
        """Return those of windows without any, which change nothing."""
        nothing = np.zeros(0, np.int32)
        empty = np.zeros(0, np.float32)
        means, sds = np.zeros(continuous, np.float32), np.ones(continuous, np.float32)
        return cls(nothing, nothing, means, sds, np.array(True), nothing, empty, empty.reshape(0, 0), 1)

    @classmethod
    def fit(cls, x: Floats, mask: Floats) -> Self:
        """Find the channels of windows ``(n, t, c)`` that jump; none where windows have holes."""
        c = x.shape[2]
        if not mask.all():
            return cls.none(c)
        found = [_jumping(x[..., k].astype(np.float64)) for k in range(c)]
        counts = [int(where.sum(1).max(initial=0)) for where in found]
        often = [k for k in range(c) if found[k].any(1).mean() >= OFTEN and counts[k] <= MOST]
        if not often:
            return cls.none(c)
        channels, most = (np.asarray(part, np.int32) for part in (often, [counts[k] for k in often]))
        whole = replace(cls.none(c), channels=channels, most=most, steps=x.shape[1])
        at = np.concatenate([_first(found[k], counts[k]) for k in often], axis=1)
        curves, heights = whole._apart(x, at)
        by_levels, by_heights = (_described(numbers) for numbers in (whole._levels(x, at), heights))
        levels = len(by_levels[0]) <= len(by_heights[0])
        told, centres, weights, numbers = by_levels if levels else by_heights
        both = _beside(curves, numbers)
        sds = both.std((0, 1))
        reals = (both.mean((0, 1)), np.where(sds < STILL, 0.0, sds), centres, weights)
        means, sds, centres, weights = (part.astype(np.float32) for part in reals)
        return cls(channels, most, means, sds, np.array(levels), told, centres, weights, x.shape[1])

    @property
    def count(self) -> int:
        """How many channels tell the jumps."""
        return len(self.told)

    @property
    def width(self) -> int:
        """How many jumps a window has at most, and how many numbers tell a network where they are."""
        return int(self.most.sum())

    def at(self, x: Floats, mask: Floats) -> NDArray[np.int32]:
        """Return the steps that windows jump to, channel by channel, ``(n, k)``; t where there are fewer jumps.

        Of more jumps than any training window has, the first ones; none of a window with holes.
        """
        out = [np.zeros((len(x), 0), np.int32)]
        for channel, most in zip(self.channels, self.most, strict=True):
            where = _jumping(x[..., channel].astype(np.float64)) & mask[..., channel].all(1, keepdims=True).astype(bool)
            out.append(_first(where, most))
        return np.concatenate(out, axis=1)

    def tell(self, at: NDArray[np.int32]) -> Floats:
        """Return where jumps are as a network is told it, between -2 and 2, ``(n, k)``."""
        return (4 * at / self.steps - 2).astype(np.float32)

    def encode(self, x: Floats, mask: Floats, at: NDArray[np.int32] | None = None) -> tuple[Floats, Floats]:
        """Return curves, what tells the jumps, and which cells were observed, ``(n, t, c + r)``; 0 where none was.

        What others tell of a jump but for a ten-thousandth is left out.
        """
        if not self.width:
            return x, mask
        at = self.at(x, mask) if at is None else at
        curves, heights = self._apart(x, at)
        numbers = self._levels(x, at) if self.levels else heights
        both = _beside(curves, _completed(numbers, self.centres, self.weights)[:, self.told])
        seen = _beside(mask, np.ones((len(x), self.count)))
        scale = np.where(self.sds > 0, self.sds, np.inf)
        return ((both - self.means) / scale * seen).astype(np.float32), seen.astype(np.float32)

    def decode(self, x: Floats, at: NDArray[np.int32]) -> Floats:
        """Undo :meth:`encode`: windows ``(n, t, c)`` of curves, of what tells the jumps, and of where these are.

        What tells the jumps is the mean over the steps.
        """
        if not self.width:
            return x
        both = x.astype(np.float64) * self.sds + self.means
        c = len(self.means) - self.count
        out, described = both[..., :c], np.full(at.shape, np.nan)
        described[:, self.told] = both[..., c:].mean(1) + self.centres[self.told]
        described = _completed(described, self.centres, self.weights) + self.centres
        for channel, steps, numbers in zip(self.channels, self._split(at), self._split(described), strict=True):
            for k in range(steps.shape[1]):
                step = steps[:, k, None]
                before = np.take_along_axis(out[..., channel], np.minimum(step, x.shape[1] - 1), 1)
                heights = numbers[:, k, None] - (before if self.levels else 0.0)
                out[..., channel] += heights * (np.arange(x.shape[1]) >= step)
        return out.astype(np.float32)

    def _apart(self, x: Floats, at: NDArray[np.int32]) -> tuple[Doubles, Doubles]:
        """Return curves ``(n, t, c)`` without jumps, and the heights of these, ``(n, k)``; NaN where there is none."""
        curves, heights = x.astype(np.float64), []
        for channel, steps in zip(self.channels, self._split(at), strict=True):
            where = _marked(steps, x.shape[1])
            moves = np.diff(curves[..., channel], axis=1)
            calm = _between(moves, ~where)
            curves[:, 1:, channel] = curves[:, :1, channel] + np.where(where, calm, moves).cumsum(1)
            heights.append(_reached(np.pad(moves - calm, ((0, 0), (1, 0))), steps))
        return curves, np.concatenate(heights, axis=1)

    def _levels(self, x: Floats, at: NDArray[np.int32]) -> Doubles:
        """Return the levels that windows jump to, ``(n, k)``; NaN where there is no jump."""
        split = zip(self.channels, self._split(at), strict=True)
        return np.concatenate([_reached(x[..., k].astype(np.float64), steps) for k, steps in split], axis=1)

    def _split(self, numbers: NDArray[Any]) -> list[NDArray[Any]]:
        """Return the numbers of jumps ``(n, k)`` of each jumping channel."""
        return np.split(numbers, np.cumsum(self.most)[:-1], axis=1)


def _first(where: Mask, most: int) -> NDArray[np.int32]:
    """Return the steps that the first marked moves ``(n, t - 1)`` go to, ``(n, most)``; t where there are fewer."""
    first = np.argsort(~where, axis=1, kind="stable")[:, :most]
    return np.where(np.take_along_axis(where, first, 1), first + 1, where.shape[1] + 1).astype(np.int32)


def _marked(at: NDArray[np.int32], steps: int) -> Mask:
    """Return which moves ``(n, t - 1)`` go to one of the steps ``(n, k)``."""
    return (at[..., None] == np.arange(1, steps)).any(1)


def _reached(values: Doubles, at: NDArray[np.int32]) -> Doubles:
    """Return values ``(n, t)`` at the steps ``(n, k)``; NaN at t, where there is no jump."""
    t = values.shape[1]
    return np.where(at < t, np.take_along_axis(values, np.minimum(at, t - 1), 1), np.nan)


def _described(numbers: Doubles) -> tuple[NDArray[np.int32], Doubles, Doubles, Doubles]:
    """Return which of the numbers ``(n, k)`` tell all, their centres and weights, and these, less their centres.

    One that too few windows have to ask whether others tell it is told, and goes on from the last one that is.
    """
    k = numbers.shape[1]
    told, centres, weights = np.zeros(0, np.int32), np.zeros(k), np.zeros((k, k))
    for j in range(k):
        seen = ~np.isnan(numbers[:, j])
        enough = seen.sum() > FEW * (len(told) + 1)
        before = told if enough else told[-1:]
        off, wanted = _completed(numbers[seen, :j], centres[:j], weights[:j, :j])[:, before], numbers[seen, j]
        known = np.column_stack([np.ones(len(wanted)), off])
        found = np.linalg.lstsq(known, wanted, rcond=None)[0] if enough else np.ones(1 + len(before))
        found[0] += (wanted - known @ found).mean()
        centres[j], weights[before, j] = found[0], found[1:]
        if not enough or (wanted - known @ found).std() > max(SEEN * wanted.std(), STILL):
            told = np.append(told, np.int32(j))
    return told, centres, weights, _completed(numbers, centres, weights)[:, told]


def _completed(numbers: Doubles, centres: NDArray[Any], weights: NDArray[Any]) -> Doubles:
    """Return numbers ``(n, k)``, less their centres, and in the place of each that is missing what others say of it."""
    off = numbers - centres
    for j in range(off.shape[1]):
        missing = np.isnan(off[:, j])
        off[missing, j] = off[missing, :j] @ weights[:j, j]
    return off


def _jumping(x: Doubles) -> Mask:
    """Return which moves of a channel's windows ``(n, t)`` are jumps, ``(n, t - 1)``."""
    moves = np.diff(x, axis=1)
    if moves.shape[1] < 3:
        return np.zeros(moves.shape, bool)
    size, reach = np.abs(moves), np.ptp(x, axis=1)[:, None]
    where = (size > LEAP * reach) & (size > MOVES * np.median(size, axis=1)[:, None])
    while True:
        calm = np.where(where, _between(moves, ~where), moves)
        bend = np.abs(np.diff(calm, axis=1)).max(1, keepdims=True)
        kept = where & (np.abs(moves - calm) > np.maximum(LEAP * reach, BENDS * bend))
        if (kept == where).all():
            return where
        where = kept


def _between(values: Doubles, known: Mask) -> Doubles:
    """Return values ``(n, m)`` where they are known, and between these a straight line; 0 where none is known."""
    m = values.shape[1]
    place = np.arange(m)
    left = np.maximum.accumulate(np.where(known, place, -1), axis=1)
    right = np.minimum.accumulate(np.where(known, place, m)[:, ::-1], axis=1)[:, ::-1]
    left, right = np.where(left < 0, right, left), np.where(right == m, left, right)
    some = known.any(1, keepdims=True)
    left, right = np.where(some, left, 0), np.where(some, right, 0)
    share = (place - left) / np.maximum(right - left, 1)
    low, high = (np.take_along_axis(values, side, 1) for side in (left, right))
    return np.where(some, low + share * (high - low), 0.0)


def _beside(curves: NDArray[Any], numbers: NDArray[Any]) -> Doubles:
    """Return channels ``(n, t, c)`` and, beside them, numbers ``(n, r)`` that are the same at every step."""
    return np.concatenate([curves, numbers[:, None].repeat(curves.shape[1], 1)], axis=-1)
