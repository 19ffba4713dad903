"""How much of the published scores is the training windows known by heart?

    python benchmarks/by_heart.py
    python benchmarks/by_heart.py --window 64 --set energy

The published code trains its predictor on real windows, and tests it on the same ones: that is the row that generated
windows are to come near to. Here the rows of each series are cut into blocks of 500, and a predictor learns the windows
of every other block. It is asked about those, and about the others. Both ways round, each with three predictors.
The published judge, too, compares generated windows with those that the generator learned from. Here it compares the
windows of every other block with those of the others: real windows, but not the same ones. Three judges, all windows of
both halves; means with the 95 % interval of Student's t.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from common import RESULTS, arguments, interval, into_readme, machine, markdown, once, parsed
from numpy.typing import NDArray
from quality import LONG, SETS, WINDOW, at_hand, told

from rcgan.evaluation import discriminative_score, predictive_score

BLOCK = 500
Windows = NDArray[np.float32]


def blocks(name: str, window: int) -> tuple[Windows, Windows]:
    """Return the windows within every other block, and those within the others."""
    series = SETS[name](window)
    real, place = series.scaled(series.windows), np.arange(len(series.windows))
    whole = place % BLOCK <= BLOCK - window
    return real[whole & (place // BLOCK % 2 == 0)], real[whole & (place // BLOCK % 2 == 1)]


def facts(name: str, window: int, seeds: Sequence[int]) -> dict[str, Any]:
    """What a result depends on."""
    return {"set": name, "window": window, "block": BLOCK, "seeds": seeds, "machine": machine()}


def predicted(name: str, seeds: Sequence[int]) -> dict[str, Any]:
    """Errors of predictors on the blocks that they learned from, and on the others."""
    parts, found = blocks(name, WINDOW), facts(name, WINDOW, seeds)
    for row, test in (("own", (0, 1)), ("others", (1, 0))):
        found[row] = [
            predictive_score(parts[test[k]], parts[k], repeats=1, seed=seed) for k in (0, 1) for seed in seeds
        ]
    return found


def between(name: str, window: int, seeds: Sequence[int]) -> dict[str, Any]:
    """What judges tell of every other block beside the others, as many windows of either."""
    parts = blocks(name, window)
    count = min(map(len, parts))
    one, two = (part[np.random.default_rng(0).permutation(len(part))[:count]] for part in parts)
    found = facts(name, window, seeds) | {"windows": list(one.shape)}
    return found | {"discriminative": [discriminative_score(one, two, judges=1, seed=seed) for seed in seeds]}


def scored(name: str, window: int, score: str) -> list[str]:
    """A published score of real windows among themselves, and of generated ones."""
    runs = [json.loads(run.read_text()) for run in sorted(RESULTS.glob(f"quality_{name}_{window}_*.json"))]
    return [interval(told(runs, row, score)) for row in ("real", "generated")]


def table() -> str:
    """The predictors of every set stored, and below them the judges."""
    errors, judges = [], []
    for name in SETS:
        if (path := RESULTS / f"by_heart_{name}.json").exists():
            found = json.loads(path.read_text())
            known = [interval(found[row]) for row in ("own", "others")]
            errors.append([name, *known, *scored(name, WINDOW, "predictive")])
        for window in (WINDOW, *LONG):
            if (path := RESULTS / f"blocks_{name}_{window}.json").exists():
                others = interval(json.loads(path.read_text())["discriminative"])
                real, generated = scored(name, window, "discriminative")
                judges.append([name, str(window), real, others, generated])
    one = markdown(["predictive", "own blocks", "other blocks", "all on all", "generated on all"], errors)
    two = markdown(["discriminative", "window", "random halves", "blocks and others", "all and generated"], judges)
    return f"{one}\n\n{two}"


def main() -> None:
    """Measure what is not stored yet, and make the table."""
    parser = arguments(__doc__, SETS)
    parser.add_argument("--window", type=int, default=WINDOW)
    given = parsed(parser, table, "by heart")
    for name in at_hand(given.set):
        once(RESULTS / f"blocks_{name}_{given.window}.json", partial(between, name, given.window, given.seeds))
        if given.window == WINDOW:
            once(RESULTS / f"by_heart_{name}.json", partial(predicted, name, given.seeds))
    made = table()
    print(made)
    into_readme("by heart", made)


if __name__ == "__main__":
    main()
