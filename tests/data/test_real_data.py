"""What other people's files hold, by their own descriptions; skipped where the files are not at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rcgan.data import Scaler, Windows, find_relations
from rcgan.errors import DataError

Find = Callable[[str], Path]


def check(windows: Windows) -> None:
    """The laws that hold for any windows: a split without leakage, an inverse, a table that reads back."""
    train, test = windows.split(0.8)
    assert not (train.rows() & test.rows()).any()
    scaler = Scaler.fit(train, find_relations(train.table[train.rows()]))
    some = train[:: max(len(train) // 50, 1)]
    values, seen = some.values, some.observed
    back = scaler.decode(scaler.encode(values)[0])
    scale = np.maximum(np.abs(values), np.nanstd(train.table, axis=0))
    assert (np.abs(back - values)[seen] <= 1e-6 * scale[seen] + 1e-30).all()
    assert len(some.to_frame()) == int(np.sum(some.lengths))


def test_skab(real: Find) -> None:
    paths = sorted(p for p in real("skab").glob("*.csv") if "anomaly-free" not in p.name)
    windows = Windows.read(
        paths, time="datetime", label="anomaly", ignore=["changepoint"], window=64, stride=8, gap="auto"
    )
    assert windows.shape[1:] == (64, 8) and windows.series == [p.stem for p in paths]
    assert windows.schema.label is not None and windows.schema.label.categories == (0.0, 1.0)
    seconds = windows.to_frame().groupby("window")["datetime"].diff().dropna().dt.total_seconds()
    assert seconds.max() <= 3
    runs = pd.Series(windows.first).groupby(windows.series_of).count()
    assert runs.min() > 50  # no run falls to pieces over its 2-second steps
    train, test = windows.split(0.8)
    assert not set(train.series_of) & set(test.series_of)
    assert train.codes.mean() == pytest.approx(windows.codes.mean(), abs=0.02)
    check(windows)
    with pytest.raises(DataError, match=r"has a column 'anomaly', which .*anomaly-free.csv has not"):
        Windows.read(str(real("skab") / "*.csv"), time="datetime", window=64)


def test_cmapss(real: Find) -> None:
    names = ["unit", "cycle", *(f"setting{i}" for i in range(3)), *(f"s{i}" for i in range(1, 22))]
    frame = pd.read_csv(real("cmapss/train_FD001.txt"), sep=r"\s+", header=None, names=names)
    windows = Windows.from_frame(frame, time="cycle", group="unit")
    assert windows.shape == (100, 362, 24) and windows.lengths.min() == 128
    pd.testing.assert_series_equal(
        pd.Series(windows.lengths),
        frame.groupby("unit").size(),
        check_names=False,
        check_index=False,
        check_dtype=False,
    )
    relations = find_relations(windows.table)
    constant = {windows.schema.names[c] for c in relations.constants}
    assert {"s1", "s5", "s10", "s16", "s18", "s19"} <= constant
    check(windows)


def test_beijing(real: Find) -> None:
    path = real("beijing_pm25/PRSA_data_2010.1.1-2014.12.31.csv")
    windows = Windows.read(path, ignore=["No", "year", "month", "day", "hour"], window=24, stride=24)
    assert len(windows.table) == 43824
    names = windows.schema.names
    assert int(np.isnan(windows.table[:, names.index("pm2.5")]).sum()) == 2067
    wind = windows.schema.channels[names.index("cbwd")]
    assert (wind.kind, wind.categories) == ("categorical", ("NE", "NW", "SE", "cv"))
    check(windows)


@pytest.mark.parametrize(("name", "rows"), [("datatraining", 8143), ("datatest", 2665), ("datatest2", 9752)])
def test_occupancy(real: Find, name: str, rows: int) -> None:
    windows = Windows.read(real(f"occupancy/{name}.txt"), time="date", label="Occupancy", window=32, stride=4)
    assert windows.table.shape == (rows, 5)
    check(windows)


def test_nab(real: Find) -> None:
    windows = Windows.read(real("nab/ambient_temperature_system_failure.csv"), time="timestamp", window=48)
    assert len(windows.table) == 7267
    hours = np.diff(windows.times) / np.timedelta64(1, "h")
    runs = Windows.read(real("nab/ambient_temperature_system_failure.csv"), time="timestamp")
    assert len(runs) == 1 + int((hours > 1.5).sum())
    check(windows)
    with pytest.raises(DataError, match=r"not sorted: 2014-01-07 02:55:00 .* was the clock set back"):
        Windows.read(real("nab/machine_temperature_system_failure.csv"), time="timestamp", window=48)


def test_twins(real: Find) -> None:
    for name, twins in (
        ("energy/energy_data_reconstructed.csv", {("rv2", "rv1")}),
        ("timegan_stock/stock_data.csv", {("Adj_Close", "Close")}),
    ):
        windows = Windows.read(real(name), window=24)
        found = find_relations(windows.table)
        assert {(windows.schema.names[a], windows.schema.names[b]) for a, b in found.equals.items()} == twins
        assert not found.sums
        check(windows)


def test_ett(real: Find) -> None:
    windows = Windows.read(real("ett/ETTh1.csv"), time="date", window=24)
    assert windows.shape == (17420 - 23, 24, 7)
    check(windows)
    grids = find_relations(windows.table).grids  # one meter a level of load, for the useful part and the useless one
    steps = [grids[c].step for c in range(7)]
    assert steps[0] == steps[1] and steps[2] == steps[3] and steps[4] == steps[5] and len(set(steps)) == 4
    assert {grid.places for grid in grids.values()} == {3}


def test_ucr(real: Find) -> None:
    for path in sorted(real("ucr_open").glob("*.tsv")):
        table = np.loadtxt(path, delimiter="\t")
        windows = Windows.from_arrays(table[:, 1:], table[:, 0].astype(int))
        np.testing.assert_array_equal(windows.values[..., 0], table[:, 1:].astype(np.float32)[:, : windows.n_steps])
        np.testing.assert_array_equal(windows.labels, table[:, 0])
        check(windows)


def test_uea(real: Find) -> None:
    for name, shape in (("BasicMotions", (80, 100, 6)), ("Epilepsy", (275, 206, 3))):
        with np.load(real(f"uea_open/{name}.npz")) as file:
            windows = Windows.from_arrays(file["X"], file["y"])
        assert windows.shape == shape
        check(windows)
