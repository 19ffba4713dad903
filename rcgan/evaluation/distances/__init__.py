"""How far synthetic windows are from real ones: one distance a file, all of them listed here."""

from __future__ import annotations

from math import isnan

import numpy as np

from rcgan.evaluation.panel import Panel
from rcgan.evaluation.utility import REAL, SYNTHETIC, Score, untold

from .autocorrelations import autocorrelation, autocorrelations
from .correlations import correlations
from .discrepancy import discrepancy
from .dwell import dwell
from .holes import holes
from .marginal import marginal
from .measure import Distance, observed
from .neighbours import coverage, density, precision, recall
from .sliced import sliced
from .spectra import spectra
from .steps import steps

__all__ = ["DISTANCES", "Distance", "autocorrelation", "distance_scores", "observed"]

TASK = "distance"
DISTANCES = (
    marginal,
    steps,
    autocorrelations,
    spectra,
    correlations,
    sliced,
    discrepancy,
    precision,
    recall,
    density,
    coverage,
    dwell,
    holes,
)


def distance_scores(train: Panel, test: Panel, synthetic: Panel) -> list[Score]:
    """Each distance, where its question arises, of the training and of the synthetic windows from the test windows."""
    found: list[Score] = []
    for distance in (d for d in DISTANCES if d.asked(test)):
        for row, panel in ((REAL, train), (SYNTHETIC, synthetic)):
            value = distance.between(test, panel)
            if isnan(value):
                found.append(untold(TASK, distance.name, distance.better, distance.lacking, row=row))
            else:
                found.append(Score(TASK, distance.name, row, None, value, np.nan, np.nan, distance.better))
    return found
