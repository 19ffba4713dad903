"""Forecasters that differ in kind: each learns a table of lags and changes, and foretells changes."""

from .boosting import boosted_trees
from .recurrent import recurrent
from .ridge import ridge
from .table import LEVELS, MEDIAN, Forecaster, Lags

__all__ = ["FORECASTERS", "LEVELS", "MEDIAN", "Forecaster", "Lags"]

FORECASTERS: dict[str, Forecaster] = {"ridge": ridge, "boosted trees": boosted_trees, "recurrent": recurrent}
