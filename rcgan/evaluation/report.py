"""Report: the scores of an evaluation as a frame, a Markdown table, JSON and one HTML page that needs no network."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from importlib import resources
from math import isnan
from typing import Any

import jinja2
import pandas as pd
from matplotlib.figure import Figure

from rcgan.data.files import atomic

from .distances import DISTANCES
from .labelled import label_table, labels_of
from .pictures import Section
from .utility import ADDED, BOTH, NAIVE, REAL, RELATIVE, REVERSED, SYNTHETIC, Score
from .verdict import verdict

__all__ = ["MEANING", "Report"]

ROWS = (REAL, SYNTHETIC, BOTH, REVERSED, NAIVE)
MEANING = {
    "MASE": "Error of a forecaster on real test windows, averaged over channels, in units of the error of repeating "
    "the last value one row ahead on the training windows. naive: repeating the last value.",
    "CRPS": "Error of a forecaster that gives quantiles, in the same unit; it is the MASE where all quantiles are one.",
    "balanced accuracy": "Share of real test windows that a reader names rightly, averaged over classes. naive: always "
    "naming the commonest class.",
    "mean absolute error": "Error of a reader of real test windows, in the unit of the number that it reads off them. "
    "naive: always naming the median.",
    "strong judge": "Accuracy of a convolutional judge, trained until it learns no more, at telling synthetic from "
    "real test windows that it never met; 0.5 is guessing. It also sees how near a window is to training windows and "
    "to other synthetic ones. real: one half of the test windows in place of the synthetic ones.",
    "trees": "The same of boosted trees on a few numbers of each channel: its first and last value, mean, standard "
    "deviation, least and largest value, mean and largest move, and how often it is held. Where they tell, the note "
    "says how well the best of these tell by themselves.",
    "discriminative score": "How far from one half, 0 to 0.5, the accuracy of a small recurrent judge is that tells "
    "synthetic from real test windows. real: real training windows in place of the synthetic ones, the floor.",
    "predictive score": "Mean absolute error, on real test windows in the range 0 to 1, of a small recurrent "
    "predictor of the last channel's next value. real: trained on real windows.",
    "nearer to training": "Share of synthetic windows whose nearest real window is a training window, not one of "
    "equally many test windows; one half if no window was learned by heart.",
    "copies": "Share of synthetic windows nearer to a training window than 99 of 100 test windows are.",
    "membership advantage": "How much more often an attacker who sees only the synthetic windows calls a training "
    "window one than he does a test window; 0 is no advantage, 1 full knowledge.",
    "broken relations": "Share of rows that break a relation which holds in every real training row: a channel that is "
    "constant, repeats another one, is a sum of others, is never above another one, never negative or beyond the end "
    "of its range, on a grid, never falls, or takes few values.",
    **{distance.name: distance.meaning for distance in DISTANCES},
}
RELATIVE_MEANING = "Divided by what training on real windows gives; the mean over the learners where none is named."


@dataclass(frozen=True)
class Report:
    """Scores and what they say; ``print`` shows the verdict and the table.

    Attributes:
        scores: all scores, each with its interval and note.
        about: what was compared, for the head of the page: sizes, seed; a ``caution`` stands above the verdict.
        draw: makes the pictures of the HTML page when they are wanted; None for a page without.

    >>> report = Report([Score("forecast", "MASE", "real", 1, 0.5, 0.4, 0.6, "lower")])
    >>> print(report.to_markdown())
    | measure | learner | horizon | real | synthetic | real + synthetic | real, on synthetic | naive | better |
    |---|---|---|---|---|---|---|---|---|
    | MASE | | 1 | 0.500 (0.400 to 0.600) | | | | | lower |
    """

    scores: Sequence[Score]
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    draw: Callable[[], Iterable[Section]] | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """One line a score, its columns the attributes of ``Score``; horizon is Int64; NaN where it cannot be told."""
        frame = pd.DataFrame([asdict(s) for s in self.scores], columns=pd.Index([f.name for f in fields(Score)]))
        return frame.astype({"horizon": "Int64"})

    @property
    def summary(self) -> list[str]:
        """The verdict: plain sentences, each a fact from the numbers."""
        return verdict(self.scores)

    def __str__(self) -> str:
        caution = [f"Caution: {self.about['caution']}", ""] if "caution" in self.about else []
        return "\n".join([*caution, *(f"- {line}" for line in self.summary), "", self.to_markdown()])

    def to_markdown(self) -> str:
        """A Markdown table: a line a measure and horizon, a column a training set, 95 % intervals in brackets."""
        head = ["measure", "learner", "horizon", *ROWS, "better"]
        text, notes = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)], list[str]()
        for line in self.lines():
            cells = [f"{value} {interval}".strip() for value, interval in line["cells"]]
            parts = [line["metric"], line["learner"], line["horizon"], *cells, line["better"]]
            text.append("|" + "|".join(f" {p} " if p else " " for p in parts) + "|")
            if line["note"]:
                notes.append(f"{line['metric']}{' at ' if line['horizon'] else ''}{line['horizon']}: {line['note']}")
        notes = list(dict.fromkeys(notes))
        if self.added():
            text += ["", "| measure | horizon | added to the real windows | relative to real |", "|---|---|---|---|"]
            text += ["| " + " | ".join(line.values()) + " |" for line in self.added()]
        text += self.labelled()
        return "\n".join([*text, "", *notes] if notes else text)

    def labelled(self) -> list[str]:
        """Markdown lines of the table of single labels: synthetic values, real against real in brackets."""
        labels = labels_of(self.scores)
        if not labels:
            return []
        text = ["", "| " + " | ".join(["measure by label", *labels, "worst"]) + " |", "|" + "---|" * (len(labels) + 2)]
        for line in label_table(self.scores):
            parts = [line.measure, *(line.cells.get(label, "") for label in labels), line.worst or "none"]
            text.append("| " + " | ".join(parts) + " |")
        return text

    def lines(self) -> list[dict[str, Any]]:
        """The table's lines with every cell written out as (value, interval).

        What is relative to real is shown for all learners together alone.
        """
        groups: dict[tuple[str, str, int | None], list[Score]] = {}
        for score in (s for s in self.scores if s.row in ROWS and s.label is None):
            groups.setdefault((score.metric, score.learner, score.horizon), []).append(score)
        for metric, learner, horizon in list(groups):
            if learner and (metric, "", horizon) in groups:  # that of all learners together says it
                del groups[metric, learner, horizon]
        return [
            {
                "task": group[0].task,
                "metric": metric,
                "learner": learner,
                "horizon": "" if horizon is None else str(horizon),
                "cells": [written(next((s for s in group if s.row == row), None)) for row in ROWS],
                "better": group[0].better,
                "meaning": RELATIVE_MEANING if metric.endswith(RELATIVE) else MEANING.get(metric, ""),
                "note": "" if metric.endswith(RELATIVE) else "; ".join(dict.fromkeys(s.note for s in group if s.note)),
            }
            for (metric, learner, horizon), group in groups.items()
        ]

    def added(self) -> list[dict[str, str]]:
        """What adding synthetic windows does, and what classical augmentation does: one line a task and addition."""
        relative = [s for s in self.scores if s.metric.endswith(RELATIVE) and s.row.startswith(ADDED)]
        together: dict[Any, Score] = {}
        for s in sorted(relative, key=lambda s: s.learner):  # first the one of all learners, if there is one
            together.setdefault((s.metric, s.horizon, s.row), s)
        return [
            {
                "metric": s.metric.removesuffix(RELATIVE),
                "horizon": "" if s.horizon is None else str(s.horizon),
                "added": s.row.removeprefix(ADDED),
                "cell": " ".join(written(s)).strip(),
            }
            for s in together.values()
        ]

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """Verdict, what was compared and all scores as JSON text; None in place of NaN.

        The text is also written to ``path``, whole or not at all, unless that is None.
        """
        scores = [{k: None if v != v else v for k, v in asdict(score).items()} for score in self.scores]
        content = {"about": dict(self.about), "summary": self.summary, "scores": scores}
        text = json.dumps(content, indent=1, allow_nan=False)
        if path is not None:
            write_whole(path, text + "\n")
        return text

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """One page with verdict, pictures and numbers, written whole or not at all; it loads nothing from anywhere."""
        sections = [
            {"heading": s.heading, "reading": s.reading, "figures": [(caption, png(f)) for caption, f in s.figures]}
            for s in (self.draw() if self.draw is not None else [])
        ]
        source = resources.files("rcgan.evaluation").joinpath("report.html").read_text("utf-8")
        page = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
        content = {"summary": self.summary, "about": self.about, "lines": self.lines(), "rows": ROWS}
        content |= {"added": self.added(), "labelled": label_table(self.scores), "labels": labels_of(self.scores)}
        write_whole(path, page.render(content, sections=sections))


def written(score: Score | None) -> tuple[str, str]:
    """A table cell: the value and its interval, in figures or words."""
    if score is None:
        return "", ""
    if isnan(score.value):
        return "cannot be told", ""
    places = 4 if score.metric == "predictive score" else 3
    interval = "" if isnan(score.low) else f"({score.low:.{places}f} to {score.high:.{places}f})"
    return f"{score.value:.{places}f}", interval


def png(figure: Figure) -> str:
    """The figure as base64 of a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file, whole or not at all."""
    with atomic(path) as file:
        file.write(text.encode("utf-8"))
