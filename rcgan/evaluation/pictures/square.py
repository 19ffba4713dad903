"""The square of utilities: what each way to train is worth, beside training on real windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, log10, nan

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator

from rcgan.evaluation.utility import ADDED, BOTH, NAIVE, REAL, RELATIVE, Score, ahead

from .figure import COLOURS, WIDTH, Compared, Section, shortened

__all__ = ["plain", "relative", "square", "utilities"]

Dot = tuple[str, float, float, float]  # what was trained on, its value, the ends of its interval
OTHER = {REAL: COLOURS["real"], BOTH: "#9b4f96", NAIVE: "#5b6770"}
LINE = 0.19  # inches a row


def square(compared: Compared) -> Section | None:
    """A figure a measure and horizon, in it a panel a learner; None where nothing was trained."""
    figures = [
        (caption(metric, horizon, group), panels(group))
        for (_, metric, horizon), group in utilities(compared.scores).items()
    ]
    if not figures:
        return None
    reading = (
        "Each dot is one set of windows to train on, its line the 95 % interval; all are tested on the same real "
        "windows, which no one trained on. 1, the vertical line, is training on real windows: a line that crosses it "
        "shows no difference from them, one that does not is better or worse, and under each picture stands which side "
        "is better. naive: no training at all."
    )
    return Section("Trained on each set", reading, figures)


Question = tuple[str, str, "int | None"]  # task, metric, horizon


def utilities(scores: Sequence[Score]) -> dict[Question, dict[str, list[Score]]]:
    """The told scores of every question that has a naive answer or one relative to real, by question and learner."""
    told = [s for s in scores if s.label is None and not isnan(s.value)]
    asked = {question(s) for s in told if s.row == NAIVE or s.metric.endswith(RELATIVE)}
    found: dict[Question, dict[str, list[Score]]] = {}
    for score in told:
        if question(score) in asked:
            found.setdefault(question(score), {}).setdefault(score.learner, []).append(score)
    return found


def question(score: Score) -> Question:
    """What is asked, whether in the measure's own unit or relative to real."""
    return score.task, score.metric.removesuffix(RELATIVE), score.horizon


def plain(group: Sequence[Score]) -> list[Dot]:
    """A dot for each row in the measure's own unit, as found."""
    return [(s.row, s.value, s.low, s.high) for s in group if not s.metric.endswith(RELATIVE)]


def relative(group: Sequence[Score]) -> list[Dot]:
    """A dot a row, relative to real, which is 1; a row without such a score is divided by real and has no interval.

    Empty where nothing is told relative to real.

    >>> own = [("real", 2.0), ("synthetic", 3.0), ("naive", 8.0)]
    >>> group = [Score("forecast", "MASE", row, 1, value, 1.0, 9.0, "lower") for row, value in own]
    >>> relative([*group, Score("forecast", "MASE, relative to real", "synthetic", 1, 1.5, 1.2, 1.9, "lower")])
    [('real', 1.0, nan, nan), ('synthetic', 1.5, 1.2, 1.9), ('naive', 4.0, nan, nan)]
    """
    own = {row: value for row, value, *_ in plain(group)}
    found: dict[str, Dot] = {REAL: (REAL, 1.0, nan, nan)}
    found |= {s.row: (s.row, s.value, s.low, s.high) for s in group if s.metric.endswith(RELATIVE)}
    if len(found) == 1:
        return []
    if own.get(REAL, 0) > 0:
        found |= {row: (row, value / own[REAL], nan, nan) for row, value in own.items() if row not in found}
    return list(found.values())


def panels(group: Mapping[str, Sequence[Score]]) -> Figure:
    """One panel a learner, one under another over one scale; relative to real if all learners have that."""
    ratios = {learner: relative(scores) for learner, scores in group.items()}
    related = all(ratios.values())
    drawn = ratios if related else {learner: plain(scores) for learner, scores in group.items()}
    drawn = {learner: found for learner, found in drawn.items() if found}
    heights = [len(found) * LINE + 0.12 for found in drawn.values()]
    figure = Figure(figsize=(WIDTH, 0.55 + sum(heights) + 0.22 * len(drawn)), layout="constrained")
    axes = figure.subplots(len(drawn), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for one, (learner, found) in zip(axes, drawn.items(), strict=True):
        draw_dots(one, sorted(found, key=lambda dot: (dot[0] != REAL) + (dot[0] == NAIVE)))
        if learner or len(drawn) > 1:
            one.set_title(learner or "all together", fontsize=8, loc="left")
    scale(axes[0], [end for found in drawn.values() for dot in found for end in dot[1:] if not isnan(end)])
    side = "← better" if next(iter(group.values()))[0].better == "lower" else "better →"
    axes[-1].set_xlabel(f"{side}     {'times the figure of real' if related else 'in its own unit'}", fontsize=8)
    return figure


def draw_dots(axes: Axes, found: Sequence[Dot]) -> None:
    """Dots and intervals from top to bottom, with a line at real."""
    real = next((value for row, value, *_ in found if row == REAL), None)
    if real is not None:
        axes.axvline(real, color=COLOURS["real"], linewidth=0.8, zorder=1)
    for place, (row, value, low, high) in enumerate(found):
        colour = OTHER.get(row) or ("#3a8f6b" if row.startswith(ADDED) else COLOURS["synthetic"])
        if not isnan(low):
            axes.plot([low, high], [place, place], color=colour, linewidth=1.5, solid_capstyle="butt")
        axes.plot([value], [place], "o", color=colour, markersize=4)
    axes.set_yticks(range(len(found)), [shortened(row.replace(BOTH, "real + synth."), 22) for row, *_ in found])
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.tick_params(labelsize=7.5, length=2)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color="#eef1f4", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)


def scale(axes: Axes, ends: Sequence[float]) -> None:
    """A log scale, on which half and twice as much are equally far from 1, where all is above 0."""
    low, high = min(ends), max(ends)
    if low <= 0:
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        return
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(
        LogLocator(subs=(1, 2, 5)) if log10(high / low) > 0.5 else MaxNLocator(5, steps=[1, 2, 5, 10])
    )
    axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.minorticks_off()


def caption(metric: str, horizon: int | None, group: Mapping[str, Sequence[Score]]) -> str:
    """The measure, how far ahead, and which way is better."""
    better = next(iter(group.values()))[0].better
    far = "" if horizon is None else f", {ahead(horizon)}"
    return f"{metric}{far}; {better} is better"
