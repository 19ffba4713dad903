"""Changes of windows against their own laws, shared information against scikit-learn, and codes that follow changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import spearmanr
from sklearn.metrics import mutual_info_score
from torch import Tensor

import rcgan
from rcgan.errors import DataError
from rcgan.game.changes import changed, shared_information
from rcgan.game.round import Batch

STEPS = 12
TINY = {"steps": 3, "hidden": 8, "batch_size": 16}


def batch(x: Tensor, mask: Tensor | None = None, valid: Tensor | None = None) -> Batch:
    return Batch(
        x,
        torch.zeros(len(x), 0),
        torch.ones_like(x) if mask is None else mask,
        torch.ones_like(x[..., :1]) if valid is None else valid,
    )


def noise(n: int = 5) -> Tensor:
    return torch.randn(n, STEPS, 2, generator=torch.Generator().manual_seed(0))


amounts = st.floats(-1, 1, width=32)


@given(amounts)
def test_gain_multiplies_deviations_and_keeps_the_mean(a: float) -> None:
    x = noise()
    new = changed(batch(x), ["gain"], torch.full((5, 1), a), 2).x
    assert torch.allclose(new.mean(1), x.mean(1), atol=1e-5)
    assert torch.allclose(new.std(1), x.std(1) * np.exp(0.7 * a), rtol=1e-4)


@given(amounts)
def test_level_moves_every_step_alike(a: float) -> None:
    x = noise()
    assert torch.allclose(changed(batch(x), ["level"], torch.full((5, 1), a), 2).x, x + 0.7 * a, atol=1e-5)


@given(amounts)
def test_speed_reads_a_line_at_its_pace(a: float) -> None:
    line = torch.arange(float(STEPS))[None, :, None]
    new = changed(batch(line), ["speed"], torch.tensor([[a]]), 1).x
    assert torch.allclose(new, line * 3 ** ((a - 1) / 2), atol=1e-4)


def test_full_speed_leaves_a_window_as_it_is() -> None:
    x = noise()
    assert torch.allclose(changed(batch(x), ["speed"], torch.ones(5, 1), 2).x, x, atol=1e-6)


def test_what_is_read_beside_a_hole_is_missing_and_holes_do_not_count_in_the_mean() -> None:
    x, mask = noise(1), torch.ones(1, STEPS, 2)
    mask[0, 4, 0] = 0
    spoiled = torch.where(mask > 0, x, 1e6 * torch.ones(()))
    for names in (["gain"], ["level"], ["speed"], ["gain", "level", "speed"]):
        a = torch.full((1, len(names)), -0.3)
        one, other = (changed(batch(some, mask), names, a, 2) for some in (x * mask, spoiled))
        assert torch.equal(one.mask, other.mask)
        assert torch.allclose(one.x, one.x * one.mask)
        assert torch.allclose(one.x, other.x, rtol=1e-4, atol=1e-4), names
    slowed = changed(batch(x, mask), ["speed"], torch.full((1, 1), -1.0), 2)
    assert slowed.mask[0, :, 0].tolist() == [1.0] * 10 + [0.0, 0.0]  # steps 10 and 11 are read from 10/3 and 11/3


def test_padding_and_categories_stay() -> None:
    x, valid = noise(1), torch.ones(1, STEPS, 1)
    valid[:, 8:] = 0
    told = changed(batch(x * valid, valid.expand(1, STEPS, 2), valid), ["speed", "level"], torch.zeros(1, 2), 1)
    assert torch.equal(told.x[..., 1], (x * valid)[..., 1])
    assert torch.equal(told.mask[:, 8:], torch.zeros(1, STEPS - 8, 2))
    assert torch.equal(told.x[:, 8:], torch.zeros(1, STEPS - 8, 2))


@given(arrays.arrays(np.int64, (2, 40), elements=st.integers(0, 2)))
def test_shared_information_is_scikit_learns_of_the_symmetric_table(told: np.ndarray) -> None:
    a, b = (torch.eye(3)[torch.from_numpy(part)] for part in told)
    table = np.zeros((3, 3))
    np.add.at(table, tuple(told), 1)
    want = mutual_info_score(None, None, contingency=table + table.T)
    assert shared_information(a, b).item() == pytest.approx(want, abs=1e-4)


def test_numbers_follow_the_gain_and_the_level_of_windows_that_nobody_labelled() -> None:
    train, test = rcgan.load_dataset("waves", periods=(1, 1.5)).split(0.8, seed=0)
    changes = ("gain", "level")
    model = rcgan.InfoGAN(latent_dim=1, changes=changes, networks="dense", hidden=32, steps=250)
    model.fit(train, progress=False)
    told, x = model.transform(test)[:, 2:], test.values[..., 0]
    assert spearmanr(told[:, 0], x.std(1))[0] >= 0.8
    assert spearmanr(told[:, 1], x[:, 0])[0] >= 0.8  # waves start at their offset


def test_changes_go_with_holes_lengths_and_categories_and_come_back_from_a_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lengths = [7, 10] * 15
    rows = pd.DataFrame(rng.normal(size=(sum(lengths), 2)).cumsum(0), columns=["a", "b"])
    rows = rows.mask(rng.random(rows.shape) < 0.1)
    rows["mode"] = rng.choice(["idle", "busy"], len(rows))
    rows["run"] = np.repeat(np.arange(30), lengths)
    windows = rcgan.Windows.from_frame(rows, group="run", categorical=["mode"])
    assert set(windows.lengths) == {7, 10}
    model = rcgan.InfoGAN(numbers=2, changes=("gain", "speed"), **TINY).fit(windows, progress=False)
    assert np.isfinite(model.history_.filter(like="following").to_numpy()).all()
    model.save(tmp_path / "model.rcgan")
    again = rcgan.load(tmp_path / "model.rcgan")
    assert np.array_equal(again.sample(5, seed=1).values, model.sample(5, seed=1).values, equal_nan=True)
    assert tuple(again.changes) == ("gain", "speed")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"changes": ("gian",)}, "did you mean 'gain'"),
        ({"changes": ("gain", "level", "speed"), "numbers": 2}, "write numbers=3 or more"),
        ({"networks": "lstm"}, "no networks 'lstm'"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, object], told: str) -> None:
    with pytest.raises(DataError, match=told):
        rcgan.InfoGAN(**TINY, **options).fit(np.zeros((20, 6, 1)) + np.arange(6)[:, None], progress=False)
