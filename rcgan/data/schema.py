"""What the columns of a frame are: continuous or categorical channels, label, statics, time and group."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from rcgan.data.cutting import parse_times
from rcgan.errors import DataError, nearest

__all__ = ["Channel", "Kind", "Schema", "column_of", "label_channel"]

Kind = Literal["continuous", "categorical"]
Floats = npt.NDArray[np.float32]
MOST = 50  # categories that are still categories; beyond it the column is taken for free text or an id
DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
WRITTEN = ("window", "step")  # columns that Windows.to_frame writes
PLACES = 10  # of decimal numbers, fewer of which are looked for
SOME = 1000  # numbers that rule most out


@dataclass(frozen=True)
class Channel:
    """One column: its kind, the pandas dtype it came in, and its categories in sorted order.

    >>> mode = Channel("mode", "categorical", "str", ("idle", "press"))
    >>> mode.encode(pd.Series(["press", None, "idle"]))
    array([ 1., nan,  0.], dtype=float32)
    >>> mode.decode(np.array([1.0, np.nan, 0.0])).tolist()
    ['press', nan, 'idle']
    """

    name: str
    kind: Kind
    dtype: str
    categories: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in ("continuous", "categorical"):
            raise DataError(f"column {self.name!r}: kind {self.kind!r} is neither 'continuous' nor 'categorical'")

    def encode(self, column: pd.Series) -> Floats:
        """Turn a column into float32 numbers or category codes; NaN means missing.

        Raises:
            DataError: A cell is text, infinite or an unknown category; the message names its row.
        """
        return _codes(self, column) if self.kind == "categorical" else _numbers(column)

    def decode(self, values: npt.ArrayLike) -> pd.Series:
        """Turn numbers or codes back into a column of the source's dtype.

        Decimal numbers have the digits that they had: 20.1, not the 20.100000381 that it is in float32. Integers are
        rounded. Where the dtype cannot hold the values (a missing integer, -3 in an unsigned
        column) the nearest pandas dtype that can is used: Int64, boolean.
        """
        cells = np.asarray(values)
        missing = np.isnan(cells)
        if self.kind == "categorical":
            codes = np.where(missing, -1, np.nan_to_num(cells)).astype(np.int64)
            column = pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(list(self.categories))))
            return column.astype(_holding(self.dtype, bool(missing.any()))).rename(self.name)
        dtype = pd.api.types.pandas_dtype(self.dtype)
        if types.is_float_dtype(dtype):
            return pd.Series(_decimals(cells), dtype=self.dtype, name=self.name)
        whole = pd.Series(np.rint(cells.astype(np.float64)), name=self.name)
        return whole.astype(_holding(self.dtype, bool(missing.any()), whole))


@dataclass(frozen=True)
class Schema:
    """The roles of a frame's columns; inferred, then corrected by hand where the inference is wrong.

    ``time_dtype`` is the dtype of the parsed time column, so that a table written back has the same zone.

    >>> frame = pd.DataFrame({"force": [1.0, 2.0, 2.5], "mode": ["idle", "press", "press"]})
    >>> schema = Schema.infer(frame)
    >>> [(c.name, c.kind, c.categories) for c in schema.channels]
    [('force', 'continuous', ()), ('mode', 'categorical', ('idle', 'press'))]
    >>> Schema.from_dict(schema.to_dict()) == schema
    True
    """

    channels: tuple[Channel, ...]
    label: Channel | None = None
    statics: tuple[Channel, ...] = ()
    time: str | None = None
    group: str | None = None
    time_dtype: str | None = None

    def __post_init__(self) -> None:
        label = () if self.label is None else (self.label.name,)
        named = [*self.names, *label, *(c.name for c in self.statics), *_names(self.time)]
        written = (*WRITTEN, "series") if self.group in WRITTEN else (*WRITTEN, *_names(self.group))
        for name in named:
            if name in written or named.count(name) > 1:
                raise DataError(
                    f"column {name!r} has the name of another column that to_frame writes; "
                    f"rename it, or leave it out with ignore=[{name!r}]"
                )

    @property
    def names(self) -> list[str]:
        """Channel names, in order."""
        return [channel.name for channel in self.channels]

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, dicts and scalars, as JSON has them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schema:
        """Read back what :meth:`to_dict` gave, also after a trip through JSON."""

        def channel(entry: dict[str, Any]) -> Channel:
            told: dict[str, Any] = {**entry, "categories": tuple(entry["categories"])}
            return Channel(**told)

        told = {
            **data,
            "channels": tuple(channel(entry) for entry in data["channels"]),
            "statics": tuple(channel(entry) for entry in data["statics"]),
            "label": channel(data["label"]) if data["label"] else None,
        }
        return cls(**cast("dict[str, Any]", told))

    def check(self, frame: pd.DataFrame) -> None:
        """Refuse a frame that lacks one of the columns named here."""
        _check_frame(frame)
        label = () if self.label is None else (self.label.name,)
        statics = tuple(c.name for c in self.statics)
        named = {"channels": tuple(self.names), "statics": statics, "label": label}
        _check_roles(frame, {**named, "time": _names(self.time), "group": _names(self.group)})

    @classmethod
    def infer(
        cls,
        frame: pd.DataFrame,
        *,
        time: str | None = None,
        group: str | None = None,
        label: str | None = None,
        statics: Iterable[str] = (),
        categorical: Iterable[str] = (),
        continuous: Iterable[str] = (),
        ignore: Iterable[str] = (),
    ) -> Schema:
        """Guess what each column is; every column that has no role is a channel.

        Text, booleans and pandas categories are categorical; integers that are only 0 and 1 as well; other
        numbers are continuous. ``statics`` are columns that are constant within a group. ``categorical`` and
        ``continuous`` overrule the guess; ``ignore`` leaves columns out.

        Raises:
            DataError: The frame has fewer than two rows, a name is unknown or has two roles, or a column
                cannot be used as it is; the message names the column and the way out.
        """
        as_categories, as_numbers = _names(categorical), _names(continuous)
        roles = {"time": _names(time), "group": _names(group), "label": _names(label)}
        roles |= {"statics": _names(statics), "ignore": _names(ignore)}
        _check_frame(frame)
        _check_roles(frame, {**roles, "categorical": as_categories, "continuous": as_numbers})
        taken = {name for names in roles.values() for name in names}

        def channel(name: str) -> Channel:
            declared = "categorical" if name in as_categories else "continuous" if name in as_numbers else None
            return _infer_channel(column_of(frame, name), declared)

        channels = tuple(channel(name) for name in frame.columns if name not in taken)
        if not channels:
            raise DataError(f"no channel is left: the columns {list(frame.columns)} all have another role")
        return cls(
            channels=channels,
            label=label_channel(column_of(frame, label), per_row=True) if label is not None else None,
            statics=tuple(channel(name) for name in roles["statics"]),
            time=time,
            group=group,
            time_dtype=None if time is None else parse_times(column_of(frame, time))[1],
        )


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """One column, which has a name of its own (see :meth:`Schema.infer`)."""
    return cast(pd.Series, frame[name])


def label_channel(column: pd.Series, *, per_row: bool) -> Channel:
    """Describe a label; with ``per_row`` each class must have two rows.

    >>> label_channel(pd.Series([1.0, 0.0, 1.0], name="fault"), per_row=False).categories
    (0.0, 1.0)
    """
    missing = np.flatnonzero(column.isna())
    if missing.size:
        raise DataError(
            f"label {column.name!r}: {missing.size} of {len(column)} cells are missing (first: row "
            f"{missing[0]}); every row needs a label, so fill them or leave these rows out"
        )
    counts = column.value_counts()
    if len(counts) > MOST:
        raise DataError(
            f"label {column.name!r} has {len(counts)} classes, {MOST} at most; a number to be predicted is a channel"
        )
    single = [value for value, count in counts.items() if count == 1]
    if per_row and single:
        raise DataError(
            f"label {column.name!r}: class {_scalar(single[0], column)!r} has a single row; "
            "a class needs more examples, so leave it out or join it with another"
        )
    return Channel(str(column.name), "categorical", str(column.dtype), _categories(column))


def _infer_channel(column: pd.Series, declared: Kind | None) -> Channel:
    name, dtype = str(column.name), column.dtype
    if column.isna().all():
        raise DataError(f"column {name!r} holds no value at all; leave it out with ignore=[{name!r}]")
    if types.is_datetime64_any_dtype(dtype):
        raise DataError(f"column {name!r} holds times; say time={name!r}, or leave it out with ignore=[{name!r}]")
    if types.is_timedelta64_dtype(dtype) or isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype):
        raise DataError(
            f"column {name!r} has dtype {dtype}, which is no channel; make it a number or ignore=[{name!r}]"
        )
    if types.is_complex_dtype(dtype):
        raise DataError(f"column {name!r} holds complex numbers; make the real and imaginary parts two columns")
    kind = declared or _guess(column)
    if kind == "categorical":
        return Channel(name, kind, str(dtype), _categories(column))
    _numbers(column)
    return Channel(name, kind, str(dtype))


def _guess(column: pd.Series) -> Kind:
    if types.is_bool_dtype(column.dtype) or isinstance(column.dtype, pd.CategoricalDtype):
        return "categorical"
    if types.is_integer_dtype(column.dtype):
        binary = int(column.min()) == 0 and int(column.max()) == 1
        return "categorical" if binary else "continuous"
    if types.is_numeric_dtype(column.dtype):
        return "continuous"
    _check_text(column)
    return "categorical"


def _check_text(column: pd.Series) -> None:
    name, seen = column.name, column.dropna()
    if types.infer_dtype(seen) == "boolean":
        return
    numeric = _parsed(seen).notna().to_numpy()
    if numeric.mean() >= 0.5:
        remedy = f"clean it, or declare categorical=[{name!r}]"
        if numeric.all():
            raise DataError(f"column {name!r} holds numbers as text; frame[{name!r}].astype(float), {remedy}")
        raise DataError(f"{_bad_numbers(column)}; {remedy}")
    if seen.head(20).map(lambda cell: bool(DATE.match(str(cell)))).mean() > 0.5:
        raise DataError(
            f"column {name!r} holds times; say time={name!r}, "
            f"or ignore=[{name!r}], or categorical=[{name!r}] where dates are kinds of something"
        )
    if seen.nunique() > MOST:
        raise DataError(
            f"column {name!r} has {seen.nunique()} different texts, {MOST} at most: free text or an id "
            f"is no channel; leave it out with ignore=[{name!r}], or insist with categorical=[{name!r}]"
        )


def _parsed(column: pd.Series) -> pd.Series:
    return cast(pd.Series, pd.to_numeric(column, errors="coerce"))


def _bad_numbers(column: pd.Series) -> str:
    bad = np.flatnonzero(_parsed(column).isna() & column.notna())
    return (
        f"column {column.name!r}: {bad.size} of {int(column.notna().sum())} cells are no numbers "
        f"(first: {column.iloc[bad[0]]!r} in row {bad[0]})"
    )


def _decimals(cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return float32 numbers with as few places as all of them need, in float64; as they are where these are too many.

    >>> _decimals(np.float32([20.1, 0.25, np.nan])).tolist()
    [20.1, 0.25, nan]
    """
    if cells.dtype != np.float32:
        return cells
    wide = cells.astype(np.float64)
    for places in range(PLACES):
        if np.array_equal(np.round(wide[:SOME], places).astype(np.float32), cells[:SOME], equal_nan=True):
            told = np.round(wide, places)
            if np.array_equal(told.astype(np.float32), cells, equal_nan=True):
                return told
    return wide


def _numbers(column: pd.Series) -> Floats:
    """The column as float32; NaN is missing; text and infinities are refused."""
    if not types.is_numeric_dtype(column.dtype):
        if _parsed(column).isna().equals(column.isna()):
            raise DataError(f"column {column.name!r} holds numbers as text; frame[{column.name!r}].astype(float)")
        raise DataError(f"{_bad_numbers(column)}; clean it, or declare categorical=[{column.name!r}]")
    with np.errstate(over="ignore"):
        numbers = column.to_numpy(dtype=np.float32, na_value=np.nan)
    infinite = np.flatnonzero(np.isinf(numbers))
    if infinite.size:
        raise DataError(
            f"column {column.name!r}: {infinite.size} cells are infinite or beyond 3.4e38 "
            f"(first: row {infinite[0]}); write an empty cell where there is no value"
        )
    return numbers


def _codes(channel: Channel, column: pd.Series) -> Floats:
    places, uniques = pd.factorize(column)
    known = {category: code for code, category in enumerate(channel.categories)}
    codes = np.array([known.get(_scalar(u, column), -1) for u in uniques] + [np.nan], dtype=np.float32)
    strange = np.flatnonzero(codes == -1)
    if strange.size:
        cell = _scalar(uniques[strange[0]], column)
        row = int(np.argmax(places == strange[0]))
        raise DataError(
            f"column {channel.name!r}: category {cell!r} (row {row}) is not among {list(channel.categories)}"
            f"{nearest(cell, channel.categories)}"
        )
    return codes[places]  # a missing cell has place -1: the NaN at the end


def _categories(column: pd.Series) -> tuple[Any, ...]:
    values = {_scalar(value, column) for value in column.dropna().unique()}
    kinds = {"number" if type(v) in (int, float) else type(v).__name__ for v in values}
    if len(kinds) > 1:
        raise DataError(f"column {column.name!r} mixes {' and '.join(sorted(kinds))}; make it one type, say text")
    return tuple(sorted(values))


def _scalar(value: object, column: pd.Series) -> str | bool | int | float:
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, str | bool | int) or (isinstance(plain, float) and math.isfinite(plain)):
        return plain
    raise DataError(
        f"column {column.name!r}: {plain!r} ({type(plain).__name__}) cannot be a category; make it text or a number"
    )


def _holding(dtype: str, missing: bool, values: pd.Series | None = None) -> Any:
    """``dtype`` itself, or the nearest one that can hold the missing cells and the range of ``values``."""
    target = pd.api.types.pandas_dtype(dtype)
    if not isinstance(target, np.dtype):
        return target
    if target.kind in "iu":
        if values is not None and len(values.dropna()):
            span = np.iinfo(target)
            if values.min() < span.min or values.max() > span.max:
                return "Int64" if missing else "int64"
        return {"i": "Int64", "u": "UInt64"}[target.kind] if missing else target
    return "boolean" if missing and target.kind == "b" else target


def _names(given: str | Iterable[str] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else tuple(given)


def _check_frame(frame: pd.DataFrame) -> None:
    if not isinstance(cast(object, frame), pd.DataFrame):
        raise DataError(f"a pandas DataFrame is needed, not {type(frame).__name__}; arrays go to Windows.from_arrays")
    odd = [name for name in frame.columns if not isinstance(name, str)]
    if odd:
        raise DataError(f"column name {odd[0]!r} is no text; frame.columns = frame.columns.map(str)")
    doubled = frame.columns[frame.columns.duplicated()]
    if len(doubled):
        raise DataError(f"column {doubled[0]!r} appears twice; rename one")
    if len(frame) < 2:
        found = "one row" if len(frame) else "no rows"
        raise DataError(f"the table has {found}; a series needs two at least")


def _check_roles(frame: pd.DataFrame, roles: Mapping[str, tuple[str, ...]]) -> None:
    for role, names in roles.items():
        for name in names:
            if name not in frame.columns:
                known = list(frame.columns)
                raise DataError(f"{role}: no column {name!r}{nearest(name, known)} (columns: {', '.join(known)})")
    kinds = {"categorical", "continuous"}
    for a, b in combinations(roles, 2):
        if b in kinds and a in ("statics", "label") and (a, b) != ("label", "continuous"):
            continue  # a kind says more about them
        both = sorted(set(roles[a]) & set(roles[b]))
        if both:
            raise DataError(f"column {both[0]!r} is named as {a} and as {b}; it can be one of them")
