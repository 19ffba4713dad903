"""From a raw frame to windows: schema, cutting, splitting, relations, scaling, and data sets by name."""

from __future__ import annotations

from rcgan.data.datasets import list_datasets, load_dataset
from rcgan.data.relations import Relations, find_relations
from rcgan.data.scaling import Scaler
from rcgan.data.schema import Channel, Schema
from rcgan.data.windows import Windows

__all__ = [
    "Channel",
    "Relations",
    "Scaler",
    "Schema",
    "Windows",
    "find_relations",
    "list_datasets",
    "load_dataset",
]
