"""Kill a training with SIGKILL at random moments, resume it, and compare its weights with an undisturbed run's.

python benchmarks/resume.py --kills 10 --steps 400
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import rcgan
from rcgan import storage, training


def train(folder: Path, steps: int) -> None:
    """Train a small model with a checkpoint every quarter of a second, resuming what is there."""
    training.CHECKPOINT_SECONDS = 0.25
    windows = rcgan.load_dataset("waves", n=200)
    model = rcgan.RCGAN(latent_dim=2, steps=steps, hidden=16, batch_size=32)
    model.fit(windows, checkpoint=folder / "run.partial", resume=True, progress=False)
    model.save(folder / "model.rcgan")


def start(folder: Path, steps: int) -> subprocess.Popen[bytes]:
    """Start a training in a process of its own."""
    return subprocess.Popen([sys.executable, __file__, "--train", str(folder), "--steps", str(steps)])


def compare(kills: int, steps: int, seed: int = 0) -> dict[str, Any]:
    """Run once undisturbed and once with kills; say whether the weights agree bit for bit."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        calm, rough = Path(name) / "calm", Path(name) / "rough"
        for folder in (calm, rough):
            folder.mkdir()
        began = time.monotonic()
        if start(calm, steps).wait() != 0:
            raise RuntimeError("the undisturbed run failed")
        usual, done, at = time.monotonic() - began, 0, []
        while done < kills:
            process = start(rough, steps)
            try:
                process.wait(timeout=rng.uniform(0.1, 0.6) * usual)
                os.unlink(rough / "model.rcgan")  # it ended first: start over, so that every kill is a kill
                (rough / "run.partial").unlink(missing_ok=True)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                done += 1
                partial = rough / "run.partial"
                at.append(storage.read(partial, "checkpoint")[0]["step"] if partial.exists() else 0)
        if start(rough, steps).wait() != 0:
            raise RuntimeError("the resumed run failed")
        one, other = (storage.read(folder / "model.rcgan", "model")[1] for folder in (calm, rough))
        weights = [key for key in one if key.startswith("network.")]
        same = all(one[key].equal(other[key]) for key in weights)
    return {"kills": done, "steps": steps, "checkpoints_at": at, "tensors": len(weights), "same_bits": same}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--train", type=Path, help="used by the script itself: train in this folder")
    given = parser.parse_args()
    if given.train:
        train(given.train, given.steps)
    else:
        from common import store

        store("resume", compare(given.kills, given.steps))
