"""A frame to one table: rows of a group brought together, columns encoded, statics taken once a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcgan.data.schema import Channel, Schema, column_of
from rcgan.errors import DataError

__all__ = ["constant", "encode", "grouped", "with_index"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.integer[Any]]


def with_index(frame: pd.DataFrame, time: object) -> pd.DataFrame:
    """The frame with a named index turned into columns; an unnamed index of times is refused."""
    if not isinstance(cast(object, frame), pd.DataFrame):
        return frame
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    if named:
        return frame.reset_index(named)
    if isinstance(frame.index, pd.DatetimeIndex) and time is None:
        raise DataError("the index holds times; write frame.rename_axis('time') and time='time'")
    return frame


def grouped(frame: pd.DataFrame, group: str | None) -> tuple[Ints | None, Ints, list[Any]]:
    """The order that brings groups together (None: they are together), their row offsets and their names.

    >>> grouped(pd.DataFrame({"run": ["b", "a", "b"]}), "run")
    (array([0, 2, 1]), array([0, 2, 3]), ['b', 'a'])
    """
    if group is None:
        return None, np.array([0, len(frame)]), [0]
    missing = np.flatnonzero(frame[group].isna())
    if missing.size:
        raise DataError(f"group {group!r}: {missing.size} cells are missing (first: row {missing[0]})")
    places, names = pd.factorize(frame[group])
    bounds = np.concatenate([[0], np.cumsum(np.bincount(places))])
    series = [name.item() if isinstance(name, np.generic) else name for name in names]
    together = bool((np.diff(places) >= 0).all())
    return None if together else np.argsort(places, kind="stable"), bounds, series


def encode(frame: pd.DataFrame, channels: Sequence[Channel], order: Ints | None) -> Floats:
    """The columns of ``channels`` as one (rows, channels) table, in ``order`` where one is given."""
    table = np.empty((len(frame), len(channels)), dtype=np.float32)
    for place, channel in enumerate(channels):
        table[:, place] = channel.encode(column_of(frame, channel.name))
    return table if order is None else table[order]


def constant(table: Floats, bounds: Ints, schema: Schema, series: list[Any]) -> Floats:
    """The statics of each series, which must be constant within it."""
    heads = table[bounds[:-1]]
    same = np.repeat(heads, np.diff(bounds), axis=0)
    wrong = np.argwhere((table != same) & ~(np.isnan(table) & np.isnan(same)))
    if len(wrong):
        row, place = wrong[0]
        owner = series[int(np.searchsorted(bounds, row, side="right")) - 1]
        where = f"group {schema.group} {owner!r}" if schema.group else "the table, which has no group"
        raise DataError(f"static {schema.statics[place].name!r} changes within {where}; it is a channel, not a static")
    return heads
