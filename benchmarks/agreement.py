"""The published scores of the package beside the original algorithm, restated in restated.py.

    python benchmarks/agreement.py --repeats 40

Sets: Stocks (3661 windows) and Sines (10,000), real against real, real + noise of sd .03 and .1, and 100 of the real
windows repeated. Real against real means two random halves for the judge, the same windows twice for the
predictor. Every repeat has its own split, batches and weights. What is done is stored side by side of each cell, and
a second call does the rest; remove results/published_agreement.json to begin anew.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import restated
from common import RESULTS, store
from numpy.typing import NDArray
from quality import halves, scaled
from scipy.stats import combine_pvalues, ttest_ind

from rcgan.evaluation.published import discriminative_scores, pair, predictive_scores

NAME = "published_agreement"
PUBLISHED = ["stocks", "sines"]
SCORES = ("discriminative", "predictive")
CASES = ("real", "noise .03", "noise .1", "100 repeated")
Floats = NDArray[np.floating]


def two_sides(real: Floats, score: str, case: str) -> tuple[Floats, Floats]:
    """Return what the score is given as real and as synthetic."""
    rng = np.random.default_rng(0)
    if case == "real":
        return halves(real) if score == "discriminative" else (real, real)
    if case == "100 repeated":
        return real, np.resize(real[rng.choice(len(real), 100, replace=False)], real.shape)
    return real, (real + rng.normal(0, float(case.split()[1]), real.shape)).astype(np.float32)


def package(score: str, sides: tuple[Floats, Floats], repeats: int) -> Floats:
    """Return the package's figures, one a repeat; their mean is its score."""
    if score == "discriminative":
        return discriminative_scores([pair(*sides)], judges=repeats)[0]
    return predictive_scores([pair(*sides)], repeats=repeats)[0]


def again(score: str, sides: tuple[Floats, Floats], repeats: int) -> Floats:
    """Return the re-statement's figures, one a repeat."""
    return (restated.discriminative if score == "discriminative" else restated.predictive)(*sides, repeats, seed=0)


SIDES: dict[str, Callable[..., Floats]] = {"package": package, "restated": again}


def told(values: Floats, seconds: float) -> dict[str, Any]:
    """Return a side of a cell."""
    error = float(values.std(ddof=1) / math.sqrt(len(values)))
    return {
        "mean": float(values.mean()),
        "standard_error": error,
        "values": [round(float(v), 5) for v in values],
        "seconds": round(seconds),
    }


def timed(run: Callable[..., Floats], *given: Any) -> dict[str, Any]:
    """Run one side of a cell."""
    begin = time.perf_counter()
    return told(run(*given), time.perf_counter() - begin)


def apart(cell: dict[str, Any]) -> float | None:
    """Return how far the package's mean lies above the re-statement's, in their joint standard error."""
    if not all(side in cell for side in SIDES):
        return None
    ours, theirs = (cell[side] for side in SIDES)
    return (ours["mean"] - theirs["mean"]) / math.hypot(ours["standard_error"], theirs["standard_error"])


def together(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return whether the cells as a whole could come from one algorithm: Welch's tests, by Fisher's method.

    Of 16 cells of two equal programs, all lie within two standard errors in no more than half of the times, so that
    counting the cells outside says little.
    """
    pairs = [[cell[side]["values"] for side in SIDES] for cell in cells if apart(cell) is not None]
    each = [float(ttest_ind(*pair, equal_var=False).pvalue) for pair in pairs]
    return {
        "cells": len(each),
        "within two standard errors": sum(abs(apart(cell) or 0) <= 2 for cell in cells if apart(cell) is not None),
        "smallest p": min(each),
        "joint p": float(combine_pvalues(each).pvalue),
    }


def main() -> None:
    """Fill the table cell by cell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", choices=PUBLISHED, nargs="+", default=PUBLISHED)
    parser.add_argument("--repeats", type=int, default=40)
    given = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    cells: list[dict[str, Any]] = json.loads(path.read_text())["cells"] if path.exists() else []
    for name in given.sets:
        real = scaled(name)
        for score, case in product(SCORES, CASES):
            head = {"set": name, "score": score, "case": case}
            cell = next((c for c in cells if head.items() <= c.items()), None)
            if cell is None:
                cells.append(cell := head)
            for side, run in SIDES.items():
                if side not in cell:
                    cell[side] = timed(run, score, two_sides(real, score, case), given.repeats)
                    cell["joint_standard_errors_apart"] = apart(cell)
                    store(NAME, {"cells": cells, "together": together(cells)})
    store(NAME, {"cells": cells, "together": together(cells)})


if __name__ == "__main__":
    main()
