"""What the scores see of a set of windows: plain arrays, brought to one order of channels, categories and classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from rcgan.data.windows import Windows
from rcgan.errors import DataError, nearest

__all__ = ["Panel", "aligned", "as_panel", "moments", "read_sets"]

FEWEST_SERIES = 10


@dataclass(frozen=True)
class Panel:
    """Windows as arrays.

    Attributes:
        values: (n, t, d) float32 in original units, codes 0..K-1 in categorical channels; NaN where missing or past a
            window's end.
        lengths: (n,) rows of each window.
        names: the d channels.
        categories: one tuple a channel; empty for a continuous one.
        classes: the known labels, empty when there are none.
        codes: (n,) positions in ``classes``, None when there are no labels.
        units: (n,) numbers of the groups that are resampled as a whole for intervals: the series where there are at
            least 10, else blocks of four window lengths, so that overlapping windows mostly stay together.
    """

    values: NDArray[np.float32]
    lengths: NDArray[np.int64]
    names: tuple[str, ...]
    categories: tuple[tuple[Any, ...], ...]
    classes: tuple[Any, ...]
    codes: NDArray[np.int64] | None
    units: NDArray[np.int64]

    def __len__(self) -> int:
        """How many windows."""
        return len(self.values)

    @property
    def continuous(self) -> NDArray[np.bool_]:
        """(d,) which channels are numbers."""
        return np.array([not c for c in self.categories])

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(n, t) which steps are before a window's end."""
        return np.arange(self.values.shape[1]) < self.lengths[:, None]

    def category_counts(self) -> list[tuple[int, int]]:
        """Position and number of categories of each categorical channel."""
        return [(c, len(known)) for c, known in enumerate(self.categories) if known]

    def complete(self) -> NDArray[np.bool_]:
        """(n,) which windows have no missing cell before their end."""
        return np.all(~np.isnan(self.values).any(2) | ~self.inside, axis=1)

    def take(self, index: NDArray[Any]) -> Panel:
        """The windows at ``index`` (positions or a boolean mask)."""
        codes = None if self.codes is None else self.codes[index]
        return replace(
            self, values=self.values[index], lengths=self.lengths[index], codes=codes, units=self.units[index]
        )


def as_panel(windows: Any, name: str, like: Panel | None = None, *, most: int | None = None, seed: int = 0) -> Panel:
    """Read ``Windows``, an array (n, t, d), or a pair (array, labels), into a Panel.

    Args:
        windows: the windows.
        name: what an error calls them.
        like: whose channel names an array takes; None gives x0, x1, ...
        most: keep at most so many windows, drawn without replacement and left in order; None keeps all.
        seed: fixes the draw.

    Raises:
        DataError: no windows, or an array that has not the channels of ``like``.
    """
    names = None
    if not isinstance(windows, Windows):
        x, y = cast("tuple[Any, Any]", windows) if isinstance(windows, tuple) else (windows, None)
        windows, names = Windows.from_arrays(x, y), None if like is None else like.names
        if like is not None:
            check_array(windows, name, like)
    if len(windows) == 0:
        raise DataError(f"{name} holds no windows")
    if most is not None and len(windows) > most:
        windows = windows[np.sort(np.random.default_rng(seed).choice(len(windows), most, replace=False))]
    schema = windows.schema
    labelled = schema.label is not None and windows.codes is not None
    return Panel(
        values=windows.values,
        lengths=np.asarray(windows.lengths, dtype=np.int64),
        names=names or tuple(schema.names),
        categories=tuple(c.categories if c.kind == "categorical" else () for c in schema.channels),
        classes=schema.label.categories if schema.label is not None and labelled else (),
        codes=np.asarray(windows.codes, dtype=np.int64) if labelled else None,
        units=resampling_units(windows),
    )


def read_sets(train: Any, test: Any, synthetic: Any, *, most: int, seed: int) -> tuple[Panel, Panel, Panel]:
    """The three sets of an evaluation as panels, in the training windows' order of channels, categories and classes.

    Raises:
        DataError: as :func:`as_panel` and :func:`aligned` do.
    """
    real = as_panel(train, "train", most=most, seed=seed)
    held, new = (
        aligned(as_panel(given, name, real, most=most, seed=seed), real, name)
        for given, name in ((test, "test"), (synthetic, "synthetic"))
    )
    return real, held, new


def moments(x: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation (1 where it is 0) of what is observed of each channel of ``x`` (n, t, c).

    >>> moments(np.array([[[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]]]))
    (array([2., 5.]), array([1., 1.]))
    """
    values = x.astype(np.float64)
    known = np.isfinite(values)
    count = np.maximum(known.sum((0, 1)), 1)
    mean = np.where(known, values, 0).sum((0, 1)) / count
    sd = np.sqrt((np.where(known, values - mean, 0) ** 2).sum((0, 1)) / count)
    return mean, np.where(sd > 0, sd, 1.0)


def check_array(windows: Windows, name: str, like: Panel) -> None:
    """Refuse an array that cannot have the channels of ``like``."""
    if not like.continuous.all():
        channel = like.names[int(np.argmin(like.continuous))]
        raise DataError(
            f"{name} is an array, and channel {channel!r} is categorical: pass Windows, which know its categories"
        )
    if windows.shape[2] != len(like.names):
        raise DataError(
            f"{name} has {windows.shape[2]} channels; the real windows have {len(like.names)}, {list(like.names)}"
        )


def resampling_units(windows: Windows) -> NDArray[np.int64]:
    """Numbers (n,) of the series, or of blocks of four window lengths where there are fewer than 10 series."""
    series = np.asarray(windows.series_of, dtype=np.int64)
    if len(np.unique(series)) >= FEWEST_SERIES:
        keys = series[:, None]
    else:
        keys = np.stack([series, np.asarray(windows.first, dtype=np.int64) // (4 * windows.n_steps)], 1)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


def aligned(panel: Panel, like: Panel, name: str) -> Panel:
    """``panel`` with its channels, categories and classes in the order of ``like``.

    Raises:
        DataError: a channel that ``like`` has not or the reverse, another kind of channel, an unknown category or
            label, or another number of steps where all of ``like``'s windows are equally long.
    """
    for mine, theirs, where in ((panel, like, "the real windows lack it"), (like, panel, f"{name} lacks it")):
        for channel in mine.names:
            if channel not in theirs.names:
                owner = name if mine is panel else "the real windows"
                raise DataError(f"channel {channel!r} is in {owner} but {where}{nearest(channel, theirs.names)}")
    steps, given = like.values.shape[1], panel.values.shape[1]
    if given != steps and (like.lengths == steps).all():
        raise DataError(
            f"{name} has windows of {given} steps; the real ones all have {steps}: cut both to the same length"
        )
    order = [panel.names.index(c) for c in like.names]
    values = panel.values[..., order]
    for c, (channel, known) in enumerate(zip(like.names, like.categories, strict=True)):
        found = panel.categories[order[c]]
        if bool(found) != bool(known):
            kinds = ("categorical" if found else "continuous", "categorical" if known else "continuous")
            raise DataError(
                f"channel {channel!r} is {kinds[0]} in {name} and {kinds[1]} in the real windows: declare it alike"
            )
        if found != known:
            values[..., c] = recoded(values[..., c], found, known, f"channel {channel!r} of {name}")
    codes = panel.codes
    if codes is not None and like.classes and panel.classes != like.classes:
        codes = recoded(codes, panel.classes, like.classes, f"the labels of {name}").astype(np.int64)
    return replace(
        panel,
        values=values,
        names=like.names,
        categories=like.categories,
        classes=like.classes or panel.classes,
        codes=codes,
    )


def recoded(codes: NDArray[Any], found: tuple[Any, ...], known: tuple[Any, ...], where: str) -> NDArray[Any]:
    """Codes of ``found`` as codes of ``known``; a category counts as unknown only if a cell holds it."""
    used = np.unique(codes[~np.isnan(codes)]).astype(int)
    table = np.full(len(found), -1)
    for k in used:
        if found[k] not in known:
            raise DataError(
                f"{where}: {found[k]!r} is not among the real ones, {list(known)}{nearest(found[k], known)}"
            )
        table[k] = known.index(found[k])
    out = codes.copy()
    there = ~np.isnan(codes)
    out[there] = table[codes[there].astype(int)]
    return out
