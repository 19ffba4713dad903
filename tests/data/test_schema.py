from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rcgan.data import Channel, Schema
from rcgan.errors import DataError


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"force": [1.0, 2.5, np.nan, 4.0], **columns})


@pytest.mark.parametrize(
    ("cells", "kind", "categories"),
    [
        ([0, 1, 1, 0], "categorical", (0, 1)),
        ([0, 0, 0, 0], "continuous", ()),
        ([1, 1, 1, 1], "continuous", ()),
        ([0, 1, 2, 1], "continuous", ()),
        ([0.0, 1.0, 1.0, 0.0], "continuous", ()),
        ([1, 2, 3, 4], "continuous", ()),
        (["b", "a", None, "b"], "categorical", ("a", "b")),
        ([True, False, True, True], "categorical", (False, True)),
        (pd.Series([True, None, False, True], dtype=object), "categorical", (False, True)),
        (pd.array([1, 0, None, 1], dtype="Int64"), "categorical", (0, 1)),
        (pd.array([3, 0, None, 1], dtype="Int64"), "continuous", ()),
        (pd.Categorical([3, 1, 1, 3]), "categorical", (1, 3)),
    ],
)
def test_kinds(cells: Any, kind: str, categories: tuple[Any, ...]) -> None:
    channel = Schema.infer(frame(x=cells)).channels[1]
    assert (channel.kind, channel.categories) == (kind, categories)
    assert [type(c) for c in channel.categories] == [type(c) for c in categories]


def test_the_guess_is_overruled() -> None:
    schema = Schema.infer(frame(x=[0, 1, 1, 0], y=[1, 2, 2, 1]), continuous="x", categorical=["y"])
    assert [(c.name, c.kind) for c in schema.channels[1:]] == [("x", "continuous"), ("y", "categorical")]
    ids = [str(i) + "n" for i in range(60)]
    wide = pd.DataFrame({"force": np.arange(60.0), "part": ids})
    assert len(Schema.infer(wide, categorical=["part"]).channels[1].categories) == 60


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([1, 2, 3, 4], dtype="int64"),
        pd.Series([1, 2, 3, 4], dtype="uint8"),
        pd.Series([1.5, 2.0, None, 3.0], dtype="float32"),
        pd.Series([1.5, 2.0, None, 3.0], dtype="float64"),
        pd.Series([1, 2, None, 3], dtype="Int64"),
        pd.Series([1.5, 2.0, None, 3.0], dtype="Float64"),
        pd.Series([1, 2, None, 3], dtype="int64[pyarrow]"),
        pd.Series([1.5, 2.0, None, 3.0], dtype="double[pyarrow]"),
        pd.Series(["a", "b", None, "b"], dtype="string[pyarrow]"),
        pd.Series(["a", "b", None, "b"], dtype="category"),
        pd.Series(["a", "b", None, "b"]),
        pd.Series([True, False, False, True]),
        pd.Series([True, False, None, True], dtype="boolean"),
        pd.Series([0, 1, 1, 0], dtype="int16"),
        pd.Series([0, 1, None, 0], dtype="Int8"),
    ],
    ids=lambda cells: str(cells.dtype),
)
def test_decode_undoes_encode(cells: pd.Series) -> None:
    channel = Schema.infer(frame(x=cells)).channels[1]
    pd.testing.assert_series_equal(channel.decode(channel.encode(cells)), cells.rename("x"))


def test_decode_finds_a_dtype_that_holds_the_values() -> None:
    whole = Channel("x", "continuous", "int64")
    assert whole.decode(np.float32([1.6, -2.4])).tolist() == [2, -2]
    assert whole.decode(np.float32([1.0, np.nan])).dtype == "Int64"
    assert Channel("x", "continuous", "uint8").decode(np.float32([-3, 300])).tolist() == [-3, 300]
    assert Channel("x", "categorical", "int64", (0, 1)).decode(np.float32([1, np.nan])).dtype == "Int64"
    assert Channel("x", "categorical", "bool", (False, True)).decode(np.float32([1, np.nan])).dtype == "boolean"
    assert Channel("x", "continuous", "bool").decode(np.float32([0.8, 0.1])).tolist() == [True, False]


def test_a_schema_survives_json() -> None:
    table = frame(
        ts=pd.date_range("2024-01-01", periods=4, tz="Europe/Berlin"),
        run=["a", "a", "b", "b"],
        mode=["x", "y", "y", "x"],
        plant=["n", "n", "s", "s"],
        fault=[0.0, 1.0, 0.0, 1.0],
        on=[True, False, True, False],
    )
    schema = Schema.infer(table, time="ts", group="run", label="fault", statics=["plant"])
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema
    assert schema.names == ["force", "mode", "on"]
    assert schema.label is not None and schema.label.categories == (0.0, 1.0)
    assert Schema.from_dict(json.loads(json.dumps(Schema.infer(frame()).to_dict()))) == Schema.infer(frame())


def test_an_unknown_category_is_named_with_its_row() -> None:
    mode = Channel("mode", "categorical", "str", ("idle", "press"))
    with pytest.raises(DataError, match=r"'pres' \(row 1\) is not among .*did you mean 'press'"):
        mode.encode(pd.Series(["idle", "pres"]))


@given(st.lists(st.integers(-999_999, 999_999), min_size=1, max_size=50), st.integers(0, 6))
def test_decimal_numbers_of_six_digits_come_back_as_they_were(whole: list[int], places: int) -> None:
    """Float32 tells all of them apart; 20.1 comes back as 20.1, and not as 20.100000381469727."""
    column = pd.Series([n / 10**places for n in whole], name="reading")
    channel = Channel("reading", "continuous", "float64")
    pd.testing.assert_series_equal(channel.decode(channel.encode(column)), column, check_exact=True)


def test_numbers_of_any_digits_come_back_as_float32_has_them() -> None:
    column = pd.Series(np.random.default_rng(0).normal(size=500), name="x")
    channel = Channel("x", "continuous", "float64")
    once = channel.encode(column)
    np.testing.assert_array_equal(channel.decode(once).to_numpy(np.float32), once)
