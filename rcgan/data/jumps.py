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
BENDS = 8.0  # times the median bend of its window, by which a jump is off the moves on both sides of it
OFTEN = 0.05  # of the windows, from which on jumps belong to what a channel is
MOST = 8  # jumps in a window: a channel with more of them is left as it is
STILL = 1e-6  # standard deviation of a curve that never changes
SEEN = 1e-4  # of the first component of the heights, from which on another one is told


@dataclass(frozen=True, eq=False)
class Jumps:
    r"""Take the jumps out of windows, so that curves are left that can be learned, and put them back.

    .. math:: x_t = s_t + \sum_k [t \ge \tau_k]\, h_k

    A jump, at a step :math:`\tau_k`, is a move that is far larger than those beside it. The curve :math:`s` moves there
    as it does on both sides, and the height :math:`h_k` is what is left of the move; where a window has fewer jumps
    than others, the last height is told again. Curves are standardised channels, and so are the heights' principal
    components, the same at every step: of a sawtooth one tells all heights. Where the jumps are is no number that a
    network might write, for a jump is at one step or at another: it is what windows are conditioned on (:meth:`tell`),
    and synthetic windows take it from training windows, as they take their length and statics. Merton (1976), "Option
    pricing when underlying stock returns are discontinuous", eq. 1: a continuous path, and jumps.

    All in model space, ``(n, t, c)``, continuous channels alone.

    Args:
        channels: which continuous channels jump, ``(j,)``.
        most: jumps of a window in each of them, at most, ``(j,)``; k is the sum of these.
        means: of every continuous channel and then of every component of the heights, ``(c + r,)``.
        sds: likewise; 0 where nothing ever changes.
        lifts: mean of every height, ``(k,)``.
        axes: of the heights' components, ``(r, k)``.
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
    lifts: Floats
    axes: Floats
    steps: int

    @classmethod
    def none(cls, continuous: int) -> Self:
        """Return those of windows without any, which change nothing."""
        nothing = np.zeros(0, np.int32)
        empty = np.zeros(0, np.float32)
        means, sds = np.zeros(continuous, np.float32), np.ones(continuous, np.float32)
        return cls(nothing, nothing, means, sds, empty, empty.reshape(0, 0), 1)

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
        lifts = heights.mean(0)
        _, sizes, axes = np.linalg.svd((heights - lifts) / len(x) ** 0.5, full_matrices=False)
        axes = axes[sizes > max(SEEN * sizes[0], STILL)]
        both = _beside(curves, (heights - lifts) @ axes.T)
        sds = both.std((0, 1))
        numbers = (both.mean((0, 1)), np.where(sds < STILL, 0.0, sds), lifts, axes)
        means, sds, lifts, axes = (part.astype(np.float32) for part in numbers)
        return cls(channels, most, means, sds, lifts, axes, x.shape[1])

    @property
    def count(self) -> int:
        """How many channels tell the heights."""
        return len(self.axes)

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
        """Return curves, what tells the heights, and which cells were observed, ``(n, t, c + r)``; 0 where none was.

        What heights have beyond the components kept, a ten-thousandth of the first one, is left out.
        """
        if not self.width:
            return x, mask
        curves, heights = self._apart(x, self.at(x, mask) if at is None else at)
        both = _beside(curves, (heights - self.lifts) @ self.axes.T)
        seen = _beside(mask, np.ones((len(x), self.count)))
        scale = np.where(self.sds > 0, self.sds, np.inf)
        return ((both - self.means) / scale * seen).astype(np.float32), seen.astype(np.float32)

    def decode(self, x: Floats, at: NDArray[np.int32]) -> Floats:
        """Undo :meth:`encode`: windows ``(n, t, c)`` of curves and heights, and of where they jump.

        What tells the heights is the mean over the steps.
        """
        if not self.width:
            return x
        both = x.astype(np.float64) * self.sds + self.means
        c = len(self.means) - self.count
        out, heights = both[..., :c], both[..., c:].mean(1) @ self.axes + self.lifts
        for channel, steps, lifts in zip(self.channels, self._split(at), self._split(heights), strict=True):
            for k in range(steps.shape[1]):
                out[..., channel] += lifts[:, k, None] * (np.arange(x.shape[1]) >= steps[:, k, None])
        return out.astype(np.float32)

    def _apart(self, x: Floats, at: NDArray[np.int32]) -> tuple[Doubles, Doubles]:
        """Return curves ``(n, t, c)`` without jumps, and the heights of these, ``(n, k)``."""
        curves, heights = x.astype(np.float64), [np.zeros((len(x), 0))]
        for channel, steps in zip(self.channels, self._split(at), strict=True):
            where = _marked(steps, x.shape[1])
            moves = np.diff(curves[..., channel], axis=1)
            calm = _between(moves, ~where)
            curves[:, 1:, channel] = curves[:, :1, channel] + np.where(where, calm, moves).cumsum(1)
            lifts = np.pad(moves - calm, ((0, 0), (1, 1)))  # 0 at t, where there is no jump
            heights.append(_repeated(np.take_along_axis(lifts, steps, 1), steps < x.shape[1]))
        return curves, np.concatenate(heights, axis=1)

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


def _repeated(heights: Doubles, real: Mask) -> Doubles:
    """Return heights ``(n, k)`` with the last real one in the place of those behind it; 0 where there is none."""
    last = np.maximum(real.sum(1, keepdims=True) - 1, 0)
    return np.take_along_axis(heights, np.minimum(np.arange(heights.shape[1]), last), 1)


def _jumping(x: Doubles) -> Mask:
    """Return which moves of a channel's windows ``(n, t)`` are jumps, ``(n, t - 1)``."""
    moves = np.diff(x, axis=1)
    if moves.shape[1] < 3:
        return np.zeros(moves.shape, bool)
    size, reach = np.abs(moves), np.ptp(x, axis=1)[:, None]
    bend = np.median(np.abs(np.diff(moves, axis=1)), axis=1)[:, None]
    where = (size > LEAP * reach) & (size > MOVES * np.median(size, axis=1)[:, None])
    while True:
        kept = where & (np.abs(moves - _between(moves, ~where)) > np.maximum(LEAP * reach, BENDS * bend))
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
