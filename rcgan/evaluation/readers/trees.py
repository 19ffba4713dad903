"""Extremely randomised trees on a table of features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from rcgan.evaluation.panel import Panel

from .windows import Floats, Part, Reader, gathered, stretched

__all__ = ["Trees", "features"]

TREES = 100
MOST_TRIED = 64  # features at a split, so that many channels and steps do not take hours


class Trees(Reader):
    """A hundred of scikit-learn's trees on values, differences and summaries.

    Votes are divided by the shares of the classes in the training set, which makes the trees aim at balanced accuracy:
    the guess is argmax over k of votes_k / share_k.

    One thread grows them: scikit-learn's threads set and restore the process's warning filters, which only one may do
    at a time, and so lose the caller's.
    """

    def __init__(self, panels: Mapping[str, Panel], seed: int) -> None:
        super().__init__(panels, seed)
        self.x = {name: features(panel, self.grid) for name, panel in panels.items()}

    def classes(self, parts: Sequence[Part], asked: str, seed: int) -> NDArray[np.int64]:
        """Return the class of most votes a share."""
        x, y = gathered(self.x, parts)
        trees = ExtraTreesClassifier(TREES, min_samples_leaf=2, random_state=seed).fit(x, y)
        votes = np.asarray(trees.predict_proba(self.x[asked])) / (np.bincount(y)[trees.classes_] / len(y))
        return np.asarray(trees.classes_)[votes.argmax(1)]

    def numbers(self, parts: Sequence[Part], asked: str, seed: int) -> NDArray[np.float64]:
        """Return the mean of the trees."""
        x, y = gathered(self.x, parts)
        tried = max(1, min(x.shape[1] // 3, MOST_TRIED))
        trees = ExtraTreesRegressor(TREES, min_samples_leaf=2, random_state=seed, max_features=tried)
        return np.asarray(trees.fit(x, y).predict(self.x[asked]), dtype=np.float64)


def features(panel: Panel, grid: int) -> Floats:
    """The table (n, features) of a panel, on ``grid`` points a window.

    Values and their differences; by channel mean, standard deviation, smallest, largest and mean absolute difference;
    and the window's length. A channel with no observed cell stays missing, which the trees allow.

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
