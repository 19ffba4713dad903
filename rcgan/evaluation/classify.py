"""Classification: does a classifier trained on synthetic windows name real ones as well as one trained on real windows?

The classifier is scikit-learn's extremely randomised trees (200 of them) on each channel's values, their differences
and a summary (mean, standard deviation, smallest, largest, mean absolute step), and on the window's length. Its votes
are divided by the shares of the classes in its training set, which makes it aim at balanced accuracy, the mean over
classes of the share named rightly:

    guess = argmax over k of  votes_k / share_k

Windows are stretched to one grid of at most 64 points, from their first row to their last. Missing cells are bridged by
straight lines, and take the nearest observed value at a window's ends; a channel with no observed cell in a window
stays missing, which the trees allow. Categories are 0/1 channels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from .classical import CLASSICAL
from .panel import Panel
from .utility import ADDED, BOTH, NAIVE, REAL, SYNTHETIC, Score, scores, unit_weights, untold

__all__ = ["classification_scores", "features"]

TASK, METRIC = "classification", "balanced accuracy"
GRID = 64
TREES = 200

Set = tuple[NDArray[np.float32], NDArray[np.int64]]


def classification_scores(
    train: Panel, test: Panel, synthetic: Panel, *, repeats: int, seed: int, tick: Callable[[int], object]
) -> list[Score]:
    """Balanced accuracy on the test windows of classifiers trained on each set, and of always naming one class.

    The sets are real and synthetic windows, both together, and real ones with as many of each classical augmentation.

    No score if there are no labels at all. Each repeat has its own seed; the interval resamples both the repeats and
    the test windows. ``tick(1)`` is called after each training.
    """
    if train.codes is None and test.codes is None and synthetic.codes is None:
        return []
    panels = {"training": train, "test": test, SYNTHETIC: synthetic}
    bare = [name for name, p in panels.items() if p.codes is None]
    if bare:
        return [untold(TASK, METRIC, "higher", f"the {bare[0]} windows carry no labels")]
    codes = {name: p.codes for name, p in panels.items() if p.codes is not None}
    present = {name: set(np.unique(y).tolist()) for name, y in codes.items()}
    for name in ("training", SYNTHETIC):
        if len(present[name]) < 2:
            return [untold(TASK, METRIC, "higher", f"the {name} windows are all of one class")]
    x = {name: features(p, min(GRID, train.values.shape[1])) for name, p in panels.items()}
    sets = {
        REAL: (x["training"], codes["training"]),
        SYNTHETIC: (x[SYNTHETIC], codes[SYNTHETIC]),
        BOTH: (np.concatenate([x["training"], x[SYNTHETIC]]), np.concatenate([codes["training"], codes[SYNTHETIC]])),
    }
    sets |= classical_sets(train, sets[REAL], len(synthetic), seed)
    truth, weights = codes["test"], unit_weights(test.units, seed)
    guesses: dict[str, list[NDArray[np.int64]]] = {
        NAIVE: [np.full_like(truth, np.bincount(codes["training"]).argmax())]
    }
    for row, (inputs, y) in sets.items():
        guesses[row] = []
        for repeat in range(repeats):
            guesses[row].append(named(inputs, y, x["test"], seed + repeat))
            tick(1)
    rows = {row: balanced_accuracy(truth, np.stack(g), test.units, weights, seed) for row, g in guesses.items()}
    lacking = [
        f"no {name} window of class {train.classes[k]!r}"
        for name in ("training", SYNTHETIC)
        for k in sorted(set().union(*present.values()) - present[name])
    ]
    return scores(TASK, METRIC, "higher", rows, note="; ".join(lacking))


def classical_sets(train: Panel, real: Set, count: int, seed: int) -> dict[str, Set]:
    """The training set with ``count`` windows of each classical augmentation added, made from it evenly."""
    found: dict[str, Set] = {}
    for name, augment in CLASSICAL.items():
        rng = np.random.default_rng(seed)
        chosen = np.concatenate([rng.permutation(len(train)) for _ in range(-(-count // len(train)))])[:count]
        new = augment(train.take(chosen), rng)
        added = features(new, min(GRID, train.values.shape[1])), real[1][chosen]
        found[ADDED + name] = np.concatenate([real[0], added[0]]), np.concatenate([real[1], added[1]])
    return found


def named(
    inputs: NDArray[np.float32], y: NDArray[np.int64], unknown: NDArray[np.float32], seed: int
) -> NDArray[np.int64]:
    """The classes (m,) that trees trained on (n, features) give to the unknown windows."""
    trees = ExtraTreesClassifier(TREES, min_samples_leaf=2, random_state=seed, n_jobs=-1).fit(inputs, y)
    votes = np.asarray(trees.predict_proba(unknown)) / (np.bincount(y)[trees.classes_] / len(y))
    return np.asarray(trees.classes_)[votes.argmax(1)]


def balanced_accuracy(
    truth: NDArray[np.int64],
    guesses: NDArray[np.int64],
    units: NDArray[np.int64],
    weights: NDArray[np.float64],
    seed: int,
) -> tuple[float, NDArray[np.float64]]:
    """Mean over the classes in ``truth`` (n,) of the share that ``guesses`` (repeats, n) name rightly; resamples."""
    classes, k = np.unique(truth, return_inverse=True)
    counts = np.zeros((int(units.max()) + 1, len(classes)))
    np.add.at(counts, (units, k), 1)
    hits = np.zeros((len(guesses), *counts.shape))
    for repeat, guess in enumerate(guesses):
        np.add.at(hits[repeat], (units, k), guess == truth)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = (weights @ hits) / (weights @ counts)  # (repeats, resamples, classes)
    which = np.random.default_rng(seed).integers(len(guesses), size=len(weights))
    draws = each[which, np.arange(len(weights))]
    return float((hits.sum(1) / counts.sum(0)).mean()), draws.mean(1)


def features(panel: Panel, grid: int) -> NDArray[np.float32]:
    """The classifier's table (n, features) of a panel, on ``grid`` points a window.

    >>> from rcgan.evaluation.panel import as_panel
    >>> features(as_panel(np.array([[[0.0], [np.nan], [2.0]]]), "real"), 3).round(2)
    array([[0.  , 1.  , 2.  , 1.  , 1.  , 1.  , 0.82, 0.  , 2.  , 1.  , 3.  ]],
          dtype=float32)
    """
    x = stretched(panel, grid)
    steps = np.diff(x, axis=1)
    summary = [x.mean(1), x.std(1), x.min(1), x.max(1), np.abs(steps).mean(1) if grid > 1 else np.zeros_like(x[:, 0])]
    n = len(panel)
    parts = [x.reshape(n, -1), steps.reshape(n, -1), *summary, panel.lengths[:, None]]
    return np.concatenate(parts, axis=1, dtype=np.float32)


def stretched(panel: Panel, grid: int) -> NDArray[np.float32]:
    """Every window (n, grid, columns) on one grid from its first row to its last, holes bridged by straight lines."""
    parts = [panel.values[..., panel.continuous]]
    for c, count in panel.category_counts():
        codes = panel.values[..., [c]]
        parts.append(np.where(np.isnan(codes), np.nan, codes == np.arange(count)).astype(np.float32))
    values = np.concatenate(parts, -1)
    n, t, d = values.shape
    if grid == t and not np.isnan(values).any():
        return values
    out = np.full((n, grid, d), np.nan, np.float32)
    for i in range(n):
        at = np.linspace(0, panel.lengths[i] - 1, grid)
        for c in range(d):
            there = np.flatnonzero(~np.isnan(values[i, :, c]))
            if len(there):
                out[i, :, c] = np.interp(at, there, values[i, there, c])
    return out
