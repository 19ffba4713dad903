"""Diffusion-TS, run from a checkout of its repository (github.com/Y-debug-sys/Diffusion-TS).

    pip install einops ema-pytorch pyyaml

Yuan and Qiao (2024), "Diffusion-TS: interpretable diffusion for general time series generation". The model, its
`Trainer` (Adam, accumulated gradients, clipping, warm-up and plateau schedule, moving average) and all settings are
theirs, from the set's own file in `Config/`; nothing of it is copied here. In the place of their data loader's windows
stand the benchmark's, brought to -1 ... 1 as theirs; batches are drawn by the same torch loader, which looks at the
clock between two steps. Samples come from the moving average by `generate_mts`, as in their `main.py`. Their schedule
waits for thousands of steps without progress and knows no last step, so that one training serves all budgets. A set
that they have no file for takes that of ETTh1, with its own number of steps and channels; a batch holds no more windows
than there are.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader
from tqdm import tqdm

from .clock import Floats, Missing, Task, Tick, Trained, against_the_clock

OWN = ("sines", "stocks", "energy", "fmri", "mujoco")  # sets with a file of their own, by that name
FOR_EVER = 10**9
AT_ONCE = 256  # windows; one core makes half as many again a second as at the 2001 of their main.py


def diffusion_ts(task: Task) -> Trained:
    """Train once, and sample on the way."""
    folder = checkout(task.diffusion_ts)
    torch.manual_seed(task.seed)
    np.random.seed(task.seed)
    config = configuration(folder, task)
    settings = {"commit": commit(folder), "file": f"Config/{file(task)}", **deepcopy(config)}
    with tempfile.TemporaryDirectory() as results:  # made by the trainer, left empty
        trainer = built(config, Path(results))
        loader = batches(task.tensor * 2 - 1, config["dataloader"]["batch_size"])

        def train(tick: Tick) -> None:
            trainer.dl = watched(loader, trainer.gradient_accumulate_every, tick)
            trainer.train()

        return Trained(settings, against_the_clock(task, train, partial(sample, trainer)))


def checkout(folder: Path | None) -> Path:
    """The folder, importable from now on."""
    if folder is None:
        raise Missing("give a checkout of github.com/Y-debug-sys/Diffusion-TS with --diffusion-ts FOLDER")
    folder = folder.resolve()
    if not (folder / "engine" / "solver.py").is_file():
        raise Missing(f"{folder.name} is no checkout of Diffusion-TS: it has no engine/solver.py")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        solver = import_module("engine.solver")
    except ImportError as error:
        raise Missing(f"{error}; pip install einops ema-pytorch pyyaml") from error
    solver.tqdm = partial(tqdm, disable=True)  # the clock has a bar
    return folder


def file(task: Task) -> str:
    """The set's own file of settings, or that of a set like it."""
    return f"{task.name if task.name in OWN else 'etth'}.yaml"


def configuration(folder: Path, task: Task) -> dict[str, Any]:
    """What the file says, less what only the sampling of missing values reads."""
    config = import_module("Utils.io_utils").load_yaml_config(folder / "Config" / file(task))
    loader = {name: config["dataloader"][name] for name in ("batch_size", "shuffle")}
    loader["batch_size"] = min(loader["batch_size"], len(task.windows))
    config["model"]["params"] |= dict(zip(("seq_length", "feature_size"), task.windows.shape[1:], strict=True))
    return {"model": config["model"], "solver": config["solver"], "dataloader": loader}


def commit(folder: Path) -> str | None:
    """Of the checkout; None where it is not one of git's own."""
    if not (folder / ".git").exists():
        return None
    told = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or None


def built(config: dict[str, Any], results: Path) -> Any:
    """Their trainer, which neither stops nor writes by itself."""
    model = import_module("Utils.io_utils").instantiate_from_config(config["model"])
    config["solver"] |= {"results_folder": str(results / "run"), "max_epochs": FOR_EVER, "save_cycle": FOR_EVER}
    return import_module("engine.solver").Trainer(config, None, model, {"dataloader": None})


def batches(x: torch.Tensor, size: int) -> DataLoader[torch.Tensor]:
    """In shuffled order, the last smaller one dropped, as theirs."""
    return DataLoader(list(x), batch_size=size, shuffle=True, drop_last=True)


def watched(loader: DataLoader[torch.Tensor], a_step: int, tick: Tick) -> Iterator[torch.Tensor]:
    """Batches for ever; before the first of each step but the first, the clock is asked."""
    drawn = 0
    while True:
        for batch in loader:
            if drawn and drawn % a_step == 0:
                tick()
            yield batch
            drawn += 1


def sample(trainer: Any, count: int) -> Floats:
    """Windows between 0 and 1."""
    sizes = [min(AT_ONCE, count - k) for k in range(0, count, AT_ONCE)]
    made = torch.cat([trainer.ema.ema_model.generate_mts(batch_size=size) for size in sizes])
    return ((made + 1) / 2).numpy()
