"""How much of the real windows does the published predictive score know by heart?

    python benchmarks/by_heart.py

The published code trains its predictor on real windows, and tests it on the same ones: that is the row that generated
windows are to come near to. Here the rows of each series are cut into blocks of 500, and a predictor learns the windows
of every other block. It is asked about those, and about the others. Both ways round, each with three predictors; means
with the 95 % interval of Student's t.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from common import RESULTS, arguments, interval, into_readme, machine, markdown, once, parsed
from quality import SETS, WINDOW, told

from rcgan.evaluation import predictive_score

BLOCK = 500


def measure(name: str, seeds: Sequence[int]) -> dict[str, Any]:
    """Errors of predictors on the blocks that they learned from, and on the others."""
    series = SETS[name](WINDOW)
    real = series.scaled(series.windows)
    place = np.arange(len(real))
    whole = place % BLOCK <= BLOCK - WINDOW
    parts = [real[whole & (place // BLOCK % 2 == k)] for k in (0, 1)]
    found = {"set": name, "windows": list(real.shape), "block": BLOCK, "seeds": seeds, "machine": machine()}
    for row, test in (("own", (0, 1)), ("others", (1, 0))):
        found[row] = [
            predictive_score(parts[test[k]], parts[k], repeats=1, seed=seed) for k in (0, 1) for seed in seeds
        ]
    return found


def table() -> str:
    """The errors of every set stored, and those of predictors that learned from generated windows."""
    rows = []
    for name in SETS:
        path = RESULTS / f"by_heart_{name}.json"
        if path.exists():
            found = json.loads(path.read_text())
            runs = [json.loads(run.read_text()) for run in sorted(RESULTS.glob(f"quality_{name}_{WINDOW}_*.json"))]
            whole = [told(runs, row, "predictive") for row in ("real", "generated")]
            rows.append([name, *map(interval, (found["own"], found["others"], *whole))])
    return markdown(["set", "own blocks", "other blocks", "all on all", "generated on all"], rows)


def main() -> None:
    """Measure what is not stored yet, and make the table."""
    given = parsed(arguments(__doc__, SETS), table, "by heart")
    for name in given.set:
        once(RESULTS / f"by_heart_{name}.json", partial(measure, name, given.seeds))
    made = table()
    print(made)
    into_readme("by heart", made)


if __name__ == "__main__":
    main()
