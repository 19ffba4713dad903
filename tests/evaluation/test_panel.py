from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rcgan.data.windows import Windows
from rcgan.errors import DataError
from rcgan.evaluation.panel import Panel, aligned, as_panel

X = np.arange(24.0).reshape(4, 3, 2)


def frame_panel(modes: list[str], labels: list[str], order: list[str] | None = None) -> Panel:
    frame = pd.DataFrame({"force": np.arange(len(modes)) + 0.5, "mode": modes, "state": labels})
    frame = frame[order] if order else frame
    return as_panel(Windows.from_frame(frame, window=2, stride=2, label="state"), "set")


def test_columns_categories_and_classes_are_matched_by_name() -> None:
    real = frame_panel(["a", "b", "c", "a"], ["good", "good", "bad", "bad"])
    other = frame_panel(["c", "a", "a", "c"], ["good", "good", "good", "good"], ["mode", "force", "state"])
    found = aligned(other, real, "synthetic")
    assert found.names == ("force", "mode")
    assert found.values[..., 1].tolist() == [[2, 0], [0, 2]]
    assert found.values[..., 0].tolist() == [[0.5, 1.5], [2.5, 3.5]]
    assert [found.classes[k] for k in found.codes] == ["good", "good"]  # type: ignore[union-attr]


def test_an_array_takes_the_names_of_the_real_windows() -> None:
    real = as_panel(Windows.from_arrays(X, names=["force", "speed"]), "real")
    assert aligned(as_panel(X, "synthetic", real), real, "synthetic").names == ("force", "speed")


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        (X[..., :1], "synthetic has 1 channels; the real windows have 2"),
        (
            Windows.from_arrays(X, names=["force", "sped"]),
            "'sped' is in synthetic but the real windows lack it; did you mean 'speed'",
        ),
        (X[:, :2], "synthetic has windows of 2 steps; the real ones all have 3"),
        ((X, ["a", "b", "b", "god"]), "'god' is not among the real ones"),
    ],
)
def test_other_data_is_refused(windows: object, message: str) -> None:
    real = as_panel(Windows.from_arrays(X, ["a", "b", "b", "good"], names=["force", "speed"]), "real")
    with pytest.raises(DataError, match=message):
        aligned(as_panel(windows, "synthetic", real), real, "synthetic")


def test_unknown_category_and_other_kind_are_refused() -> None:
    real = frame_panel(["a", "b", "a", "b"], ["x", "x", "y", "y"])
    with pytest.raises(DataError, match="channel 'mode' of synthetic: 'z' is not among the real ones"):
        aligned(frame_panel(["a", "z", "a", "z"], ["x", "x", "y", "y"]), real, "synthetic")
    numbers = as_panel(Windows.from_arrays(np.zeros((2, 2, 2)), names=["force", "mode"]), "synthetic")
    with pytest.raises(DataError, match="'mode' is continuous in synthetic and categorical in the real"):
        aligned(numbers, real, "synthetic")
    with pytest.raises(DataError, match="'mode' is categorical: pass Windows"):
        as_panel(np.zeros((2, 2, 2)), "synthetic", real)


def test_overlapping_windows_of_one_series_are_resampled_in_blocks() -> None:
    units = as_panel(Windows.from_series(np.arange(100.0), window=5, stride=1), "real").units
    assert np.bincount(units).tolist() == [20, 20, 20, 20, 16]


def test_a_draw_is_a_subset_in_order() -> None:
    panel = as_panel(np.arange(50.0).reshape(50, 1, 1), "real", most=10, seed=3)
    first = panel.values[:, 0, 0]
    assert len(panel) == 10
    assert (np.diff(first) > 0).all()
