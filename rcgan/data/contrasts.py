"""Channels that are nearly sums of others: what they differ by is small, and is lost beside what they share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Contrast", "find_contrasts"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

ENOUGH = 20  # rows for each channel
SMALL = 0.5  # what is left of a channel, as a share of it, over levels and differences
SLACK = 1.1  # how much more may be left if fewer others are needed


@dataclass(frozen=True)
class Contrast:
    """A channel, the others that it is nearly a weighted sum of, and the share of it that they leave."""

    channel: int
    others: tuple[int, ...]
    weights: tuple[float, ...]
    left: float


def find_contrasts(values: Floats, kept: Collection[int] = ()) -> list[Contrast]:
    r"""Find channels of windows ``(n, t, c)`` that others tell nearly all of, the last one told first in the list.

    The weights make what is left over, :math:`r = x_k - \sum_j w_j x_j`, small in its levels and in its differences at
    once, each as a share of the channel's own:

    .. math:: \min_w \frac{\operatorname{Var} r}{\operatorname{Var} x_k}
              + \frac{\operatorname{Var} \Delta r}{\operatorname{Var} \Delta x_k}

    so that a smooth channel is not told by a rough one. The channel of which the least is left goes first, is told by
    those that stay, and by as few of them as do nearly as well; and so on, while at most half of one is left: the root
    of the mean of both shares. Channels ``kept`` tell others and are not told.

    >>> rng = np.random.default_rng(0)
    >>> walk = rng.normal(size=(50, 10, 2)).cumsum(1)
    >>> total = walk.sum(-1, keepdims=True) + 0.01 * rng.normal(size=(50, 10, 1))
    >>> find_contrasts(np.concatenate([walk, total], -1).astype(np.float32))[0].others in [(1, 2), (0, 2), (0, 1)]
    True
    """
    if values.shape[-1] < 2:
        return []
    wide = values.astype(np.float64)
    spaces = [_covariance(x.reshape(-1, values.shape[-1])) for x in (wide, np.diff(wide, axis=1))]
    left = [k for k in range(values.shape[-1]) if all(space[k, k] > 0 for space in spaces)]
    found: list[Contrast] = []
    while len(left) > 1 and (free := [k for k in left if k not in kept]):
        best = min((_told(spaces, k, [j for j in left if j != k]) for k in free), key=lambda told: told.left)
        if best.left > SMALL:
            break
        found.append(_sparse(spaces, best))
        left.remove(best.channel)
    return found[::-1]


def _covariance(rows: Doubles) -> Doubles:
    """Return the covariance of channels over the rows that exist, 0 if there are too few to tell."""
    rows = rows[~np.isnan(rows).any(1)]
    return np.cov(rows.T) if len(rows) >= ENOUGH * rows.shape[1] else np.zeros(2 * rows.shape[1:])


def _told(spaces: Sequence[Doubles], k: int, others: Sequence[int]) -> Contrast:
    """Tell a channel by others, least squares over all spaces alike."""
    j = list(others)
    shares = np.mean([space / space[k, k] for space in spaces], axis=0)
    gram, against = shares[np.ix_(j, j)], shares[j, k]
    weights = np.linalg.lstsq(gram, against, rcond=1e-12)[0]
    left = float(1 - 2 * weights @ against + weights @ gram @ weights)
    return Contrast(k, tuple(j), tuple(weights.tolist()), max(left, 0.0) ** 0.5)


def _sparse(spaces: Sequence[Doubles], full: Contrast) -> Contrast:
    """Do without others, one after the other, while little more is left."""
    told = full
    while len(told.others) > 1:
        fewer = [_told(spaces, told.channel, [j for j in told.others if j != out]) for out in told.others]
        best = min(fewer, key=lambda some: some.left)
        if best.left > min(SMALL, max(SLACK * full.left, 1e-3)):
            break
        told = best
    return told
