"""Discrete sequences whose law is known: SeqGAN and ARAE on a Markov chain of modes and on a small grammar."""

from __future__ import annotations

import argparse
import re
import time

import numpy as np
import pandas as pd

import rcgan

MODES = ("cool", "heat", "idle", "press")  # sorted, as the schema has them
START = np.array([0.0, 0.0, 1.0, 0.0])
TRANSITIONS = np.array(
    [
        [0.50, 0.10, 0.40, 0.00],  # cool
        [0.05, 0.55, 0.00, 0.40],  # heat
        [0.00, 0.35, 0.65, 0.00],  # idle
        [0.60, 0.10, 0.00, 0.30],  # press
    ]
)
STEPS = 20
CYCLE = re.compile(r"start (heat (hold ){1,3}){1,2}press cool (idle )*")


def as_windows(sequences: list[list[str]]) -> rcgan.Windows:
    """Return sequences of modes as windows of one categorical channel."""
    runs = np.repeat(np.arange(len(sequences)), [len(s) for s in sequences])
    frame = pd.DataFrame({"run": runs, "mode": np.concatenate(sequences)})
    return rcgan.Windows.from_frame(frame, group="run")


def words(windows: rcgan.Windows) -> list[list[str]]:
    """Return windows of one categorical channel as sequences of modes."""
    names = np.asarray(windows.schema.channels[0].categories)
    pairs = zip(windows.values[..., 0], windows.lengths, strict=True)
    return [names[codes[:length].astype(int)].tolist() for codes, length in pairs]


def chain(n: int = 2000, seed: int = 0) -> rcgan.Windows:
    """Return windows of 20 modes of a machine that starts idle and goes on by ``TRANSITIONS``."""
    rng = np.random.default_rng(seed)
    states = np.empty((n, STEPS), int)
    states[:, 0] = rng.choice(len(MODES), n, p=START)
    for s in range(1, STEPS):
        states[:, s] = (rng.random((n, 1)) > TRANSITIONS[states[:, s - 1]].cumsum(1)).sum(1)
    return as_windows(np.asarray(MODES)[states].tolist())


def grammar(n: int = 2000, seed: int = 0) -> rcgan.Windows:
    """Return cycles ``start (heat hold{1,3}){1,2} press cool``, idle until the end of 12 steps."""
    rng = np.random.default_rng(seed)
    cycles: list[list[str]] = []
    for _ in range(n):
        cycle = ["start"]
        for _ in range(rng.integers(1, 3)):
            cycle += ["heat", *["hold"] * rng.integers(1, 4)]
        cycle += ["press", "cool"]
        cycles.append(cycle + ["idle"] * (12 - len(cycle)))
    return as_windows(cycles)


def transitions(windows: rcgan.Windows) -> np.ndarray:
    """Return the share of each mode behind each mode, ``(4, 4)``."""
    counts = np.zeros((len(MODES), len(MODES)))
    for word in words(windows):
        codes = np.searchsorted(MODES, word)
        np.add.at(counts, (codes[:-1], codes[1:]), 1)
    return counts / counts.sum(1, keepdims=True)


def transition_gap(windows: rcgan.Windows) -> float:
    """Return the largest absolute difference from ``TRANSITIONS``."""
    return float(np.abs(transitions(windows) - TRANSITIONS).max())


def validity(windows: rcgan.Windows) -> float:
    """Return the share of windows that are cycles of the grammar."""
    return float(np.mean([CYCLE.fullmatch(" ".join(word) + " ") is not None for word in words(windows)]))


def kinds(windows: rcgan.Windows) -> int:
    """Return how many different sequences there are; the grammar has 12."""
    return len({tuple(word) for word in words(windows)})


MEASURES = {"chain": (chain, transition_gap), "grammar": (grammar, validity)}
FAMILIES = {"SeqGAN": rcgan.SeqGAN, "ARAE": rcgan.ARAE}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", nargs="+", default=list(FAMILIES))
    parser.add_argument("--data", nargs="+", default=list(MEASURES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=1000)
    told = parser.parse_args()
    for name in told.families:
        for data in told.data:
            make, measure = MEASURES[data]
            train, began = make(seed=told.seed), time.process_time()
            model = FAMILIES[name](steps=told.steps, seed=told.seed).fit(train, progress=False)
            seconds, new = time.process_time() - began, model.sample(2000, seed=1)
            print(
                f"{name} {data}: {measure.__name__} {measure(new):.4f} (real windows {measure(make(seed=99)):.4f}), "
                f"{kinds(new)} different of {kinds(train)} real, {told.steps} steps, {seconds:.0f} s of one core",
                flush=True,
            )


if __name__ == "__main__":
    main()
