"""Forecasting: does a forecaster trained on synthetic windows do as well on real ones as one trained on real windows?

The forecaster is a ridge regression of the change from the last observed value, h rows ahead, on the standardised last
p rows of all channels (categories as 0/1 columns), each channel's penalty chosen by the absolute error in two-fold
cross-validation on the training set at hand. Its error is the mean absolute scaled error,

    MASE = mean over channels c of  mean |error_c| / mean over the real training windows of |x_c(t + 1) - last_c(t)|,

so that repeating the last value scores 1 at horizon 1 on the training windows. Hyndman, Koehler, "Another look at
measures of forecast accuracy", International Journal of Forecasting 22, 2006, section 4.

A missing input is replaced by the last observed value of its channel in the window, before the first by the training
mean; a missing target, and one with no observed value before it, is not scored. Rows past a window's end
count as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .panel import Panel, moments
from .utility import BOTH, NAIVE, REAL, SYNTHETIC, Score, scores, unit_weights, untold

__all__ = ["choose_lags", "forecast_scores", "naive_scale"]

TASK, METRIC = "forecast", "MASE"
MOST_LAGS = 24
MOST_FEATURES = 300
MOST_ROWS = 30_000
ALPHAS = 10.0 ** np.arange(-4, 12)

Array = NDArray[np.float64]


def forecast_scores(train: Panel, test: Panel, synthetic: Panel, horizon: int, lags: int, seed: int = 0) -> list[Score]:
    """MASE on the test windows, ``horizon`` rows ahead, of the naive last value and of ridges trained on each set.

    ``lags`` 0 says that the windows are too short for this horizon.
    """
    steps = typical_length(train)
    if not train.continuous.any():
        return [untold(TASK, METRIC, "lower", "no continuous channel", horizon)]
    if lags < 1:
        reason = f"the windows typically have {steps} rows, and horizon {horizon} needs at least {horizon + 1}"
        return [untold(TASK, METRIC, "lower", reason, horizon)]
    mean, sd = moments(train.values[..., train.continuous])
    tables = {
        name: table(p, mean, sd, lags, horizon) for name, p in ((REAL, train), (SYNTHETIC, synthetic), ("test", test))
    }
    scale, names = naive_scale(train), np.array(train.names)[train.continuous]
    told = scale > 0
    if not told.any():
        return [untold(TASK, METRIC, "lower", "no continuous channel changes in the training windows", horizon)]
    for name, found in tables.items():
        empty = told & ~np.isfinite(found.change).any(0)
        if empty.any():
            channel = f"channel {str(names[empty.argmax()])!r}"
            reason = f"{channel} has no value {horizon} rows after another in the {name} windows"
            return [untold(TASK, METRIC, "lower", reason, horizon)]
    weights = unit_weights(test.units, seed)
    guesses = {NAIVE: np.zeros_like(tables["test"].change), **predictions(tables, told)}
    rows = {name: mase(tables["test"], guess, sd, scale, told, test.units, weights) for name, guess in guesses.items()}
    note = f"{lags} lags" + (f"; left out, never changing: {', '.join(names[~told])}" if not told.all() else "")
    return scores(TASK, METRIC, "lower", rows, horizon=horizon, note=note)


def choose_lags(train: Panel, horizons: Sequence[int]) -> dict[int, int]:
    """The lags for each horizon: half of what the largest fitting horizon leaves of a window, 1 to 24.

    0 where the horizon does not fit into a window.

    >>> from rcgan.evaluation.panel import as_panel
    >>> choose_lags(as_panel(np.zeros((5, 30, 1)), "real"), (1, 8, 40))
    {1: 11, 8: 11, 40: 0}
    """
    steps = typical_length(train)
    fitting = [h for h in horizons if h < steps]
    columns = sum(max(1, len(known)) for known in train.categories)
    lags = min((steps - max(fitting, default=0)) // 2, MOST_LAGS, MOST_FEATURES // columns)
    return {h: max(1, lags) if h in fitting else 0 for h in horizons}


def typical_length(panel: Panel) -> int:
    """The median length of the windows."""
    return int(np.median(panel.lengths))


def naive_scale(train: Panel) -> Array:
    """Mean absolute error (continuous channels,) of the last observed value one row ahead, in original units."""
    values = train.values[..., train.continuous].astype(np.float64)
    error = np.abs(values[:, 1:] - filled(values)[:, :-1])
    known = np.isfinite(error)
    return np.where(known, error, 0).sum((0, 1)) / np.maximum(known.sum((0, 1)), 1)


def filled(values: Array) -> Array:
    """Each cell (n, t, d) or the last observed one before it; NaN before the first.

    >>> filled(np.array([[[np.nan], [2.0], [np.nan]]])).ravel()
    array([nan,  2.,  2.])
    """
    steps = np.arange(values.shape[1])[None, :, None]
    last = np.maximum.accumulate(np.where(np.isnan(values), 0, steps), axis=1)
    return np.take_along_axis(values, last, axis=1)


@dataclass(frozen=True)
class Table:
    """Forecast origins as rows.

    Attributes:
        inputs: (rows, features) standardised lags.
        change: (rows, channels) standardised change to come; NaN where it is unknown.
        window: (rows,) the window each is from.
        fold: (rows,) which half of the cross-validation it is in.
    """

    inputs: Array
    change: Array
    window: NDArray[np.int64]
    fold: NDArray[np.bool_]


def table(panel: Panel, mean: Array, sd: Array, lags: int, horizon: int) -> Table:
    """At most 30,000 origins of a panel, evenly spread over each window; the folds are alternate resampling units."""
    values = (panel.values[..., panel.continuous].astype(np.float64) - mean) / sd
    last = filled(values)
    columns = [np.nan_to_num(last)]
    for c, count in panel.category_counts():
        codes = filled(panel.values[..., [c]].astype(np.float64))
        columns.append((codes == np.arange(count)).astype(np.float64))
    n, t = values.shape[:2]
    stride = max(1, -(-n * (t - horizon - lags + 1) // MOST_ROWS))
    origins = np.arange(lags - 1, t - horizon, stride)
    inputs = sliding_window_view(np.concatenate(columns, -1), lags, axis=1)[:, origins - lags + 1]
    change = values[:, origins + horizon] - last[:, origins]
    window = np.repeat(np.arange(n), len(origins))
    return Table(
        inputs.reshape(len(window), -1), change.reshape(len(window), -1), window, (panel.units % 2 == 1)[window]
    )


def predictions(tables: dict[str, Table], told: NDArray[np.bool_]) -> dict[str, Array]:
    """Changes (test rows, channels) foretold by the ridges trained on real, on synthetic and on both sets."""
    out = {row: np.zeros_like(tables["test"].change) for row in (REAL, SYNTHETIC, BOTH)}
    design = with_intercept(tables["test"].inputs)
    for group in alike([tables[REAL].change, tables[SYNTHETIC].change], told):
        real, synthetic = (folds(tables[name], group) for name in (REAL, SYNTHETIC))
        for row, parts in ((REAL, [real]), (SYNTHETIC, [synthetic]), (BOTH, [real, synthetic])):
            out[row][:, group] = design @ ridge(parts)
    return out


def alike(changes: Sequence[Array], told: NDArray[np.bool_]) -> list[list[int]]:
    """The channels to forecast, grouped by where they are observed: one group is one regression."""
    groups: dict[tuple[bytes, ...], list[int]] = {}
    for c in np.flatnonzero(told):
        groups.setdefault(tuple(np.packbits(np.isfinite(x[:, c])).tobytes() for x in changes), []).append(int(c))
    return list(groups.values())


def with_intercept(inputs: Array) -> Array:
    """A column of ones before the inputs."""
    return np.concatenate([np.ones((len(inputs), 1)), inputs], 1)


@dataclass(frozen=True)
class Fold:
    """Half of a table: inputs x (rows, 1 + features), targets y (rows, channels), and their moments X'X and X'Y."""

    x: Array
    y: Array
    xx: Array
    xy: Array


def folds(found: Table, group: list[int]) -> tuple[Fold, Fold]:
    """Both halves of a table's rows where this group of channels is observed."""
    seen = np.isfinite(found.change[:, group[0]])

    def half(chosen: NDArray[np.bool_]) -> Fold:
        x, y = with_intercept(found.inputs[seen & chosen]), found.change[seen & chosen][:, group]
        return Fold(x, y, x.T @ x, x.T @ y)

    return half(found.fold), half(~found.fold)


def ridge(parts: Sequence[tuple[Fold, Fold]]) -> Array:
    """Weights (1 + features, channels) on all parts together; they shrink to zero, which is the naive forecast.

    Each channel's penalty is the one with the least absolute error in two-fold cross-validation: by squared error, rare
    large changes would decide for a channel that mostly stands still.
    """
    one, two = ([part[k] for part in parts] for k in range(2))
    if not (sum(len(f.x) for f in one) and sum(len(f.x) for f in two)):
        return solve([*one, *two], 1.0)
    best = np.argmin([held_out(one, two, a) + held_out(two, one, a) for a in ALPHAS], axis=0)
    weights = np.stack([solve([*one, *two], float(ALPHAS[k])) for k in np.unique(best)])
    return np.take_along_axis(weights, np.unique(best, return_inverse=True)[1][None, None], axis=0)[0]


def solve(parts: Sequence[Fold], alpha: float) -> Array:
    """Ridge weights."""
    xx, xy = np.sum([p.xx for p in parts], axis=0), np.sum([p.xy for p in parts], axis=0)
    return np.asarray(np.linalg.solve(xx + alpha * np.eye(len(xx)), xy), dtype=np.float64)


def held_out(fitted: Sequence[Fold], others: Sequence[Fold], alpha: float) -> Array:
    """Absolute error (channels,) on one half of the weights fitted on the other."""
    weights = solve(fitted, alpha)
    return np.sum([np.abs(f.y - f.x @ weights).sum(0) for f in others], axis=0)


def mase(
    test: Table,
    guess: Array,
    sd: Array,
    scale: Array,
    told: NDArray[np.bool_],
    units: NDArray[np.int64],
    weights: Array,
) -> tuple[float, Array]:
    """The error of the guessed changes, and its values in the resamples of the units."""
    error = np.abs(test.change - guess)[:, told] * sd[told] / scale[told]
    known = np.isfinite(error)
    totals, counts = np.zeros((2, int(units.max()) + 1, int(told.sum())))
    np.add.at(totals, units[test.window], np.where(known, error, 0))
    np.add.at(counts, units[test.window], known)
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = ((weights @ totals) / (weights @ counts)).mean(1)
    return float((totals.sum(0) / counts.sum(0)).mean()), draws
