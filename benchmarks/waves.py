"""Whether the waves of ``rcgan demo`` have the frequencies that they were drawn with, and are waves.

python benchmarks/waves.py            # a training for each seed, and the table in benchmarks/README.md
python benchmarks/waves.py --table    # the table there, from what is stored

The law of the waves is known: frequencies are uniform between 1 and 3 periods a window. So each generated window is
fitted, by least squares, with offset and amplitude of the wave of its label at each frequency of a fine grid. Kept are
the first Wasserstein distance of the best frequencies to the uniform law, in periods a window, and the median over the
windows of what the best wave leaves, as a share of the window's standard deviation. The model is the demo's, trained as
long; beside it stand the held-out windows.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np
from common import RESULTS, arguments, interval, into_readme, machine, markdown, once, parsed
from scipy.stats import wasserstein_distance

import rcgan
from rcgan.cli import SPLIT_SEED, demo
from rcgan.data.datasets import SHAPES
from rcgan.gallery.data import fitted_waves

PERIODS = (1.0, 3.0)
GRID = np.linspace(PERIODS[0] - 0.2, PERIODS[1] + 0.4, 261)
MADE = 4000
DEMO: dict[str, Any] = {option.name: option.default for option in demo.params if option.name}


def scores(windows: rcgan.Windows) -> dict[str, dict[str, float]]:
    """Return both figures of each label."""
    out: dict[str, dict[str, float]] = {}
    for label in SHAPES:
        values = windows.values[np.asarray(windows.labels) == label][..., 0]
        found = fitted_waves(values, [label], GRID).astype({"frequency": float})
        distance = float(wasserstein_distance(found["frequency"], np.linspace(*PERIODS, 2001)))
        out[label] = {"frequencies": distance, "left": float(np.median(found["error"] / values.std(1)))}
    return out


def measure(seed: int) -> dict[str, Any]:
    """Train the demo's model, and score what it makes."""
    train, test = rcgan.load_dataset("waves", periods=PERIODS).split(0.8, seed=SPLIT_SEED)
    model = rcgan.RCGAN(latent_dim=2, steps=DEMO["steps"], minutes=DEMO["minutes"], seed=seed).fit(train)
    made = model.sample(MADE, seed=seed)
    told = {"seed": seed, "minutes": DEMO["minutes"], "steps": model.n_steps_trained_, "machine": machine()}
    return {**told, "generated": scores(made), "real": scores(test)}


def table() -> str:
    """Return a row for each label of generated windows, and of held-out ones."""
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("waves_*.json"))]
    rows: list[list[str]] = []
    for label in SHAPES:
        for side, runs in (("generated", results), ("real", results[:1])):
            figures = [interval([r[side][label][name] for r in runs], ".3f") for name in ("frequencies", "left")]
            rows.append([f"{side} {label}s", str(len(runs)) if side == "generated" else "", *figures])
    return markdown(("windows", "trainings", "frequencies", "left by the best wave"), rows)


def main() -> None:
    """Train what is not stored yet, and write the table."""
    given = parsed(arguments(__doc__, ["waves"]), table, "waves")
    for seed in given.seeds:
        once(RESULTS / f"waves_{seed}.json", partial(measure, seed))
    into_readme("waves", table())


if __name__ == "__main__":
    main()
