"""The published scores of the default RCGAN, under the published protocol, and a judge that is not fooled so easily.

    python benchmarks/quality.py --all                           # everything, and the table in benchmarks/README.md
    python benchmarks/quality.py --set stocks --seeds 0          # one training; what is stored is not run again
    python benchmarks/quality.py --set etth1 --window 128        # longer windows
    python benchmarks/quality.py --table                         # the table there, from what is stored

The protocol is the field's, with its flaws: windows of 24 at every row, min-max over the whole series, as many
generated windows as real ones, nothing held out from the generator. The model is trained in the series' own units, with
its defaults, and what it makes is scaled afterwards as the series is. Beside each score stands real against real: two
random halves. Figures are means over the trainings, with the 95 % interval of Student's t.
The strong judge and the trees learn without every fifth block of the series, and are asked about these; beside them
stands one half of these blocks in the place of generated windows, before a judge that is asked about the other half.
The hopper is simulated, which asks for `pip install mujoco dm_control`; without these it is said to be missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import RESULTS, arguments, data_folder, interval, into_readme, machine, markdown, once, parsed
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.spatial.distance import cdist
from tqdm import tqdm

import rcgan
from rcgan.evaluation import context_fid, discriminative_score, predictive_score
from rcgan.evaluation.detection import MOST
from rcgan.evaluation.distances.correlations import correlations
from rcgan.evaluation.judges import JUDGES, Judge, parts
from rcgan.evaluation.panel import read_sets

Floats = NDArray[np.floating[Any]]
Windows = NDArray[np.float32]
Asked = dict[str, Callable[[], float]]
WINDOW, LONG = 24, (64, 128, 256)
MINUTES = 10.0  # of one core, as `rcgan fit` takes without options
BLOCK = 250  # windows
ASKED, THINNED = 300, 4  # windows whose nearest one is looked for, among one in so many
SCORES = ("discriminative", "context-FID", "correlational", "predictive", "strong judge", "trees", "nearest")
AIMS = {  # in the order of SCORES; the predictive score's is its distance to the real row
    ("sines", 24): (0.010, 0.006, 0.015, 0.001, 0.02),
    ("stocks", 24): (0.017, 0.040, 0.004, 0.001, 0.10),
    ("etth1", 24): (0.010, 0.050, 0.047, 0.001, 0.10),
    ("energy", 24): (0.012, 0.025, 0.59, 0.001, 0.10),
    ("fmri", 24): (0.025, 0.10, 1.41, 0.001, 0.10),
    **{("etth1", window): (0.010,) for window in (64, 128, 256)},
    **{("energy", window): (aim,) for window, aim in ((64, 0.023), (128, 0.050), (256, 0.138))},
}
TARGETS: dict[tuple[str, int], dict[str, float]] = {
    case: dict(zip(SCORES, aims, strict=False)) for case, aims in AIMS.items()
}


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


def mujoco(window: int) -> Series:
    """The control suite's hopper, let go from random states, ``(10000, 24, 14)``: seven places, and their speeds.

    As published with Diffusion-TS: places but the first two uniform on (-2, 2), these on (0, .5), speeds on (-5, 5).
    """
    import mujoco as engine

    model = engine.MjModel.from_xml_path(str(files("dm_control") / "suite" / "hopper.xml"))
    state, rng = engine.MjData(model), np.random.RandomState(123)
    windows = np.empty((10_000, window, 14), np.float32)
    for rows in windows:
        engine.mj_resetData(model, state)
        state.qpos[:2] = rng.uniform(0, 0.5, 2)
        state.qpos[2:] = rng.uniform(-2, 2, 5)
        state.qvel[:] = rng.uniform(-5, 5, 7)
        engine.mj_forward(model, state)
        for row in rows:
            row[:7], row[7:] = state.qpos, state.qvel
            engine.mj_step(model, state)
    return Series(windows, windows.min((0, 1)), windows.max((0, 1)))


def fmri(window: int) -> Series:
    """Simulated blood oxygen levels, ``(9976, 24, 50)``."""
    return Series.cut(loadmat(data_folder() / "fmri" / "sim4.mat")["ts"].astype(float), window)


SETS: dict[str, Callable[[int], Series]] = {
    "sines": sines,
    "stocks": stocks,
    "etth1": etth1,
    "energy": energy,
    "fmri": fmri,
    "mujoco": mujoco,
}
NEEDS = {"mujoco": ("mujoco", "dm_control")}  # what simulates it


def at_hand(names: Iterable[str]) -> list[str]:
    """Return the sets that can be made here, and say which cannot."""
    missing = {name: [m for m in NEEDS.get(name, ()) if find_spec(m) is None] for name in names}
    for name, modules in missing.items():
        if modules:
            print(f"{name} is missing: pip install {' '.join(modules)}", flush=True)
    return [name for name, modules in missing.items() if not modules]


def scaled(name: str) -> NDArray[np.float32]:
    """A set's windows of 24 rows as the published scores see them."""
    series = SETS[name](WINDOW)
    return series.scaled(series.windows)


def halves(real: NDArray[np.float32], seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return two random halves of equal size."""
    order = np.random.default_rng(seed).permutation(len(real))
    half = len(real) // 2
    return real[order[:half]], real[order[half : 2 * half]]


def blocks(real: Windows) -> tuple[Windows, Windows, NDArray[np.int64]]:
    """Return windows to learn from; every fifth block of 250, away from these by a window's length; and their block."""
    place, steps = np.arange(len(real)), real.shape[1]
    held = (place // BLOCK) % 5 == 4
    inside = held & (place % BLOCK >= steps) & (place % BLOCK < BLOCK - steps)
    kept = inside if inside.any() else held
    return real[~held], real[kept], place[kept] // BLOCK


def held_out(real: Windows, new: Windows | None, seed: int) -> Asked:
    """What each judge tells of generated windows; without any, of one half of the blocks that it did not learn from."""
    train, test, block = blocks(real)
    known, held, made = read_sets(train, test, test if new is None else new, most=MOST, seed=seed)
    if new is None:
        held, made = parts(replace(held, units=block), (0.5,), seed)

    def told(judge: Judge) -> float:
        return judge(known, held, made, seed).accuracy - 0.5

    return {name: partial(told, judge) for name, judge in JUDGES.items()}


def correlational(real: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The published correlational score."""
    a, b, _ = read_sets(real, other, other, most=len(real), seed=0)
    return correlations.between(a, b)


def nearest(real: Windows, new: Windows | None) -> float:
    """Median distance of windows to the nearest real one, channels in standard deviations.

    Without ``new`` ones real windows are asked, and the nearest one that lies elsewhere in the series: a window's
    length and a block away, or more.
    """
    source, rng = real if new is None else new, np.random.default_rng(0)
    rows, place = rng.permutation(len(source))[:ASKED], np.arange(0, len(real), THINNED)
    sd = real.std((0, 1), dtype=np.float64).clip(1e-9)
    far = cdist((source[rows] / sd).reshape(len(rows), -1), (real[place] / sd).reshape(len(place), -1))
    if new is None:
        far[abs(place - rows[:, None]) < real.shape[1] + BLOCK] = np.inf
    return float(np.median(far.min(1)))


def compared(one: Windows, two: Windows, judges: int, seed: int) -> Asked:
    """What is asked of two sets of as many windows."""
    return {
        "discriminative": lambda: discriminative_score(one, two, judges=judges, seed=seed),
        "context-FID": lambda: context_fid(one, two, seed=seed),
        "correlational": lambda: correlational(one, two),
    }


def answers(asked: Asked) -> dict[str, float]:
    """Ask."""
    return {name: ask() for name, ask in tqdm(asked.items(), desc="scoring", leave=False)}


def scores(real: Windows, new: Windows, judges: int, seed: int) -> dict[str, dict[str, float]]:
    """Every score of generated windows, and of real ones in their place; of long windows, those that compare two sets.

    Blocks of the series that a judge never learned from hold few windows of 64 rows and more.
    """
    out: dict[str, dict[str, float]] = {}
    for row, (one, two), made in (("generated", (real, new), new), ("real", halves(real, seed), None)):
        asked = compared(one, two, judges, seed)
        if real.shape[1] <= WINDOW:
            source = real if made is None else made
            asked |= held_out(real, made, seed)
            asked["predictive"] = partial(predictive_score, real, source, repeats=judges, seed=seed)
        asked["nearest"] = partial(nearest, real, made)
        out[row] = answers(asked)
    return out


def stored(name: str, window: int, seed: int) -> Path:
    """Where a training's scores lie."""
    return RESULTS / f"quality_{name}_{window}_{seed}.json"


def measure(name: str, window: int, minutes: float, seed: int, judges: int) -> dict[str, Any]:
    """Train once, and score what it makes."""
    series = SETS[name](window)
    model = rcgan.RCGAN(minutes=minutes, seed=seed).fit(series.windows)
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
    """Two lines a set and window: generated windows, and real ones in their place; and the target."""
    heads = ["set", "window", "minutes", "trainings", *SCORES]
    rows: list[list[str]] = []
    runs = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("quality_*_*_*.json"))]
    for name in SETS:
        for window in sorted({r["windows"][1] for r in runs if r["set"] == name}):
            alike = [r for r in runs if (r["set"], r["windows"][1]) == (name, window)]
            minutes = "/".join(sorted({f"{r['minutes']:g}" for r in alike}))
            cells = [name, str(window), minutes, str(len(alike)), *(scored(alike, score) for score in SCORES)]
            real = ["*real*", "", "", "", *(interval(told(alike, "real", score)) for score in SCORES)]
            rows += [cells, real]
    return markdown(heads, rows)


def told(runs: Sequence[dict[str, Any]], row: str, score: str) -> list[float]:
    """What a score was in each training of which it was asked."""
    return [run[row][score] for run in runs if score in run[row]]


def scored(runs: Sequence[dict[str, Any]], score: str) -> str:
    """Mean, interval, and whether the target is met, which is the distance to the real row where that is the score."""
    values = told(runs, "generated", score)
    target = TARGETS.get((runs[0]["set"], runs[0]["windows"][1]), {}).get(score)
    if target is None or not values:
        return interval(values)
    reached = np.mean(values)
    if score == "predictive":
        reached = abs(reached - np.mean(told(runs, "real", score)))
    return f"{interval(values)} ({'reaches' if reached <= target else 'misses'} {target:g})"


def main() -> None:
    """Train what is not stored yet, or make the table."""
    parser = arguments(__doc__, SETS)
    parser.add_argument("--all", action="store_true", help="every set and window, and the table in the README")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--window", type=int, default=WINDOW)
    parser.add_argument("--judges", type=int, default=5)
    given = parsed(parser, table, "quality")
    names = at_hand(SETS if given.all else given.set)
    cases = [(name, WINDOW) for name in names] + [(name, w) for name in ("etth1", "energy") for w in LONG]
    for seed in given.seeds:
        for name, window in cases if given.all else [(name, given.window) for name in names]:
            path = stored(name, window, seed)
            once(path, partial(measure, name, window, given.minutes, seed, given.judges))
            print(path.read_text(), flush=True)
    if given.all:
        into_readme("quality", table())


if __name__ == "__main__":
    main()
