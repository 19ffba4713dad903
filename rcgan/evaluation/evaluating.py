"""Evaluate: ask every question of a set of synthetic windows, and gather the answers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from rcgan.errors import DataError
from rcgan.threads import one_thread

from .classical import CLASSICAL
from .classify import classification_scores
from .copying import copying_scores
from .detection import detection_scores
from .distances import distance_scores
from .forecast import forecast_scores, refuse_targets
from .forecasters import FORECASTERS
from .judges import JUDGES
from .overlap import caution_of_overlap
from .panel import Panel, read_sets
from .pictures import Compared, pictures
from .published import discriminative_scores, predictive_scores
from .readers import READERS
from .regress import refuse_target, regression_scores
from .relations import relation_scores
from .report import Report
from .square import REPEATS, square
from .utility import REAL, SYNTHETIC, Score, mean_interval, untold

__all__ = ["evaluate"]

MOST, MOST_QUICKLY = 5000, 700
FEWEST = 50
PUBLISHED = 5  # judges, and predictors, of the published scores
JUDGED = 1500  # ticks of the progress bar that training a judge counts for
TRAINED = 60  # ticks that training a forecaster or a reader counts for
WORK, WORK_QUICKLY = 600, 60  # steps times (8 + channels) up to which the published scores train as long as published
APART = 2000  # ticks of all distances

Tick = Callable[[int], object]


@one_thread()
def evaluate(
    train: Any,
    test: Any,
    synthetic: Any,
    *,
    horizons: Sequence[int] = (1, 8),
    forecast: Sequence[str] | None = None,
    target: str | None = None,
    seed: int = 0,
    quick: bool = False,
    model: Any = None,
    progress: bool = True,
) -> Report:
    """Ask whether synthetic windows can stand in for real ones: train on them, test on real ones that nobody saw.

    Args:
        train: real windows that the generator was trained on: ``Windows``, an array (n, t, d), or a pair
            (array, labels).
        test: real windows that it never saw.
        synthetic: generated windows, in the units of the real ones.
        horizons: rows ahead at which to forecast.
        forecast: continuous channels to forecast, by name; None for all of them, or 8, evenly spread, of more.
        target: a continuous channel whose last value in a window is to be read off the other channels, such as the
            remaining life; None for no such task.
        seed: fixes every draw; the same call gives the same report.
        quick: look at 700 windows of a set in place of 5,000, train one forecaster and one reader in place of three
            and the published judges for fewer iterations; leave out what needs time warping, and Context-FID.
        model: the generator, for the pictures of its latents and its training; None leaves them out.
        progress: show a bar.

    Returns:
        A Report: ``print`` it, or write ``to_html`` and ``to_json``.

    Raises:
        DataError: other channels, categories, labels or lengths than the real training windows, or a bad argument.

    Of each set at most 5,000 windows are used, drawn at random. The published scores (5 judges, 5 predictors) compare
    equally many test, training and synthetic windows without missing cells; over long or wide windows they train for
    fewer iterations than published, which their note says. What the data cannot answer is marked 'cannot be told', with
    the reason. A caution says so where test windows hold rows of training windows.

    >>> rng = np.random.default_rng(0)
    >>> train, test, new = rng.normal(size=(3, 40, 12, 1)).cumsum(2)
    >>> report = evaluate(train, test, new, horizons=[1], quick=True, progress=False)
    >>> sorted(report.frame["task"].unique())
    ['copying', 'detection', 'distance', 'forecast', 'published']
    """
    check(horizons)
    real, held, new = read_sets(train, test, synthetic, most=MOST_QUICKLY if quick else MOST, seed=seed)
    refuse_targets(real, forecast)
    if target is not None:
        refuse_target(real, target)
    forecasters, readers = (tuple(known)[: 1 if quick else None] for known in (FORECASTERS, READERS))
    plan = published_plan(real, held, new, WORK_QUICKLY if quick else WORK)
    classical = tuple(name for name in CLASSICAL if not (quick and name == "DTW average"))
    trainings = (3 + len(classical)) * REPEATS * (len(forecasters) + len(readers) * (1 + (target is not None)))
    scores: list[Score] = []
    with bar(trainings * TRAINED + 2 * len(JUDGES) * JUDGED + APART + sum(plan), progress) as tick:
        sets = square(real, held, new, seed, classical)

        def trained(count: int) -> None:
            tick(TRAINED * count)

        scores += forecast_scores(sets, horizons, targets=forecast, forecasters=forecasters, tick=trained)
        scores += classification_scores(sets, readers=readers, tick=trained)
        if target is not None:
            scores += regression_scores(sets, target, readers=readers, tick=trained)
        scores += detection_scores(real, held, new, seed, lambda k: tick(JUDGED * k))
        scores += published_scores(real, held, new, plan, seed, tick)
        scores += distance_scores(real, held, new, seed, quick=quick)
        tick(APART)
        scores += copying_scores(real, held, new, seed)
        scores += relation_scores(real, held, new, seed)
    about = {
        "real training windows": sized(train, real),
        "real test windows": sized(test, held),
        "synthetic windows": sized(synthetic, new),
        "rows a window": span(real.lengths.tolist()),
        "channels": len(real.names),
        "labels": len(real.classes),
        "seed": seed,
        **({"quick": "yes"} if quick else {}),
        **({"caution": caution} if (caution := caution_of_overlap(real, held)) else {}),
    }
    return Report(scores, about, partial(pictures, Compared(real, held, new, scores, model, seed)))


def check(horizons: Sequence[int]) -> None:
    """Refuse arguments that mean nothing."""
    if not horizons or any(h != int(h) or h < 1 for h in horizons) or len(set(horizons)) != len(horizons):
        raise DataError(
            f"horizons are different whole numbers of rows, at least 1, found {horizons!r}; write horizons=(1, 8)"
        )


def published_plan(real: Panel, held: Panel, new: Panel, work: int) -> tuple[int, int]:
    """Iterations of the judges and of the predictors: 2000 and 5000, or fewer, in step with the work of one."""
    columns = sum(max(1, len(known)) for known in real.categories)
    steps = max(p.values.shape[1] for p in (real, held, new))
    share = min(1.0, work / (steps * (8 + columns)))
    return max(500, round(2000 * share)), max(1000, round(5000 * share))


def published_scores(
    train: Panel, test: Panel, synthetic: Panel, plan: tuple[int, int], seed: int, tick: Tick
) -> list[Score]:
    """Both published scores on equally many complete windows: training and synthetic ones against test ones."""
    panels = [p.take(p.complete() & (p.lengths >= 2)) for p in (test, train, synthetic)]
    n = min(len(p) for p in panels)
    metrics = ("discriminative score", "predictive score")
    if n < FEWEST:
        names = ("test", "training", "synthetic")
        few = names[int(np.argmin([len(p) for p in panels]))]
        reason = f"there are {n} {few} windows without missing cells, and {FEWEST} are needed"
        tick(sum(plan))
        return [untold("published", metric, "lower", reason) for metric in metrics]
    rng = np.random.default_rng(seed)
    held, real, new = (p.take(np.sort(rng.choice(len(p), n, replace=False))) for p in panels)
    pairs, found = [(held, real), (held, new)], list[Score]()
    for metric, iterations in zip(metrics, plan, strict=True):
        if metric == "discriminative score":
            each = discriminative_scores(pairs, judges=PUBLISHED, iterations=iterations, seed=seed, tick=tick)
        elif real.continuous.any():
            each = predictive_scores(pairs, repeats=PUBLISHED, iterations=iterations, seed=seed, tick=tick)
        else:
            found.append(untold("published", metric, "lower", "no continuous channel"))
            continue
        note = f"{n} windows a set, {iterations} iterations"
        for row, values in zip((REAL, SYNTHETIC), each, strict=True):
            found.append(Score("published", metric, row, None, *mean_interval(values), "lower", note))
    return found


@contextmanager
def bar(total: int, progress: bool) -> Generator[Tick]:
    """A progress bar with the time left; gives the function that moves it on."""
    form = "evaluating {percentage:3.0f} %|{bar}| {elapsed} < {remaining}"
    with tqdm(total=total, disable=not progress, bar_format=form) as shown:
        yield shown.update
        shown.update(total - shown.n)


def sized(given: Any, used: Panel) -> str:
    """How many windows were given and, if fewer, used."""
    n = len(given[0]) if isinstance(given, tuple) else len(given)
    return f"{n}" if n == len(used) else f"{n} ({len(used)} used)"


def span(lengths: Sequence[int]) -> str:
    """One length, or the range of them."""
    return f"{min(lengths)}" if min(lengths) == max(lengths) else f"{min(lengths)} to {max(lengths)}"
