"""What is learned from 50, 100 or 200 windows? Collapse, copies, and what judges say, on Stocks and SKAB.

    python benchmarks/small.py --minutes 3 --seeds 0 1 2                     # what is stored already is not run again
    python benchmarks/small.py --set skab --n 50 --maker rcgan --minutes 0.2 # a first look
    python benchmarks/small.py --diffusion-ts ../Diffusion-TS                # with this peer, as in peers.py
    python benchmarks/small.py --table                                       # what is stored, into benchmarks/README.md

Each maker of `MAKERS` learns from the n training windows for so many minutes and makes 1,000; labels are left out. The
peers are those of `peers.py`; one that cannot be run is said to be missing and is tried again the next time. 200
held-out windows, the same for every n, share no row with them:

- stocks: the first 2,400 of Google's days, in blocks of two windows' length that are by turns trained on and held out.
  50 windows do not overlap; 100 and 200 lie closer in the same days. So n says how much is known, not of which years.
- stocks_later, only if asked for: 1,224 days to train on, and the 1,224 after them held out. Prices and volumes are
  others by then, which tells any judge: training windows get .43 of .50, and copying cannot be told from the date.
- skab: windows of 32 seconds, evenly spread over 27 runs, and over 7 others held out.

Variety is that of the made windows as a share of the training windows'; below .1 they count as collapsed. The published
discriminative score is the mean of three draws of n made and n held-out windows, five judges each; beside it stands the
same of the training windows. Beside the strong judge stands one half of the held-out windows against the other. What
copying is by chance is known: .5 of windows nearer to training, .01 copies (with 50 windows it is told no finer than
.02), no membership advantage. The intervals hold for other draws of made windows, not for other runs or days.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import utility
from common import RESULTS, arguments, data_folder, machine, markdown, once, parsed, retry
from numpy.typing import NDArray
from peers import OURS, PEERS
from quality import Series
from rivals.clock import Missing, Task, Trained

import rcgan
from rcgan.evaluation.copying import copying_scores
from rcgan.evaluation.detection import detection_scores
from rcgan.evaluation.distances.measure import columns, evenly
from rcgan.evaluation.panel import Panel, read_sets
from rcgan.evaluation.published import discriminative_scores
from rcgan.evaluation.utility import REAL, SYNTHETIC, Score
from rcgan.training import COLLAPSED, variety

Run = dict[str, Any]
Made = rcgan.Windows | NDArray[np.floating[Any]]
Maker = Callable[[rcgan.Windows, float, int], Made | tuple[Made, Run]]

SIZES = (50, 100, 200)
HELD = 200
MADE = 1000
WINDOW = 24
BLOCK = 2 * WINDOW
DAYS = 2400
PART = 1224  # days on either side of the cut
DRAWS, JUDGES = 3, 5
CHANCE = {"nearer to training": 0.5, "copies": 0.01, "membership advantage": 0.0}
JUDGED = ("discriminative", "strong judge")


def prices() -> rcgan.Windows:
    """Google's daily prices and volumes, oldest first: the window at i begins on day i."""
    frame = pd.read_csv(data_folder() / "timegan_stock" / "stock_data.csv")
    return rcgan.Windows.from_series(frame.to_numpy(float), window=WINDOW, names=list(frame.columns))


def stocks(n: int) -> tuple[rcgan.Windows, rcgan.Windows]:
    """Windows within every second block of days, and within the others."""
    every, blocks = prices(), np.arange(0, DAYS, BLOCK)

    def within(some: NDArray[np.int64], count: int) -> rcgan.Windows:
        offsets = np.linspace(0, BLOCK - WINDOW, -(-count // len(some))).round().astype(int)
        starts = (some[:, None] + offsets).ravel()
        return every[starts[evenly(len(starts), count)]]

    return within(blocks[0::2], n), within(blocks[1::2], HELD)


def stocks_later(n: int) -> tuple[rcgan.Windows, rcgan.Windows]:
    """Windows of the first days, and of as many days after them."""
    every = prices()
    starts = np.arange(PART - WINDOW + 1)
    return every[starts[evenly(len(starts), n)]], every[PART + starts[evenly(len(starts), HELD)]]


def skab(n: int) -> tuple[rcgan.Windows, rcgan.Windows]:
    """Windows of a pump rig's runs, and of other runs."""
    train, test, _ = utility.skab()
    return train.bare()[evenly(len(train), n)], test.bare()[evenly(len(test), HELD)]


SETS = {"stocks": stocks, "skab": skab, "stocks_later": stocks_later}


def ours(make: Callable[..., Any]) -> Maker:
    """A maker of an estimator with its defaults."""

    def maker(windows: rcgan.Windows, minutes: float, seed: int) -> tuple[Made, Run]:
        model = make(minutes=minutes, steps=10**6, seed=seed).fit(windows, progress=False)
        told = {"steps": model.n_steps_trained_, "variety in training": float(model.history_["variety"].iloc[-1])}
        return model.sample(MADE, seed=seed), told

    return maker


def theirs(peer: Callable[[Task], Trained], name: str, folder: Path | None) -> Maker:
    """A maker of a peer, which sees windows between 0 and 1; it has the settings of the published set of that name."""

    def maker(windows: rcgan.Windows, minutes: float, seed: int) -> tuple[Made, Run]:
        x = windows.values
        low, high = x.min((0, 1)).astype(float), x.max((0, 1)).astype(float)
        trained = peer(Task(name, Series(x, low, high), (minutes,), seed, MADE, folder))
        (made,) = trained.made
        if made.windows is None:
            raise Missing(str(made.failed))
        return low + made.windows * (high - low), {"steps": made.steps, "settings": trained.settings}

    return maker


# function(windows, minutes, seed) -> windows, alone or with what else is to be stored
OWN: dict[str, Maker] = {
    OURS: ours(rcgan.RCGAN),
    "rcgan_wasserstein": ours(partial(rcgan.RCGAN, objective="wasserstein")),
    "wgan": ours(rcgan.WGAN),
    "wgan_gp": ours(rcgan.WGANGP),
}
MAKERS = [*OWN, *(peer for peer in PEERS if peer != OURS)]


def maker_of(maker: str, name: str, folder: Path | None) -> Maker:
    """A maker by its name, for a set."""
    return OWN[maker] if maker in OWN else theirs(PEERS[maker], name, folder)


def varied(real: Panel, new: Panel, seed: int) -> float:
    """How much windows vary, as a share of how much real ones do."""
    rng, found = np.random.default_rng(seed), list[float]()
    for panel in (real, new):
        x = torch.from_numpy(columns(panel, real)[rng.permutation(len(panel))])
        found.append(variety(x.nan_to_num(), (~x.isnan()).double()))
    return found[1] / found[0]


def discriminated(real: Panel, held: Panel, new: Panel, seed: int) -> dict[str, float]:
    """The published score against held-out windows: of made ones and, as many, of the training windows."""
    rng, n = np.random.default_rng(seed), min(map(len, (real, held, new)))

    def some(panel: Panel) -> Panel:
        return panel.take(np.sort(rng.permutation(len(panel))[:n]))

    pairs = [(some(held), some(panel)) for panel in (new, real) for _ in range(DRAWS)]
    each = discriminative_scores(pairs, judges=JUDGES, seed=seed).reshape(2, -1).mean(1)
    return dict(zip((SYNTHETIC, REAL), each.tolist(), strict=True))


def figures(real: Panel, held: Panel, new: Panel, seed: int) -> dict[str, dict[str, Any]]:
    """Every judge's and copying score by row: value and, where there is one, interval; None where it cannot be told."""
    published = discriminated(real, held, new, seed)
    found: dict[str, dict[str, Any]] = {"discriminative": {row: {"value": value} for row, value in published.items()}}
    told = [*detection_scores(real, held, new, seed, lambda _: None), *copying_scores(real, held, new, seed)]
    for score in told:
        found.setdefault(score.metric, {})[score.row] = numbers(score)
    return found


def numbers(score: Score) -> dict[str, float | None]:
    """Value and interval, as JSON has them."""
    told = {"value": score.value, "low": score.low, "high": score.high}
    return {name: None if np.isnan(x) else x for name, x in told.items()}


def stored(name: str, n: int, maker: str, seed: int) -> Path:
    """Where a training's figures lie."""
    return RESULTS / f"small_{name}_{n}_{maker}_{seed}.json"


def measure(name: str, n: int, maker: str, minutes: float, seed: int, folder: Path | None) -> Run:
    """Train once, and look at what is made; or say why it is missing."""
    train, held = SETS[name](n)
    began = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            made = maker_of(maker, name, folder)(train, minutes, seed)
        except Missing as why:
            return {"set": name, "n": n, "maker": maker, "seed": seed, "minutes": minutes, "missing": str(why)}
    seconds = time.monotonic() - began
    windows, told = made if isinstance(made, tuple) else (made, {})
    real, kept, new = read_sets(train, held, windows, most=MADE, seed=seed)
    return {
        "set": name,
        "n": n,
        "maker": maker,
        "seed": seed,
        "minutes": minutes,
        "seconds": round(seconds, 1),
        **told,
        "windows": [len(train), len(held), *train.shape[1:]],
        "variety": varied(real, new, seed),
        "warned of collapse": any(issubclass(w.category, rcgan.CollapseWarning) for w in caught),
        "warnings": sorted({str(w.message) for w in caught}),
        "machine": machine(),
        "scores": figures(real, kept, new, seed),
    }


def table() -> str:
    """A line a set, number of windows and maker: mean of the trainings and, in brackets, the worst."""
    head = ["set", "windows", "maker", "trainings", "variety", "collapsed", *CHANCE]
    head += [column for metric in JUDGED for column in (metric, "*real*")]
    rows: list[list[object]] = []
    found = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("small_*_*_*_*.json"))]
    for name in SETS:
        for n in sorted({r["n"] for r in found if r["set"] == name}):
            for maker in MAKERS:
                runs = [r for r in found if (r["set"], r["n"], r["maker"]) == (name, n, maker) and "missing" not in r]
                rows += [line(runs)] if runs else []
    by_chance = ", ".join(f"{metric} {value:g}" for metric, value in CHANCE.items())
    return "\n".join(
        [markdown(head, rows), "", f"By chance: {by_chance}; after a comma, how many trainings' intervals lie above."]
    )


def line(runs: Sequence[Run]) -> list[object]:
    """The cells of some trainings alike."""
    varieties = [r["variety"] for r in runs]
    collapsed = sum(r["warned of collapse"] or r["variety"] < COLLAPSED for r in runs)
    cells: list[object] = [runs[0]["set"], runs[0]["n"], runs[0]["maker"], len(runs)]
    cells += [f"{np.mean(varieties):.2f} ({min(varieties):.2f})", collapsed]
    for metric, chance in CHANCE.items():
        lows = [low for r in runs if (low := r["scores"][metric][SYNTHETIC]["low"]) is not None]
        cells.append(f"{cell(runs, metric, SYNTHETIC)}, {sum(low > chance for low in lows)}")
    cells += [cell(runs, metric, row) for metric in JUDGED for row in (SYNTHETIC, REAL)]
    return cells


def cell(runs: Sequence[Run], metric: str, row: str) -> str:
    """Mean and worst of the trainings in which it can be told."""
    values = [value for r in runs if (value := r["scores"][metric][row]["value"]) is not None]
    return f"{np.mean(values):.3f} ({max(values):.3f})" if values else "cannot be told"


def main() -> None:
    """Train what is not stored yet, or make the table."""
    parser = arguments(__doc__, SETS)
    parser.set_defaults(set=["stocks", "skab"])
    parser.add_argument("--n", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--maker", choices=MAKERS, nargs="+", default=MAKERS)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--diffusion-ts", type=Path, metavar="FOLDER", help="a checkout of its repository")
    given = parsed(parser, table, "small")
    for seed in given.seeds:
        for n in given.n:
            for name in given.set:
                for maker in given.maker:
                    path = stored(name, n, maker, seed)
                    retry(path)
                    once(path, partial(measure, name, n, maker, given.minutes, seed, given.diffusion_ts))
                    print(path.read_text(), flush=True)


if __name__ == "__main__":
    main()
