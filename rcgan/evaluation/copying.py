r"""Copying: does a synthetic window say which windows the generator was trained on?

All distances are between whole windows, standardised (:func:`~rcgan.evaluation.distances.measure.vectors`), and
training and test windows are equally many.

- nearer to training: share of synthetic windows whose nearest real window is a training window; one half if the
  generator knows no more of these than of others.
- copies: share of synthetic windows nearer to a training window than 99 of 100 test windows are. Real test windows
  have one in a hundred, by definition.
- membership advantage: an attacker calls a real window a training window where a synthetic one is near it; his
  threshold is chosen on one half of the windows, and on the other half

  .. math:: \mathrm{advantage} = P(\text{called} \mid \text{training}) - P(\text{called} \mid \text{test})

  Yeom et al. (2018), "Privacy risk in machine learning", definition 4; 0 is no advantage, 1 full knowledge.

Where training and test windows differ, as they do when a split is made in time, part of what is found is that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from .distances.measure import Array, evenly, vectors
from .panel import Panel
from .utility import REAL, SYNTHETIC, Score, interval, resampled, untold

__all__ = ["copying_scores", "equal_sets", "membership_advantage", "nearest_distances", "neighbours"]

TASK = "copying"
METRICS = ("nearer to training", "copies", "membership advantage")
FEWEST = 40
RARE = 0.01


def copying_scores(train: Panel, test: Panel, synthetic: Panel, seed: int) -> list[Score]:
    """The three measures with 95 % intervals over the windows asked about; of real windows what is known by definition.

    No verdict with fewer than 40 windows in a set.
    """
    if min(len(train), len(test), len(synthetic)) < FEWEST:
        reason = f"a set has fewer than {FEWEST} windows"
        return [untold(TASK, metric, "lower", reason) for metric in METRICS]
    known, held = equal_sets(train, test, seed)
    inside, outside, new = vectors(known, held, synthetic)
    to_train, to_test = nearest_distances(new, inside), nearest_distances(new, outside)
    usual = np.quantile(nearest_distances(outside, inside), RARE)
    units = synthetic.units[evenly(len(synthetic))]
    found: list[Score] = []
    for metric, by_chance, asked in zip(METRICS, (0.5, RARE), (to_train < to_test, to_train < usual), strict=False):
        draws = resampled(asked, units, seed)
        found.append(Score(TASK, metric, REAL, None, by_chance, np.nan, np.nan, "lower", "by definition"))
        found.append(Score(TASK, metric, SYNTHETIC, None, float(asked.mean()), *interval(draws), "lower"))
    called = membership_advantage(nearest_distances(inside, new), nearest_distances(outside, new), seed)
    found.append(Score(TASK, METRICS[2], REAL, None, 0.0, np.nan, np.nan, "lower", "by definition"))
    found.append(Score(TASK, METRICS[2], SYNTHETIC, None, *called, "lower"))
    return found


def equal_sets(train: Panel, test: Panel, seed: int) -> tuple[Panel, Panel]:
    """Equally many training and test windows, as many as the smaller set has, drawn at random and left in order."""
    n, rng = min(len(train), len(test)), np.random.default_rng(seed)
    known, held = (p.take(np.sort(rng.choice(len(p), n, replace=False))) for p in (train, test))
    return known, held


def neighbours(a: Array, b: Array) -> tuple[Array, NDArray[np.int64]]:
    """Distance (n,) of each vector of ``a`` to the nearest of ``b``, and which one that is.

    >>> neighbours(np.array([[0.0], [6.0]]), np.array([[9.0], [1.0]]))
    (array([1., 3.]), array([1, 0]))
    """
    far, which = NearestNeighbors(n_neighbors=1).fit(b).kneighbors(a)
    return np.asarray(far[:, 0], dtype=np.float64), np.asarray(which[:, 0], dtype=np.int64)


def nearest_distances(a: Array, b: Array) -> Array:
    """Distance (n,) of each vector of ``a`` to the nearest of ``b``.

    >>> nearest_distances(np.array([[0.0], [5.0]]), np.array([[1.0], [9.0]]))
    array([1., 4.])
    """
    return neighbours(a, b)[0]


def membership_advantage(members: Array, others: Array, seed: int = 0) -> tuple[float, float, float]:
    """Advantage of the best threshold on distances to synthetic windows, and its 95 % interval.

    The threshold that is best on one half is tried on the other, both ways round.

    >>> membership_advantage(np.zeros(50), np.ones(50))
    (1.0, 1.0, 1.0)
    """
    rng = np.random.default_rng(seed)
    halves = [np.array_split(rng.permutation(x), 2) for x in (members, others)]
    rights: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = []
    for k in range(2):
        threshold = best_threshold(halves[0][k], halves[1][k])
        rights.append((halves[0][1 - k] <= threshold, halves[1][1 - k] <= threshold))
    called, wrongly = (np.concatenate([r[side] for r in rights]).astype(float) for side in range(2))
    value = float(called.mean() - wrongly.mean())
    draws = np.array(
        [rng.choice(called, len(called)).mean() - rng.choice(wrongly, len(wrongly)).mean() for _ in range(500)]
    )
    return value, *interval(draws)


def best_threshold(members: Array, others: Array) -> float:
    """The distance below which the share of members exceeds that of others by most."""
    edges = np.sort(np.concatenate([members, others]))
    gain = np.searchsorted(np.sort(members), edges, "right") / len(members)
    gain -= np.searchsorted(np.sort(others), edges, "right") / len(others)
    return float(edges[gain.argmax()])
