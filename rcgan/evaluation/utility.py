"""The rows of every utility task, train on one set and test on real windows, and the intervals that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    "SYNTHETIC",
    "Score",
    "mean_interval",
    "resampled",
    "scores",
    "unit_weights",
    "untold",
]

REAL, SYNTHETIC, BOTH, NAIVE = "real", "synthetic", "real + synthetic", "naive"
ADDED = "real + "
RELATIVE = ", relative to real"
DRAWS = 500
FEWEST_UNITS = 5

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Score:
    """One number of a report.

    Attributes:
        task: the question, for instance ``"forecast"``.
        metric: what is measured; the report says what it means.
        row: what was trained on or compared with real test windows: real, synthetic, real + synthetic, naive, or
            real + a classical augmentation.
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


def unit_weights(units: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """How often each unit is drawn in each of 500 resamples, (500, number of units); no rows below 5 units.

    >>> unit_weights(np.arange(6), seed=0).sum(1)[:3]
    array([6., 6., 6.])
    >>> unit_weights(np.array([0, 1, 1]), seed=0).shape
    (0, 2)
    """
    n = int(units.max()) + 1
    rng = np.random.default_rng(seed)
    return rng.multinomial(n, np.full(n, 1 / n), size=DRAWS if n >= FEWEST_UNITS else 0).astype(float)


def resampled(right: NDArray[np.bool_], units: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Share of right answers in each resample of the units, which need not be numbered without gaps.

    >>> resampled(np.ones(6, bool), np.arange(6), seed=0)[:3]
    array([1., 1., 1.])
    """
    dense = np.unique(units, return_inverse=True)[1]
    weights = unit_weights(dense, seed)
    return (weights @ np.bincount(dense, right)) / np.maximum(weights @ np.bincount(dense), 1)


def scores(
    task: str,
    metric: str,
    better: Better,
    rows: Mapping[str, tuple[float, NDArray[np.float64]]],
    *,
    horizon: int | None = None,
    note: str = "",
) -> list[Score]:
    """One score a row, and each trained row's ratio to the row trained on real windows.

    Args:
        task: the question.
        metric: its measure.
        better: which way is better.
        rows: the value of each row and its values in the resamples, drawn with the same weights in all rows,
            so that the ratio's interval is a paired one.
        horizon: rows ahead.
        note: carried by every score.

    >>> none = np.empty(0)
    >>> found = scores("forecast", "MASE", "lower", {"real": (2.0, none), "synthetic": (3.0, none)})
    >>> [(s.metric, s.row, s.value) for s in found]
    [('MASE', 'real', 2.0), ('MASE', 'synthetic', 3.0), ('MASE, relative to real', 'synthetic', 1.5)]
    """
    found = [
        Score(task, metric, row, horizon, value, *interval(draws), better, note) for row, (value, draws) in rows.items()
    ]
    base, base_draws = rows[REAL]
    for row, (value, draws) in rows.items():
        if row not in (REAL, NAIVE) and base > 0:
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = interval(draws / base_draws)
            found.append(Score(task, metric + RELATIVE, row, horizon, value / base, *ratio, better, note))
    return found


def interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of the draws; NaN if there are none."""
    kept = draws[np.isfinite(draws)]
    if not len(kept):
        return np.nan, np.nan
    low, high = np.quantile(kept, (0.025, 0.975))
    return float(low), float(high)


def mean_interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """The mean of repeats and its 95 % Student interval.

    >>> mean_interval(np.array([1.0, 2.0, 3.0]))
    (2.0, -0.484..., 4.484...)
    """
    n, mean = len(values), float(values.mean())
    if n < 2:
        return mean, np.nan, np.nan
    half = float(stdtrit(n - 1, 0.975) * values.std(ddof=1)) / n**0.5
    return mean, mean - half, mean + half
