"""The default RCGAN of this package."""

from __future__ import annotations

import time

import rcgan
from rcgan import DivergedError

from .clock import Made, Task, Trained, timed


def default(task: Task) -> Trained:
    """Train once for each budget, as the learning rate reaches 0 at its end.

    Windows are given in the series' own units, as a user would, and what comes out is scaled.
    """
    return Trained({"steps": 10**6, "seed": task.seed}, [spent(task, minutes) for minutes in task.minutes])


def spent(task: Task, minutes: float) -> Made:
    """One training: all of it, the laws that are learned before and after the game too."""
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=task.seed)
    started, core_started = time.monotonic(), time.process_time()
    failed = None
    try:
        model.fit(task.series.windows)
    except DivergedError as error:
        failed = str(error)
    trained, core_seconds = time.monotonic() - started, time.process_time() - core_started
    if failed is not None:
        return Made(minutes, 0, trained, core_seconds, None, 0.0, failed)
    windows, seconds = timed(lambda n: task.series.scaled(model.sample(n, seed=task.seed).values), task.count)
    return Made(minutes, model.n_steps_trained_, trained, core_seconds, windows, seconds)
