"""What the strong judge says of planted faults, and of an independent draw from the same process.

    python benchmarks/faults.py --seeds 0 1 2 3 4

10,000 benchmark Sines to train on, 10,000 to test on, and 10,000 independent draws with one fault as synthetic windows;
wrong labels are planted in 10,000 waves. Every seed draws all three sets anew and gives the judge other halves and
weights. Of the copies half have their original among the windows that the judge may look up, and half of the
permuted labels are right: 3/4 is the most that there is to find in either. The channels of Sines are alike, so that
swapping two is no fault and must not be found; it is one where the second is made the mean of the first two.
What is done is stored, and a second call does the rest; remove results/strong_judge_faults.json to begin anew.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from common import RESULTS, store
from numpy.typing import NDArray

import rcgan
from rcgan.evaluation import strong_judge

NAME = "strong_judge_faults"
N = 10_000
Floats = NDArray[np.floating]
Labelled = tuple[Floats, NDArray[Any]]


def draws(name: str, seed: int) -> list[Labelled]:
    """Return three independent sets: to train on, to test on, and to plant a fault in."""
    sets = [rcgan.load_dataset(name, n=N, seed=3 * seed + k) for k in range(3)]
    return [(w.values, w.labels) for w in sets]


def noise(x: Floats, rng: np.random.Generator) -> Floats:
    return (x + rng.normal(0, 0.001, x.shape)).astype(np.float32)


def repeated(x: Floats, rng: np.random.Generator) -> Floats:
    return np.resize(x[:100], x.shape)


def shuffled(x: Floats, rng: np.random.Generator) -> Floats:
    return np.concatenate([rng.permuted(x[..., :1], axis=1), x[..., 1:]], -1)


def swapped(x: Floats, rng: np.random.Generator) -> Floats:
    return x[..., [1, 0, *range(2, x.shape[2])]]


def mixed(x: Floats) -> Floats:
    return np.concatenate([x[..., :1], x[..., :2].mean(2, keepdims=True), x[..., 2:]], -1)


FAULTS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "independent draw": lambda x, rng: x,
    "noise of sd .001": noise,
    "100 windows repeated": repeated,
    "steps of one channel shuffled": shuffled,
    "two like channels swapped": swapped,
}


def cases(seed: int) -> dict[str, tuple[Any, Any, Any]]:
    """Return what the judge is given, by the name of what is in it."""
    rng = np.random.default_rng(seed)
    (train, _), (test, _), (new, _) = draws("sines", seed)
    found: dict[str, tuple[Any, Any, Any]] = {name: (train, test, plant(new, rng)) for name, plant in FAULTS.items()}
    found["copy of the training set"] = train, test, train
    found["two unlike channels swapped"] = mixed(train), mixed(test), swapped(mixed(new), rng)
    train, test, (new, labels) = draws("waves", seed)
    found["waves: independent draw"] = train, test, (new, labels)
    found["waves: labels permuted"] = train, test, (new, rng.permutation(labels))
    return found


def summary(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return each case's accuracies over the seeds in three numbers."""
    by_case: dict[str, list[float]] = {}
    for r in rows:
        by_case.setdefault(r["case"], []).append(r["accuracy"])
    return {
        name: {"lowest": min(found), "mean": round(float(np.mean(found)), 4), "highest": max(found)}
        for name, found in by_case.items()
    }


def main() -> None:
    """Ask the judge for every seed and store the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    given = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    rows: list[dict[str, Any]] = json.loads(path.read_text())["rows"] if path.exists() else []
    done = {(r["seed"], r["case"]) for r in rows}
    for seed in given.seeds:
        for name, sets in cases(seed).items():
            if (seed, name) in done:
                continue
            begin = time.perf_counter()
            told = strong_judge(*sets, seed=seed)
            seconds = time.perf_counter() - begin
            found = {"accuracy": told.accuracy, "low": told.low, "high": told.high, "seconds": seconds}
            rows.append({"case": name, "seed": seed, **{k: round(v, 4) for k, v in found.items()}})
            store(NAME, {"windows": N, "cases": summary(rows), "rows": rows})


if __name__ == "__main__":
    main()
