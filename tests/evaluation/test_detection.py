"""The strong judge catches every fault that is planted, and lets real windows pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from rcgan.data.windows import Windows
from rcgan.errors import DataError
from rcgan.evaluation import strong_judge
from rcgan.evaluation.copying import copying_scores
from rcgan.evaluation.judges import parts
from rcgan.evaluation.judges.convolutional import Sight, nearest
from rcgan.evaluation.panel import as_panel

N = 600
Array = NDArray[np.float32]


def sines(n: int, seed: int) -> tuple[Array, NDArray[np.str_]]:
    """The published benchmark's formula, 3 channels of rising speed, and a label that the last one's speed decides."""
    rng = np.random.default_rng(seed)
    label = rng.integers(2, size=n)
    f, p = rng.uniform(0, 0.1, (2, n, 1, 3))
    f = f * [1, 2, 3] + 0.2 * label[:, None, None] * [0, 0, 1]
    x = (np.sin(f * np.arange(24)[:, None] + p) + 1) / 2
    return x.astype(np.float32), np.array(["slow", "fast"])[label]


TRAIN, TEST = sines(N, 0), sines(N, 1)


def noise(x: Array, rng: np.random.Generator) -> Array:
    return (x + 0.001 * rng.normal(size=x.shape)).astype(np.float32)


def repeated(x: Array, rng: np.random.Generator) -> Array:
    return x[rng.integers(100, size=len(x))]


def shuffled(x: Array, rng: np.random.Generator) -> Array:
    return np.concatenate([x[..., :1], rng.permuted(x[..., 1:2], axis=1), x[..., 2:]], -1)


def swapped(x: Array, rng: np.random.Generator) -> Array:
    return x[..., [1, 0, 2]]


@pytest.mark.parametrize("fault", [noise, repeated, shuffled, swapped])
def test_faults_are_seen(fault: Callable[[Array, np.random.Generator], Array]) -> None:
    x, y = sines(N, 2)
    found = strong_judge(TRAIN, TEST, (fault(x, np.random.default_rng(3)), y))
    assert found.low > 0.6


def test_copies_of_training_windows_are_seen() -> None:
    """Half of them have their original among the windows that the judge may look up: accuracy 3/4 at the most."""
    assert strong_judge(TRAIN, TEST, TRAIN).low > 0.55


def test_wrong_labels_are_seen() -> None:
    """Half of the permuted labels are right: accuracy 3/4 at the most."""
    x, y = sines(N, 2)
    assert strong_judge(TRAIN, TEST, (x, np.random.default_rng(3).permutation(y))).low > 0.55


def test_an_independent_draw_passes() -> None:
    found = strong_judge(TRAIN, TEST, sines(N, 2))
    assert found.low < 0.5 < found.high
    assert abs(found.accuracy - 0.5) < 0.08


def test_a_seed_repeats_a_judgement() -> None:
    x, _ = sines(80, 2)
    assert strong_judge(TRAIN[0][:80], TEST[0][:80], x) == strong_judge(TRAIN[0][:80], TEST[0][:80], x)


def test_few_windows_are_refused() -> None:
    with pytest.raises(DataError, match="test has 39 windows; the strong judge needs at least 40"):
        strong_judge(TRAIN[0], TEST[0][:39], TRAIN[0])


def test_parts_keep_overlapping_windows_together() -> None:
    panel = as_panel(Windows.from_series(np.arange(4000.0), window=10), "train")
    cut = parts(panel, (0.5, 0.9), seed=0)
    units = [set(p.units.tolist()) for p in cut]
    assert not (units[0] & units[1] or units[0] & units[2] or units[1] & units[2])
    assert sum(len(p) for p in cut) == len(panel)
    assert abs(len(cut[0]) / len(panel) - 0.5) < 0.05


@pytest.mark.parametrize("seed", range(6))
def test_no_part_is_empty_where_there_are_few_units(seed: int) -> None:
    """50 overlapping windows of one short series make four units: no tenth of them holds a whole one."""
    panel = as_panel(Windows.from_series(np.arange(320.0), window=32, stride=6), "train")
    assert len(np.unique(panel.units)) < 10
    cut = parts(panel, (0.5, 0.9), seed)
    assert all(len(p) for p in cut) and sum(len(p) for p in cut) == len(panel)


def test_what_is_seen_is_standardised_and_marks_holes() -> None:
    x = 7 + 3 * np.random.default_rng(0).normal(size=(50, 12, 2)).cumsum(1)
    x[3, 4, 0] = np.nan
    panel = as_panel(x, "train")
    seen = Sight(panel)(panel)
    assert seen.shape == (50, 12, 8)
    assert np.allclose(seen[..., 1].std(), 1, atol=1e-3) and np.allclose(seen[:, 1:, 3].std(), 1, atol=0.05)
    assert seen[3, 4, :2].tolist()[0] == 0 and seen[3, 4, 6] == 0 and seen[3, 3, 6] == 1


def test_sets_with_and_without_holes_and_of_other_lengths_are_seen_alike() -> None:
    x = np.random.default_rng(0).normal(size=(200, 12, 2))
    holed = np.random.default_rng(1).normal(size=(200, 12, 2))
    holed[::3, 5, 0] = np.nan
    holed[::4, 9:] = np.nan
    train, test, new = as_panel(holed, "train"), as_panel(x[:, :9], "test"), as_panel(x, "new")
    sight = Sight(train, test, new)
    assert {sight(p).shape for p in (train, test, new)} == {(200, 12, 8)}
    assert strong_judge(holed, x[:, :9], x).accuracy > 0.5
    assert {s.metric for s in copying_scores(train, test, new, seed=0)} == {
        "nearer to training",
        "copies",
        "membership advantage",
    }


def test_nearest_by_hand() -> None:
    """Root mean square distance of (3, 4) and (0, 0) is sqrt(12.5); of a window and itself the floor."""
    those = np.array([[0, 0], [100, 100]], np.float32)
    found = nearest(np.array([[3, 4], [100, 100]], np.float32), those)
    assert np.allclose(found, [np.log(12.5**0.5), np.log(1e-3)])


def test_an_accuracy_without_an_interval_where_one_side_has_few_units() -> None:
    """One long series, cut into five blocks to resample, against sixty windows that stand alone."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x0": rng.normal(size=5 * 4 * 8)})
    told = strong_judge(
        rng.normal(size=(60, 8, 1)), Windows.from_frame(frame, window=8, stride=2), rng.normal(size=(60, 8, 1))
    )
    assert 0 <= told.accuracy <= 1
    assert np.isnan([told.low, told.high]).all()
