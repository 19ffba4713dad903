"""Windows: pieces of up to t rows and d channels, cut from shared tables without copying them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcgan.checks import whole
from rcgan.data import arrays, cutting, files, grouping, splitting
from rcgan.data.schema import Channel, Schema, column_of, label_channel
from rcgan.errors import DataError, nearest

__all__ = ["Windows"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.integer[Any]]
CUTS = ("window", "stride", "gap", "label_rule")
ROLES = ("time", "group", "label", "statics", "categorical", "continuous", "ignore")


@dataclass(frozen=True, eq=False)
class Windows:
    """n windows of up to ``n_steps`` rows over one shared table; indexing gives Windows and never copies rows.

    Attributes:
        schema: What the channels, the label and the statics are.
        table: (rows, d) float32, so whole numbers beyond 16,777,216 are rounded to seven digits; codes for
            categorical channels, NaN where a value is missing.
        first: (n,) the windows' first rows in ``table``.
        lengths: (n,) their numbers of rows.
        n_steps: t, the longest length there may be.
        bounds: (m + 1,) row offsets of the m series in ``table``; no window crosses one.
        series: m names: group values, file stems or 0, 1, ...
        times: (rows,) datetime64[ns] or numbers; None when unknown.
        codes: (n,) positions of the windows' labels in ``schema.label.categories``; None without labels.
        static_table: (m, k) the series' statics, encoded as channels are.

    >>> windows = Windows.from_series(np.arange(10.0), window=4, stride=2)
    >>> windows.shape, windows[1].values[0, :, 0].tolist()
    ((4, 4, 1), [2.0, 3.0, 4.0, 5.0])
    """

    schema: Schema
    table: Floats
    first: Ints
    lengths: Ints
    n_steps: int
    bounds: Ints
    series: list[Any]
    times: npt.NDArray[Any] | None
    codes: npt.NDArray[np.int32] | None
    static_table: Floats

    def __len__(self) -> int:
        """n, the number of windows."""
        return len(self.first)

    def __repr__(self) -> str:
        """Shape, channels, label and number of series in a line."""
        label = f", label {self.schema.label.name!r}" if self.schema.label else ""
        return f"<Windows {self.shape} of {self.schema.names}{label} from {len(self.series)} series>"

    def __getitem__(self, index: int | slice | npt.ArrayLike) -> Windows:
        """Some of the windows; an integer gives one."""
        if isinstance(index, tuple) and cast("Any", index[1:]) == (...,):  # so does scikit-learn split
            index = cast("npt.ArrayLike", index[0])
        if isinstance(index, int | np.integer):
            index = [int(index)]
        chosen = index if isinstance(index, slice) else _positions(index, len(self))
        codes = None if self.codes is None else self.codes[chosen]
        return replace(self, first=self.first[chosen], lengths=self.lengths[chosen], codes=codes)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n, t, d)."""
        return len(self), self.n_steps, self.table.shape[1]

    @property
    def values(self) -> Floats:
        """(n, t, d) float32, a new array; NaN where a value is missing or the window has ended."""
        rows = self.first[:, None] + np.arange(self.n_steps, dtype=self.first.dtype)
        ended = np.arange(self.n_steps) >= np.asarray(self.lengths)[:, None]
        if not ended.any():
            return self.table[rows]
        values = self.table[np.where(ended, self.first[:, None], rows)]
        values[ended] = np.nan
        return values

    @property
    def observed(self) -> npt.NDArray[np.bool_]:
        """(n, t, d) True where there is a value."""
        return ~np.isnan(self.values)

    @property
    def labels(self) -> npt.NDArray[Any] | None:
        """(n,) original label values; None without labels."""
        if self.codes is None or self.schema.label is None:
            return None
        return np.asarray(self.schema.label.categories)[self.codes]

    @property
    def series_of(self) -> npt.NDArray[np.int64]:
        """(n,) position in ``series`` of the series each window is from."""
        return np.searchsorted(self.bounds, self.first, side="right") - 1

    @property
    def statics(self) -> pd.DataFrame:
        """(n, k) original values of the static attributes."""
        table = self.static_table[self.series_of]
        return pd.DataFrame({c.name: c.decode(table[:, i]) for i, c in enumerate(self.schema.statics)})

    @property
    def provenance(self) -> pd.DataFrame:
        """Where each window is from: series, first_row within it, length and, with times, start."""
        owner = self.series_of
        columns: dict[str, Any] = {
            "series": pd.Index(self.series).take(owner),
            "first_row": self.first - np.asarray(self.bounds)[owner],
            "length": np.asarray(self.lengths),
        }
        if self.times is not None:
            columns["start"] = self._stamps(np.asarray(self.first))
        return pd.DataFrame(columns)

    def bare(self) -> Windows:
        """The same windows without labels and statics."""
        schema = replace(self.schema, label=None, statics=())
        return replace(self, schema=schema, codes=None, static_table=self.static_table[:, :0])

    def rows(self) -> npt.NDArray[np.bool_]:
        """(rows,) True for the rows of ``table`` that these windows cover."""
        return self._covered(0)

    def starts(self) -> npt.NDArray[np.bool_]:
        """(rows,) True for the rows of ``table`` that no window covers together with the row before."""
        return ~self._covered(1)

    def _covered(self, after: int) -> npt.NDArray[np.bool_]:
        """(rows,) True for the rows that a window covers, less so many of each window's first ones."""
        change = np.zeros(len(self.table) + 1, dtype=np.int32)
        np.add.at(change, self.first + np.minimum(self.lengths, after), 1)
        np.subtract.at(change, self.first + self.lengths, 1)
        return np.cumsum(change, out=change)[:-1] > 0

    @classmethod
    def from_arrays(
        cls,
        X: npt.ArrayLike | Sequence[npt.ArrayLike] | Windows,
        y: Any = None,
        *,
        names: Sequence[str] | None = None,
    ) -> Windows:
        """Take windows as tslearn has them, every window a series of its own.

        Args:
            X: (n, t, d), (n, t) for one channel, or a list of (t_i, d) or (t_i,). Rows at a window's end that
                are all NaN are padding and shorten it; any other NaN is a missing value. A C-contiguous
                float32 array is not copied. Windows come back unchanged.
            y: (n,) labels; None for none.
            names: Channel names; None gives x0, x1, ...

        Raises:
            DataError: Shapes do not fit, a value is infinite, or a window holds no value.

        >>> windows = Windows.from_arrays([[1.0, 2.0, 3.0], [4.0, 5.0]], y=["up", "up"])
        >>> windows.shape, windows.lengths.tolist(), windows.labels.tolist()
        ((2, 3, 1), [3, 2], ['up', 'up'])
        """
        if isinstance(X, Windows):
            if y is not None or names is not None:
                raise DataError("Windows carry their own labels and names; leave y and names out")
            return X
        table, bounds = arrays.stack(X)
        arrays.check_finite(table)
        lengths = arrays.unpadded(table, bounds)
        channels = arrays.number_channels(table.shape[1], names)
        label, codes = arrays.window_labels(y, len(lengths))
        return cls(
            schema=Schema(channels, label),
            table=table,
            first=bounds[:-1],
            lengths=lengths,
            n_steps=int(np.diff(bounds).max()),
            bounds=bounds,
            series=list(range(len(lengths))),
            times=None,
            codes=codes,
            static_table=np.empty((len(lengths), 0), dtype=np.float32),
        )

    @classmethod
    def from_series(
        cls,
        values: npt.ArrayLike,
        *,
        window: int,
        stride: int = 1,
        names: Sequence[str] | None = None,
        labels: Any = None,
        times: npt.ArrayLike | None = None,
        gap: object = "auto",
        label_rule: str = "majority",
    ) -> Windows:
        """Cut one series (rows, d) or (rows,), without copying it when it is C-contiguous float32.

        Args:
            values: The series; NaN where a value is missing.
            window: Rows in a window.
            stride: Rows from one window's start to the next.
            names: Channel names; None gives x0, x1, ...
            labels: (rows,) a label for each row; None for none.
            times: (rows,) sorted times; None for none.
            gap: See :func:`rcgan.data.cutting.find_runs`.
            label_rule: See :func:`rcgan.data.cutting.window_codes`.
        """
        table = arrays.as_table(values)
        if table.ndim == 1:
            table = table[:, None]
        if table.ndim != 2 or table.shape[1] == 0 or len(table) < 2:
            raise DataError(f"a series is (rows, channels) with two rows at least, found shape {table.shape}")
        arrays.check_finite(table)
        schema = Schema(arrays.number_channels(table.shape[1], names), time=None if times is None else "time")
        bounds = np.array([0, len(table)])
        stamps = row_codes = None
        if times is not None:
            stamps, dtype = cutting.parse_times(arrays.as_column(times, "time", len(table)))
            schema = replace(schema, time_dtype=dtype)
            cutting.check_times(stamps, bounds, name="time", group=None, series=[0])
        if labels is not None:
            column = arrays.as_column(labels, "label", len(table))
            schema = replace(schema, label=label_channel(column, per_row=True))
            row_codes = cast(Channel, schema.label).encode(column).astype(np.int32)
        return cls._cut(
            schema,
            table,
            bounds,
            [0],
            stamps,
            row_codes,
            None,
            window=window,
            stride=stride,
            gap=gap,
            rule=label_rule,
        )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        schema: Schema | None = None,
        *,
        window: int | None = None,
        stride: int = 1,
        gap: object = "auto",
        label_rule: str = "majority",
        **roles: Any,
    ) -> Windows:
        """Cut a frame of one or many series; never across a gap in time, never across two groups.

        Args:
            frame: One row a time step; groups may be interleaved, each sorted by time.
            schema: What the columns are; None infers it, with ``roles`` as in :meth:`Schema.infer`.
            window: Rows in a window; None makes every run one window, so that lengths differ.
            stride: Rows from one window's start to the next.
            gap: See :func:`rcgan.data.cutting.find_runs`.
            label_rule: See :func:`rcgan.data.cutting.window_codes`.
            **roles: time, group, label, statics, categorical, continuous, ignore.

        >>> frame = pd.DataFrame({"run": ["a"] * 3 + ["b"] * 4, "force": [1, 2, 3, 4, 5, 6, 7]})
        >>> windows = Windows.from_frame(frame, group="run", window=3)
        >>> windows.provenance
          series  first_row  length
        0      a          0       3
        1      b          0       3
        2      b          1       3
        """
        frame = grouping.with_index(frame, schema.time if schema else roles.get("time"))
        strange = [name for name in roles if name not in ROLES]
        if strange:
            raise DataError(f"from_frame has no option {strange[0]!r}{nearest(strange[0], [*CUTS, *ROLES])}")
        if schema is None:
            schema = Schema.infer(frame, **roles)
        elif roles:
            raise DataError(f"{sorted(roles)[0]}= cannot stand beside a schema; put it into the schema")
        else:
            schema.check(frame)
        order, bounds, series = grouping.grouped(frame, schema.group)
        table = grouping.encode(frame, schema.channels, order)
        times = row_codes = None
        if schema.time is not None:
            times = cutting.parse_times(column_of(frame, schema.time))[0]
            times = times if order is None else times[order]
            cutting.check_times(times, bounds, name=schema.time, group=schema.group, series=series, rows=order)
        if schema.label is not None:
            row_codes = grouping.encode(frame, (schema.label,), order)[:, 0].astype(np.int32)
        statics = grouping.constant(grouping.encode(frame, schema.statics, order), bounds, schema, series)
        return cls._cut(
            schema, table, bounds, series, times, row_codes, statics,
            window=window, stride=stride, gap=gap, rule=label_rule,
        )  # fmt: skip

    @classmethod
    def read(cls, paths: files.Paths, **options: Any) -> Windows:
        """Read one or many CSV or Parquet files and cut them; ``options`` are :meth:`from_frame`'s.

        ``paths`` is a path, several, or a pattern such as "runs/*.csv". Without ``group=`` each of several
        files is a series named by its stem, in a column 'series'. See :func:`rcgan.data.files.read_table`.
        """
        schema = options.get("schema")
        group = schema.group if isinstance(schema, Schema) else options.get("group")
        frame, added = files.read_tables(paths, group=group)
        if added and schema is None:
            options["group"] = "series"
        return cls.from_frame(frame, **options)

    @classmethod
    def _cut(
        cls,
        schema: Schema,
        table: Floats,
        bounds: Ints,
        series: list[Any],
        times: npt.NDArray[Any] | None,
        row_codes: Ints | None,
        statics: Floats | None,
        *,
        window: int | None,
        stride: int,
        gap: object,
        rule: str,
    ) -> Windows:
        stride = whole("stride", stride, of="rows")
        window = None if window is None else whole("window", window, of="rows")
        runs = cutting.find_runs(times, bounds, gap)
        if window is None:
            first, lengths = runs[:-1], np.diff(runs)
        else:
            first = cutting.starts(runs, window, stride)
            lengths = np.broadcast_to(np.int32(window), first.shape)
        codes = None
        if row_codes is not None and schema.label is not None:
            codes = cutting.window_codes(row_codes, first, lengths, rule, schema.label.categories)
        return cls(
            schema=schema,
            table=table,
            first=first,
            lengths=lengths,
            n_steps=window or int(lengths.max()),
            bounds=np.asarray(bounds, dtype=np.int64),
            series=series,
            times=times,
            codes=codes,
            static_table=np.empty((len(series), 0), dtype=np.float32) if statics is None else statics,
        )

    @classmethod
    def concat(cls, parts: Iterable[Windows]) -> Windows:
        """Join windows of the same channels and label; times are kept when all parts have them.

        Raises:
            DataError: Nothing is given, or channels, statics or label differ.
        """
        parts = list(parts)
        if not parts:
            raise DataError("nothing to join: give one Windows at least")
        lead = parts[0]
        for part in parts[1:]:
            _check_same(lead.schema, part.schema)
        if all(part.table is lead.table for part in parts):
            offsets, tables = [np.int64(0)] * len(parts), [lead]
        else:
            offsets, tables = list(np.cumsum([0] + [len(part.table) for part in parts[:-1]])), parts
        bounds = [part.bounds[:-1] + offset for part, offset in zip(tables, offsets, strict=False)]
        total = sum(len(part.table) for part in tables)
        return replace(
            lead,
            table=lead.table if len(tables) == 1 else np.concatenate([part.table for part in tables]),
            first=np.concatenate([part.first + offset for part, offset in zip(parts, offsets, strict=True)]),
            lengths=np.concatenate([part.lengths for part in parts]),
            n_steps=max(part.n_steps for part in parts),
            bounds=np.concatenate([*bounds, [total]]),
            series=[name for part in tables for name in part.series],
            times=_joined([part.times for part in tables]),
            codes=_joined([part.codes for part in parts]),
            static_table=np.concatenate([part.static_table for part in tables]),
        )

    def split(
        self, fraction: float, *, by: str | None = None, embargo: int | str | pd.Timedelta = 0, seed: int = 0
    ) -> tuple[Windows, Windows]:
        """Split into (train, test) so that no row is on both sides; see :func:`rcgan.data.splitting.split`.

        >>> train, test = Windows.from_series(np.arange(100.0), window=10).split(0.7, embargo=5)
        >>> len(train), len(test), bool((train.rows() & test.rows()).any())
        (61, 16, False)
        """
        train, test = splitting.split(self, fraction, by=by, embargo=embargo, seed=seed)
        return self[train], self[test]

    def to_arrays(self) -> tuple[Floats, npt.NDArray[Any] | None]:
        """(X, y) as tslearn has them: X (n, t, d) with NaN as padding, y (n,) or None."""
        return self.values, self.labels

    def to_frame(self) -> pd.DataFrame:
        """One row a window and step: window, the group if there is one, step, time, channels, statics, label.

        Channels have their source's dtype and categories again; the group's column is 'series' where its own
        name is taken.
        """
        lengths = np.asarray(self.lengths)
        window = np.repeat(np.arange(len(self)), lengths)
        step = np.arange(len(window)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        rows = np.repeat(self.first, lengths) + step
        columns: dict[str, Any] = {"window": window}
        if self.schema.group is not None:
            group = self.schema.group if self.schema.group not in ("window", "step") else "series"
            columns[group] = pd.Index(self.series).take(self.series_of[window])
        columns["step"] = step
        if self.times is not None and self.schema.time is not None:
            columns[self.schema.time] = self._stamps(rows)
        for place, channel in enumerate(self.schema.channels):
            columns[channel.name] = channel.decode(self.table[rows, place])
        for place, channel in enumerate(self.schema.statics):
            columns[channel.name] = channel.decode(self.static_table[self.series_of, place][window])
        if self.schema.label is not None and self.codes is not None:
            columns[self.schema.label.name] = self.schema.label.decode(self.codes[window].astype(np.float32))
        return pd.DataFrame(columns)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write :meth:`to_frame` as CSV, whole or not at all; numbers with the digits that float32 has."""
        frame = self.to_frame()
        numbers = [c.name for c in (*self.schema.channels, *self.schema.statics) if frame[c.name].dtype == "float64"]
        files.write_csv(frame.astype(dict.fromkeys(numbers, "float32")), path)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write :meth:`to_frame` as Parquet, whole or not at all."""
        files.write_parquet(self.to_frame(), path)

    def _stamps(self, rows: Ints) -> pd.Series:
        stamps, dtype = pd.Series(cast(Any, self.times)[rows]), self.schema.time_dtype
        if dtype is None:
            return stamps
        target = pd.api.types.pandas_dtype(dtype)
        if isinstance(target, pd.DatetimeTZDtype):
            stamps = stamps.dt.tz_localize("UTC")
        return stamps.astype(target)


def _positions(index: npt.ArrayLike, n: int) -> npt.NDArray[Any]:
    chosen = np.asarray(index)
    if chosen.size == 0:
        return chosen.astype(np.int64)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iub" or (chosen.dtype.kind == "b" and len(chosen) != n):
        raise IndexError(f"{n} windows are picked by an integer, a slice, {n} booleans or a list of integers")
    return chosen


def _check_same(a: Schema, b: Schema) -> None:
    for role in ("channels", "statics", "label"):
        one, other = getattr(a, role), getattr(b, role)
        if one != other:
            raise DataError(f"the windows have different {role} and cannot be joined: {one} and {other}")


def _joined(arrays: Sequence[npt.NDArray[Any] | None]) -> npt.NDArray[Any] | None:
    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None
