"""Boosted trees on a few numbers of each channel, which say what gives synthetic windows away.

The numbers are told in :func:`summaries`: ends, range, mean and moves of a window, and how often it holds its value.
A network smooths over what trees see at once: that readings are multiples of a step, that a sensor holds its value,
that nothing is beyond a limit. Friedman (2001), "Greedy function approximation: a gradient boosting machine"; as a test
of two samples Lopez-Paz, Oquab (2017), "Revisiting classifier two-sample tests".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from rcgan.evaluation.panel import Panel
from rcgan.threads import one_thread

from .judgement import Judgement, judgement, parts

__all__ = ["summaries", "trees"]

CLEAR = 0.55  # accuracy from which on it is asked what tells
NAMED = 3  # numbers that are named
BINS = 128  # of each, by itself

Doubles = NDArray[np.float64]
Sides = tuple[Doubles, Doubles, Doubles, Doubles]  # learnt from: real, synthetic; asked about: real, synthetic


@one_thread()
def trees(train: Panel, test: Panel, synthetic: Panel, seed: int) -> Judgement:
    """Grow a hundred trees and ask them; where they tell, ask a histogram of each number by itself, too.

    They learn from the training windows and three fifths of the synthetic ones, of equal weight on both sides, and are
    asked about the test windows and the other synthetic ones.
    """
    learnt, asked = parts(synthetic, (0.6,), seed)
    labelled = all(panel.codes is not None for panel in (train, test, synthetic))
    numbers = [summaries(panel, labelled=labelled) for panel in (train, learnt, test, asked)]
    real, fakes, held, new = (np.stack(list(found.values()), 1) for found in numbers)
    settings: dict[str, Any] = {"early_stopping": False, "class_weight": "balanced", "random_state": seed}
    grown = HistGradientBoostingClassifier(**settings)
    grown.fit(np.concatenate([real, fakes]), np.repeat([1, 0], [len(real), len(fakes)]))
    found = judgement(grown.predict(held) == 1, test, grown.predict(new) == 0, asked, seed)
    if found.accuracy < CLEAR:
        return found
    alone = {name: _alone((real[:, k], fakes[:, k], held[:, k], new[:, k])) for k, name in enumerate(numbers[0])}
    most = sorted(alone, key=lambda name: -alone[name])[:NAMED]
    return Judgement(found.accuracy, found.low, found.high, ", ".join(f"{name} {alone[name]:.2f}" for name in most))


def summaries(panel: Panel, *, labelled: bool) -> Mapping[str, Doubles]:
    """Numbers ``(n,)`` by name: nine of each continuous channel, the categories' shares, the length and the label.

    >>> from rcgan.evaluation.panel import as_panel
    >>> found = summaries(as_panel(np.array([[[1.0], [np.nan], [4.0], [4.0]]]), "train"), labelled=False)
    >>> {name: value.item() for name, value in found.items() if "held" in name or "last" in name}
    {"last value of 'x0'": 4.0, "share of steps in which 'x0' is held": 1.0}
    """
    x = panel.values.astype(np.float64)
    found = {"length": panel.lengths.astype(np.float64)}
    for c, (name, known) in enumerate(zip(panel.names, panel.categories, strict=True)):
        for k, category in enumerate(known):
            found[f"share of {category!r} in {name!r}"] = (x[..., c] == k).mean(1)
        if known:
            found[f"share of steps in which {name!r} stays"] = (np.diff(x[..., c], axis=1) == 0).mean(1)
        else:
            found |= {said.format(repr(name)): value for said, value in _numbers(x[..., c]).items()}
    return found | ({"label": panel.codes.astype(np.float64)} if labelled and panel.codes is not None else {})


def _numbers(x: Doubles) -> dict[str, Doubles]:
    """Nine of a channel's windows ``(n, t)``; NaN where nothing is observed."""
    seen, moves = ~np.isnan(x), np.abs(np.diff(x, axis=1))
    first, last, mean = seen.argmax(1), x.shape[1] - 1 - seen[:, ::-1].argmax(1), _mean(x)
    return {
        "first value of {}": np.take_along_axis(x, first[:, None], 1)[:, 0],
        "last value of {}": np.take_along_axis(x, last[:, None], 1)[:, 0],
        "mean of {}": mean,
        "standard deviation of {}": np.sqrt(_mean((x - mean[:, None]) ** 2)),
        "least value of {}": np.fmin.reduce(x, axis=1),
        "largest value of {}": np.fmax.reduce(x, axis=1),
        "mean move of {}": _mean(moves),
        "largest move of {}": np.fmax.reduce(moves, axis=1, initial=np.nan),
        "share of steps in which {} is held": _mean(np.where(np.isnan(moves), np.nan, moves == 0)),
    }


def _mean(x: Doubles) -> Doubles:
    seen = ~np.isnan(x)
    with np.errstate(invalid="ignore"):
        return np.where(seen, x, 0.0).sum(1) / seen.sum(1)


def _alone(sides: Sides) -> float:
    """Accuracy of one number by itself, by how common its values are on either side; a frequent one is its own bin."""
    learnt = np.concatenate(sides[:2])
    if np.isnan(learnt).all():
        return 0.5
    edges = np.unique(np.nanquantile(learnt, np.linspace(0, 1, BINS + 1), method="nearest"))
    bins = [np.searchsorted(edges, x, "left") + np.searchsorted(edges, x, "right") for x in sides]
    real, fakes = (np.bincount(b, minlength=2 * len(edges) + 1) / len(b) for b in bins[:2])
    return float((real > fakes)[bins[2]].mean() + (real <= fakes)[bins[3]].mean()) / 2
