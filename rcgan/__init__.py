"""Time-series augmentation with recurrent conditional GANs: learn from windows, make new ones by label, prove it.

Names are imported when first used, so that ``rcgan --help`` and ``import rcgan`` answer at once.

>>> import rcgan
>>> train, test = rcgan.load_dataset("waves", n=100).split(0.8, seed=0)
>>> new = rcgan.RCGAN(latent_dim=2, steps=10).fit(train, progress=False).sample(4, labels="sine")
>>> new.labels.tolist()
['sine', 'sine', 'sine', 'sine']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rcgan.errors import CollapseWarning, DataError, DivergedError, ModelFileError

if TYPE_CHECKING:
    from rcgan.data import Schema, Windows, list_datasets, load_dataset
    from rcgan.evaluation import Report, evaluate
    from rcgan.models import (
        AAE,
        ARAE,
        CGAN,
        DCGAN,
        GAN,
        RCGAN,
        WGAN,
        WGANGP,
        BiGAN,
        ConditionalAAE,
        ConditionalWGAN,
        CramerGAN,
        CriticFeatures,
        InfoGAN,
        SemiSupervisedGAN,
        SeqGAN,
        load,
    )

__all__ = [
    "AAE",
    "ARAE",
    "CGAN",
    "DCGAN",
    "GAN",
    "RCGAN",
    "WGAN",
    "WGANGP",
    "BiGAN",
    "CollapseWarning",
    "ConditionalAAE",
    "ConditionalWGAN",
    "CramerGAN",
    "CriticFeatures",
    "DataError",
    "DivergedError",
    "InfoGAN",
    "ModelFileError",
    "Report",
    "Schema",
    "SemiSupervisedGAN",
    "SeqGAN",
    "Windows",
    "evaluate",
    "list_datasets",
    "load",
    "load_dataset",
]

FAMILIES = (  # the keys of rcgan.models.MODELS, here so that the command line can name them without importing torch
    "RCGAN",
    "GAN",
    "CGAN",
    "DCGAN",
    "WGAN",
    "WGANGP",
    "ConditionalWGAN",
    "CramerGAN",
    "BiGAN",
    "AAE",
    "ConditionalAAE",
    "InfoGAN",
    "SemiSupervisedGAN",
    "SeqGAN",
    "ARAE",
)

HOMES = {
    **dict.fromkeys((*FAMILIES, "CriticFeatures", "load"), "models"),
    "Report": "evaluation",
    "evaluate": "evaluation",
    "Schema": "data",
    "Windows": "data",
    "list_datasets": "data",
    "load_dataset": "data",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module 'rcgan' has no attribute {name!r}")
    return getattr(import_module(f"rcgan.{HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
