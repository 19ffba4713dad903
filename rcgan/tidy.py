"""Window files read back: the tables that ``Windows.to_frame`` makes, with the columns window and step."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from rcgan.data.files import read_table
from rcgan.data.schema import Schema
from rcgan.data.windows import Windows
from rcgan.errors import DataError, nearest

__all__ = ["read_windows"]


def read_windows(
    path: str | os.PathLike[str],
    *,
    schema: Schema | None = None,
    time: str | None = None,
    group: str | None = None,
    ignore: Iterable[str] = (),
    **roles: Any,
) -> Windows:
    """Read a window file; all windows of a group become windows of one series, so that a split keeps them together.

    Args:
        path: CSV or Parquet, with a column 'window' that numbers the windows and a column 'step' within them.
        schema: what the channels and the label are; None infers it. Columns beyond it are left out.
        time: a column of times, not needed; it is left out.
        group: the run that each window is from; None takes the column between 'window' and 'step', which is where
            ``Windows.to_frame`` writes it; without one, every window is a series of its own.
        ignore: columns to leave out.
        **roles: label, statics, categorical, continuous, as in :meth:`Schema.infer`.

    Raises:
        DataError: the file is no window file, a column is unknown, or a window belongs to two groups.
    """
    frame = read_table(path)
    names = list(frame.columns)
    if not {"window", "step"} <= set(names):
        raise DataError(f"{path} is no window file, as 'rcgan sample' writes them: it has no column window or step")
    for name in filter(None, (time, group, *ignore)):
        if name not in names:
            raise DataError(f"{path} has no column {name!r}{nearest(name, names)}")
    if group is None:
        between = names[names.index("window") + 1 : names.index("step")]
        group = between[0] if len(between) == 1 else None
    order = ["window", "step"] if group is None else [group, "window", "step"]
    frame = frame.sort_values(order, ignore_index=True)
    besides = {"step", group, time, *ignore} - {None}
    rows = frame.drop(columns=list(besides))
    if schema is None:
        schema = Schema.infer(rows, group="window", **roles)
    windows = Windows.from_frame(rows, schema, gap=None)
    return windows if group is None else _regrouped(windows, cast(pd.Series, frame[group]), path)


def _regrouped(windows: Windows, groups: pd.Series, path: str | os.PathLike[str]) -> Windows:
    """Make one series of all windows of a group; the rows stand in the order of groups already."""
    places, names = pd.factorize(groups)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(places))])
    lead = np.searchsorted(windows.bounds, bounds[:-1])
    if len(windows.table) != len(groups) or not np.array_equal(windows.bounds[lead], bounds[:-1]):
        raise DataError(f"{path}: a window has rows of two groups (column {groups.name!r})")
    return replace(windows, bounds=bounds, series=list(names), static_table=windows.static_table[lead])
