"""DGAN of gretel-synthetics, a port of DoppelGANger.

    pip install category-encoders && pip install --no-deps gretel-synthetics

Its declared requirements (numpy < 1.24, pandas < 2) contradict this package's, so that it is installed without them;
DGAN itself runs (0.22.20 with numpy 2.4, pandas 3.0, torch 2.13). Its licence restricts what it may be used for: read
it first. Its own training is called, and its progress callback, which comes after every step, is where the clock is
looked at. The paper is Lin et al. (2020), "Using GANs for sharing networked time series data: challenges, initial
promise, and open questions".
"""

from __future__ import annotations

import copy
import warnings
from dataclasses import asdict
from functools import partial
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np
import torch

from .clock import Floats, Missing, Task, Trained, against_the_clock

# sample_len has to divide the window: the next smaller one that does is taken.
# Of the example notebook; its 10,000 epochs are the minutes here.
NOTEBOOK = {
    "sample_len": 12,
    "batch_size": 1000,
    "apply_feature_scaling": True,
    "apply_example_scaling": False,
    "use_attribute_discriminator": False,
    "generator_learning_rate": 1e-4,
    "discriminator_learning_rate": 1e-4,
}
# sample_len, the only one without a default, as in the documentation's example: four turns of the LSTM a window.
DEFAULTS = {"sample_len": 6}


def dgan(task: Task, given: dict[str, Any]) -> Trained:
    """Train once, and sample on the way."""
    try:
        package = "gretel_synthetics.timeseries_dgan"
        config_module, module = import_module(f"{package}.config"), import_module(f"{package}.dgan")
    except ImportError as error:
        raise Missing(f"{error}; pip install category-encoders && pip install --no-deps gretel-synthetics") from error
    torch.manual_seed(task.seed)
    steps = task.windows.shape[1]
    fitting = {"sample_len": max(k for k in range(1, given["sample_len"] + 1) if steps % k == 0)}
    config = config_module.DGANConfig(max_sequence_len=steps, epochs=10**9, **given | fitting)
    model = module.DGAN(config)

    def sample(count: int) -> Floats:
        """Of a copy, since DGAN stays in evaluation mode afterwards."""
        return np.stack(copy.deepcopy(model).generate_numpy(count)[1]).astype(np.float32)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, on the old names that DGAN calls
        made = against_the_clock(
            task, lambda tick: model.train_numpy(task.windows, progress_callback=lambda _: tick() and None), sample
        )
    settings = {name: getattr(value, "name", value) for name, value in asdict(config).items()}
    return Trained({"version": version("gretel-synthetics"), **settings}, made)


notebook, defaults = partial(dgan, given=NOTEBOOK), partial(dgan, given=DEFAULTS)
