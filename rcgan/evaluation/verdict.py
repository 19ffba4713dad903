"""What the numbers say, in plain words: facts with their intervals, no praise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan, nan

from .utility import ADDED, BOTH, NAIVE, REAL, RELATIVE, SYNTHETIC, Score, ahead

__all__ = ["judged", "verdict"]

TELLING = {  # what is said of each of rcgan.evaluation.judges
    "strong judge": "A strong judge tells",
    "trees": "Boosted trees on a few numbers of each channel tell",
}
HARM = 0.02  # a worsening that is none
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
    spoken = (forecasts, classification, regression, detection, copies, relations, published, distances)
    return [*(line for question in spoken for line in question(told)), *unknown(missing)]


def forecasts(told: Sequence[Score]) -> Iterator[str]:
    """What the synthetic windows are worth for forecasting, a few sentences a horizon."""
    for horizon in dict.fromkeys(s.horizon for s in told if s.task == "forecast" and s.horizon is not None):
        ratio, naive = (find(told, "MASE" + RELATIVE, row, horizon) for row in (SYNTHETIC, NAIVE))
        if ratio and naive:
            yield (
                f"Forecasting {ahead(horizon)}: forecasters trained on the synthetic windows err {ratio.value:.2f} "
                f"times as much on real windows as those trained on real ones{span(ratio)}; repeating the last value "
                f"errs {naive.value:.2f} times as much."
            )
        yield from additions(told, "MASE", "that error", horizon)


def classification(told: Sequence[Score]) -> Iterator[str]:
    """What they are worth for naming windows."""
    metric = "balanced accuracy"
    real, synthetic, naive = (average(told, metric, row) for row in (REAL, SYNTHETIC, NAIVE))
    if not isnan(real + synthetic + naive):
        yield (
            f"Classifying: readers trained on the synthetic windows name {100 * synthetic:.1f} % of real windows "
            f"rightly (mean over classes); those trained on real windows {100 * real:.1f} %; naming one class always "
            f"{100 * naive:.1f} %."
        )
        yield from additions(told, metric, "that share")


def regression(told: Sequence[Score]) -> Iterator[str]:
    """What they are worth for reading a number off a window."""
    metric = "mean absolute error"
    real, synthetic, naive = (average(told, metric, row) for row in (REAL, SYNTHETIC, NAIVE))
    if not isnan(real + synthetic + naive):
        note = next(s.note for s in told if s.metric == metric)
        yield (
            f"Reading a number off a window ({note}): readers trained on the synthetic windows err {synthetic:.3g} on "
            f"real windows; those trained on real windows {real:.3g}; naming the median always {naive:.3g}."
        )
        yield from additions(told, metric, "that error")


def additions(told: Sequence[Score], metric: str, what: str, horizon: int | None = None) -> Iterator[str]:
    """What adding synthetic windows to the real ones does, and beside it what classical augmentation does."""
    both = find(told, metric + RELATIVE, BOTH, horizon)
    if both:
        yield f"Adding the synthetic windows to the real ones changes {what} {change(both)}"
        rows = dict.fromkeys(s.row for s in told if s.row.startswith(ADDED) and s.row != BOTH)
        others = [found.value - 1 for row in rows if (found := find(told, metric + RELATIVE, row, horizon))]
        if others:
            yield (
                f"As many windows of {len(others)} classical augmentations change it by {100 * min(others):+.1f} to "
                f"{100 * max(others):+.1f} %."
            )


def detection(told: Sequence[Score]) -> Iterator[str]:
    """What each judge saw, with real against real beside it, and by what it says that it tells."""
    for metric, who_tells in TELLING.items():
        real, synthetic = (find(told, metric, row) for row in (REAL, SYNTHETIC))
        if synthetic:
            beside = f"; two real sets apart in {100 * real.value:.0f} %" if real else ""
            by = synthetic.note.partition(" by ")[2]
            alone = f" By one number alone: {by}." if by else ""
            yield (
                f"{who_tells} synthetic from real windows in {100 * synthetic.value:.0f} % of cases"
                f"{span(synthetic, percent=True)} (50 % is guessing){beside}.{alone}"
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


def relations(told: Sequence[Score]) -> Iterator[str]:
    """Whether synthetic rows keep what real ones keep."""
    real, synthetic = (find(told, "broken relations", row) for row in (REAL, SYNTHETIC))
    if real and synthetic:
        yield (
            f"Of the synthetic rows {100 * synthetic.value:.3g} % break a relation that holds in every real training "
            f"row; of real test rows {100 * real.value:.3g} %."
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
    named = {"forecast": "Forecasting", "classification": "Classifying", "regression": "Reading a number off a window"}
    for score in missing:
        what = named.get(score.task, f"The {score.metric}")
        yield f"{what}{'' if score.horizon is None else ' ' + ahead(score.horizon)} {score.note}."


def find(told: Sequence[Score], metric: str, row: str, horizon: int | None = None) -> Score | None:
    """The one score of a metric, row and horizon, or None; where there are several learners, that of all together."""
    found = [s for s in told if (s.metric, s.row, s.horizon) == (metric, row, horizon)]
    return min(found, key=lambda s: s.learner) if found else None


def average(told: Sequence[Score], metric: str, row: str) -> float:
    """The mean over the learners; NaN if there are none."""
    found = [s.value for s in told if (s.metric, s.row) == (metric, row)]
    return sum(found) / len(found) if found else nan


def span(score: Score, *, percent: bool = False) -> str:
    """The interval in brackets, or nothing."""
    if isnan(score.low):
        return ""
    if percent:
        return f" ({100 * score.low:.1f} to {100 * score.high:.1f} %)"
    return f" ({score.low:.2f} to {score.high:.2f})"


def change(ratio: Score) -> str:
    """By how much, and what that means.

    >>> change(Score("forecast", "MASE, relative to real", "real + synthetic", 1, 0.9, 0.8, 0.95, "lower"))
    'by -10.0 % (-20.0 to -5.0 %): it helps.'
    """
    by = f"by {100 * (ratio.value - 1):+.1f} %"
    if not isnan(ratio.low):
        by += f" ({100 * (ratio.low - 1):+.1f} to {100 * (ratio.high - 1):+.1f} %)"
    return f"{by}: {judged(ratio)}."


def judged(ratio: Score) -> str:
    """What a score relative to real says, from its interval: a worsening of up to 2 % is no harm.

    >>> def of(low, high):
    ...     return judged(Score("forecast", "MASE", "real + synthetic", 1, 1.0, low, high, "lower"))
    >>> of(0.9, 0.99), of(0.9, 1.01), of(1.005, 1.015), of(1.01, 1.2), of(0.9, 1.1)
    ('it helps', 'it does no harm', 'it does no harm', 'it harms', 'whether it helps or harms cannot be told ...')
    """
    worst, best = (ratio.high, ratio.low) if ratio.better == "lower" else (1 / ratio.low, 1 / ratio.high)
    if worst < 1:
        return "it helps"
    if worst <= 1 + HARM:
        return "it does no harm"
    return "it harms" if best > 1 else "whether it helps or harms cannot be told with this much data"
