"""What the defaults are chosen from: the properties of the training windows in model space."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MANY", "Traits"]

MANY = 1000  # windows from which on they need not be treated as few
LEAP = 0.5  # of its window's range, which one step makes in a jump
OFTEN = 0.05  # of the windows, from which on jumps belong to what they are


@dataclass(frozen=True)
class Traits:
    r"""Sizes, smoothness and holes of training windows.

    Args:
        windows: how many there are.
        steps: how many steps the longest has.
        blocks: number of categories of each categorical channel.
        condition: width of the condition, 0 when there is none.
        spread: standard deviation of the differences of each standardised continuous channel.
        roughness: median absolute second difference over median absolute difference, by channel; 1.4 for a random
            walk, 1.7 for white noise, near 0 for a smooth curve or a sawtooth.
        holes: whether cells are missing within a window.
        regimes: how many operating points the windows gather around.
        labels: how many labels a condition tells, 0 for none.
        clocked: the labels, 0 if there are none, whose windows are of one shape that comes sooner or later.
        vibrating: the labels, 0 if there are none, whose windows are cut from vibration, at no time that matters.
        stationary: the others, 0 if there are none, whose few windows are cut from series at no time that matters.
        jumps: the share of the windows in which one step makes more than half of a channel's range, in the channel
            where it is largest.
    """

    windows: int
    steps: int
    blocks: tuple[int, ...]
    condition: int
    spread: tuple[float, ...]
    roughness: tuple[float, ...]
    holes: bool
    regimes: int = 1
    labels: int = 0
    clocked: tuple[int, ...] = ()
    vibrating: tuple[int, ...] = ()
    stationary: tuple[int, ...] = ()
    jumps: float = 0.0

    @classmethod
    def measure(
        cls,
        x: NDArray[np.float32],
        mask: NDArray[np.float32],
        valid: NDArray[np.float32],
        *,
        windows: int,
        blocks: tuple[int, ...],
        condition: int,
        regimes: int = 1,
        labels: int = 0,
    ) -> Traits:
        """Measure windows in model space, ``x``, ``mask`` ``(n, t, D)`` and ``valid (n, t, 1)``; some will do."""
        c = x.shape[2] - sum(blocks)
        seen = np.where(mask[..., :c] > 0, x[..., :c], np.nan)
        first, second = np.diff(seen, axis=1), np.diff(seen, n=2, axis=1)
        return cls(
            windows=windows,
            steps=x.shape[1],
            blocks=blocks,
            condition=condition,
            spread=tuple(float(d.std()) if len(d) else 0.0 for d in _finite(first)),
            roughness=tuple(_roughness(first[..., k], second[..., k]) for k in range(c)),
            holes=bool(((mask == 0) & (valid > 0)).any()),
            regimes=regimes,
            labels=labels,
            jumps=_jumps(seen, first),
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
        """Whether neighbouring steps differ by chance: some channel bends by as much as it moves, or is categorical."""
        return max(self.roughness, default=0.0) > 1.0 or bool(self.blocks) or self.regimes > 1

    @property
    def jumping(self) -> bool:
        """Whether smooth windows jump: curves and straight lines that one step breaks."""
        return not self.rough and self.jumps >= OFTEN

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can say."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Traits:
        """Return what :meth:`to_dict` told."""
        names = ("blocks", "spread", "roughness", "clocked", "vibrating", "stationary")
        lists: dict[str, Any] = {name: tuple(told[name]) for name in names}
        return cls(**{**told, **lists})


def _finite(x: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the finite numbers of each channel."""
    return [x[..., k][np.isfinite(x[..., k])] for k in range(x.shape[2])]


def _roughness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the ratio of typical sizes, among moves alone: a channel that mostly rests is judged by its moves."""
    steps = np.abs(first[np.isfinite(first)])
    bends = np.abs(second[np.isfinite(second)])
    if not len(bends) or steps.max(initial=0.0) == 0:
        return 0.0
    floor = 1e-6 * float(steps.max())
    steps, bends = steps[steps > floor], bends[bends > floor] if (bends > floor).mean() > 0.5 else bends
    typical = float(np.median(steps)) if len(steps) else 0.0
    return float(np.median(bends)) / typical if typical > 0 else 0.0


def _jumps(seen: NDArray[np.float32], first: NDArray[np.float32]) -> float:
    """Return the share of windows in which one step makes more than ``LEAP`` of the range; of the worst channel."""
    reach = np.fmax.reduce(seen, axis=1) - np.fmin.reduce(seen, axis=1)
    leap = np.fmax.reduce(np.abs(first), axis=1, initial=0.0)
    return float((leap > LEAP * reach).mean(0).max(initial=0.0))
