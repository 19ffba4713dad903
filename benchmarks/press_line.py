"""Simulates the press line of datasets/press.csv: run `python benchmarks/press_line.py` and get the same bytes."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import pandas as pd

RUNS = 24
FAULTY = (2, 5, 8, 11, 14, 18, 21)  # runs with a spell of the fault
STEP = pd.Timedelta("10s")
FORCE = {"warmup": 55.0, "press": 120.0, "idle": 2.0}  # kN, mean over a stroke
HEAT = {"warmup": 52.0, "press": 64.0, "idle": 38.0}  # degrees C that the oil tends to
PRESSURE = {"warmup": 140.0, "press": 180.0, "idle": 95.0}  # bar
SHAKE = {"warmup": 1.2, "press": 2.0, "idle": 0.5}  # mm/s


def modes(rng: np.random.Generator, rows: int) -> list[str]:
    """Warm-up first, then press and idle in turn."""
    sequence = ["warmup"] * int(rng.integers(20, 45))
    while len(sequence) < rows:
        sequence += ["press"] * int(rng.integers(40, 90)) + ["idle"] * int(rng.integers(8, 25))
    return sequence[:rows]


def smooth(rng: np.random.Generator, rows: int, memory: float, spread: float) -> npt.NDArray[np.float64]:
    """First-order autoregressive noise with standard deviation ``spread``."""
    noise = rng.normal(0, spread * np.sqrt(1 - memory**2), rows)
    for i in range(1, rows):
        noise[i] += memory * noise[i - 1]
    return noise


def spell(rng: np.random.Generator, rows: int) -> npt.NDArray[np.float64]:
    """How far the fault has come, 0 to 1: it grows for ten rows and ends when the line is serviced."""
    length = int(rng.integers(34, 46))
    start = int(rng.integers(60, rows - length - 20))
    wear = np.zeros(rows)
    wear[start : start + length] = np.minimum(np.arange(1, length + 1) / 10, 1.0)
    return wear


def simulate_run(rng: np.random.Generator, run: int, start: pd.Timestamp) -> pd.DataFrame:
    """One run of one machine; rows are cut out where the logger stood still."""
    rows = int(rng.integers(150, 360))
    mode = modes(rng, rows)
    wear = spell(rng, rows) if run in FAULTY else np.zeros(rows)
    second = run % 2
    stroke = np.sin(2 * np.pi * np.arange(rows) / (9.0 + 3.0 * second) + rng.uniform(0, 2 * np.pi))
    level = np.array([FORCE[m] for m in mode])
    force = level * (1 + 0.18 * stroke + 0.05 * second) + smooth(rng, rows, 0.5, 0.8) - 9 * wear * (level > 50)
    heat = np.array([HEAT[m] for m in mode]) + 4 * second + 14 * wear
    temperature = np.empty(rows)
    temperature[0] = 24 + rng.normal(0, 2)
    for i in range(1, rows):
        temperature[i] = temperature[i - 1] + 0.03 * (heat[i] - temperature[i - 1])
    temperature += smooth(rng, rows, 0.3, 0.15)
    shake = np.array([SHAKE[m] for m in mode]) * (1 + 1.8 * wear)
    vibration = shake * np.exp(smooth(rng, rows, 0.7, 0.18))
    pressure = np.array([PRESSURE[m] for m in mode]) + 0.12 * (force - level) - 16 * wear
    pressure += smooth(rng, rows, 0.8, 1.5)
    frame = pd.DataFrame(
        {
            "ts": start + STEP * np.arange(rows),
            "run": run,
            "machine": ("A", "B")[second],
            "mode": mode,
            "force": force.round(2),
            "temperature": temperature.round(2),
            "vibration": vibration.round(3),
            "pressure": pressure.round(1),
            "fault": (wear > 0).astype(int),
        }
    )
    return with_holes(rng, frame, gap=run % 6 == 3)


def with_holes(rng: np.random.Generator, frame: pd.DataFrame, *, gap: bool) -> pd.DataFrame:
    """Lose 1 % of each sensor's cells, a stretch of temperature and, with ``gap``, 12 whole rows."""
    rows = len(frame)
    for sensor in ("force", "temperature", "vibration", "pressure"):
        frame.loc[rng.random(rows) < 0.01, sensor] = np.nan
    begin = int(rng.integers(0, rows - 12))
    frame.loc[begin : begin + int(rng.integers(3, 12)), "temperature"] = np.nan
    if gap:
        middle = rows // 2
        return frame.drop(index=range(middle, middle + 12))
    return frame


def simulate(seed: int = 7) -> pd.DataFrame:
    """All runs, one after another."""
    rng = np.random.default_rng(seed)
    frames: list[pd.DataFrame] = []
    start = pd.Timestamp("2024-03-04 06:00:00")
    for run in range(1, RUNS + 1):
        frames.append(simulate_run(rng, run, start))
        start = frames[-1]["ts"].iloc[-1] + STEP * int(rng.integers(60, 400))
    return pd.concat(frames, ignore_index=True)


@click.command()
@click.option("--out", default="datasets/press.csv", show_default=True)
def main(out: str) -> None:
    Path(out).write_bytes(simulate().to_csv(index=False, lineterminator="\n").encode())


if __name__ == "__main__":
    main()
