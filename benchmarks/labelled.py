"""Can generated windows stand in for labelled real ones? Classifiers trained on either are tested on real ones.

    python benchmarks/labelled.py --minutes 5 --seeds 0 1 2              # every set; what is stored is not run again
    python benchmarks/labelled.py --set trace --seeds 0 --minutes 0.2    # a first look
    python benchmarks/labelled.py --table                                # what is stored, into benchmarks/README.md

The default RCGAN is trained on the training part alone, and makes as many windows as that has, of each label as many.
The classifiers are those of `rcgan.evaluate`: trees, random convolutions and the nearest neighbour under time warping.
All three aim at balanced accuracy, and the neighbour looks at 300 windows of a set at most. They are trained on all
real windows, on all generated ones and on both, five times with another seed, and name the windows of the real test
part. Trained on real windows they also name the generated ones: the share of labels that they give back.

The parts are the archive's own where both are at hand. ECG5000's test part is not: two fifths of its training part,
taken label by label, stand in for it, without the label that has two windows. SKAB's runs are held out whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, arguments, data_folder, machine, markdown, once, parsed
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from utility import skab, ucr

import rcgan
from rcgan.evaluation.panel import Panel, read_sets
from rcgan.evaluation.readers import READERS, Part, Reader
from rcgan.evaluation.utility import BOTH, REAL, REVERSED, SYNTHETIC
from rcgan.threads import one_thread

REPEATS = 5
WEAK = 0.90  # accuracy of real windows alone, below which there is something to gain
METRICS = {"accuracy": accuracy_score, "balanced accuracy": balanced_accuracy_score}
ROWS = {  # what is learned from, and what is named
    REAL: (("training",), "test"),
    SYNTHETIC: (("synthetic",), "test"),
    BOTH: (("training", "synthetic"), "test"),
    REVERSED: (("training",), "synthetic"),
}
Run = dict[str, Any]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Labelled:
    """A labelled set in two parts, and how it came by them."""

    train: rcgan.Windows
    test: rcgan.Windows
    split: str


OWN = "the archive's own parts"
STAND_IN = "the archive's test part is not at hand: two fifths of its training part, label by label, stand in for it"


def rig() -> Labelled:
    """A pump rig, an anomaly or none."""
    train, test, _ = skab()
    return Labelled(train, test, "runs held out whole")


def univariate(name: str) -> Labelled:
    """A set of the UCR archive."""
    train, test, _ = ucr(name)
    own = (data_folder() / "ucr_open" / f"{name}_TEST.tsv").exists()
    return Labelled(train, test, OWN if own else STAND_IN)


def multivariate(name: str) -> Labelled:
    """A set of the UEA archive, both parts in one file."""
    with np.load(data_folder() / "uea_open" / f"{name}.npz") as file:
        values, labels, first = file["X"], file["y"].astype(str), int(file["n_train"])
    windows = rcgan.Windows.from_arrays(values, labels)
    return Labelled(windows[:first], windows[first:], OWN)


SETS: dict[str, Callable[[], Labelled]] = {
    "skab": rig,
    "ecg200": partial(univariate, "ECG200"),
    "ecg5000": partial(univariate, "ECG5000"),
    "trace": partial(univariate, "Trace"),
    "synthetic_control": partial(univariate, "SyntheticControl"),
    "italy_power_demand": partial(univariate, "ItalyPowerDemand"),
    "basic_motions": partial(multivariate, "BasicMotions"),
    "epilepsy": partial(multivariate, "Epilepsy"),
}


@one_thread()
def scores(train: rcgan.Windows, test: rcgan.Windows, new: rcgan.Windows, seed: int) -> dict[str, Any]:
    """Every repeat's score, by row, learner and metric."""
    sets = read_sets(train, test, new, most=len(train) + len(test), seed=seed)
    panels: dict[str, Panel] = dict(zip(("training", "test", "synthetic"), sets, strict=True))
    found = {row: {learner: {metric: [] for metric in METRICS} for learner in READERS} for row in ROWS}
    for learner, kind in READERS.items():
        for repeat in range(seed * REPEATS, (seed + 1) * REPEATS):
            reader = kind(panels, repeat)
            for row, (sources, asked) in ROWS.items():
                truth, answers = named(reader, panels, sources, asked, repeat)
                for metric, score in METRICS.items():
                    found[row][learner][metric].append(float(score(truth, answers)))
    return found


def named(
    reader: Reader, panels: dict[str, Panel], sources: Sequence[str], asked: str, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The classes (m,) of the windows of a set that the reader reads, and what it calls them having learned others."""
    parts = [Part(name, np.ones(len(panels[name]), bool), classes(panels[name])) for name in sources]
    return classes(panels[asked])[reader.read(asked)], reader.classes(parts, asked, seed)


def classes(panel: Panel) -> NDArray[np.int64]:
    """The windows' classes, (n,)."""
    assert panel.codes is not None
    return panel.codes


def stored(name: str, seed: int) -> Path:
    """Where a training's scores lie."""
    return RESULTS / f"labelled_{name}_{seed}.json"


def measure(name: str, minutes: float, seed: int) -> Run:
    """Train once, and let the classifiers learn from what comes out."""
    given = SETS[name]()
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=seed).fit(given.train)
    new = model.sample(labels=given.train.labels, seed=seed, missing=True)
    return {
        "set": name,
        "seed": seed,
        "minutes": minutes,
        "seconds": float(model.history_["seconds"].iloc[-1]),
        "steps": model.n_steps_trained_,
        "variety": float(model.history_["variety"].iloc[-1]),
        "windows": [len(given.train), len(given.test), *given.train.shape[1:]],
        "classes": len(model.classes_),
        "split": given.split,
        "machine": machine(),
        "scores": scores(given.train, given.test, new, seed),
    }


def table() -> str:
    """The Markdown of everything stored: for each metric a line a set, and what they say together."""
    runs = {name: [json.loads(p.read_text()) for p in sorted(RESULTS.glob(f"labelled_{name}_*.json"))] for name in SETS}
    runs = {name: some for name, some in runs.items() if some}
    return "\n\n".join(part(runs, metric) for metric in METRICS) if runs else "nothing is stored yet"


def part(runs: dict[str, list[Run]], metric: str) -> str:
    """One metric: means over learners, repeats and trainings and, in brackets, the worst training."""
    head = [f"{metric} on", "classes", "windows", "steps", "channels", "trainings", "real", "synthetic"]
    head += ["synthetic / real", "real + synthetic", "difference, points", "labels given back"]
    rows: list[list[object]] = []
    for name, some in runs.items():
        train, test, steps, channels = some[0]["windows"]
        cells = [name, some[0]["classes"], f"{train} + {test}", steps, channels, len(some)]
        cells += [cell(values(some, row, metric)) for row in (REAL, SYNTHETIC)]
        cells += [cell(ratios(some, metric)), cell(values(some, BOTH, metric)), cell(gains(some, metric), "+.1f")]
        rows.append([*cells, cell(values(some, REVERSED, metric))])
    return "\n".join([markdown(head, rows), "", together(runs, metric)])


def together(runs: dict[str, list[Run]], metric: str) -> str:
    """What all sets say, each with the mean of its trainings."""
    ratio = {name: ratios(some, metric) for name, some in runs.items()}
    gain = {name: float(gains(some, metric).mean()) for name, some in runs.items()}
    weak = [name for name, some in runs.items() if values(some, REAL, metric).mean() < WEAK]
    means, singles = [r.mean() for r in ratio.values()], np.concatenate(list(ratio.values()))
    kept = sum(change >= 0 for change in gain.values())
    gained = f"gains {np.mean([gain[name] for name in weak]):+.1f} points" if weak else "has nothing to gain"
    return (
        f"{len(runs)} sets: mean ratio {np.mean(means):.3f}, least ratio {min(means):.3f} (a single training "
        f"{singles.min():.3f}); real + synthetic is not worse than real alone on {kept} of {len(runs)} sets "
        f"({kept / len(runs):.0%}), and {gained} where real alone is under {WEAK:.2f} ({len(weak)} sets)."
    )


def values(runs: Sequence[Run], row: str, metric: str) -> Floats:
    """A row's score in each training: the mean over learners and repeats."""
    return np.array([np.mean([told[metric] for told in run["scores"][row].values()]) for run in runs])


def ratios(runs: Sequence[Run], metric: str) -> Floats:
    """What synthetic windows are worth, as a share of what real ones are, in each training."""
    return values(runs, SYNTHETIC, metric) / values(runs, REAL, metric)


def gains(runs: Sequence[Run], metric: str) -> Floats:
    """What synthetic windows add to real ones, in points, in each training."""
    return 100.0 * (values(runs, BOTH, metric) - values(runs, REAL, metric))


def cell(figures: Floats, form: str = ".3f") -> str:
    """Mean and worst."""
    return f"{figures.mean():{form}} ({figures.min():{form}})"


def main() -> None:
    """Train what is not stored yet, or make the table."""
    parser = arguments(__doc__, SETS)
    parser.add_argument("--minutes", type=float, default=5)
    given = parsed(parser, table, "labelled")
    for seed in given.seeds:
        for name in given.set:
            once(stored(name, seed), partial(measure, name, given.minutes, seed))
            print(stored(name, seed).read_text(), flush=True)


if __name__ == "__main__":
    main()
