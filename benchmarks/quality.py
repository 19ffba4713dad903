"""The published scores of the default RCGAN, under the published protocol.

    python benchmarks/quality.py --set stocks --minutes 10 --seeds 0 1 2

The protocol is the field's, with its flaws: min-max over the whole series, stride 1, window 24, as many generated
windows as real ones, nothing held out. Beside each score stands real against real: two halves of the same windows.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from common import data_folder, store
from numpy.typing import NDArray

import rcgan
from rcgan.evaluation import discriminative_score, predictive_score

WINDOW = 24


def stocks() -> NDArray[np.float32]:
    """Return Google's daily prices, time reversed as the original loader has it, ``(3661, 24, 6)``."""
    series = np.loadtxt(data_folder() / "timegan_stock" / "stock_data.csv", delimiter=",", skiprows=1)[::-1]
    return cut(series)


def sines() -> NDArray[np.float32]:
    """Return the published benchmark's sines, ``(10000, 24, 5)``."""
    return rcgan.load_dataset("sines").values


def cut(series: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale a series to [0, 1] by channel and cut it at every row."""
    low, high = series.min(0), series.max(0)
    scaled = (series - low) / (high - low + 1e-7)
    return np.stack([scaled[i : i + WINDOW] for i in range(len(scaled) - WINDOW)]).astype(np.float32)


SETS = {"stocks": stocks, "sines": sines}


def halves(real: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return two random halves of equal size."""
    order = np.random.default_rng(0).permutation(len(real))
    half = len(real) // 2
    return real[order[:half]], real[order[half : 2 * half]]


def measure(name: str, minutes: float, seed: int, judges: int) -> dict[str, Any]:
    """Train once, and score what it makes."""
    real = SETS[name]()
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=seed).fit(real)
    new = model.sample(len(real), seed=seed).values
    return {
        "seed": seed,
        "steps": int(model.history_["step"].iloc[-1]),
        "seconds": float(model.history_["seconds"].iloc[-1]),
        "discriminative": discriminative_score(real, new, judges=judges),
        "predictive": predictive_score(real, new, repeats=judges),
    }


def main() -> None:
    """Train for every seed and store the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=sorted(SETS), required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--judges", type=int, default=5)
    given = parser.parse_args()
    real = SETS[given.set]()
    runs = [measure(given.set, given.minutes, seed, given.judges) for seed in given.seeds]
    result = {
        "set": given.set,
        "windows": list(real.shape),
        "minutes": given.minutes,
        "judges": given.judges,
        "real_against_real": {
            "discriminative": discriminative_score(*halves(real), judges=given.judges),
            "predictive": predictive_score(real, real, repeats=given.judges),
        },
        "runs": runs,
        "mean": {k: float(np.mean([r[k] for r in runs])) for k in ("discriminative", "predictive")},
        "worst": {k: float(np.max([r[k] for r in runs])) for k in ("discriminative", "predictive")},
    }
    store(f"quality_{given.set}", result)


if __name__ == "__main__":
    main()
