"""What a peer is asked for, what it gives back, and the clock that every one of them runs against."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from quality import Series
from tqdm import tqdm

Floats = NDArray[np.float32]
Sample = Callable[[int], Floats]
Tick = Callable[[], float]


class Missing(Exception):
    """A peer cannot be run here; the message says why and what to do about it."""


class TimeUp(Exception):
    """The last budget is spent."""


@dataclass(frozen=True)
class Task:
    """What a peer is asked for.

    Args:
        name: the set's.
        series: its windows in their own units, and how the protocol scales them.
        minutes: the budgets, ascending.
        seed: of everything random.
        count: windows to be made at each budget.
        diffusion_ts: a checkout of Diffusion-TS, or None.
    """

    name: str
    series: Series
    minutes: tuple[float, ...]
    seed: int
    count: int
    diffusion_ts: Path | None = None

    @cached_property
    def windows(self) -> Floats:
        """The windows ``(n, t, d)`` between 0 and 1, as the protocol scales them."""
        return self.series.scaled(self.series.windows)

    @cached_property
    def tensor(self) -> torch.Tensor:
        """The same for torch."""
        return torch.from_numpy(self.windows)


@dataclass(frozen=True)
class Made:
    """What came out of one budget.

    Args:
        minutes: the budget.
        steps: done in it.
        seconds: of training, on the wall.
        core_seconds: of training, on the processor; fewer where another program wanted the core.
        windows: between 0 and 1, ``(count, t, d)``; None where the training failed.
        sampling_seconds: that they took, on the wall.
        failed: why there are none, or None.
    """

    minutes: float
    steps: int
    seconds: float
    core_seconds: float
    windows: Floats | None
    sampling_seconds: float
    failed: str | None = None


@dataclass(frozen=True)
class Trained:
    """What a peer gives back: the settings that it ran with, and what came out of each budget."""

    settings: dict[str, Any]
    made: list[Made]


def timed(sample: Sample, count: int) -> tuple[Floats, float]:
    """Windows and the seconds that they took."""
    started = time.monotonic()
    windows = sample(count)
    return windows, time.monotonic() - started


class Clock:
    """Counts steps and time, and takes a sample whenever a budget is spent.

    It starts after the first step, so that reading the data in is nobody's training, and stands still while windows are
    drawn. These leave the random numbers of the training as they were.
    """

    def __init__(self, task: Task, sample: Sample, minutes: Sequence[float]) -> None:
        self.task, self.sample, self.left = task, sample, sorted(minutes)
        self.made: list[Made] = []
        self.steps, self.seconds, self.core_seconds = 1, 0.0, 0.0
        self.since: tuple[float, float] | None = None
        shown = "{desc}: {percentage:.0f}%|{bar}| {n:.0f}/{total:.0f} s"
        self.bar = tqdm(total=60 * self.left[-1], desc="training", bar_format=shown)

    def tick(self) -> float:
        """Note a finished step and return the seconds of training so far.

        Raises:
            TimeUp: the last budget is spent.
        """
        if self.since is not None:
            wall, core = time.monotonic() - self.since[0], time.process_time() - self.since[1]
            self.steps, self.seconds, self.core_seconds = self.steps + 1, self.seconds + wall, self.core_seconds + core
            self.bar.update(min(wall, self.bar.total - self.bar.n))
        while self.left and self.seconds >= 60 * self.left[0]:
            self.made.append(self._spent(self.left.pop(0)))
        if not self.left:
            self.bar.close()
            raise TimeUp
        self.since = time.monotonic(), time.process_time()
        return self.seconds

    def _spent(self, minutes: float) -> Made:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.task.seed)
            windows, seconds = timed(self.sample, self.task.count)
        return Made(minutes, self.steps, self.seconds, self.core_seconds, windows, seconds)


def against_the_clock(
    task: Task, train: Callable[[Tick], object], sample: Sample, minutes: Sequence[float] | None = None
) -> list[Made]:
    """Train until the last budget, of the task or these, is spent; ``train`` never ends and ticks after every step."""
    clock = Clock(task, sample, minutes or task.minutes)
    with suppress(TimeUp):
        train(clock.tick)
    return clock.made
