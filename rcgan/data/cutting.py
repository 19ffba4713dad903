"""Where windows may start: times, gaps, runs, starts, and one label a window from the labels of its rows."""

from __future__ import annotations

import re
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from rcgan.errors import DataError, nearest

__all__ = ["LABEL_RULES", "check_times", "find_runs", "parse_times", "starts", "window_codes"]

LABEL_RULES = ("majority", "any", "last")
Ints = npt.NDArray[np.integer[Any]]


def parse_times(column: pd.Series) -> tuple[npt.NDArray[Any], str]:
    """Read a time column as datetime64[ns] (UTC where a zone is given) or as numbers; also its parsed dtype.

    >>> times, dtype = parse_times(pd.Series(["2024-01-01 00:00", "2024-01-01 00:10"], name="ts"))
    >>> times[1] - times[0], dtype
    (np.timedelta64(600000000000,'ns'), 'datetime64[us]')

    Raises:
        DataError: A cell is missing, is no time, or carries another zone than the first one.
    """
    missing = np.flatnonzero(column.isna())
    if missing.size:
        raise DataError(f"time {column.name!r}: {missing.size} cells are missing (first: row {missing[0]})")
    if types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype):
        numbers = column.to_numpy(dtype=np.int64 if types.is_integer_dtype(column.dtype) else np.float64)
        if not np.isfinite(numbers).all():
            raise DataError(f"time {column.name!r}: row {int(np.argmin(np.isfinite(numbers)))} is infinite")
        return numbers, str(column.dtype)
    stamps = column if types.is_datetime64_any_dtype(column.dtype) else _read_stamps(column)
    zoned = isinstance(stamps.dtype, pd.DatetimeTZDtype)
    plain = stamps.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else stamps
    try:
        return plain.astype("datetime64[ns]").to_numpy(), str(stamps.dtype)
    except (pd.errors.OutOfBoundsDatetime, OverflowError):
        raise DataError(f"time {column.name!r} leaves the years 1678 to 2262 ({plain.min()}, {plain.max()})") from None


def _read_stamps(column: pd.Series) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attempts: tuple[dict[str, Any], ...] = ({"format": "ISO8601"}, {}, {"dayfirst": True})
        for options in attempts:
            try:
                stamps = pd.to_datetime(column, **options)
            except (ValueError, TypeError, OverflowError):
                continue
            if types.is_datetime64_any_dtype(stamps.dtype):
                return stamps
        if pd.to_datetime(column, utc=True, format="ISO8601", errors="coerce").notna().all():
            _raise_mixed_zones(column)
        bad = int(np.argmax(pd.to_datetime(column, errors="coerce", utc=True, format="mixed").isna()))
    raise DataError(
        f"time {column.name!r}: {column.iloc[bad]!r} in row {bad} cannot be read as the other times are; "
        "write 2024-12-31 23:59:59 or a number"
    )


def _raise_mixed_zones(column: pd.Series) -> None:
    zones = column.map(lambda cell: (re.findall(r"(?:Z|[+-]\d\d(?::?\d\d)?)$", str(cell)[10:]) or ["no zone"])[0])
    other = int(np.argmax(zones != zones.iloc[0]))
    raise DataError(
        f"time {column.name!r} mixes time zones ({zones.iloc[0]} in row 0, "
        f"{zones.iloc[other]} in row {other}); write all in one zone, as pd.to_datetime(..., utc=True) does"
    )


def check_times(
    times: npt.NDArray[Any],
    bounds: Ints,
    *,
    name: str,
    group: str | None,
    series: list[Any],
    rows: Ints | None = None,
) -> None:
    """Refuse times that go back or stand still within a series; ``rows`` are the rows' places in the source.

    >>> check_times(np.array([0, 1, 1]), np.array([0, 3]), name="t", group=None, series=[0])
    Traceback (most recent call last):
    rcgan.errors.DataError: time 't': 1 stands twice, in rows 1 and 2; ...
    """
    ahead = times[1:] > times[:-1]
    ahead[bounds[1:-1] - 1] = True
    if ahead.all():
        return
    at = int(np.argmin(ahead))
    here, there = (at, at + 1) if rows is None else (int(rows[at]), int(rows[at + 1]))
    place = int(np.searchsorted(bounds, at, side="right")) - 1
    own = times[bounds[place] : bounds[place + 1]]
    where = "" if group is None else f" of {group} {series[place]!r}"
    first, second = times[at], times[at + 1]
    if first == second:
        remedy = "" if group is not None else ", or say group='...' if a column tells the rows apart"
        raise DataError(
            f"time {name!r}{where}: {_show(first)} stands twice, in rows {here} and {there}; "
            f"keep one row a stamp{remedy}"
        )
    remedy = f"frame.sort_values({[name] if group is None else [group, name]}) puts it right"
    if len(np.unique(own)) < len(own):
        remedy = "sorted, stamps would stand twice: was the clock set back, or do several series need group='...'?"
    raise DataError(
        f"time {name!r}{where} is not sorted: {_show(first)} in row {here} comes before "
        f"{_show(second)} in row {there}; {remedy}"
    )


def _show(stamp: Any) -> str:
    return str(pd.Timestamp(stamp)) if isinstance(stamp, np.datetime64) else str(stamp)


def find_runs(times: npt.NDArray[Any] | None, bounds: Ints, gap: object) -> npt.NDArray[np.int64]:
    """Row offsets of the runs: the series' ``bounds`` and, between them, every row that follows a gap.

    ``gap="auto"`` calls a step a gap when it is longer than 1.5 times the usual one, which is the 99 %
    quantile of the series' steps kept between the median and twice the median. A number, a Timedelta or a text such as
    "10min" sets the longest step that is no gap; None means that there are none.

    >>> find_runs(np.array([0, 1, 2, 3, 5, 6, 7]), np.array([0, 7]), "auto")
    array([0, 4, 7])
    >>> find_runs(np.array([0, 1, 2, 3, 5, 6, 7]), np.array([0, 7]), 2)
    array([0, 7])
    """
    edges = np.asarray(bounds, dtype=np.int64)
    if times is None:
        if gap not in ("auto", None):
            raise DataError(f"gap={gap!r} needs times; name the time column with time='...'")
        return edges
    if gap is None:
        return edges
    steps = np.diff(times)
    if steps.dtype.kind == "m":
        steps = steps.astype(np.int64)
    broken = np.zeros(len(times) + 1, dtype=bool)
    if gap == "auto":
        for start, stop in pairwise(edges):
            broken[start + 1 : stop] = _long(steps[start : stop - 1])
    else:
        broken[1:-1] = steps > _longest(gap, dated=times.dtype.kind == "M")
    broken[edges] = True
    return np.flatnonzero(broken)


def _long(steps: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if not steps.size or steps.min() == steps.max():
        return np.zeros(steps.size, dtype=bool)
    median, high = np.quantile(steps, [0.5, 0.99], method="lower")
    return steps > 1.5 * np.clip(high, median, 2 * median)


def _longest(gap: object, *, dated: bool) -> float | int:
    if not dated:
        if isinstance(gap, bool) or not isinstance(gap, int | float) or not gap > 0:
            raise DataError(f"gap={gap!r}: the times are numbers, so give a positive number, 'auto' or None")
        return gap
    try:
        if isinstance(gap, int | float):
            raise ValueError
        length = pd.Timedelta(gap)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        raise DataError(f"gap={gap!r} is no length of time; write gap='10min', a Timedelta, 'auto' or None") from None
    if not length > pd.Timedelta(0):
        raise DataError(f"gap={gap!r} must be longer than nothing")
    return int(length.value)


def starts(runs: Ints, window: int, stride: int) -> npt.NDArray[np.integer[Any]]:
    """First rows of all windows that lie within one run; one array and no other, int32 where that holds.

    >>> starts(np.array([0, 5, 7, 11]), window=3, stride=2)
    array([0, 2, 7], dtype=int32)
    """
    lengths = np.diff(runs)
    if lengths.max() < window:
        raise DataError(
            f"window={window} is longer than every run (the longest has {lengths.max()} rows); "
            f"write window={lengths.max()} or less, or gap=None if the gaps do not matter"
        )
    counts = np.maximum(lengths - window, -stride) // stride + 1
    begins, counts = runs[:-1][counts > 0], counts[counts > 0]
    steps = np.full(int(counts.sum()), stride, dtype=np.int32 if runs[-1] < 2**31 else np.int64)
    steps[0] = begins[0]
    steps[np.cumsum(counts)[:-1]] = begins[1:] - (begins[:-1] + (counts[:-1] - 1) * stride)
    return np.cumsum(steps, dtype=steps.dtype, out=steps)


def window_codes(codes: Ints, first: Ints, lengths: Ints, rule: str, classes: tuple[Any, ...]) -> npt.NDArray[np.int32]:
    """One code a window from the codes of its rows.

    "majority" takes the commonest (on a tie the one rarer in all rows), "any" the rarest class present,
    "last" the last row's.

    >>> codes, first, lengths = np.array([0, 0, 0, 0, 0, 1]), np.array([0, 3]), np.array([3, 3])
    >>> window_codes(codes, first, lengths, "any", ("ok", "fault")).tolist()
    [0, 1]

    Raises:
        DataError: The rule is unknown, or a class that rows carry ends in no window.
    """
    if rule not in LABEL_RULES:
        raise DataError(f"label_rule={rule!r} is none of {list(LABEL_RULES)}{nearest(rule, LABEL_RULES)}")
    sizes = np.bincount(codes, minlength=len(classes))
    present = [int(code) for code in np.argsort(sizes, kind="stable") if sizes[code]]
    last = first + lengths - 1
    if rule == "last":
        chosen = codes[last].astype(np.int32)
    else:
        chosen = np.zeros(len(first), dtype=np.int32)
        best = np.zeros(len(first), dtype=np.int32)
        for code in present:
            total = np.cumsum(codes == code, dtype=np.int32)
            count = total[last] - total[first] + (codes[first] == code)
            wins = count > best if rule == "majority" else (count > 0) & (best == 0)
            chosen[wins], best[wins] = code, count[wins]
    lost = [classes[code] for code in present if not (chosen == code).any()]
    if lost:
        remedy = "take a shorter window or stride" if rule == "any" else "write label_rule='any' or a shorter window"
        raise DataError(f"class {lost[0]!r} is in the rows but ends in no window by label_rule={rule!r}; {remedy}")
    return chosen
