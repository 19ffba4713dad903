"""Do synthetic windows help? The default RCGAN, classical augmentation and real windows alone, on real series.

    python benchmarks/utility.py --minutes 5 --seeds 0 1 2     # every set; what is stored already is not run again
    python benchmarks/utility.py --set skab --minutes 5        # one set
    python benchmarks/utility.py --table                       # benchmarks/README.md, from what is stored

Runs and engines are held out whole, the rest of a series by time, before anything is fitted. Nothing is chosen: the
defaults are trained for so many minutes on every set.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import RESULTS, arguments, data_folder, machine, markdown, once, parsed

import rcgan
from rcgan.evaluation.utility import BOTH, NAIVE, REAL, RELATIVE, SYNTHETIC, Score
from rcgan.evaluation.verdict import find, judged

Split = tuple[rcgan.Windows, rcgan.Windows, dict[str, Any]]


def skab() -> Split:
    """A pump rig, an anomaly or none; runs held out."""
    files = sorted(p for p in (data_folder() / "skab").glob("*.csv") if "anomaly-free" not in p.name)
    windows = rcgan.Windows.read(files, time="datetime", label="anomaly", ignore=["changepoint"], window=32, stride=4)
    return *windows.split(0.8, seed=0), {}


FEWEST = 10  # windows of a label; ECG5000's training part has two of its fifth, which say nothing when split


def ucr(name: str) -> Split:
    """A labelled set of the UCR archive: its own test part where it is at hand, else two fifths of the other.

    Labels of fewer than 10 windows are left out.
    """
    parts = [data_folder() / "ucr_open" / f"{name}_{part}.tsv" for part in ("TRAIN", "TEST")]
    tables = [np.loadtxt(path) for path in parts if path.exists()]
    labels, counts = np.unique(np.concatenate([t[:, 0] for t in tables]), return_counts=True)
    tables = [t[np.isin(t[:, 0], labels[counts >= FEWEST])] for t in tables]
    sets = [rcgan.Windows.from_arrays(t[:, 1:, None], t[:, 0].astype(int).astype(str)) for t in tables]
    train, test = sets if len(sets) == 2 else sets[0].split(0.6, seed=0)
    return train, test, {}


def cmapss() -> Split:
    """Turbofans run to failure; the remaining life is read off 30 cycles, engines held out."""
    names = ["unit", "cycle", *(f"setting{i}" for i in (1, 2, 3)), *(f"s{i}" for i in range(1, 22))]
    frame = pd.read_csv(data_folder() / "cmapss" / "train_FD001.txt", sep=r"\s+", header=None, names=names)
    frame["life"] = (frame.groupby("unit")["cycle"].transform("max") - frame["cycle"]).astype(float)
    windows = rcgan.Windows.from_frame(frame, time="cycle", group="unit", window=30, stride=8)
    return *windows.split(0.8, seed=0), {"target": "life"}


def etth1() -> Split:
    """A transformer's loads and oil temperature, hourly; the last fifth held out."""
    frame = pd.read_csv(data_folder() / "ett" / "ETTh1.csv")
    return *rcgan.Windows.from_frame(frame, time="date", window=24, stride=2).split(0.8), {}


def energy() -> Split:
    """A house's rooms, every ten minutes; the last fifth held out."""
    frame = pd.read_csv(data_folder() / "energy" / "energy_data_reconstructed.csv")
    frame.insert(0, "row", np.arange(len(frame)))
    return *rcgan.Windows.from_frame(frame, time="row", window=24, stride=2).split(0.8), {}


SETS = {
    "skab": skab,
    "ecg200": lambda: ucr("ECG200"),
    "ecg5000": lambda: ucr("ECG5000"),
    "trace": lambda: ucr("Trace"),
    "cmapss": cmapss,
    "etth1": etth1,
    "energy": energy,
}
QUESTIONS = (("MASE", 1), ("MASE", 8), ("balanced accuracy", None), ("mean absolute error", None))


def measure(name: str, minutes: float, seed: int) -> dict[str, Any]:
    """Train once and evaluate."""
    train, test, options = SETS[name]()
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=seed).fit(train)
    report = rcgan.evaluate(train, test, model.sample(len(train), seed=seed, missing=True), seed=seed, **options)
    return {
        "set": name,
        "seed": seed,
        "minutes": minutes,
        "steps": model.n_steps_trained_,
        "windows": [len(train), len(test), *train.shape[1:]],
        "machine": machine(),
        "verdict": report.summary,
        "scores": asked(json.loads(report.to_json())["scores"]),
    }


def asked(scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the scores that the table is made of; the rest of a report is in the way of reading a stored run."""
    metrics = {metric for metric, _ in QUESTIONS} | {metric + RELATIVE for metric, _ in QUESTIONS}
    return [score for score in scores if score["metric"] in metrics]


def stored(name: str, seed: int) -> Path:
    """Where a run's figures lie."""
    return RESULTS / f"utility_{name}_{seed}.json"


def run(names: Sequence[str], minutes: float, seeds: Sequence[int]) -> None:
    """Run what is not stored yet."""
    for seed in seeds:
        for name in names:
            once(stored(name, seed), partial(measure, name, minutes, seed))


def table() -> str:
    """The Markdown table of everything stored: a line a set and question, a value a seed."""
    head = ["set", "question", "real", "synthetic", "real + synthetic", "naive", "adding synthetic", "verdict"]
    rows: list[list[str]] = []
    for name in SETS:
        runs = [json.loads(p.read_text()) for p in sorted(RESULTS.glob(f"utility_{name}_*.json"))]
        for metric, horizon in QUESTIONS:
            rows += line(name, metric, horizon, [[score(s) for s in r["scores"]] for r in runs])
    return markdown([*head, "best to worst classical"], rows)


def score(told: dict[str, Any]) -> Score:
    """A score as it was before it was stored."""
    return Score(**{k: np.nan if v is None and k in ("value", "low", "high") else v for k, v in told.items()})


def line(name: str, metric: str, horizon: int | None, runs: list[list[Score]]) -> list[list[str]]:
    """One line, or none where the question was not asked: means over learners and seeds, verdicts by seed."""
    answered = [r for r in runs if find(r, metric + RELATIVE, BOTH, horizon)]
    if not answered:
        return []

    def mean(row: str) -> str:
        values = [s.value for r in answered for s in r if (s.metric, s.row, s.horizon) == (metric, row, horizon)]
        return f"{np.mean(values):.3f}"

    both = [s for r in answered if (s := find(r, metric + RELATIVE, BOTH, horizon))]
    rows = {s.row for r in answered for s in r if s.row.startswith("real + ") and s.row != BOTH}
    found = {row: [find(r, metric + RELATIVE, row, horizon) for r in answered] for row in rows}
    classical = [np.mean([100 * (s.value - 1) for s in scores if s]) for scores in found.values()]
    question = metric + (f", {horizon} ahead" if horizon else "")
    changes = ", ".join(f"{100 * (s.value - 1):+.1f}" for s in both)
    ends = sorted(classical, reverse=both[0].better == "higher")
    cells = [name, question, *(mean(row) for row in (REAL, SYNTHETIC, BOTH, NAIVE)), f"{changes} %"]
    cells += [counted([judged(s) for s in both]), f"{ends[0]:+.1f} to {ends[-1]:+.1f} %"]
    return [cells]


def counted(verdicts: Sequence[str]) -> str:
    """Say how many seeds gave each verdict, in few words."""
    short = ["cannot be told" if "cannot be told" in verdict else verdict.removeprefix("it ") for verdict in verdicts]
    return ", ".join(f"{verdict} ({count})" for verdict, count in Counter(short).items())


def main() -> None:
    """Run sets, or make the table."""
    parser = arguments(__doc__, SETS)
    parser.add_argument("--minutes", type=float, default=5)
    given = parsed(parser, table)
    run(given.set, given.minutes, given.seeds)


if __name__ == "__main__":
    main()
