"""Discrete sequences whose law is known: a machine's modes as a Markov chain, and the cycles of a small grammar."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

import rcgan
from rcgan.data.windows import Windows
from rcgan.estimator import WindowGAN
from rcgan.gallery.row import Goal, Shown, axes_of

__all__ = ["arae", "chain", "grammar", "seqgan", "transition_gap", "validity"]

MODES = ("cool", "heat", "idle", "press")  # sorted, as the schema has them
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
WORDS = ("start", "heat", "hold", "press", "cool", "idle")


def seqgan(steps: int = 1000) -> Shown:
    """Modes of a machine and cycles of a grammar, by policy gradient."""
    return _sequences(rcgan.SeqGAN(steps=steps), rcgan.SeqGAN(steps=steps))


def arae(steps: int = 1000) -> Shown:
    """The same sequences, decoded of codes that are made of noise."""
    return _sequences(rcgan.ARAE(steps=steps), rcgan.ARAE(steps=steps))


def _sequences(of_chain: WindowGAN, of_grammar: WindowGAN) -> Shown:
    modes = of_chain.fit(chain(2000), progress=False).sample(2000, seed=1)
    cycles = of_grammar.fit(grammar(2000), progress=False).sample(2000, seed=1)
    goals = [
        Goal(
            "modes: largest gap between transition shares and the known ones", transition_gap(modes), 0.05, higher=False
        ),
        Goal("grammar: share of sequences that are valid", validity(cycles), 0.95, higher=True),
    ]
    beside = {
        "modes: the gap of as many real windows": transition_gap(chain(2000, seed=1)),
        "grammar: different sequences made; there are 12": len({tuple(word) for word in words(cycles)}),
    }
    return Shown(goals, _drawn(modes, cycles), "Modes, a line a window; and cycles of the grammar", beside)


def chain(n: int, seed: int = 0) -> Windows:
    """Windows of 20 modes of a machine that starts idle and goes on by ``TRANSITIONS``."""
    rng = np.random.default_rng(seed)
    states = np.full((n, STEPS), MODES.index("idle"))
    for s in range(1, STEPS):
        states[:, s] = (rng.random((n, 1)) > TRANSITIONS[states[:, s - 1]].cumsum(1)).sum(1)
    return _as_windows(np.asarray(MODES)[states].tolist())


def grammar(n: int, seed: int = 0) -> Windows:
    """Cycles ``start (heat hold{1,3}){1,2} press cool``, idle until the end of 12 steps."""
    rng = np.random.default_rng(seed)
    cycles: list[list[str]] = []
    for _ in range(n):
        cycle = ["start"]
        for _ in range(rng.integers(1, 3)):
            cycle += ["heat", *["hold"] * rng.integers(1, 4)]
        cycle += ["press", "cool"]
        cycles.append(cycle + ["idle"] * (12 - len(cycle)))
    return _as_windows(cycles)


def _as_windows(sequences: list[list[str]]) -> Windows:
    runs = np.repeat(np.arange(len(sequences)), [len(s) for s in sequences])
    return Windows.from_frame(pd.DataFrame({"run": runs, "mode": np.concatenate(sequences)}), group="run")


def words(windows: Windows) -> list[list[str]]:
    """Return windows of one categorical channel as sequences of names."""
    names = np.asarray(windows.schema.channels[0].categories)
    pairs = zip(windows.values[..., 0], windows.lengths, strict=True)
    return [names[codes[:length].astype(int)].tolist() for codes, length in pairs]


def transition_gap(windows: Windows) -> float:
    """Return the largest absolute difference between the shares of mode after mode and ``TRANSITIONS``."""
    counts = np.zeros(TRANSITIONS.shape)
    for word in words(windows):
        codes = np.searchsorted(MODES, word)
        np.add.at(counts, (codes[:-1], codes[1:]), 1)
    return float(np.abs(counts / counts.sum(1, keepdims=True).clip(1) - TRANSITIONS).max())


def validity(windows: Windows) -> float:
    """Return the share of windows that are cycles of the grammar."""
    return float(np.mean([CYCLE.fullmatch(" ".join(word) + " ") is not None for word in words(windows)]))


def _drawn(modes: Windows, cycles: Windows) -> Figure:
    figure, axes = axes_of(1, 2, height=2.2)
    for place, windows, names in zip(axes[0], (modes, cycles), (MODES, WORDS), strict=True):
        table: NDArray[Any] = np.array([[names.index(name) for name in word] for word in words(windows)[:30]])
        picture = place.imshow(table, cmap="tab10", vmin=0, vmax=9, aspect="auto", interpolation="nearest")
        place.set_yticks([])
        place.set_title("  ".join(f"{k} {name}" for k, name in enumerate(names)), fontsize=6.5)
        bar = figure.colorbar(picture, ax=place, boundaries=np.arange(len(names) + 1) - 0.5, ticks=range(len(names)))
        bar.ax.tick_params(labelsize=7, length=0)
    return figure
