from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from rcgan.data import Windows
from rcgan.data.files import atomic, read_table, read_tables, write_csv, write_parquet
from rcgan.errors import DataError

TABLE = pd.DataFrame({"ts": ["a", "b", "c"], "force": [1.5, 2.25, np.nan], "count": [3, 4, 5]})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiters_newlines_and_byte_order_marks(tmp_path: Path, delimiter: str, newline: str, mark: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes((mark + TABLE.to_csv(index=False, sep=delimiter, lineterminator=newline)).encode())
    pd.testing.assert_frame_equal(read_table(path), TABLE)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a;b\n1,5;2\n-2,25;3\n", {"a": [1.5, -2.25], "b": [2, 3]}),
        ("a;b\n1,5e-3;x, y\n2,0;z\n", {"a": [0.0015, 2.0], "b": ["x, y", "z"]}),
        ("a;b\n1.5;1,234\n2.5;5,678\n", {"a": [1.5, 2.5], "b": ["1,234", "5,678"]}),
        ('"a";"b"\n"x;y";1\n"z";2\n', {"a": ["x;y", "z"], "b": [1, 2]}),
        ("a b|c\n1|2\n3|4\n", {"a b": [1, 3], "c": [2, 4]}),
        ("value\n1.5\n\n2.5\n", {"value": [1.5, np.nan, 2.5]}),
        ('"a","b"\n"1",2,3\n"2",4,5\n', {"a": [2, 4], "b": [3, 5]}),
        ("a;b\n1;2;\n3;4;\n", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\n\n1,2\n\n3,4\n\n", {"a": [1, 3], "b": [2, 4]}),
    ],
)
def test_forms_of_csv(tmp_path: Path, text: str, columns: dict[str, Any]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    pd.testing.assert_frame_equal(read_table(path), pd.DataFrame(columns))


def test_parquet_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "t.dat"
    TABLE.to_parquet(path)
    pd.testing.assert_frame_equal(read_table(path), TABLE)
    TABLE.set_index("ts").to_parquet(path)
    pd.testing.assert_frame_equal(read_table(path), TABLE)


def test_parquet_cut_at_any_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    TABLE.to_parquet(path)
    whole = path.read_bytes()
    for end in range(0, len(whole), 37):
        path.write_bytes(whole[:end])
        with pytest.raises(DataError) as caught:
            read_table(path)
        assert "\n" not in str(caught.value)


def test_several_files_are_series_named_by_their_stems(tmp_path: Path) -> None:
    for stem in ("r2", "r1"):
        pd.DataFrame({"x": range(5), "y": [0.5] * 5}).to_csv(tmp_path / f"{stem}.csv", index=False)
    windows = Windows.read(str(tmp_path / "*.csv"), window=3)
    assert windows.series == ["r1", "r2"] and len(windows) == 6
    assert windows.to_frame().columns.tolist() == ["window", "series", "step", "x", "y"]
    listed = Windows.read([tmp_path / "r2.csv", tmp_path / "r1.csv"], window=3)
    assert listed.series == ["r2", "r1"]
    one = Windows.read(tmp_path / "r1.csv", schema=windows.schema, window=3)
    assert one.series == ["r1"]


def test_several_files_of_one_group_column(tmp_path: Path) -> None:
    pd.DataFrame({"run": ["a", "a", "b"], "x": [1.0, 2, 3]}).to_csv(tmp_path / "1.csv", index=False)
    pd.DataFrame({"x": [4.0, 5, 6], "run": ["b", "b", "c"]}).to_csv(tmp_path / "2.csv", index=False)
    windows = Windows.read(str(tmp_path / "*.csv"), group="run")
    assert windows.series == ["a", "b", "c"] and windows.lengths.tolist() == [2, 3, 1]


@pytest.mark.parametrize(
    ("second", "text"),
    [
        ("x,z\n1,2\n", "2.csv has no column 'y'"),
        ("x,y,z\n1,2,3\n", "2.csv has a column 'z'"),
        ("x,y\n1,a\n", "'y' holds numbers in .*1.csv and text in .*2.csv"),
    ],
)
def test_files_that_do_not_agree(tmp_path: Path, second: str, text: str) -> None:
    (tmp_path / "1.csv").write_text("x,y\n1,2\n3,4\n")
    (tmp_path / "2.csv").write_text(second)
    with pytest.raises(DataError, match=text):
        read_tables(str(tmp_path / "*.csv"))


def test_files_of_one_name_are_refused(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "t.csv" for folder in "ab"]
    for path in paths:
        path.parent.mkdir()
        path.write_text("x\n1\n2\n")
    with pytest.raises(DataError, match="two files are called 't'"):
        read_tables(paths)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        ("a,b\nm\xfcller,1\n".encode("latin-1"), "not UTF-8 text .byte 0xfc"),
        (("a,b\n" + "x,1\n" * 40_000).encode() + b"m\xfcller,1\n", "not UTF-8 text .byte 0xfc"),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8 text"),
        (b"a,b\n1,2\0\n", "no text file"),
        (b"a,b,c\n1,2,3\n1,2,3,4,5\n", "is no table: .*line 3"),
        (b"a,b,c\n1,2,3\n4,5\n", "line 3 has 2 cells where the header has 3 names"),
        (b'a,b,c\n1,"x\ny",3\n4\n', "line 4 has 1 cells"),
        (b"a,b,a\n1,2,3\n", "column 'a' appears twice"),
        (b"a,b\n2024-01-01,1,2\n2024-01-02,3,4\n", "2 names for 3 cells"),
        (b"PAR1 and then nothing", "no whole Parquet"),
    ],
)
def test_contents_that_are_refused(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=text) as caught:
        read_table(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_places_that_are_refused(tmp_path: Path) -> None:
    (tmp_path / "press.csv").write_text("x\n1\n2\n")
    with pytest.raises(DataError, match=r"is a directory; write its files as"):
        read_table(tmp_path)
    with pytest.raises(DataError, match=r"no file .*did you mean 'press.csv'"):
        read_table(tmp_path / "pres.csv")
    with pytest.raises(DataError, match="no file matches"):
        read_tables(str(tmp_path / "*.txt"))
    with pytest.raises(DataError, match="no file was given"):
        read_tables([])


@contextmanager
def without_privilege() -> Generator[None]:
    """Root may read and write everything, so be somebody else for a while."""
    privileged = os.geteuid() == 0
    if privileged:
        os.seteuid(65534)
    try:
        yield
    finally:
        if privileged:
            os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n2\n")
    path.chmod(0)
    tmp_path.chmod(0o500)
    with without_privilege():
        with pytest.raises(DataError, match="permission denied"):
            read_table(path)
        with pytest.raises(DataError, match="Permission denied; nothing was written"):
            write_csv(TABLE, tmp_path / "new.csv")
    tmp_path.chmod(0o700)
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic(path) as file:
        file.write(b"new")
        raise RuntimeError
    with pytest.raises(DataError, match="No space left on device; nothing was written"), atomic(path) as file:
        file.write(b"new")
        raise OSError(28, "No space left on device")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with atomic(path) as file:
        file.write(b"new")
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


FULL = """
import resource, sys
import numpy as np
from rcgan.data import Windows
from rcgan.errors import DataError
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))  # as a full disk does, writing stops half-way
try:
    getattr(Windows.from_arrays(np.random.default_rng(0).normal(size=(50, 50))), sys.argv[1])(sys.argv[2])
except DataError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on file size")
@pytest.mark.parametrize("method", ["to_csv", "to_parquet"])
def test_a_disk_that_fills_up(tmp_path: Path, method: str) -> None:
    path = tmp_path / "t.out"
    run = subprocess.run([sys.executable, "-c", FULL, method, str(path)], capture_output=True, text=True, check=True)
    assert "cannot be written: File too large; nothing was written" in run.stdout
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent" / "t.csv"):
        with pytest.raises(DataError, match=r"cannot be written: .*; nothing was written"):
            write_csv(TABLE, path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_windows_written_and_read_again_are_the_same(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "time": 1.7e9 + np.arange(40) / 8,
            "force": np.where(rng.random(40) < 0.2, np.nan, rng.normal(1e3, 1e-1, 40)),
            "mode": rng.choice(["a", "b"], 40),
        }
    )
    windows = Windows.from_frame(frame, time="time", window=8, stride=8)
    path = tmp_path / f"new.{suffix}"
    getattr(windows, f"to_{suffix}")(path)
    back = Windows.read(path, time="time", group="window", ignore=["step"])
    np.testing.assert_array_equal(back.values, windows.values)
    np.testing.assert_array_equal(back.times, windows.times)
    assert back.schema.names == windows.schema.names


def test_numbers_take_no_more_room_in_parquet_than_they_have_and_come_back_bit_for_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a.b": rng.normal(size=20_000), "mode": pd.Categorical(rng.choice(["idle", "press"], 20_000))}
    )
    write_parquet(frame, tmp_path / "t.parquet")
    parts = pq.ParquetFile(tmp_path / "t.parquet").metadata.row_group(0)
    numbers, mode = parts.column(0), parts.column(1)
    assert numbers.total_compressed_size < 1.01 * frame["a.b"].to_numpy().nbytes
    assert not numbers.has_dictionary_page and mode.has_dictionary_page
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), frame)
