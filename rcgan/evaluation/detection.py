r"""Detection: can a judge that is trained for it tell synthetic windows from real ones that nobody saw?

Two judges that differ in kind (:mod:`rcgan.evaluation.judges`): a convolutional network, and boosted trees on a few
numbers of each channel. They learn from the real training windows and a part of the synthetic ones, and are asked about
real test windows and synthetic windows that they never met:

    accuracy = (share of real test windows called real + share of synthetic windows called synthetic) / 2

One half is the best that a generator can reach. Beside it stands the same for real windows in the place of the
synthetic ones: half of the test windows. Where test windows differ from training windows, it is above one half too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rcgan.errors import DataError

from .judges import JUDGES, Judgement, convolutional, parts
from .panel import Panel, read_sets
from .utility import REAL, SYNTHETIC, Score, untold

__all__ = ["detection_scores", "strong_judge"]

TASK = "detection"
MOST = 10_000
FEWEST = 40


def strong_judge(train: Any, test: Any, synthetic: Any, *, seed: int = 0) -> Judgement:
    """Train a strong judge to tell synthetic windows from real ones, and ask it about windows that it never met.

    Args:
        train: real windows that the generator was trained on: ``Windows``, an array (n, t, d), or a pair (array,
            labels).
        test: real windows that it never saw; put training windows in the place of ``synthetic`` to see what real
            ones get.
        synthetic: generated windows, in the units of the real ones.
        seed: fixes the halves, the batches and the weights.

    Raises:
        DataError: other channels, categories, labels or lengths than the real training windows, or fewer than 40
            windows in a set.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> train, test, new = rng.normal(size=(3, 200, 8, 1)).cumsum(2)
    >>> strong_judge(train, test, new + 0.5 * rng.normal(size=new.shape)).accuracy > 0.6
    True
    """
    real, held, new = read_sets(train, test, synthetic, most=MOST, seed=seed)
    for name, panel in (("train", real), ("test", held), ("synthetic", new)):
        if len(panel) < FEWEST:
            raise DataError(f"{name} has {len(panel)} windows; the strong judge needs at least {FEWEST}")
    return convolutional(real, held, new, seed)


def detection_scores(
    train: Panel, test: Panel, synthetic: Panel, seed: int, tick: Callable[[int], object]
) -> list[Score]:
    """Every judge on synthetic windows, and on one half of the test windows against the other."""
    one, two = parts(test, (0.5,), seed)
    found: list[Score] = []
    for metric, judge in JUDGES.items():
        for row, held, new in ((REAL, one, two), (SYNTHETIC, test, synthetic)):
            few = min(len(train), len(held), len(new))
            if few < FEWEST:
                reason = f"there are sets of {few} windows, and {FEWEST} are needed"
                found.append(untold(TASK, metric, "lower", reason, row=row))
            else:
                told = judge(train, held, new, seed)
                note = f"{row} by {told.by}" if told.by else ""
                found.append(Score(TASK, metric, row, None, told.accuracy, told.low, told.high, "lower", note))
            tick(1)
    return found
