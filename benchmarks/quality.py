"""The published scores of the default RCGAN, under the published protocol, and a judge that is not fooled so easily.

    python benchmarks/quality.py --minutes 15                    # every set; what is stored already is not run again
    python benchmarks/quality.py --set stocks --seeds 0          # one training
    python benchmarks/quality.py --set etth1 --window 128        # longer windows
    python benchmarks/quality.py --table                         # Markdown, from what is stored

The protocol is the field's, with its flaws: windows of 24 at every row, min-max over the whole series, as many
generated windows as real ones, nothing held out from the generator. The model is trained in the series' own units, with
its defaults, and what it makes is scaled afterwards as the series is. Beside each score stands real against real: two
random halves.
The strong judge learns without every fifth block of the series, and is asked about these; beside it stand real windows
of the other blocks in the place of generated ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import RESULTS, arguments, data_folder, machine, once
from numpy.typing import NDArray
from scipy.io import loadmat

import rcgan
from rcgan.evaluation import context_fid, discriminative_score, predictive_score, strong_judge
from rcgan.evaluation.distances.correlations import correlations
from rcgan.evaluation.panel import read_sets

Floats = NDArray[np.floating[Any]]
WINDOW = 24
BLOCK = 250  # windows
SCORES = ("discriminative", "context-FID", "correlational", "predictive", "strong judge")


@dataclass(frozen=True)
class Series:
    """A series cut at every row, in its own units, and the range that the protocol scales it by."""

    windows: NDArray[np.float32]
    low: Floats
    high: Floats

    @classmethod
    def cut(cls, rows: Floats, window: int) -> Series:
        """Cut rows ``(n, d)``."""
        windows = np.stack([rows[i : i + window] for i in range(len(rows) - window)]).astype(np.float32)
        return cls(windows, rows.min(0), rows.max(0))

    def scaled(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring windows to the range 0 to 1 as the whole series is."""
        return ((windows - self.low) / (self.high - self.low + 1e-7)).astype(np.float32)


def sines(window: int) -> Series:
    """The published benchmark's sines, ``(10000, 24, 5)``, which lie between 0 and 1."""
    if window != WINDOW:
        raise SystemExit("the published sines have 24 rows")
    return Series(rcgan.load_dataset("sines").values, np.zeros(5), np.ones(5))


def stocks(window: int) -> Series:
    """Google's daily prices, time reversed as the original loader has it, ``(3661, 24, 6)``."""
    path = data_folder() / "timegan_stock" / "stock_data.csv"
    return Series.cut(np.loadtxt(path, delimiter=",", skiprows=1)[::-1], window)


def etth1(window: int) -> Series:
    """A transformer's loads and oil temperature, hourly, ``(17396, 24, 7)``."""
    return Series.cut(pd.read_csv(data_folder() / "ett" / "ETTh1.csv").drop(columns="date").to_numpy(float), window)


def energy(window: int) -> Series:
    """A house's rooms, every ten minutes, ``(19710, 24, 28)``."""
    return Series.cut(pd.read_csv(data_folder() / "energy" / "energy_data_reconstructed.csv").to_numpy(float), window)


def fmri(window: int) -> Series:
    """Simulated blood oxygen levels, ``(9976, 24, 50)``."""
    return Series.cut(loadmat(data_folder() / "fmri" / "sim4.mat")["ts"].astype(float), window)


SETS: dict[str, Callable[[int], Series]] = {
    "sines": sines,
    "stocks": stocks,
    "etth1": etth1,
    "energy": energy,
    "fmri": fmri,
}


def scaled(name: str) -> NDArray[np.float32]:
    """A set's windows of 24 rows as the published scores see them."""
    series = SETS[name](WINDOW)
    return series.scaled(series.windows)


def halves(real: NDArray[np.float32], seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return two random halves of equal size."""
    order = np.random.default_rng(seed).permutation(len(real))
    half = len(real) // 2
    return real[order[:half]], real[order[half : 2 * half]]


def blocks(real: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return windows to learn from and every fifth block of 250, away from these by a window's length."""
    place, steps = np.arange(len(real)), real.shape[1]
    held = (place // BLOCK) % 5 == 4
    inside = held & (place % BLOCK >= steps) & (place % BLOCK < BLOCK - steps)
    return real[~held], real[inside if inside.any() else held]


def correlational(real: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The published correlational score."""
    a, b, _ = read_sets(real, other, other, most=len(real), seed=0)
    return correlations.between(a, b)


def scores(real: NDArray[np.float32], new: NDArray[np.float32], judges: int, seed: int) -> dict[str, dict[str, float]]:
    """Every score of generated windows, and of real ones in their place."""
    train, test = blocks(real)
    found: dict[str, dict[str, float]] = {}
    for row, (one, two), source, suspects in (
        ("generated", (real, new), new, new),
        ("real", halves(real, seed), real, halves(train, seed)[0]),
    ):
        found[row] = {
            "discriminative": discriminative_score(one, two, judges=judges, seed=seed),
            "context-FID": context_fid(one, two, seed=seed),
            "correlational": correlational(one, two),
            "predictive": predictive_score(real, source, repeats=judges, seed=seed),
            "strong judge": strong_judge(train, test, suspects, seed=seed).accuracy - 0.5,
        }
    return found


def stored(name: str, window: int, seed: int) -> Path:
    """Where a training's scores lie."""
    return RESULTS / f"quality_{name}_{window}_{seed}.json"


def measure(name: str, window: int, minutes: float, seed: int, judges: int) -> dict[str, Any]:
    """Train once, and score what it makes."""
    series = SETS[name](window)
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=seed).fit(series.windows)
    new = series.scaled(model.sample(len(series.windows), seed=seed).values)
    return {
        "set": name,
        "windows": list(series.windows.shape),
        "minutes": minutes,
        "seed": seed,
        "judges": judges,
        "steps": model.n_steps_trained_,
        "seconds": float(model.history_["seconds"].iloc[-1]),
        "relations": model.relations_,
        "machine": machine(),
        **scores(series.scaled(series.windows), new, judges, seed),
    }


def table() -> str:
    """A line a set and window: mean of the trainings and, in brackets, the worst; below it the same of real windows."""
    text = ["| set | window | trainings | " + " | ".join(SCORES) + " |", "|---|---|---|" + "---|" * len(SCORES)]
    runs = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("quality_*_*_*.json"))]
    for name in SETS:
        for window in sorted({r["windows"][1] for r in runs if r["set"] == name}):
            alike = [r for r in runs if (r["set"], r["windows"][1]) == (name, window)]
            for row, head in (("generated", f"| {name} | {window} | {len(alike)} |"), ("real", "| *real* | | |")):
                text.append(f"{head} " + " | ".join(cell([r[row][score] for r in alike]) for score in SCORES) + " |")
    return "\n".join(text)


def cell(values: Sequence[float]) -> str:
    """Mean and worst."""
    return f"{np.mean(values):.4f} ({max(values):.4f})"


def main() -> None:
    """Train what is not stored yet, or make the table."""
    parser = arguments(__doc__, SETS)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--window", type=int, default=WINDOW)
    parser.add_argument("--judges", type=int, default=5)
    given = parser.parse_args()
    if given.table:
        print(table())
        return
    for seed in given.seeds:
        for name in given.set:
            path = stored(name, given.window, seed)
            once(path, partial(measure, name, given.window, given.minutes, seed, given.judges))
            print(path.read_text(), flush=True)


if __name__ == "__main__":
    main()
