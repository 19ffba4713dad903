"""Judges that differ in kind: each learns to tell synthetic from real windows, and is asked about ones it never met."""

from collections.abc import Callable

from rcgan.evaluation.panel import Panel

from .convolutional import convolutional
from .judgement import Judgement, judgement, parts
from .trees import trees

__all__ = ["JUDGES", "Judge", "Judgement", "convolutional", "judgement", "parts", "trees"]

Judge = Callable[[Panel, Panel, Panel, int], Judgement]  # of training, test and synthetic windows, and a seed
JUDGES: dict[str, Judge] = {"strong judge": convolutional, "trees": trees}
