"""Factory data end to end: labels and forecasts on SKAB, lengths on C-MAPSS, holes and categories on Beijing PM2.5.

    python benchmarks/factory.py --set skab --minutes 10 --seeds 0 1 2

Everything is split by run or by time before anything is fitted; each score is on the part held out.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd
from common import data_folder, store
from numpy.typing import NDArray
from scipy.stats import ks_2samp

import rcgan


def skab(minutes: float, seed: int) -> dict[str, Any]:
    """Label and forecast utility on windows of 32 rows, runs held out."""
    files = sorted(p for p in (data_folder() / "skab").glob("*.csv") if "anomaly-free" not in p.name)
    windows = rcgan.Windows.read(files, time="datetime", label="anomaly", ignore=["changepoint"], window=32, stride=4)
    train, test = windows.split(0.8, seed=0)
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=seed).fit(train)
    report = rcgan.evaluate(train, test, model.sample(len(train), seed=seed), seed=seed, model=model)

    return {"train": len(train), "test": len(test), "scores": report.frame.to_dict("records")}


def cmapss(minutes: float, seed: int) -> dict[str, Any]:
    """Lengths and constants of whole runs to failure."""
    names = ["unit", "cycle", *(f"setting{i}" for i in (1, 2, 3)), *(f"s{i}" for i in range(1, 22))]
    frame = pd.read_csv(data_folder() / "cmapss" / "train_FD001.txt", sep=r"\s+", header=None, names=names)
    windows = rcgan.Windows.from_frame(frame, time="cycle", group="unit")
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=seed).fit(windows)
    new = model.sample(1000, seed=seed)
    values, real = new.values.astype(np.float64), windows.values.astype(np.float64)
    constants = [c for c in range(real.shape[2]) if np.nanmin(real[..., c]) == np.nanmax(real[..., c])]
    kept = all(set(np.unique(values[..., c][~np.isnan(values[..., c])])) == {real[0, 0, c]} for c in constants)
    rest = [c for c in range(real.shape[2]) if c not in constants]
    gap = np.abs(np.nanmean(values, (0, 1)) - np.nanmean(real, (0, 1)))[rest] / np.nanstd(real, (0, 1))[rest]
    return {
        "lengths_ks": float(ks_2samp(windows.lengths, new.lengths).statistic),
        "constant_channels": [windows.schema.names[c] for c in constants],
        "constants_kept": bool(kept),
        "largest_mean_gap_in_sd": float(gap.max()),
    }


def beijing(minutes: float, seed: int) -> dict[str, Any]:
    """Missing rates, wind directions and their transitions, against the part held out in time and the training part."""
    frame = pd.read_csv(data_folder() / "beijing_pm25" / "PRSA_data_2010.1.1-2014.12.31.csv")
    frame["time"] = pd.to_datetime(frame[["year", "month", "day", "hour"]])
    windows = rcgan.Windows.from_frame(
        frame, time="time", ignore=["No", "year", "month", "day", "hour"], window=24, stride=4
    )
    train, test = windows.split(0.8)
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=seed).fit(train)
    new = model.sample(len(train), seed=seed, missing=True)
    place = windows.schema.names.index("cbwd")
    count = len(windows.schema.channels[place].categories)
    rates = [np.isnan(w.values).mean((0, 1)) for w in (train, new, test)]
    shares = [np.bincount(_codes(w, place), minlength=count) / len(_codes(w, place)) for w in (train, new, test)]
    steps = [_transitions(w.values[..., place], count) for w in (train, new, test)]
    codes = new.values[..., place]
    return {
        "missing_rate_gap": float(np.abs(rates[1] - rates[0]).max()),
        "wind_total_variation": float(np.abs(shares[1] - shares[0]).sum() / 2),
        "wind_total_variation_of_test": float(np.abs(shares[2] - shares[0]).sum() / 2),
        "transition_gap": float(np.abs(steps[1] - steps[0]).max()),
        "transition_gap_of_test": float(np.abs(steps[2] - steps[0]).max()),
        "transitions": {"train": steps[0].round(3).tolist(), "new": steps[1].round(3).tolist()},
        "categories": sorted(set(codes[~np.isnan(codes)].astype(int).tolist())),
    }


def _codes(windows: rcgan.Windows, place: int) -> NDArray[np.int64]:
    codes = windows.values[..., place]
    return codes[~np.isnan(codes)].astype(np.int64)


def _transitions(codes: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """Return how often each category follows each other one, rows summing to one."""
    now, then = codes[:, :-1].ravel(), codes[:, 1:].ravel()
    both = ~np.isnan(now) & ~np.isnan(then)
    table = np.zeros((count, count))
    np.add.at(table, (now[both].astype(int), then[both].astype(int)), 1)
    return table / table.sum(1, keepdims=True)


SETS = {"skab": skab, "cmapss": cmapss, "beijing": beijing}


def main() -> None:
    """Run a set for every seed and store the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=sorted(SETS), required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    runs = [{"seed": seed, **SETS[given.set](given.minutes, seed)} for seed in given.seeds]
    store(f"factory_{given.set}", {"set": given.set, "minutes": given.minutes, "runs": runs})


if __name__ == "__main__":
    main()
