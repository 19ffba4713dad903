"""The scores of single labels as a table: a measure a line, a label a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from .utility import REAL, SYNTHETIC, Score, ahead

__all__ = ["LabelLine", "label_table", "labels_of"]


@dataclass(frozen=True)
class LabelLine:
    """One measure, label by label.

    Attributes:
        measure: its name, with the rows ahead and the learner where there are any.
        better: which way is better.
        cells: by label the synthetic value, and in brackets that of real against real where it is told.
        worst: the one label that is furthest on the wrong side of its own real against real, by the figures shown; None
            if none is, or several are equally far.
    """

    measure: str
    better: str
    cells: dict[str, str]
    worst: str | None


def label_table(scores: Sequence[Score]) -> list[LabelLine]:
    """A line for each measure that has scores of single labels.

    >>> pairs = [("good", "real", 0.1), ("good", "synthetic", 0.3), ("bad", "real", 0.2), ("bad", "synthetic", 0.3)]
    >>> scores = [Score("distance", "steps", row, None, x, x, x, "lower", label=label) for label, row, x in pairs]
    >>> line = label_table(scores)[0]
    >>> line.cells, line.worst
    ({'good': '0.300 (0.100)', 'bad': '0.300 (0.200)'}, 'good')
    """
    groups: dict[tuple[str, str, int | None, str], list[Score]] = {}
    for score in scores:
        if score.label is not None and score.row in (REAL, SYNTHETIC):
            groups.setdefault((score.task, score.metric, score.horizon, score.learner), []).append(score)
    return [line(group) for group in groups.values()]


def labels_of(scores: Sequence[Score]) -> list[str]:
    """The labels that have scores of their own, in order."""
    return list(dict.fromkeys(s.label for s in scores if s.label is not None))


def line(group: Sequence[Score]) -> LabelLine:
    """The line of one measure."""
    told = {(s.label, s.row): s.value for s in group if not isnan(s.value)}
    pairs = {label: (told.get((label, SYNTHETIC)), told.get((label, REAL))) for label in labels_of(group)}
    first, sign = group[0], 1 if group[0].better == "lower" else -1
    far = "" if first.horizon is None else ahead(first.horizon)
    beyond = {
        label: sign * (round(a, 3) - round(b, 3)) for label, (a, b) in pairs.items() if a is not None and b is not None
    }
    most = max(beyond.values(), default=0.0)
    worst = [label for label, by in beyond.items() if by > most - 0.0005]
    measure = ", ".join(part for part in (first.metric, far, first.learner) if part)
    cells = {label: cell(*pair) for label, pair in pairs.items()}
    return LabelLine(measure, first.better, cells, worst[0] if most > 0 and len(worst) == 1 else None)


def cell(value: float | None, real: float | None) -> str:
    """Both values, in figures or words."""
    text = "cannot be told" if value is None else f"{value:z.3f}"
    return text if real is None else f"{text} ({real:z.3f})"
