"""Tables in and out of files: CSV of any usual form or Parquet in; whole files or none out."""

from __future__ import annotations

import csv
import glob
import io
import os
import re
import warnings
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pandas as pd
from pandas.api import types

from rcgan.errors import DataError, nearest

__all__ = ["Paths", "atomic", "read_table", "read_tables", "write_csv", "write_parquet"]

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
DELIMITERS = ",;\t|"
HEAD = 1 << 16  # bytes that the delimiter is guessed from


def read_tables(paths: Paths, *, group: str | None = None) -> tuple[pd.DataFrame, bool]:
    """Read one or several files of the same columns as one frame.

    Several files without a ``group`` get a column 'series' of their stems, and so do files without such a
    column when it is the ``group``; the second result says whether one was added.
    """
    found = _expand(paths)
    frames = [read_table(path) for path in found]
    for path, frame in zip(found[1:], frames[1:], strict=True):
        _check_columns(found[0], frames[0], path, frame)
    has = "series" in frames[0].columns
    if group is None and len(found) > 1 and has:
        raise DataError("the files have a column 'series' of their own; say group='series' or another group")
    added = (group is None and len(found) > 1) or (group == "series" and not has)
    if added:
        stems = [path.stem for path in found]
        twice = [stem for stem in stems if stems.count(stem) > 1]
        if twice:
            raise DataError(f"two files are called {twice[0]!r}; rename one, or say which column is the group")
        for frame, stem in zip(frames, stems, strict=True):
            frame.insert(0, "series", stem)
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True), added


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read one CSV or Parquet file.

    A CSV is UTF-8 and has a header; its delimiter is the one of , ; tab | that gives the same number of cells
    in every line, and a decimal comma is understood. Row numbers without a name in the header, as R writes
    them, are no column.

    Raises:
        DataError: The file is missing, a directory, not readable, not UTF-8, empty or not a table.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            if head[:4] == b"PAR1":
                return _read_parquet(path)
            return _read_csv(path, head)
    except IsADirectoryError:
        raise DataError(f"{path} is a directory; write its files as '{path}/*.csv'") from None
    except FileNotFoundError:
        beside = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        raise DataError(f"there is no file {path}{nearest(path.name, beside)}") from None
    except PermissionError:
        raise DataError(f"{path} may not be read: permission denied") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {_reason(error)}") from None


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except ValueError as error:  # pyarrow's errors are ValueErrors
        raise DataError(f"{path} is no whole Parquet file: {str(error).splitlines()[0]}") from None
    return frame if frame.index.names == [None] else frame.reset_index()


def _read_csv(path: Path, head: bytes) -> pd.DataFrame:
    lines = _decode(path, head)
    if not lines:
        raise DataError(f"{path} is empty")
    delimiter = _delimiter(lines)
    header, *rows = csv.reader(lines, delimiter=delimiter)
    twice = [name for name in header if name and header.count(name) > 1]
    if twice:
        raise DataError(f"{path}: column {twice[0]!r} appears twice; rename one")
    options: dict[str, Any] = {
        "sep": delimiter,
        "decimal": "," if delimiter != "," and _comma_decimals(rows) else ".",
        "encoding": "utf-8-sig",
        "low_memory": False,
        "skip_blank_lines": len(header) > 1,  # in a single column an empty line is a missing value
        "index_col": _index(path, header, rows),
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)  # a delimiter at the end of each line
            _check_rows(path, delimiter, len(header))
            return pd.read_csv(path, **options).reset_index(drop=True)
    except UnicodeDecodeError as error:
        raise DataError(_not_utf8(path, error.object[error.start])) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise DataError(f"{path} is no table: {str(error).strip().splitlines()[-1]}") from None


def _check_rows(path: Path, delimiter: str, width: int) -> None:
    """Refuse a line with too few cells, which pandas would fill with missing values."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        for row in reader:
            if row and len(row) < width:
                told = f"line {reader.line_num} has {len(row)} cells where the header has {width} names"
                raise DataError(f"{path}: {told}; was the file cut short? mend or delete that line")


def _comma_decimals(rows: list[list[str]]) -> bool:
    number = re.compile(r"[+-]?\d*([.,])\d+(?:[eE][+-]?\d+)?$")
    marks = {match[1] for row in rows for cell in row if (match := number.match(cell.strip()))}
    return marks == {","}


def _index(path: Path, header: list[str], rows: list[list[str]]) -> bool | None:
    """What pandas is to make of rows with one cell more than the header: row numbers or a last empty cell."""
    if not rows or any(len(row) != len(header) + 1 for row in rows):
        return None
    if not any(row[-1] for row in rows):
        return False
    if all(row[0].isdecimal() for row in rows):
        return None
    raise DataError(
        f"{path}: the header has {len(header)} names for {len(header) + 1} cells a row; name the first column"
    )


def _decode(path: Path, head: bytes) -> list[str]:
    whole = len(head) < HEAD
    if not whole and b"\n" in head:
        head = head[: head.rindex(b"\n") + 1]
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(_not_utf8(path, head[error.start])) from None
    if "\0" in text:
        raise DataError(f"{path} is no text file; give CSV (UTF-8) or Parquet")
    return [line for line in io.StringIO(text, newline=None) if line.strip()]


def _not_utf8(path: Path, byte: int) -> str:
    return f"{path} is not UTF-8 text (byte 0x{byte:02x}); save it as UTF-8, or give Parquet"


def _delimiter(lines: list[str]) -> str:
    """The delimiter that gives most cells in the header, and as many (or one more) in every line."""

    def cells(delimiter: str) -> tuple[int, int]:
        first, *rest = (len(row) for row in csv.reader(lines[:100], delimiter=delimiter))
        regular = first > 1 and set(rest) <= {first, first + 1}
        return (first if regular else 0, first)

    return max(DELIMITERS, key=cells)


def _expand(paths: Paths) -> list[Path]:
    found: list[Path] = []
    for path in [paths] if isinstance(paths, str | os.PathLike) else paths:
        text = os.fspath(path)
        if glob.has_magic(text) and not os.path.exists(text):
            matches = sorted(glob.glob(text, recursive=True))
            if not matches:
                raise DataError(f"no file matches {text}")
            found += map(Path, matches)
        else:
            found.append(Path(text))
    if not found:
        raise DataError("no file was given")
    return found


def _check_columns(first: Path, lead: pd.DataFrame, path: Path, frame: pd.DataFrame) -> None:
    for name in lead.columns:
        if name not in frame.columns:
            raise DataError(f"{path} has no column {name!r}, which {first} has{nearest(name, frame.columns)}")
    for name in frame.columns:
        if name not in lead.columns:
            raise DataError(f"{path} has a column {name!r}, which {first} has not{nearest(name, lead.columns)}")
        numeric = types.is_numeric_dtype(lead[name].dtype)
        if numeric != types.is_numeric_dtype(frame[name].dtype) and bool(frame[name].notna().any()):
            kinds = ("numbers", "text") if numeric else ("text", "numbers")
            raise DataError(f"column {name!r} holds {kinds[0]} in {first} and {kinds[1]} in {path}")


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Generator[IO[bytes]]:
    """Open a file beside ``path`` for writing and move it there when all is written; else leave nothing.

    Raises:
        DataError: The place cannot be written to, or the disk is full.
    """
    path = Path(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        try:
            with draft.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {_reason(error)}; nothing was written") from None


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error).splitlines()[0]


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a frame as CSV."""
    with atomic(path) as file:
        frame.to_csv(file, index=False)


def write_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a frame as Parquet; a dictionary of floating-point numbers would take longer to write and more room."""
    repeated = [str(name) for name, dtype in frame.dtypes.items() if dtype.kind != "f"]
    with atomic(path) as file:
        frame.to_parquet(file, index=False, use_dictionary=repeated or False)
