"""Mixings: of how many near ones each label's windows are best mixed, and whether they go by clocks."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from rcgan.data.alignment import LONG, comes_late, normal_ones
from rcgan.data.labelwise import answers
from rcgan.networks.bootstrap import Bootstrap, Mixing, neighbours

__all__ = ["mixings"]

NEAREST = (5, 7, 10, 14, 20, 28, 40)  # windows that one is mixed of, up to half of them, or else all;
LEAST = 3  # ... of very few windows
CLOCKED = 20  # windows, at most, that one is mixed of by clocks
WORSE = 0.2  # by which nearest neighbours may tell more where windows go by clocks
COPIED = 0.4  # share of real windows that have a real one as their nearest, below which more are mixed
SHORT = 8  # steps from which on windows are looked at
FEWEST = 4  # windows without holes that a label must have,
WHOLE = 0.5  # ... and share of its windows that must be so: those are mixed
ASKED = 100  # windows of a label that are compared with what is mixed of them,
DRAWS = 8  # ... as often
ENOUGH = 40  # windows without holes that a label of many must have,
HALVES = 500  # ... and how many are asked: half of them are mixed, and compared with the others,
OF_MANY = (5, 10, 20, 40)  # of so many each,
CLOCKED_OF_MANY = 10  # ... at most by clocks
LONG_OF_MANY = 24  # steps from which on these go by clocks

Floats = NDArray[np.floating[Any]]


def mixings(
    x: Floats, mask: Floats, labels: NDArray[np.integer[Any]], seed: int, *, rough: bool, many: bool = False
) -> dict[int, Mixing]:
    r"""Return how each label's windows are to be mixed, if they are: by clocks or not, and of how many.

    Of ``n`` windows and as many mixed of them, half of the real windows should have a real one as their nearest, and
    half of the mixed ones a mixed one, by values and by moves. Copies are nearer to real windows than these are to each
    other; sums of many, or by clocks that nothing goes by, lie apart. Schilling (1986), "Multivariate two-sample tests
    based on nearest neighbors". From 40 steps on, windows go by clocks (:func:`~rcgan.data.alignment.near_ones`),
    unless nearest neighbours tell clearly more then; in any case where alignment shows that one shape comes sooner or
    later (:func:`~rcgan.data.alignment.comes_late`). Five are mixed, as by Chawla and others (2002), "SMOTE", or more
    where these are copies: less than .4 of the real windows have a real one as their nearest; where all of them are,
    as many as are told least, which may be all windows. Windows of less than 8 steps are left out, and so are labels
    with less than 4 windows, or less than half of them, that are whole: without holes and as long as the longest.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        seed: of what is mixed.
        rough: whether windows have noise or edges.
        many: whether there are so many that some can be kept to be compared with.
    """
    ask, fewest, most = (_mixing_of_many, ENOUGH, HALVES) if many else (_mixing, FEWEST, ASKED)
    found = answers(
        partial(ask, rough=rough), x, mask, labels, seed, shortest=SHORT, fewest=fewest, most=most, share=WHOLE
    )
    return {label: mixing for label, mixing in found.items() if mixing is not None}


def _mixing(x: NDArray[np.float64], rng: np.random.Generator, *, rough: bool) -> Mixing:
    """Return how windows are to be mixed."""
    n, t = x.shape[:2]
    half = max(LEAST, n // 2)
    few = [k for k in NEAREST if k <= half] or [half]
    timed = _found(x, [k for k in few if k <= CLOCKED], rng, clocked=True, rough=rough) if t >= LONG else {}
    plain = {} if timed and comes_late(x, rng) else _found(x, [*few, n], rng, clocked=False, rough=rough)
    clocked = _least(timed) < _least(plain) + WORSE
    found = timed if clocked else plain
    least = min(found, key=lambda near: found[near].apart)
    return Mixing(next((near for near in few if near in found and found[near].kept >= COPIED), least), clocked)


def _mixing_of_many(x: NDArray[np.float64], rng: np.random.Generator, *, rough: bool) -> Mixing | None:
    """Return how windows are to be mixed, unless sums of all are as good: half of them, compared with the others."""
    kept, others = x[::2], x[1::2]
    each = [k for k in OF_MANY if k <= len(kept) // 2]
    plain = _found(kept, each, rng, clocked=False, rough=rough, real=others)
    found = {Mixing(k, clocked=False): told for k, told in plain.items()}
    if x.shape[1] >= LONG_OF_MANY:
        by_clocks = [k for k in each if k <= CLOCKED_OF_MANY]
        timed = _found(kept, by_clocks, rng, clocked=True, rough=rough, real=others)
        found |= {Mixing(k, clocked=True): told for k, told in timed.items()}
    best = min(found, key=lambda mixing: found[mixing].apart)
    return best if found[best].apart < _told(others, normal_ones(kept, DRAWS * len(others), rng)).apart else None


class Told(NamedTuple):
    """What nearest neighbours tell of mixed windows."""

    kept: float  # share of real windows that have a real one as their nearest
    apart: float  # how far that share and the mixed windows' are from a half, the mean of values and of moves


def _found(
    x: NDArray[np.float64],
    each: list[int],
    rng: np.random.Generator,
    *,
    clocked: bool,
    rough: bool,
    real: NDArray[np.float64] | None = None,
) -> dict[int, Told]:
    """Return what nearest neighbours tell where so many windows each are mixed: of these, or of other real ones."""
    (n, t, c), generator = x.shape, torch.Generator().manual_seed(int(rng.integers(2**31)))
    kept = neighbours(x, max(each), clocked=clocked)
    found, many = dict[int, Told](), real is not None
    real = x if real is None else real
    for near in each:
        law = Bootstrap(t, c, n, near, clocked=clocked, rough=rough, many=many)
        law.take(torch.from_numpy(x), *kept)
        found[near] = _told(real, law(torch.randn(DRAWS * len(real), t, c, generator=generator)).double().numpy())
    return found


def _told(real: Floats, made: Floats) -> Told:
    """Return what nearest neighbours tell."""
    values, moves = _shares(real, made), _shares(np.diff(real, axis=1), np.diff(made, axis=1))
    return Told(values[0], float(np.abs(np.subtract([values, moves], 0.5)).sum() / 2))


def _least(found: dict[int, Told]) -> float:
    """Return how little can be told."""
    return min((told.apart for told in found.values()), default=np.inf)


def _shares(real: Floats, made: Floats) -> tuple[float, float]:
    """Return how many of ``n`` windows, and of sets of as many made ones, have one of their own kind as their nearest.

    >>> line = np.arange(40.0)[:, None]
    >>> copies, far, other = line + 0.01, line + 1000, np.random.default_rng(0).uniform(0, 40, (400, 1))
    >>> _shares(line, copies), _shares(line, far), np.abs(np.subtract(_shares(line, other), 0.5)).sum() < 0.5
    ((0.0, 0.0), (1.0, 1.0), np.True_)
    """
    flat = real.reshape(len(real), -1)
    between = cdist(flat, flat)
    np.fill_diagonal(between, np.inf)
    shares: list[tuple[float, float]] = []
    for some in made.reshape(-1, *flat.shape):
        across, within = cdist(some, flat), cdist(some, some)
        np.fill_diagonal(within, np.inf)
        shares.append(((between.min(1) < across.min(0)).mean(), (within.min(1) < across.min(1)).mean()))
    mine, theirs = np.mean(shares, axis=0).tolist()
    return mine, theirs
