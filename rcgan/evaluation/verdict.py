"""What the numbers say, in plain words: facts with their intervals, no praise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

from .utility import BOTH, NAIVE, REAL, RELATIVE, SYNTHETIC, Score

__all__ = ["verdict"]

SPOKEN = ("marginal distance", "step distance", "autocorrelation distance")
JUDGED = (
    "A small recurrent judge tells synthetic from real windows in {:.0f} % of cases (50 % is guessing); it tells two "
    "real sets apart in {:.0f} %. It is a weak judge: passing it proves little."
)


def verdict(scores: Sequence[Score]) -> list[str]:
    """Sentences about a report's scores: forecasts, classification, the published scores, what cannot be told.

    >>> from rcgan.evaluation.utility import untold
    >>> verdict([untold("forecast", "MASE", "lower", "the windows have 8 rows", horizon=8)])
    ['Forecasting 8 rows ahead cannot be told: the windows have 8 rows.']
    """
    scores = [s for s in scores if s.label is None]
    told = [s for s in scores if not isnan(s.value)]
    missing = [s for s in scores if isnan(s.value)]
    spoken = (forecasts, classification, detection, copies, published, distances)
    return [*(line for question in spoken for line in question(told)), *unknown(missing)]


def forecasts(told: Sequence[Score]) -> Iterator[str]:
    """A sentence or two a horizon."""
    for horizon in dict.fromkeys(s.horizon for s in told if s.task == "forecast"):
        ratio, both = (find(told, "MASE" + RELATIVE, row, horizon) for row in (SYNTHETIC, BOTH))
        real, naive = (find(told, "MASE", row, horizon) for row in (REAL, NAIVE))
        if ratio and real and naive:
            yield (
                f"Forecasting {horizon} {'row' if horizon == 1 else 'rows'} ahead: a forecaster trained on the "
                f"synthetic windows errs {ratio.value:.2f} times as much on real windows as one trained on real ones"
                f"{span(ratio)}; repeating the last value errs {naive.value / real.value:.2f} times as much."
            )
        if both:
            yield f"Adding the synthetic windows to the real ones changes that error {change(both)}"


def classification(told: Sequence[Score]) -> Iterator[str]:
    """Two sentences."""
    metric = "balanced accuracy"
    real, synthetic, naive = (find(told, metric, row) for row in (REAL, SYNTHETIC, NAIVE))
    if real and synthetic and naive:
        yield (
            f"Classifying: a classifier trained on the synthetic windows names {100 * synthetic.value:.1f} % of real "
            f"windows rightly (mean over classes){span(synthetic, percent=True)}; one trained on real windows "
            f"{100 * real.value:.1f} %; naming one class always {100 * naive.value:.1f} %."
        )
    both = find(told, metric + RELATIVE, BOTH)
    if both:
        yield f"Adding the synthetic windows to the real ones changes that share {change(both)}"


def detection(told: Sequence[Score]) -> Iterator[str]:
    """What the strong judge saw, with real against real beside it."""
    real, synthetic = (find(told, "strong judge", row) for row in (REAL, SYNTHETIC))
    if synthetic:
        beside = f"; it tells two real sets apart in {100 * real.value:.0f} %" if real else ""
        yield (
            f"A strong judge tells synthetic from real windows in {100 * synthetic.value:.0f} % of cases"
            f"{span(synthetic, percent=True)} (50 % is guessing){beside}."
        )


def copies(told: Sequence[Score]) -> Iterator[str]:
    """What the synthetic windows give away of the training windows."""
    nearer, copied = (find(told, metric, SYNTHETIC) for metric in ("nearer to training", "copies"))
    if nearer and copied:
        yield (
            f"Of the synthetic windows {100 * nearer.value:.0f} %{span(nearer, percent=True)} are nearer to a "
            f"training window than to any test window (50 % is chance), and {100 * copied.value:.1f} % nearer than 99 "
            "of 100 test windows are (1 % is chance)."
        )


def published(told: Sequence[Score]) -> Iterator[str]:
    """What the judges saw, with real against real beside it."""
    real, synthetic = (find(told, "discriminative score", row) for row in (REAL, SYNTHETIC))
    if real and synthetic:
        yield JUDGED.format(50 + 100 * synthetic.value, 50 + 100 * real.value)
    real, synthetic = (find(told, "predictive score", row) for row in (REAL, SYNTHETIC))
    if real and synthetic:
        yield (
            f"A small recurrent predictor trained on synthetic windows errs {synthetic.value:.4f} on real windows "
            f"(range 0 to 1); trained on real windows {real.value:.4f}."
        )


def distances(told: Sequence[Score]) -> Iterator[str]:
    """One sentence on the plainest distances."""
    parts: list[str] = []
    for score in told:
        real = find(told, score.metric, REAL)
        if score.metric in SPOKEN and score.row == SYNTHETIC and real:
            parts.append(f"{score.metric.removesuffix(' distance')} {score.value:.3f} ({real.value:.3f})")
    if parts:
        yield f"Distances of synthetic from real windows (of real from real ones in brackets): {', '.join(parts)}."


def unknown(missing: Sequence[Score]) -> Iterator[str]:
    """What cannot be told, and why."""
    for score in missing:
        what = {"forecast": "Forecasting", "classification": "Classifying"}.get(score.task, f"The {score.metric}")
        if score.horizon is not None:
            what += f" {score.horizon} {'row' if score.horizon == 1 else 'rows'} ahead"
        yield f"{what} {score.note}."


def find(told: Sequence[Score], metric: str, row: str, horizon: int | None = None) -> Score | None:
    """The one score of a metric, row and horizon, or None."""
    return next((s for s in told if (s.metric, s.row, s.horizon) == (metric, row, horizon)), None)


def span(score: Score, *, percent: bool = False) -> str:
    """The interval in brackets, or nothing."""
    if isnan(score.low):
        return ""
    if percent:
        return f" ({100 * score.low:.1f} to {100 * score.high:.1f} %)"
    return f" ({score.low:.2f} to {score.high:.2f})"


def change(ratio: Score) -> str:
    """By how much, and whether that is more than chance.

    >>> change(Score("forecast", "MASE, relative to real", "real + synthetic", 1, 0.9, 0.8, 0.95, "lower"))
    'by -10.0 % (-20.0 to -5.0 %): it helps.'
    """
    by = f"by {100 * (ratio.value - 1):+.1f} %"
    if isnan(ratio.low):
        return f"{by}; there are too few windows for an interval."
    by += f" ({100 * (ratio.low - 1):+.1f} to {100 * (ratio.high - 1):+.1f} %)"
    if ratio.low <= 1 <= ratio.high:
        return f"{by}: no more than chance."
    return f"{by}: it {'helps' if (ratio.high < 1) == (ratio.better == 'lower') else 'harms'}."
