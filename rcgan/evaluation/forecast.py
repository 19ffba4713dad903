r"""Forecasting: does a forecaster trained on synthetic windows foretell real ones as well as one trained on real ones?

Forecasters of several kinds (:mod:`~rcgan.evaluation.forecasters`) see the last few rows of a window and foretell the
change to come. Errors are averaged over channels as mean absolute scaled errors, where the naive error one row ahead on
the training windows is one:

.. math:: \mathrm{MASE}_h = \mathrm{mean}_c \frac{E |\hat x_c(t + h) - x_c(t + h)|}{E |x_c(t + 1) - x_c(t)|}

Hyndman, Koehler (2006), "Another look at measures of forecast accuracy", section 4. Forecasters that give quantiles are
also scored, in the same unit, by the continuous ranked probability score as the mean of quantile losses,

.. math:: \mathrm{CRPS}_h = \frac{2}{9} \sum_{k = 1}^{9} \rho_{\tau_k}(x - q_{\tau_k}), \quad \tau_k = \frac{k - 1/2}{9}

which is the absolute error where all quantiles are one. Gneiting, Ranjan (2011), "Comparing density forecasts using
threshold- and quantile-weighted scoring rules", eq. 13.

A missing input is replaced by the last observed value of its channel in the window, before the first by the training
mean; a missing target, and one with no observed value before it, is not scored. Rows past a window's end
count as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from rcgan.errors import DataError, nearest

from .distances.measure import columns
from .forecasters import FORECASTERS, LEVELS, MEDIAN, Lags
from .panel import Panel, moments
from .square import REPEATS, Square
from .utility import NAIVE, REAL, REVERSED, Score, Tally, scores, unit_weights, untold

__all__ = ["choose_lags", "forecast_scores", "naive_scale", "numbers", "refuse_targets"]

TASK, METRIC, PROBABILISTIC = "forecast", "MASE", "CRPS"
MOST_LAGS = 24
MOST_TARGETS = 8  # channels foretold unless asked for
MOST_FEATURES = 300
MOST_ROWS = 20_000  # to learn from
MOST_ASKED = 5_000

Array = NDArray[np.float64]


def forecast_scores(
    sets: Square,
    horizons: Sequence[int],
    *,
    targets: Sequence[str] | None = None,
    forecasters: Sequence[str] = tuple(FORECASTERS),
    tick: Callable[[int], object] = lambda _: None,
) -> list[Score]:
    """MASE and CRPS at each horizon, of the naive last value and of the forecasters trained on each set.

    Args:
        sets: the windows.
        horizons: rows ahead.
        targets: names of the channels to foretell; None for all that are numbers, or 8 of them, evenly spread, where
            there are more. All channels are inputs.
        forecasters: names in ``FORECASTERS``.
        tick: called with 1 after each training.
    """
    view = View.of(sets.panels["training"], horizons, targets)
    if reason := few(sets.panels):
        return [untold(TASK, METRIC, "lower", reason, h) for h in horizons]
    tables = {name: view.table(panel) for name, panel in sets.panels.items()} if view.lags else {}
    untellable = {h: reason for h in horizons if (reason := view.obstacle(tables, h))}
    found = [untold(TASK, METRIC, "lower", reason, h) for h, reason in untellable.items()]
    if len(untellable) == len(horizons):
        return found
    exam, reverse = (Exam(view, tables[name], sets.panels[name].units, sets.seed) for name in ("test", "synthetic"))
    marks: dict[tuple[str, str], dict[str, list[Array]]] = {}

    def note(learner: str, row: str, exam: Exam, foretell: Callable[[Array], Array]) -> None:
        for metric, sums in exam.marks(foretell).items():
            marks.setdefault((metric, learner), {}).setdefault(row, []).append(sums)

    for learner in forecasters:
        for row, seed, kept in sets.trainings():
            foretell = FORECASTERS[learner](joined([tables[name].of(windows) for name, windows in kept]), seed)
            note(learner, row, exam, foretell)
            if row == REAL:
                note(learner, REVERSED, reverse, foretell)
            tick(1)
        note(learner, NAIVE, exam, lambda x: np.zeros((len(x), *exam.truth.shape[1:], 1)))
    for h in (h for h in horizons if h not in untellable):
        for metric in (METRIC, PROBABILISTIC):
            tallies = {
                learner: {
                    r: (reverse if r == REVERSED else exam).tally(sums, view.fitting.index(h))
                    for r, sums in rows.items()
                }
                for (m, learner), rows in marks.items()
                if m == metric
            }
            found += scores(TASK, metric, "lower", tallies, horizon=h, note=view.note)
    return found


def spread_out(names: Sequence[str]) -> list[str]:
    """At most ``MOST_TARGETS`` of the names, evenly spread.

    >>> spread_out(list("abcdefghijklmno"))
    ['a', 'c', 'e', 'g', 'i', 'k', 'm', 'o']
    """
    if len(names) <= MOST_TARGETS:
        return list(names)
    chosen = np.linspace(0, len(names) - 1, MOST_TARGETS).round().astype(int).tolist()
    return [names[int(k)] for k in chosen]


def few(panels: Mapping[str, Panel]) -> str:
    """Why there are too few windows to leave out a fifth of them; empty if there are enough."""
    for name in ("training", "synthetic"):
        if len(panels[name]) < REPEATS:
            return f"there are {len(panels[name])} {name} windows, and {REPEATS} are needed"
    return ""


@dataclass(frozen=True)
class View:
    """How windows become rows: which channels, lags and horizons, and in which units.

    Attributes:
        horizons: rows ahead, as asked.
        fitting: those that fit into a window.
        lags: how many rows are seen; 0 where no horizon fits.
        steps: typical rows of a window.
        names: of the continuous channels.
        told: (channels,) which of these are foretold.
        mean: (channels,) of the training windows.
        sd: (channels,) likewise.
        scale: (channels,) the naive error one row ahead, in original units.
        note: what was done to the data.
    """

    horizons: tuple[int, ...]
    fitting: tuple[int, ...]
    lags: int
    steps: int
    names: tuple[str, ...]
    told: NDArray[np.bool_]
    mean: Array
    sd: Array
    scale: Array
    note: str

    @classmethod
    def of(cls, train: Panel, horizons: Sequence[int], targets: Sequence[str] | None) -> View:
        """Measure the training windows."""
        refuse_targets(train, targets)
        names = numbers(train)
        steps = typical_length(train)
        lags, (mean, sd) = choose_lags(train, horizons), moments(train.values[..., train.continuous])
        scale = naive_scale(train)
        foretold = spread_out(names) if targets is None else targets
        asked = np.array([name in foretold for name in names], dtype=bool)
        still = [name for name, s, a in zip(names, scale, asked, strict=True) if a and not s > 0]
        return cls(
            horizons=tuple(horizons),
            fitting=tuple(h for h in horizons if h < steps),
            lags=lags,
            steps=steps,
            names=names,
            told=asked & (scale > 0),
            mean=mean,
            sd=sd,
            scale=scale,
            note=f"{lags} lags"
            + (
                f"; {len(foretold)} of {len(names)} channels foretold"
                if targets is None and len(foretold) < len(names)
                else ""
            )
            + (f"; left out, never changing: {', '.join(still)}" if still else ""),
        )

    def table(self, panel: Panel) -> Table:
        """At most 20,000 origins of a panel, evenly spread over each window."""
        full = columns(panel)
        values = (full[..., : len(self.sd)] - self.mean) / self.sd
        last = filled(np.concatenate([values, full[..., len(self.sd) :]], -1))
        n, t = values.shape[:2]
        stride = max(1, -(-n * (t - min(self.fitting) - self.lags + 1) // MOST_ROWS))
        origins = np.arange(self.lags - 1, max(t - min(self.fitting), self.lags), stride)
        inputs = sliding_window_view(np.nan_to_num(last), self.lags, axis=1)[:, origins - self.lags + 1]
        later = np.pad(values, ((0, 0), (0, max(self.fitting)), (0, 0)), constant_values=np.nan)
        change = np.stack([later[:, origins + h] - last[:, origins, : len(self.sd)] for h in self.fitting], axis=2)[
            ..., self.told
        ]
        window = np.repeat(np.arange(n), len(origins))
        lags = Lags(
            inputs.swapaxes(2, 3).reshape(len(window), self.lags, -1),
            change.reshape(len(window), len(self.fitting), -1),
            (panel.units % 2 == 1)[window],
        )
        known = np.asarray(np.isfinite(lags.change).any((1, 2)))
        return Table(lags.take(known), window[known])

    def obstacle(self, tables: Mapping[str, Table], horizon: int) -> str:
        """Why this horizon cannot be told; empty if it can."""
        if not self.names:
            return "no continuous channel"
        if horizon not in self.fitting or not self.lags:
            return f"the windows typically have {self.steps} rows, and horizon {horizon} needs at least {horizon + 1}"
        if not self.told.any():
            return "no channel to foretell changes in the training windows"
        for name, table in tables.items():
            empty = ~np.isfinite(table.lags.change[:, self.fitting.index(horizon)]).any(0)
            if empty.any():
                channel = np.array(self.names)[self.told][empty.argmax()]
                return f"channel {str(channel)!r} has no value {horizon} rows after another in the {name} windows"
        return ""


def refuse_targets(train: Panel, targets: Sequence[str] | None) -> None:
    """Refuse names of channels that cannot be foretold."""
    names = numbers(train)
    for name in targets or ():
        if name not in names:
            raise DataError(
                f"no continuous channel {name!r} to foretell; there are {list(names)}{nearest(name, names)}"
            )


def numbers(panel: Panel) -> tuple[str, ...]:
    """The names of the continuous channels."""
    return tuple(name for name, number in zip(panel.names, panel.continuous, strict=True) if number)


def choose_lags(train: Panel, horizons: Sequence[int]) -> int:
    """How many rows a forecaster sees: half of what the largest fitting horizon leaves of a window, 1 to 24.

    0 where no horizon fits into a window.

    >>> from rcgan.evaluation.panel import as_panel
    >>> choose_lags(as_panel(np.zeros((5, 30, 1)), "real"), (1, 8, 40))
    11
    """
    steps = typical_length(train)
    fitting = [h for h in horizons if h < steps]
    columns = sum(max(1, len(known)) for known in train.categories)
    return max(1, min((steps - max(fitting)) // 2, MOST_LAGS, MOST_FEATURES // columns)) if fitting else 0


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
    """The rows of a set, and the window that each is from."""

    lags: Lags
    window: NDArray[np.int64]

    def of(self, windows: NDArray[np.bool_]) -> Lags:
        """The rows of these windows."""
        return self.lags.take(windows[self.window])


def joined(parts: Sequence[Lags]) -> Lags:
    """All rows of several tables."""
    if len(parts) == 1:
        return parts[0]
    return Lags(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("inputs", "change", "fold")))


class Exam:
    """What there is to foretell, and the errors of what is foretold, in units of the naive error one row ahead."""

    def __init__(self, view: View, table: Table, units: NDArray[np.int64], seed: int) -> None:
        asked = np.linspace(0, len(table.lags) - 1, min(MOST_ASKED, len(table.lags))).round().astype(int)
        self.inputs, self.truth = table.lags.inputs[asked], table.lags.change[asked]
        self.unit = (view.sd / np.where(view.scale > 0, view.scale, 1.0))[view.told]
        self.groups, self.size = units[table.window[asked]], int(units.max()) + 1
        self.known = np.isfinite(self.truth)
        self.counts = self.summed(self.known.astype(np.float64))
        self.weights = unit_weights(units, seed)

    def summed(self, each: Array) -> Array:
        """Sums (horizons, units, channels) of what each row (rows, horizons, channels) gives."""
        out = np.zeros((self.size, *each.shape[1:]))
        np.add.at(out, self.groups, each)
        return out.swapaxes(0, 1)

    def marks(self, foretell: Callable[[Array], Array]) -> dict[str, Array]:
        """Summed errors (horizons, units, channels) by metric; CRPS where there are quantiles."""
        guess = foretell(self.inputs)
        gap = np.where(self.known, self.truth, 0.0)[..., None] - guess
        middle = gap[..., MEDIAN if gap.shape[-1] > 1 else 0]
        out = {METRIC: self.summed(np.abs(middle) * self.known * self.unit)}
        if gap.shape[-1] > 1:
            loss = 2 * np.maximum(LEVELS * gap, (LEVELS - 1) * gap).mean(-1)
            out[PROBABILISTIC] = self.summed(loss * self.known * self.unit)
        return out

    def tally(self, sums: Sequence[Array], horizon: int) -> Tally:
        """The tally of the repeats' sums at one of the horizons."""
        return Tally(np.stack([s[horizon] for s in sums]), self.counts[horizon], self.weights)
