"""Draw the README's picture: real waves and those of a model that ``rcgan demo`` left.

python benchmarks/picture.py demo/waves.rcgan docs/waves.png
"""

from __future__ import annotations

import sys

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np

import rcgan

SHOWN = 7


def draw(model_file: str, out: str) -> None:
    """Draw a row of real and a row of generated windows for each label, drawn at random."""
    model = rcgan.load(model_file)
    real = rcgan.load_dataset("waves", n=400, seed=1)
    labels = list(model.classes_)
    figure, axes = plt.subplots(2 * len(labels), SHOWN, figsize=(10, 4.4), sharex=True, sharey=True)
    for k, label in enumerate(labels):
        some = real[np.flatnonzero(np.asarray(real.labels) == label)[:SHOWN]]
        for row, windows, colour, name in (
            (2 * k, some, "0.35", "real"),
            (2 * k + 1, model.sample(SHOWN, labels=label, seed=1), "tab:blue", "generated"),
        ):
            for axis, values in zip(axes[row], windows.values[..., 0], strict=True):
                axis.plot(values, color=colour, linewidth=1.5)
                axis.set_xticks([])
                axis.set_yticks([])
                axis.spines[:].set_visible(False)
            axes[row, 0].set_ylabel(f"{name}\n{label}", rotation=0, ha="right", va="center")
    figure.tight_layout()
    figure.savefig(out, dpi=110)


if __name__ == "__main__":
    draw(*sys.argv[1:])
