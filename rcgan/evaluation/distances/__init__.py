"""How far synthetic windows are from real ones: one distance a file, all of them listed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

import numpy as np

from rcgan.evaluation.panel import Panel
from rcgan.evaluation.utility import REAL, SYNTHETIC, Score, untold

from .autocorrelations import autocorrelation, autocorrelations
from .context import context, context_fid
from .correlations import correlations
from .discrepancy import discrepancy
from .dwell import dwell
from .holes import holes
from .marginal import marginal
from .measure import Distance, Sets, observed
from .neighbours import coverage, density, precision, recall
from .sliced import sliced
from .spectra import spectra
from .steps import steps
from .warping import warping

__all__ = ["DISTANCES", "Distance", "autocorrelation", "context_fid", "distance_scores", "observed"]

TASK = "distance"
FEWEST = 40  # windows of a label
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
    context,
    warping,
    dwell,
    holes,
)


def distance_scores(train: Panel, test: Panel, synthetic: Panel, seed: int = 0, *, quick: bool = False) -> list[Score]:
    """Each distance, where its question arises, of the training and of the synthetic windows from the test windows.

    The quick ones also between windows of one label, for every label that 40 windows of each set have; ``quick`` leaves
    out the others.
    """
    short = [distance for distance in DISTANCES if distance.quick]
    found = compared(short if quick else DISTANCES, Sets(test, (train, synthetic), seed))
    for code, label in enumerate(test.classes):
        alike = [p.take(p.codes == code) for p in (test, train, synthetic) if p.codes is not None]
        if len(alike) == 3 and min(map(len, alike)) >= FEWEST:
            scores = compared(short, Sets(alike[0], tuple(alike[1:]), seed))
            found += [replace(score, label=str(label)) for score in scores]
    return found


def compared(distances: Sequence[Distance], sets: Sets) -> list[Score]:
    """Those of the distances whose question arises, of a real and of a synthetic set."""
    found: list[Score] = []
    for distance in (d for d in distances if d.asked(sets.real)):
        for row, value in zip((REAL, SYNTHETIC), distance.found(sets), strict=True):
            if isnan(value):
                found.append(untold(TASK, distance.name, distance.better, distance.lacking, row=row))
            else:
                found.append(Score(TASK, distance.name, row, None, value, np.nan, np.nan, distance.better))
    return found
