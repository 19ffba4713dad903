"""What synthetic windows are worth, measured against real ones that the generator never saw."""

from .detection import strong_judge
from .distances import context_fid
from .evaluating import evaluate
from .judges import Judgement
from .published import discriminative_score, predictive_score
from .report import Report

__all__ = [
    "Judgement",
    "Report",
    "context_fid",
    "discriminative_score",
    "evaluate",
    "predictive_score",
    "strong_judge",
]
