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
    """One training."""
    model = rcgan.RCGAN(minutes=minutes, steps=10**6, seed=task.seed)
    started = time.process_time()
    try:
        model.fit(task.series.windows)
    except DivergedError as error:
        return Made(minutes, 0, 60 * minutes, time.process_time() - started, None, 0.0, str(error))
    core_seconds = time.process_time() - started
    windows, seconds = timed(lambda n: task.series.scaled(model.sample(n, seed=task.seed).values), task.count)
    trained = float(model.history_["seconds"].iloc[-1])
    return Made(minutes, model.n_steps_trained_, trained, core_seconds, windows, seconds)
