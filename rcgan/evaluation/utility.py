"""What every score of a report is, and where its interval comes from.

A score that was learnt has two sources of chance: which windows were trained on, and which were tested on. Training is
repeated with another fifth of the training windows left out each time, and the test windows are resampled in whole
units (:class:`~rcgan.evaluation.panel.Panel`); with the repeats' values v_1 ... v_g and the resamples' variance s^2,

    se^2 = (g - 1) / g * sum_r (v_r - mean v)^2 + s^2,

the delete-a-group jackknife beside the bootstrap, and the interval is Student's with the degrees of freedom of Welch
and Satterthwaite. Ratios are taken in the logarithm, repeat by repeat and resample by resample: they are paired.
Shao, Tu (1995), "The jackknife and bootstrap", section 2.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

__all__ = [
    "ADDED",
    "BOTH",
    "NAIVE",
    "REAL",
    "RELATIVE",
    "REVERSED",
    "SYNTHETIC",
    "Score",
    "Tally",
    "ahead",
    "interval",
    "mean_interval",
    "ratio",
    "resampled",
    "unit_weights",
    "untold",
]

REAL, SYNTHETIC, BOTH, NAIVE = "real", "synthetic", "real + synthetic", "naive"
REVERSED = "real, on synthetic"
ADDED = "real + "
RELATIVE = ", relative to real"
DRAWS = 500
FEWEST_UNITS = 12

Better = Literal["lower", "higher"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """One number of a report.

    Attributes:
        task: the question, for instance ``"forecast"``.
        metric: what is measured; the report says what it means.
        row: what was trained on or compared with real test windows: real, synthetic, real + synthetic, naive, or
            real + a classical augmentation; "real, on synthetic" was trained on real windows and tested on synthetic
            ones.
        horizon: rows ahead, None where there is no horizon.
        value: NaN if it cannot be told.
        low: lower end of the 95 % interval, NaN if there is none.
        high: upper end.
        better: which way is better.
        note: why it cannot be told, or what was done to the data; empty if there is nothing to say.
        learner: the forecaster, classifier or regressor that was trained; empty where none was, or for all together.
        label: the one label whose windows were compared; None for all windows.
    """

    task: str
    metric: str
    row: str
    horizon: int | None
    value: float
    low: float
    high: float
    better: Better
    note: str = ""
    learner: str = ""
    label: str | None = None


def untold(
    task: str, metric: str, better: Better, reason: str, horizon: int | None = None, row: str = SYNTHETIC
) -> Score:
    """A score that cannot be told, with the reason.

    >>> untold("forecast", "MASE", "lower", "windows have 8 rows", horizon=8).note
    'cannot be told: windows have 8 rows'
    """
    return Score(task, metric, row, horizon, np.nan, np.nan, np.nan, better, f"cannot be told: {reason}")


def ahead(horizon: int) -> str:
    """How far.

    >>> ahead(1), ahead(8)
    ('1 row ahead', '8 rows ahead')
    """
    return f"{horizon} {'row' if horizon == 1 else 'rows'} ahead"


def unit_weights(units: NDArray[np.int64], seed: int) -> Array:
    """How often each unit is drawn in each of 500 resamples, (500, number of units); no rows below 12 units.

    >>> unit_weights(np.arange(12), seed=0).sum(1)[:3]
    array([12., 12., 12.])
    >>> unit_weights(np.array([0, 1, 1]), seed=0).shape
    (0, 2)
    """
    n = int(units.max()) + 1
    rng = np.random.default_rng(seed)
    return rng.multinomial(n, np.full(n, 1 / n), size=DRAWS if n >= FEWEST_UNITS else 0).astype(float)


def resampled(right: NDArray[np.bool_] | Array, units: NDArray[np.int64], seed: int) -> Array:
    """Share of right answers, or mean of shares, in each resample of the units; numbers of units may be left out.

    >>> resampled(np.ones(12, bool), np.arange(12), seed=0)[:3]
    array([1., 1., 1.])
    """
    dense = np.unique(units, return_inverse=True)[1]
    weights = unit_weights(dense, seed)
    return (weights @ np.bincount(dense, right)) / np.maximum(weights @ np.bincount(dense), 1)


@dataclass(frozen=True)
class Tally:
    """What a learner scored on test windows: sums over the windows of each unit, and how many cells they are of.

    The value is the mean over parts (channels, classes, or one part in all) of sum over count.

    Attributes:
        sums: (repeats, units, parts).
        counts: (units, parts).
        weights: (resamples, units), the same for all that are compared.

    >>> tally = Tally(np.array([[[1.0, 4.0], [1.0, 0.0]]]), np.array([[1.0, 2.0], [1.0, 0.0]]), np.ones((3, 2)))
    >>> tally.value, tally.draws
    (1.5, array([1.5, 1.5, 1.5]))
    """

    sums: Array
    counts: Array
    weights: Array

    @cached_property
    def each(self) -> Array:
        """The value of each repeat, (repeats,)."""
        return (self.sums.sum(1) / self.counts.sum(0)).mean(-1)

    @property
    def value(self) -> float:
        """The mean over the repeats."""
        return float(self.each.mean())

    @cached_property
    def draws(self) -> Array:
        """The value in each resample of the units, (resamples,); NaN where a part has no cell."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return ((self.weights @ self.sums.mean(0)) / (self.weights @ self.counts)).mean(1)

    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the value."""
        return _interval(self.value, self.each, self.draws)


def ratio(ours: Sequence[Tally], theirs: Sequence[Tally]) -> tuple[float, float, float]:
    """How many times as large our values are as theirs, with its 95 % interval: the geometric mean over the learners.

    >>> none = np.empty((0, 1))
    >>> four, two = (Tally(np.full((5, 1, 1), x), np.ones((1, 1)), none) for x in (4.0, 2.0))
    >>> ratio([four, two], [two, two])
    (1.414..., nan, nan)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.mean([np.log(a.each / b.each) for a, b in zip(ours, theirs, strict=True)], axis=0)
        draws = np.mean([np.log(a.draws / b.draws) for a, b in zip(ours, theirs, strict=True)], axis=0)
    value = float(each.mean())
    low, high = _interval(value, each, draws)
    return float(np.exp(value)), float(np.exp(low)), float(np.exp(high))


def _interval(value: float, each: Array, draws: Array) -> tuple[float, float]:
    """The 95 % interval from the repeats, each without a fifth of the training windows, and the resamples."""
    draws = draws[np.isfinite(draws)]
    if not len(draws) or not np.isfinite(each).all():
        return np.nan, np.nan
    repeats = len(each)
    trained = (repeats - 1) / repeats * float(((each - each.mean()) ** 2).sum())
    variance = trained + float(draws.var())
    freedom = np.inf if trained == 0 else min((repeats - 1) * (variance / trained) ** 2, 1e9)
    half = float(stdtrit(freedom, 0.975) if np.isfinite(freedom) else 1.959964) * variance**0.5
    return value - half, value + half


def interval(draws: Array) -> tuple[float, float]:
    """The middle 95 % of the draws; NaN if there are none."""
    kept = draws[np.isfinite(draws)]
    if not len(kept):
        return np.nan, np.nan
    low, high = np.quantile(kept, (0.025, 0.975))
    return float(low), float(high)


def mean_interval(values: Array) -> tuple[float, float, float]:
    """The mean of repeats and its 95 % Student interval.

    >>> mean_interval(np.array([1.0, 2.0, 3.0]))
    (2.0, -0.484..., 4.484...)
    """
    n, mean = len(values), float(values.mean())
    if n < 2:
        return mean, np.nan, np.nan
    half = float(stdtrit(n - 1, 0.975) * values.std(ddof=1)) / n**0.5
    return mean, mean - half, mean + half


Tallies = Mapping[str, Mapping[str, Tally]]


def scores(
    task: str, metric: str, better: Better, tallies: Tallies, *, horizon: int | None = None, note: str = ""
) -> list[Score]:
    """Every row of every learner; the ratio of each row to real, for each learner and for all together.

    Args:
        task: the question.
        metric: its measure.
        better: which way is better.
        tallies: by learner, by row.
        horizon: rows ahead.
        note: carried by every score.
    """
    found: list[Score] = []
    for learner, rows in tallies.items():
        for row, tally in rows.items():
            told = tally.value, *tally.interval()
            found.append(Score(task, metric, row, horizon, *told, better, note, learner))
    groups = {learner: [learner] for learner in tallies} | ({"": list(tallies)} if len(tallies) > 1 else {})
    for name, learners in groups.items():
        for row in next(iter(tallies.values())):
            sides = [[tallies[learner][r] for learner in learners] for r in (row, REAL)]
            if row not in (REAL, REVERSED) and all(t.value > 0 for t in sides[0] + sides[1]):
                found.append(Score(task, metric + RELATIVE, row, horizon, *ratio(*sides), better, note, name))
    return found
