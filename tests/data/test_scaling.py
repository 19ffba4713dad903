from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rcgan.data import Relations, Scaler, Windows, find_relations
from rcgan.data.grids import Grid
from rcgan.errors import DataError


def mixed(seed: int, holes: float) -> Windows:
    """Numbers of several scales, categories, a constant, a twin, in no particular order."""
    rng = np.random.default_rng(seed)
    n = 60
    frame = pd.DataFrame(
        {
            "mode": rng.choice(["a", "b", "c"], n),
            "small": rng.normal(1e-6, 1e-8, n),
            "fixed": 5.25,
            "large": rng.normal(1e6, 1e3, n),
            "on": rng.integers(0, 2, n).astype(bool),
            "heavy": rng.standard_cauchy(n),
        }
    )
    frame.loc[:2, "mode"] = ["a", "b", "c"]
    frame.loc[:1, "on"] = [True, False]
    for name in ("mode", "small", "fixed", "heavy"):
        frame[name] = frame[name].where((rng.random(n) >= holes) | (np.arange(n) < 3))
    frame["twin"] = frame["small"]
    return Windows.from_frame(frame, window=12, stride=5)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3]))
def test_decode_undoes_encode_wherever_observed(seed: int, holes: float) -> None:
    windows = mixed(seed, holes)
    relations = find_relations(windows.table[windows.rows()])
    scaler = Scaler.fit(windows, relations)
    values, seen = windows.values, windows.observed
    x, mask = scaler.encode(values)
    assert x.dtype == mask.dtype == np.float32
    assert (x[mask == 0] == 0).all()
    back = scaler.decode(x)
    tolerance = np.maximum(np.abs(values), np.nanstd(windows.table, axis=0)) * 5e-7
    assert (np.abs(back - values)[seen] <= tolerance[seen]).all()
    names = windows.schema.names
    for name in ("fixed", "mode", "on"):  # exact
        channel = names.index(name)
        np.testing.assert_array_equal(back[..., channel][seen[..., channel]], values[..., channel][seen[..., channel]])
    np.testing.assert_array_equal(back[..., names.index("twin")], back[..., names.index("small")])


def test_model_space_has_numbers_first_then_one_block_a_category() -> None:
    windows = mixed(0, 0.3)
    scaler = Scaler.fit(windows, find_relations(windows.table[windows.rows()]))
    assert (scaler.continuous, scaler.blocks, scaler.width) == (3, (3, 2), 8)
    x, mask = scaler.encode(windows.values)
    blocks = x[..., 3:6], x[..., 6:8]
    channels = windows.schema.names.index("mode"), windows.schema.names.index("on")
    for block, channel in zip(blocks, channels, strict=True):
        np.testing.assert_array_equal(block.sum(axis=-1), windows.observed[..., channel])
    np.testing.assert_array_equal(mask[..., 3:6], np.repeat(windows.observed[..., channels[0], None], 3, axis=-1))


def test_statistics_are_of_the_covered_rows_each_once() -> None:
    table = np.random.default_rng(0).normal(3, 2, (100, 1)).astype(np.float32)
    table[10] = np.nan
    windows = Windows.from_series(table, window=8)[:40]
    scaler = Scaler.fit(windows, Relations(1, {}, {}))
    covered = table[:47].astype(np.float64)
    assert scaler.means[0] == pytest.approx(np.nanmean(covered), rel=1e-12)
    assert scaler.deviations[0] == pytest.approx(np.nanstd(covered), rel=1e-12)


def test_rows_beyond_the_training_part_change_nothing() -> None:
    series = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    changed = series.copy()
    changed[80:] = 1e6
    scalers = [
        Scaler.fit(Windows.from_series(s, window=8).split(0.8)[0], Relations(2, {}, {})) for s in (series, changed)
    ]
    assert scalers[0] == scalers[1]


def test_a_scaler_survives_json() -> None:
    windows = mixed(1, 0.2)
    scaler = Scaler.fit(windows, find_relations(windows.table[windows.rows()]))
    again = Scaler.from_dict(json.loads(json.dumps(scaler.to_dict())))
    assert again == scaler
    x, _ = scaler.encode(windows.values)
    np.testing.assert_array_equal(again.decode(x), scaler.decode(x))


def test_other_widths_are_refused() -> None:
    windows = mixed(2, 0.0)
    scaler = Scaler.fit(windows, find_relations(windows.table))
    with pytest.raises(DataError, match="channels"):
        scaler.encode(np.zeros((1, 2, 3), dtype=np.float32))
    with pytest.raises(DataError, match="channels"):
        scaler.decode(np.zeros((1, 2, 3), dtype=np.float32))
    with pytest.raises(DataError, match="channels"):
        Scaler.fit(windows, Relations(3, {}, {}))


def test_a_channel_on_a_grid_is_held_in_what_is_more_than_small_moves_explain() -> None:
    """Moves of N(0, 1) counts read as none as often as they read as one step up; a third of all are none besides."""
    rng = np.random.default_rng(0)
    moves = rng.normal(size=(2, 50_000)) * [[1], [1]]
    moves[1] *= rng.uniform(size=50_000) > 1 / 3
    plain, held = Grid(0.06698, places=3).readings(np.rint(moves.cumsum(1)))
    windows = Windows.from_frame(pd.DataFrame({"held": held, "free": moves[0], "plain": plain}), window=20)
    scaler = Scaler.fit(windows, find_relations(windows.table))
    none = 1 / 3 + 2 / 3 * 0.37  # E (1 - |N|)+ = .37 of the moves leave a number where it is rounded to
    assert scaler.holding(windows).tolist() == pytest.approx([1 / 3 / none, 1, 0], abs=0.05)
