"""What the defaults are chosen from: the properties of the training windows in model space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kurtosis

__all__ = [
    "ENOUGH",
    "LACKING",
    "MANY",
    "TURNS",
    "Traits",
    "directions_seen",
    "ends",
    "lacking",
    "noise_floor",
    "turning",
]

MANY = 1000  # windows from which on they need not be treated as few
ENOUGH = 200  # windows from which on the law of smooth ones is learned, and rough ones have innovations
TURNS = 3 / 8  # of a channel's moves: from there on it is rough; a walk whose moves have a correlation of .38
STILL = 1e-6  # of a standard deviation, and of the largest move: what is no move at all
ORDER = 6  # of the differences that noise is measured by
LEVEL = 0.85  # of its size by those of one order less, from which on it no longer falls
FAINT = 1e-4  # standard deviations of a channel: noise below that is rounding
HALF = 0.6745  # median size of a standard normal number
LEAP = 0.5  # of its window's range, which one step makes in a jump,
SLIGHT = 0.05  # ... and of a standard deviation of its channel
OFTEN = 0.05  # of the windows, from which on jumps belong to what they are
SEEN = 1e-4  # of the first principal direction's standard deviation, from which on another one is seen
DIRECTIONS = 96  # at most
HEAVY = 4.0  # kurtosis of moves, from which on they are no normal law's; it has 3
MOSTLY = 0.5  # of each label's windows, from which on those that are known tell its law
LACKING = 0.25  # of a channel's steps, up to which a window is known without them


@dataclass(frozen=True)
class Traits:
    r"""Sizes, smoothness and holes of training windows.

    Args:
        windows: how many there are.
        steps: how many steps the longest has.
        blocks: number of categories of each categorical channel.
        condition: width of the condition, 0 when there is none.
        spread: standard deviation of the differences of each standardised continuous channel.
        turns: the share of moves that go the other way than the move before, by channel; 1/2 for a random walk, 2/3 for
            white noise, near 0 for a smooth curve or a sawtooth.
        floor: standard deviation of the white noise on each channel, as an instrument has it; 0 where there is none.
        holes: whether cells are missing within a window.
        regimes: how many operating points the windows gather around.
        labels: how many labels a condition tells, 0 for none.
        clocked: the labels, 0 if there are none, whose windows come sooner or later, and go by clocks.
        vibrating: the labels, 0 if there are none, whose windows are cut from vibration, at no time that matters.
        stationary: the others, 0 if there are none, whose few windows are cut from series at no time that matters.
        mixed: those of the rest, 0 if there are none, whose windows are mixed of near ones,
        near: ... and of how many, for each of them.
        leaps: the share of the windows in which one step makes more than half of a channel's range, in the channel
            where it is largest.
        trends: 1 for a continuous channel that never falls, -1 for one that never rises, 0 for others; none if no one
            has a trend.
        places: how many places the readings of a continuous channel can lie at, 0 for a channel on no coarse grid; none
            if no channel is on one.
        known: the share of windows that lack little of any channel (:func:`lacking`), of the label that has least.
        tails: kurtosis of the moves of continuous channels, the median of them; 3 for those of a normal law.
        directions: how many principal directions over the steps the channels of smooth windows have together
            (:func:`directions_seen`); 0 for rough windows, few ones and those of several lengths.
    """

    windows: int
    steps: int
    blocks: tuple[int, ...]
    condition: int
    spread: tuple[float, ...]
    turns: tuple[float, ...]
    holes: bool
    regimes: int = 1
    labels: int = 0
    clocked: tuple[int, ...] = ()
    vibrating: tuple[int, ...] = ()
    stationary: tuple[int, ...] = ()
    mixed: tuple[int, ...] = ()
    near: tuple[int, ...] = ()
    leaps: float = 0.0
    floor: tuple[float, ...] = ()
    trends: tuple[int, ...] = ()
    places: tuple[int, ...] = ()
    known: float = 0.0
    tails: float = 0.0
    directions: int = 0

    @classmethod
    def measure(
        cls,
        x: NDArray[np.float32],
        mask: NDArray[np.float32],
        valid: NDArray[np.float32],
        *,
        windows: int,
        codes: NDArray[np.integer[Any]],
        blocks: tuple[int, ...],
        condition: int,
        regimes: int = 1,
        labels: int = 0,
        trends: tuple[int, ...] = (),
    ) -> Traits:
        """Measure windows in model space, ``x``, ``mask`` ``(n, t, D)`` and ``valid (n, t, 1)``; some will do.

        Their labels are ``codes`` ``(n,)``.
        """
        c = x.shape[2] - sum(blocks)
        seen = np.where(mask[..., :c] > 0, x[..., :c], np.nan)
        first = np.diff(seen, axis=1)
        return cls(
            windows=windows,
            steps=x.shape[1],
            blocks=blocks,
            condition=condition,
            spread=tuple(float(d.std()) if len(d) else 0.0 for d in _finite(first)),
            turns=tuple(turning(first[..., k]) for k in range(c)),
            holes=bool(((mask == 0) & (valid > 0)).any()),
            regimes=regimes,
            labels=labels,
            leaps=_leaps(seen, first),
            trends=trends,
            known=_known(mask * valid, codes),
            tails=float(np.median([_tails(d) for d in _finite(first)])) if c else 0.0,
            floor=tuple(noise_floor(seen[..., k]) for k in range(c)),
        )

    @property
    def continuous(self) -> int:
        """How many continuous channels there are."""
        return len(self.spread)

    @property
    def width(self) -> int:
        """How many channels model space has: continuous ones and one a category."""
        return self.continuous + sum(self.blocks)

    @property
    def rough(self) -> bool:
        """Whether neighbouring steps differ by chance: some channel turns as often as noise does, or is categorical."""
        return max(self.turns, default=0.0) > TURNS or bool(self.blocks) or self.regimes > 1

    @property
    def timed(self) -> tuple[int, ...]:
        """The labels whose windows go by the clock of one template; of those that are mixed each has its own."""
        return tuple(label for label in self.clocked if label not in self.mixed)

    @property
    def drawn(self) -> bool:
        """Whether the game starts from the windows' own law: they are rough, or mixed of near ones."""
        return self.rough or bool(self.mixed)

    @property
    def resampled(self) -> bool:
        """Whether the game starts from innovations of real windows: no normal law is as quiet, or has categories.

        Of categories there is no other start; of numbers two hundred windows are asked for, moves with heavy tails, and
        no law of their own.
        """
        own = self.vibrating or self.stationary or self.mixed or self.clocked
        enough = self.known * self.windows >= ENOUGH and not own
        return self.rough and (bool(self.blocks) or (enough and self.known >= MOSTLY and self.tails > HEAVY))

    @property
    def noisy(self) -> bool:
        """Whether smooth windows carry noise: curves, and what an instrument adds at each step."""
        return not self.drawn and max(self.floor, default=0.0) > 0

    @property
    def leaping(self) -> bool:
        """Whether smooth windows leap: fast curves, and jumps that cannot be taken out, as beside holes."""
        return not self.rough and self.leaps >= OFTEN

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can say."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Traits:
        """Return what :meth:`to_dict` told."""
        lists: dict[str, Any] = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
        return cls(**{**told, **lists})


def noise_floor(x: NDArray[np.floating[Any]]) -> float:
    r"""Return the standard deviation of the white noise that curves ``(n, t)``, NaN where missing, are seen through.

    A difference of order k makes :math:`\sigma b_k` of noise of sd :math:`\sigma`, where :math:`b_k^2` is the binomial
    coefficient of k in 2k, and less and less of what is smooth: :math:`s_k = \operatorname{median} |\Delta^k x| /
    (0.6745\, b_k)` falls until noise is all there is. 0 where it still falls at the sixth. von Neumann (1941),
    "Distribution of the ratio of the mean square successive difference to the variance", for higher orders.

    >>> rng, t = np.random.default_rng(0), np.arange(24)
    >>> curves = np.sin(0.3 * t + rng.uniform(0, 6, size=(400, 1)))
    >>> noise_floor(curves), round(noise_floor(curves + 0.05 * rng.normal(size=curves.shape)), 2)
    (0.0, 0.05)
    """
    if x.shape[1] <= ORDER:
        return 0.0
    sizes: list[float] = []
    for order in (ORDER - 1, ORDER):
        bends = np.abs(np.diff(x, n=order, axis=1))
        bends = bends[np.isfinite(bends)]
        sizes.append(float(np.median(bends)) / HALF / comb(2 * order, order) ** 0.5 if len(bends) else 0.0)
    return sizes[1] if sizes[1] > max(LEVEL * sizes[0], FAINT) else 0.0


def directions_seen(x: NDArray[np.floating[Any]], floor: Sequence[float] | None = None) -> int:
    r"""Return how many principal directions over the steps the channels of windows ``(n, t, c)`` have together.

    Those of at least a ten-thousandth of a channel's first one's standard deviation count, in windows without holes; 96
    at most. Of a curve under white noise of the standard deviation ``floor`` ``(c,)``, those with more of the curve
    than of the noise. Jolliffe (2002), "Principal component analysis", section 6.1.

    >>> rng, t = np.random.default_rng(0), np.arange(24.0)[:, None]
    >>> x = rng.normal(size=(1000, 1, 2)) + rng.normal(size=(1000, 1, 2)) * t
    >>> directions_seen(x)
    4
    >>> directions_seen(x + 0.1 * rng.normal(size=x.shape))
    48
    >>> directions_seen(x + 0.1 * rng.normal(size=x.shape), floor=(0.1, 0.1))
    4
    >>> directions_seen(rng.normal(size=(100, 1, 2)))
    2
    """
    count = 0
    for channel, noise in zip(np.moveaxis(x, 2, 0), floor or (0.0,) * x.shape[2], strict=True):
        whole = channel[np.isfinite(channel).all(1)].astype(np.float64)
        if len(whole) > 1:
            off = whole - whole.mean(0)
            powers = np.linalg.eigvalsh(off.T @ off / len(off))
            count += int((powers > max(SEEN**2 * powers[-1], 2 * noise**2)).sum())
    return min(count, DIRECTIONS)


def lacking(seen: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return which share of the steps before their end windows lack, of the channel that lacks most, ``(n,)``.

    Args:
        seen: 1 where a cell was observed, ``(n, t, c)``; a window ends where nothing more is.

    >>> seen = np.ones((3, 8, 2), np.float32)
    >>> seen[0, :3, 1] = seen[1, :2] = seen[2, 4:] = 0
    >>> lacking(seen)
    array([0.375, 0.25 , 0.   ])
    """
    return 1 - (seen != 0).sum(axis=1).min(axis=1, initial=seen.shape[1]) / np.maximum(ends(seen), 1)


def ends(seen: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return how many steps windows ``(n, t, c)`` have before nothing more was observed, ``(n,)``.

    >>> ends(np.array([[[1.0], [0.0], [1.0], [0.0]]], np.float32))
    array([3])
    """
    any_seen = (seen != 0).any(axis=2)
    return np.where(any_seen.any(axis=1), seen.shape[1] - any_seen[:, ::-1].argmax(axis=1), 0)


def _known(seen: NDArray[np.float32], codes: NDArray[np.integer[Any]]) -> float:
    """Return the share of windows ``(n, t, D)`` that lack little, of the label that has least of them.

    >>> _known(np.array([[[1.0]], [[0.0]], [[1.0]]], np.float32), np.array([0, 0, 1]))
    0.5
    """
    little = lacking(seen) <= LACKING
    return min((float(np.mean(little[codes == label])) for label in np.unique(codes)), default=0.0)


def _tails(moves: NDArray[np.float32]) -> float:
    """Return the kurtosis of moves, 0 where nothing varies."""
    off = moves.astype(np.float64)
    off -= off.mean() if len(off) else 0.0
    return float(kurtosis(off, fisher=False)) if off.any() else 0.0


def _finite(x: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the finite numbers of each channel."""
    return [x[..., k][np.isfinite(x[..., k])] for k in range(x.shape[2])]


def turning(moves: NDArray[np.float32]) -> float:
    """Return how often windows' moves ``(n, t)`` turn back, rests and holes left out: grids and jumps do not count."""
    size = np.abs(np.nan_to_num(moves))
    way = np.where(size > STILL * max(1.0, float(size.max(initial=0.0))), np.sign(moves), 0)
    last, turned, moved = np.zeros(len(way)), 0, 0
    for step in way.T:
        both = (step != 0) & (last != 0)
        turned, moved = turned + int((step != last)[both].sum()), moved + int(both.sum())
        last = np.where(step != 0, step, last)
    return turned / moved if moved else 0.0


def _leaps(seen: NDArray[np.float32], first: NDArray[np.float32]) -> float:
    """Return the share of windows of which one step makes more than ``LEAP`` and ``SLIGHT``; of the worst channel."""
    reach = np.fmax.reduce(seen, axis=1) - np.fmin.reduce(seen, axis=1)
    leap = np.fmax.reduce(np.abs(first), axis=1, initial=0.0)
    return float((leap > np.maximum(LEAP * reach, SLIGHT)).mean(0).max(initial=0.0))
