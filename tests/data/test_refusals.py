"""Bad input: each kind has a message of its own, in one line, that names the place and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcgan.data import Windows
from rcgan.errors import DataError


def table(**changes: Any) -> pd.DataFrame:
    columns = {
        "ts": pd.date_range("2024-01-01", periods=40, freq="min").astype(str),
        "run": ["a"] * 20 + ["b"] * 20,
        "force": np.linspace(0.0, 1.0, 40),
        "mode": ["idle", "press"] * 20,
        "fault": [0, 0, 0, 1] * 10,
    }
    return pd.DataFrame({**columns, **changes})


def put(name: str, row: int, cell: Any) -> pd.DataFrame:
    frame = table().astype({name: object})
    frame.loc[row, name] = cell
    return frame.assign(**{name: frame[name].infer_objects()})


def swapped(name: str) -> pd.DataFrame:
    frame = table()
    frame.loc[[24, 25], name] = frame.loc[[25, 24], name].to_numpy()
    return frame


BAD: dict[str, tuple[pd.DataFrame, dict[str, Any], str]] = {
    "no rows": (table()[:0], {}, "the table has no rows"),
    "one row": (table()[:1], {}, "the table has one row"),
    "all missing": (table(force=np.nan), {}, r"'force' holds no value at all; .*ignore=\['force'\]"),
    "infinite": (put("force", 7, np.inf), {}, r"'force': 1 cells are infinite .*row 7"),
    "beyond float32": (put("force", 7, 1e39), {}, r"'force': 1 cells are infinite or beyond 3.4e38 .*row 7"),
    "a label with one example": (table(fault=[1] + [0] * 39), {}, "'fault': class 1 has a single row"),
    "a label with holes": (put("fault", 5, None), {}, r"'fault': 1 of 40 cells are missing .*row 5"),
    "a label with too many classes": (
        pd.concat([table(fault=np.arange(40) / 3), table(fault=np.arange(40) / 7)]),
        {},
        "'fault' has 7. classes",
    ),
    "unknown column": (table(), {"group": "runs"}, "group: no column 'runs'; did you mean 'run'"),
    "unknown option": (table(), {"groups": "run"}, "no option 'groups'; did you mean 'group'"),
    "two roles": (table(), {"statics": ["run"]}, "'run' is named as group and as statics"),
    "two kinds": (table(), {"categorical": ["force"], "continuous": ["force"]}, "as categorical and as continuous"),
    "unsorted": (swapped("ts"), {}, r"of run 'b' is not sorted: .*row 24 comes before .*row 25; frame.sort_values"),
    "doubled": (put("ts", 25, "2024-01-01 00:24:00"), {}, r"of run 'b': .* stands twice, in rows 24 and 25"),
    "clock set back": (
        put("ts", 30, "2024-01-01 00:27:00"),
        {},
        "of run 'b' is not sorted: .*was the clock set back",
    ),
    "mixed zones": (
        table(ts=[f"2024-01-01 00:{i:02}:00+0{1 + (i > 9)}:00" for i in range(40)]),
        {},
        r"mixes time zones \(\+01:00 in row 0, \+02:00 in row 10\)",
    ),
    "some zones": (
        table(ts=[f"2024-01-01 00:{i:02}:00" + "Z" * (i > 9) for i in range(40)]),
        {},
        r"mixes time zones \(no zone in row 0, Z in row 10\)",
    ),
    "no time": (put("ts", 3, "yesterday"), {}, r"'yesterday' in row 3 cannot be read"),
    "a missing time": (put("ts", 3, None), {}, r"time 'ts': 1 cells are missing \(first: row 3\)"),
    "a missing group": (put("run", 3, None), {}, r"group 'run': 1 cells are missing \(first: row 3\)"),
    "times not declared": (table(), {"time": None}, r"'ts' holds times; say time='ts', or ignore"),
    "dates not declared": (
        table(ts=pd.date_range("2024-01-01", periods=40)),
        {"time": None},
        "'ts' holds times; say time='ts', or leave it out",
    ),
    "text in a numeric column": (
        put("force", 7, "n/a?"),
        {},
        r"'force': 1 of 40 cells are no numbers \(first: 'n/a\?' in row 7\); .*categorical=\['force'\]",
    ),
    "numbers as text": (table(force=[f"{i}" for i in range(40)]), {}, "'force' holds numbers as text"),
    "text said to be continuous": (table(), {"continuous": ["mode"]}, "'mode': 40 of 40 cells are no numbers"),
    "types mixed": (put("mode", 3, 5), {}, "'mode' mixes number and str"),
    "no category": (put("mode", 3, Path("x")), {}, r"'mode': PosixPath\('x'\) .*cannot be a category"),
    "durations": (table(force=pd.to_timedelta(np.arange(40), unit="s")), {}, "'force' has dtype timedelta64"),
    "complex numbers": (table(force=np.arange(40) * 1j), {}, "'force' holds complex numbers"),
    "a static that changes": (table(), {"statics": ["mode"]}, "static 'mode' changes within group run 'a'"),
    "a window longer than every run": (table(), {"window": 21}, "window=21 is longer .*the longest has 20 rows"),
    "no whole window": (table(), {"window": 0}, "window=0 must be a whole number"),
    "half a stride": (table(), {"stride": 0.5}, "stride=0.5 must be a whole number"),
    "only roles": (table(), {"ignore": ["force", "mode"]}, "no channel is left"),
    "a column of to_frame": (table().rename(columns={"force": "step"}), {}, r"'step' .*ignore=\['step'\]"),
    "two columns of one name": (table().rename(columns={"force": "mode"}), {}, "'mode' appears twice"),
    "a column without a text for a name": (table().rename(columns={"force": 3}), {}, "column name 3 is no text"),
    "a class in no window": (
        table(fault=[0] * 10 + [1] * 2 + [0] * 28),
        {},
        "class 1 is in the rows but ends in no window by label_rule='majority'; .*label_rule='any'",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables(case: str) -> None:
    frame, changes, text = BAD[case]
    options: dict[str, Any] = {"time": "ts", "group": "run", "label": "fault", "window": 8, **changes}
    before = frame.copy()
    with pytest.raises(DataError, match=text) as caught:
        Windows.from_frame(frame, **options)
    assert "\n" not in str(caught.value)
    pd.testing.assert_frame_equal(frame, before)


def test_every_kind_has_its_own_message() -> None:
    assert len({text for _, _, text in BAD.values()}) == len(BAD)


def test_free_text_is_refused() -> None:
    frame = pd.DataFrame({"x": np.arange(60.0), "note": [f"part {i} came late" for i in range(60)]})
    with pytest.raises(DataError, match=r"'note' has 60 different texts.*ignore=\['note'\]"):
        Windows.from_frame(frame, window=8)
    stamps = frame.assign(note=pd.date_range("2024-01-01", periods=60).astype(str))
    with pytest.raises(DataError, match="'note' holds times; say time='note'"):
        Windows.from_frame(stamps, window=8)


def test_a_schema_and_roles_do_not_mix() -> None:
    schema = Windows.from_frame(table(), time="ts", group="run", window=8).schema
    with pytest.raises(DataError, match="time= cannot stand beside a schema"):
        Windows.from_frame(table(), schema, time="ts", window=8)
    with pytest.raises(DataError, match="channels: no column 'force'; did you mean 'forces'"):
        Windows.from_frame(table().rename(columns={"force": "forces"}), schema, window=8)
    with pytest.raises(DataError, match="category 'pres'"):
        Windows.from_frame(table(mode="pres"), schema, window=8)


def test_series_that_are_refused() -> None:
    for values, text in ((np.zeros(1), "two rows"), (np.zeros((2, 2, 2)), "two rows"), ([[None]], "must be numbers")):
        with pytest.raises(DataError, match=text):
            Windows.from_series(values, window=1)
    with pytest.raises(DataError, match="stands twice, in rows 1 and 2"):
        Windows.from_series(np.zeros(3), window=1, times=[0, 1, 1])
