"""Train and test windows that share no row: by series, by time, or window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcgan.errors import DataError, nearest

if TYPE_CHECKING:
    from rcgan.data.windows import Windows

__all__ = ["split"]

Ints = npt.NDArray[np.integer[Any]]
Bools = npt.NDArray[np.bool_]
SHUFFLES = 200


def split(
    windows: Windows, fraction: float, *, by: str | None, embargo: int | str | pd.Timedelta, seed: int
) -> tuple[Ints, Ints]:
    """Positions of the train and the test windows; ``fraction`` is the train part's share.

    Args:
        windows: What to split.
        fraction: Between 0 and 1.
        by: "window" deals windows out, label by label, and is the default where every window is a series of
            its own. "group" deals series out, and of 200 shuffles takes the one whose sizes and class shares are
            closest to those asked for; the default for two series or more. "time" makes the last part of
            every series test data and leaves out the windows across the cut; the default for one series.
        embargo: Rows, or a length of time such as "10min", that separate train from test within a series;
            windows in between are left out. Series are apart already, so it matters to "time" alone.
        seed: Of the dealing.

    Raises:
        DataError: A side would be empty, or ``by="window"`` meets windows that share rows.
    """
    if not 0 < fraction < 1:
        raise DataError(f"fraction={fraction!r} must lie between 0 and 1; 0.8 trains on four fifths")
    if not len(windows):
        raise DataError("there are no windows to split")
    length = _embargo(windows, embargo)
    owner = windows.series_of
    series = np.unique(owner)
    if by is None:
        by = "window" if len(series) == len(windows) > 1 else "group" if len(series) > 1 else "time"
    rng = np.random.default_rng(seed)
    if by == "window":
        train = _by_window(windows, fraction, rng, apart=len(series) == len(windows) or embargo == 0)
        test = ~train
    elif by == "group":
        train = _by_group(windows, owner, fraction, rng)
        test = ~train
    elif by == "time":
        train, test = _by_time(windows, owner, fraction, length)
    else:
        raise DataError(f"by={by!r} is none of 'window', 'group', 'time'{nearest(by, ('window', 'group', 'time'))}")
    if not train.any() or not test.any():
        side = "test" if train.any() else "train"
        raise DataError(
            f"the {side} side of split({fraction}, by={by!r}, embargo={embargo!r}) is empty "
            f"({len(windows)} windows, {len(series)} series); change the fraction, the window or the embargo"
        )
    return np.flatnonzero(train), np.flatnonzero(test)


def _embargo(windows: Windows, embargo: Any) -> int | np.timedelta64:
    if isinstance(embargo, int | np.integer) and not isinstance(embargo, bool):
        if embargo >= 0:
            return int(embargo)
    elif windows.times is None or windows.times.dtype.kind != "M":
        raise DataError(f"embargo={embargo!r}: without dates it is a whole number of rows")
    else:
        try:
            length = np.timedelta64(-1 if isinstance(embargo, float) else pd.Timedelta(embargo).value, "ns")
        except (ValueError, TypeError):
            length = np.timedelta64(-1, "ns")
        if length >= np.timedelta64(0, "ns"):
            return length
    raise DataError(f"embargo={embargo!r} is neither rows (0 or more) nor a length of time such as '10min'")


def _by_window(windows: Windows, fraction: float, rng: np.random.Generator, *, apart: bool) -> Bools:
    order = np.argsort(windows.first, kind="stable")
    ends = (windows.first + windows.lengths)[order]
    shared = np.flatnonzero(windows.first[order][1:] < ends[:-1])
    if shared.size:
        a, b = sorted(order[shared[0] : shared[0] + 2].tolist())
        raise DataError(f"windows {a} and {b} share rows, so by='window' would leak; write by='group' or by='time'")
    if not apart:
        raise DataError("by='window' keeps no embargo within a series; write by='group' or by='time'")
    train = np.zeros(len(windows), dtype=bool)
    codes = np.zeros(len(windows), dtype=np.int64) if windows.codes is None else windows.codes
    for code in np.unique(codes):
        members = rng.permutation(np.flatnonzero(codes == code))
        count = round(fraction * len(members))
        train[members[: min(max(count, 1), max(len(members) - 1, 1))]] = True
    return train


def _by_group(windows: Windows, owner: Ints, fraction: float, rng: np.random.Generator) -> Bools:
    """Try shuffles of the series; keep the one with the best sizes and class shares."""
    _, member = np.unique(owner, return_inverse=True)
    m = int(member.max()) + 1
    codes = np.zeros(len(owner), dtype=np.int64) if windows.codes is None else windows.codes
    counts = np.zeros((m, int(codes.max()) + 1))
    np.add.at(counts, (member, codes), 1.0)
    whole = counts.sum(axis=0)
    best, least = np.ones(m, dtype=bool), np.inf
    for _ in range(SHUFFLES if m > 1 else 0):
        order = rng.permutation(m)
        reached = np.cumsum(counts[order].sum(axis=1)) / len(owner)
        take = int(np.clip(np.argmin(np.abs(reached - fraction)) + 1, 1, m - 1))
        chosen = np.isin(np.arange(m), order[:take])
        badness = _badness(counts[chosen].sum(axis=0), whole, fraction)
        if badness < least:
            best, least = chosen, badness
    return best[member]


def _badness(train: npt.NDArray[np.float64], whole: npt.NDArray[np.float64], fraction: float) -> float:
    """Distance of the train side from the asked share of every class; a class lost on a side counts as 1."""
    test = whole - train
    size = abs(train.sum() / whole.sum() - fraction)
    shares = np.abs(train / train.sum() - whole / whole.sum()).sum()
    shares += np.abs(test / test.sum() - whole / whole.sum()).sum()
    lost = int(((whole > 1) & ((train == 0) | (test == 0))).sum())
    return float(size + shares + lost)


def _by_time(windows: Windows, owner: Ints, fraction: float, embargo: int | np.timedelta64) -> tuple[Bools, Bools]:
    """Cut each series between rows; what starts after the cut and its embargo is test."""
    ends = windows.first + windows.lengths
    low = np.full(len(windows.series), np.iinfo(np.int64).max)
    high = np.zeros(len(windows.series), dtype=np.int64)
    np.minimum.at(low, owner, windows.first)
    np.maximum.at(high, owner, ends)
    cut = low + np.rint(fraction * (high - low)).astype(np.int64)
    train = ends <= cut[owner]
    if isinstance(embargo, int):
        return train, windows.first >= cut[owner] + embargo
    times: npt.NDArray[Any] = windows.times  # type: ignore[assignment]
    last = times[np.maximum(cut[owner] - 1, 0)]
    return train, (windows.first >= cut[owner]) & (times[windows.first] - last >= embargo)
