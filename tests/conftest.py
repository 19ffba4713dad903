"""What tests of several rooms share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from rcgan.game.round import Batch, Draws, Game
from rcgan.threads import one_thread
from rcgan.training import Settings, Training

if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)  # there is a worker for each core: more threads would stand in each other's way

Interrupted = Callable[[Callable[[], Game], Callable[[Draws], Batch]], tuple[Training, Training]]


@pytest.fixture
def whole_and_interrupted(tmp_path: Path) -> Interrupted:
    """Return a function that plays six steps of a game at once and, by way of a file, in two halves."""

    def play(make: Callable[[], Game], draw: Callable[[Draws], Batch]) -> tuple[Training, Training]:
        whole, half, rest = (Training(make(), draw, Settings(6)) for _ in range(3))
        whole.run(progress=False)
        with one_thread():
            for _ in range(3):
                half._advance()
        half.save(tmp_path / "run")
        rest.resume(tmp_path / "run")
        rest.run(progress=False)
        return whole, rest

    return play
