from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rcgan import DataError, Windows
from rcgan.evaluation.overlap import overlap
from rcgan.evaluation.panel import as_panel
from rcgan.tidy import read_windows


def machine_runs() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    t = np.tile(np.arange(20), 6)
    return pd.DataFrame(
        {
            "run": np.repeat([f"r{i}" for i in range(6)], 20),
            "ts": pd.Timestamp("2024-01-01") + pd.to_timedelta(t, unit="s"),
            "size": np.repeat([1.5, 2.5, 1.5, 2.5, 1.5, 2.5], 20),
            "force": np.where(rng.random(120) < 0.1, np.nan, rng.normal(size=120)),
            "mode": np.where(t % 5 < 2, "idle", "press"),
            "fault": np.repeat([0, 1, 0, 1, 0, 1], 20),
        }
    )


def cut() -> Windows:
    return Windows.from_frame(
        machine_runs(), time="ts", group="run", label="fault", statics=["size"], window=8, stride=3
    )


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_windows_write_is_read_back(suffix: str, tmp_path: Path):
    path, windows = tmp_path / f"w{suffix}", cut()
    (windows.to_csv if suffix == ".csv" else windows.to_parquet)(path)
    back = read_windows(path, time="ts", label="fault", statics=["size"])
    np.testing.assert_array_equal(back.values, windows.values)
    assert back.labels is not None and back.labels.tolist() == windows.labels.tolist()
    assert back.statics["size"].tolist() == windows.statics["size"].tolist()
    assert back.schema.names == windows.schema.names
    assert back.provenance["series"].tolist() == windows.provenance["series"].tolist()


def test_windows_of_a_group_stay_on_one_side_of_a_split_also_when_shuffled(tmp_path: Path):
    windows = cut()
    windows[np.random.default_rng(0).permutation(len(windows))].to_csv(tmp_path / "w.csv")
    back = read_windows(tmp_path / "w.csv", time="ts", label="fault", statics=["size"])
    train, test = back.split(0.5)
    assert set(train.provenance["series"]).isdisjoint(test.provenance["series"])
    assert len(train) + len(test) == len(windows)
    assert overlap(as_panel(train, "train"), as_panel(test, "test")) == 0


def test_overlap_shows_where_no_group_is_named(tmp_path: Path):
    frame = cut().to_frame().drop(columns=["run", "ts", "size"])
    frame.to_csv(tmp_path / "w.csv", index=False)
    train, test = read_windows(tmp_path / "w.csv", label="fault").split(0.7)
    assert overlap(as_panel(train, "train"), as_panel(test, "test")) > 0.5


def test_rows_may_stand_in_any_order(tmp_path: Path):
    frame = cut().to_frame()
    frame.sample(frac=1, random_state=0).to_csv(tmp_path / "w.csv", index=False)
    back = read_windows(tmp_path / "w.csv", time="ts", label="fault", statics=["size"])
    np.testing.assert_array_equal(back.values, cut().values)


def test_other_tables_and_unknown_columns_are_refused(tmp_path: Path):
    path = tmp_path / "rows.csv"
    machine_runs().to_csv(path, index=False)
    with pytest.raises(DataError, match="no window file"):
        read_windows(path)
    cut().to_csv(path)
    with pytest.raises(DataError, match="no column 'forse'; did you mean 'force'"):
        read_windows(path, ignore=["forse"])
    frame = cut().to_frame()
    frame.loc[3, "run"] = "r5"
    frame.to_csv(path, index=False)
    with pytest.raises(DataError, match="two groups"):
        read_windows(path, time="ts", label="fault", ignore=["size"])
