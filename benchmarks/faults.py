"""What the strong judge says of planted faults, and of an independent draw from the same process.

    python benchmarks/faults.py --seeds 0 1 2 3 4

10,000 benchmark Sines to train on, 10,000 to test on, and 10,000 independent draws with one fault as synthetic windows;
wrong labels are planted in 10,000 waves. Every seed draws all three sets anew and gives the judge other halves and
weights. Of the copies half have their original among the windows that the judge may look up, and half of the
permuted labels are right: 3/4 is the most that there is to find in either.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from common import store
from numpy.typing import NDArray

import rcgan
from rcgan.evaluation import strong_judge

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


FAULTS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "independent draw": lambda x, rng: x,
    "noise of sd .001": noise,
    "100 windows repeated": repeated,
    "steps of one channel shuffled": shuffled,
    "two channels swapped": swapped,
}


def cases(seed: int) -> dict[str, tuple[Any, Any, Any]]:
    """Return what the judge is given, by the name of what is in it."""
    rng = np.random.default_rng(seed)
    (train, _), (test, _), (new, _) = draws("sines", seed)
    found: dict[str, tuple[Any, Any, Any]] = {name: (train, test, plant(new, rng)) for name, plant in FAULTS.items()}
    found["copy of the training set"] = train, test, train
    train, test, (new, labels) = draws("waves", seed)
    found["waves: independent draw"] = train, test, (new, labels)
    found["waves: labels permuted"] = train, test, (new, rng.permutation(labels))
    return found


def main() -> None:
    """Ask the judge for every seed and store the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    given = parser.parse_args()
    rows: dict[str, list[dict[str, float]]] = {}
    for seed in given.seeds:
        for name, sets in cases(seed).items():
            begin = time.perf_counter()
            told = strong_judge(*sets, seed=seed)
            seconds = time.perf_counter() - begin
            row = {"accuracy": told.accuracy, "low": told.low, "high": told.high, "seconds": seconds}
            rows.setdefault(name, []).append({k: round(v, 4) for k, v in row.items()})
            print(seed, name, rows[name][-1], flush=True)
    table = {
        name: {
            "lowest": min(r["accuracy"] for r in found),
            "mean": round(float(np.mean([r["accuracy"] for r in found])), 4),
            "highest": max(r["accuracy"] for r in found),
            "seconds": round(float(np.mean([r["seconds"] for r in found])), 1),
            "seeds": found,
        }
        for name, found in rows.items()
    }
    store("strong_judge_faults", {"windows": N, "seeds": given.seeds, "cases": table})


if __name__ == "__main__":
    main()
