"""Alignment: windows of one shape that comes sooner or later, and the clocks by which it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded
from scipy.ndimage import gaussian_filter1d

from rcgan.data.labelwise import answers, saying_yes

__all__ = [
    "LONG",
    "aligned",
    "by_templates",
    "clocks",
    "comes_late",
    "labels_to_align",
    "near_ones",
    "normal_ones",
]

LONG = 40  # steps from which on windows are looked at
POINTS = 256  # of a window that is aligned: of twice as many steps every second, and so on,
ALL_POINTS = 32_000  # ... and of all windows of which it is asked which are near: their distances take time
BAND = 2  # a step is met by one at most half of the window away
BLUR = 0.5  # sd of the kernel under which steps are matched
EVEN = 5.0  # weight of what changes of how late a clock is, beside how late it is where windows are steep
FIXED = 1e6  # the weight of both ends
SLOWEST = 1e-3  # least pace of a clock
CANDIDATES = 12  # windows of which the one nearest to the others is the template
FEWEST = 3  # windows that a label must have
ASKED = 30  # windows that are aligned to see whether it helps
DRAWS = 10  # sets of normal windows that they are compared with
MOST = 500  # windows of a label that are aligned
HELPS = 0.5  # share of what alignment leaves of normal windows' variance, below which it helps

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


def labels_to_align(x: Floats, mask: Floats, labels: NDArray[np.integer[Any]], seed: int) -> tuple[int, ...]:
    """Return the labels whose windows are of one shape that comes sooner or later.

    Aligned, they keep less than half of the variance that windows of a normal law with the same mean and
    covariance keep: those can be brought into line by chance alone. Windows of fewer than 40 steps, and labels
    with holes or unequal lengths, are left alone.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        seed: of the normal windows.
    """
    return saying_yes(answers(comes_late, x, mask, labels, seed, shortest=LONG, fewest=FEWEST, most=ASKED))


def clocks(x: Floats) -> Floats:
    r"""Return when each step of a template happens in each window, :math:`\gamma`: ``(n, t)``, rising from 0 to t - 1.

    The template is a window: of some, the one nearest to the others. Steps are matched by dynamic time warping of
    slopes and, half as important, values (Keogh, Pazzani (2001), "Derivative dynamic time warping"). Where little
    happens noise would match them, so that what counts is how late edges are, and between them time goes evenly:

    .. math:: \min_l \; \sum_t w_t (l_t - \hat l_t)^2 + \lambda \sum_t (l_{t+1} - l_t)^2

    with :math:`\hat l` as matched, and :math:`w` the fourth power of the slope, in its own unit, where it is less steep
    of the two windows. Eilers (2003), "A perfect smoother", eq. 3, for first differences.

    Args:
        x: windows ``(n, t, c)`` without holes.
    """
    seen = _seen(x, POINTS)
    template = seen[_warped_distances(seen[:CANDIDATES]).sum(1).argmin()]
    return np.stack([_clock(template, window, x.shape[1]) for window in seen])


def near_ones(x: Floats, k: int) -> tuple[NDArray[np.intp], Floats]:
    r"""Return the ``k`` windows nearest to each, ``(n, k)``, and their clocks in its time, ``(n, k, t)``.

    Near is what time warping makes alike. Each window is the template of those near it, itself among them, whose clock
    is always right; steps are matched as by :func:`clocks`.

    Args:
        x: windows ``(n, t, c)`` without holes.
        k: how many, at most n.
    """
    coarse, seen = _seen(x, min(POINTS, ALL_POINTS // len(x))), _seen(x, POINTS)
    order = _warped_distances(coarse).argsort(1, kind="stable")[:, :k]
    steps = x.shape[1]
    every = [
        [np.arange(steps) if i == j else _clock(window, seen[i], steps) for i in order[j]]
        for j, window in enumerate(seen)
    ]
    return order, np.array(every, dtype=np.float64)


def _seen(x: Floats, points: int) -> Floats:
    """Return what is looked at of windows, at so many steps at most."""
    return _features(x)[:, :: -(-x.shape[1] // points)]


def _band(points: int) -> dict[str, Any]:
    """Return how far apart steps may be that meet."""
    return {"global_constraint": "sakoe_chiba", "sakoe_chiba_radius": max(1, points // BAND)}


def _warped_distances(seen: Floats) -> Floats:
    """Return how far apart windows are under dynamic time warping, ``(n, n)``."""
    from tslearn.metrics import cdist_dtw  # slow to import, and most data needs none of it

    return np.asarray(cdist_dtw(seen, **_band(seen.shape[1])))


def _clock(template: Floats, window: Floats, steps: int) -> Floats:
    """Return when each of so many steps of a template happens in a window, both as they are looked at."""
    from tslearn.metrics import dtw_path

    points = len(template)
    apart = -(-steps // POINTS)
    here, there = np.asarray(dtw_path(template, window, **_band(points))[0]).T
    met = np.bincount(here, there, points) / np.bincount(here, minlength=points)
    steep = np.minimum(_steepness(template), _steepness(window)[met.round().astype(int)])
    late = _evened(met - np.arange(points), steep**2)
    clock = np.interp(np.arange(steps), np.linspace(0, steps - 1, points), late * apart) + np.arange(steps)
    clock = np.cumsum(np.concatenate([[0.0], np.diff(clock).clip(SLOWEST)]))
    return clock * ((steps - 1) / clock[-1])


def _steepness(seen: Floats) -> Floats:
    """Return the mean square of a window's slopes at each step, which :func:`_features` has first."""
    return (seen[:, : seen.shape[1] // 2] ** 2).mean(1)


def _evened(late: Floats, weights: Floats) -> Floats:
    """Return what is near where weights are large, and goes straight from there to there; both ends are kept.

    >>> _evened(np.array([0.0, 3.0, 2.0, -1.0, 0.0]), np.array([0.0, 0.0, 1e9, 0.0, 0.0])).round(3).tolist()
    [0.0, 1.0, 2.0, 1.0, 0.0]
    """
    weights = np.concatenate([[FIXED], weights[1:-1], [FIXED]])
    changes = np.full(len(late) - 1, EVEN)
    own = weights + np.pad(changes, (0, 1)) + np.pad(changes, (1, 0))
    return solveh_banded(np.stack([np.pad(-changes, (1, 0)), own]), weights * late)


def by_templates(x: Floats, whole: Mask, labels: NDArray[np.integer[Any]], late: Sequence[int]) -> tuple[Floats, Mask]:
    """Return windows in the time of their labels' templates, with how late they are by it; and which to take.

    Windows of other labels go by a clock that is always right. Of a label that comes late, windows with holes are not
    to be taken, nor more than 500.

    Args:
        x: windows ``(n, t, c)``.
        whole: which of them have no holes, ``(n,)``.
        labels: of each window, ``(n,)``.
        late: labels to be aligned.
    """
    told, taken = np.pad(x, ((0, 0), (0, 0), (0, 1))), np.ones(len(x), bool)
    for label in late:
        mine = np.flatnonzero((labels == label) & whole)[:MOST]
        clock = clocks(x[mine])
        told[mine] = np.concatenate([aligned(x[mine], clock), (clock - np.arange(x.shape[1]))[..., None]], 2)
        taken[labels == label] = False
        taken[mine] = True
    return told, taken


def aligned(x: Floats, clock: Floats) -> Floats:
    """Return each window as its template's clock tells it, ``x(clock)``: ``(n, t, c)``."""
    steps = np.arange(x.shape[1])
    return np.stack([[np.interp(c, steps, column) for column in w.T] for w, c in zip(x, clock, strict=True)]).swapaxes(
        1, 2
    )


def _features(x: Floats) -> Floats:
    """Return slopes and values of windows under a kernel of half a step, each in its own unit."""
    smooth = gaussian_filter1d(x.astype(np.float64), BLUR, axis=1)
    slope = np.gradient(smooth, axis=1)
    level = smooth - smooth.mean((0, 1))
    slope, level = (part / np.maximum(part.std((0, 1)), 1e-12) for part in (slope, level))
    return np.concatenate([slope, 0.5 * level], 2)


def comes_late(x: Floats, rng: np.random.Generator) -> bool:
    """Return whether windows ``(n, t, c)``, of which 30 are asked, are of one shape that comes sooner or later."""
    x = x[:ASKED]
    return _left(x) < HELPS * _left_of_normal(x, rng)


def _left(x: Floats) -> float:
    """Return the share of the windows' variance that alignment leaves."""
    return float(aligned(x, clocks(x)).var(0).mean() / max(x.var(0).mean(), 1e-12))


def _left_of_normal(x: Floats, rng: np.random.Generator) -> float:
    """Return the same of windows of a normal law with the mean and covariance of these, on average."""
    return float(np.mean([_left(normal_ones(x, len(x), rng)) for _ in range(DRAWS)]))


def normal_ones(x: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Return ``n`` windows of the normal law with the mean and covariance of these."""
    mean = x.mean(0)
    return mean + np.tensordot(rng.normal(size=(n, len(x))) / len(x) ** 0.5, x - mean, 1)
