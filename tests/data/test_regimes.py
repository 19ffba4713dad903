"""Regimes: found where they are, and undone without loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import rcgan
from rcgan import measuring
from rcgan.data.regimes import Regimes

BANDS = np.array([[-3.0, 0.0], [-1.0, 5.0], [0.5, -5.0], [4.0, 1.0]])


def banded(n: int, *, seed: int = 0, categories: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Windows (n, 12, 2 + categories) in four narrow bands, and the band of each."""
    rng = np.random.default_rng(seed)
    band = rng.integers(4, size=n)
    x = BANDS[band][:, None] + 0.01 * rng.normal(size=(n, 12, 2))
    shares = np.eye(categories)[rng.integers(max(categories, 1), size=(n, 12))] if categories else x[..., :0]
    return np.concatenate([x, shares], 2).astype(np.float32), band


def test_bands_are_told_apart_and_standardised() -> None:
    x, band = banded(400)
    mask = np.ones_like(x)
    regimes = Regimes.fit(x, mask, 2, windows=400, seed=0)
    found = regimes.of(x, mask)
    assert regimes.count == 4
    assert len(set(zip(band.tolist(), found.tolist(), strict=True))) == 4
    inner = regimes.encode(x, mask, found)
    for k in range(4):
        assert np.allclose(inner[found == k].mean((0, 1)), 0, atol=1e-2)
        assert np.allclose(inner[found == k].std((0, 1)), 1, atol=1e-2)


def test_a_window_that_was_not_there_goes_to_the_nearest() -> None:
    x, _ = banded(400)
    regimes = Regimes.fit(x, np.ones_like(x), 2, windows=400, seed=0)
    other, band = banded(200, seed=1)
    found = regimes.of(other, np.ones_like(other))
    assert len(set(zip(band.tolist(), found.tolist(), strict=True))) == 4


@given(seed=st.integers(0, 50), holes=st.floats(0, 0.9), categories=st.sampled_from([0, 3]))
@settings(max_examples=25, deadline=None)
def test_decoding_undoes_encoding(seed: int, holes: float, categories: int) -> None:
    x, _ = banded(300, seed=seed, categories=categories)
    rng = np.random.default_rng(seed)
    mask = (rng.random(x.shape) >= holes).astype(np.float32)
    mask[..., 2:] = mask[..., 2:3]
    mask[0] = 0
    x *= mask
    regimes = Regimes.fit(x, mask, 2, windows=300, seed=seed)
    found = regimes.of(x, mask)
    inner = regimes.encode(x, mask, found)
    assert np.isfinite(inner).all()
    assert (inner[mask == 0] == 0).all()
    assert np.allclose(regimes.decode(inner, found) * mask, x, atol=1e-4)
    assert (regimes.tell(found).sum(1) == (1 if regimes.count > 1 else 0)).all()


def test_padding_changes_no_regime() -> None:
    x, _ = banded(400)
    regimes = Regimes.fit(x, np.ones_like(x), 2, windows=400, seed=0)
    longer = np.concatenate([x, 7 + 0 * x], 1)
    mask = np.concatenate([np.ones_like(x), 0 * x], 1)
    assert np.array_equal(regimes.of(longer, mask), regimes.of(x, np.ones_like(x)))


def test_a_regime_holds_twenty_windows_at_least() -> None:
    x, _ = banded(400)
    x[:3] = 50.0  # three windows by themselves
    mask = np.ones_like(x)
    regimes = Regimes.fit(x, mask, 2, windows=400, seed=0)
    assert np.bincount(regimes.of(x, mask)).min() >= 20


def test_events_of_windows_that_it_was_not_found_by_count() -> None:
    x, _ = banded(400)
    regimes = Regimes.fit(x, np.ones_like(x), 2, windows=400, seed=0)
    more, _ = banded(1000, seed=1)
    more[np.random.default_rng(0).random(1000) < 0.02, 5, 1] += 3  # rare
    mask = (np.random.default_rng(1).random(more.shape) < 0.8).astype(np.float32)
    parts = [(more[k : k + 300] * mask[k : k + 300], mask[k : k + 300]) for k in range(0, 1000, 300)]
    whole = regimes.over(parts)
    found = whole.of(more * mask, mask)
    assert np.array_equal(found, regimes.of(more * mask, mask))
    for k in range(whole.count):
        seen = np.ma.MaskedArray(more[found == k], mask[found == k] == 0)
        assert np.allclose(whole.means[k], seen.mean((0, 1)), atol=1e-4)
        assert np.allclose(whole.sds[k], seen.astype(np.float64).std((0, 1)), rtol=1e-3)
    assert (whole.sds[:, 1] > 2 * regimes.sds[:, 1]).all()


def test_a_model_knows_events_that_lie_outside_of_what_it_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "LOOKED_AT", 400)
    x, band = banded(1200)
    x += 0.2 * np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    rare = np.setdiff1d(np.flatnonzero(band == 0), np.random.default_rng(0).permutation(1200)[:400])
    x[rare[:100], 5, 1] += 3
    model = rcgan.RCGAN(steps=1, seed=0).fit(x, progress=False)
    inner, _, regime, _ = model._space.encode(rcgan.Windows.from_arrays(x).values)
    for k in np.unique(regime):
        assert np.allclose(inner[regime == k].std((0, 1)), 1, atol=1e-2)


@pytest.mark.parametrize("n", [20, 199])
def test_few_windows_have_one_regime_that_changes_nothing(n: int) -> None:
    x, _ = banded(n)
    mask = np.ones_like(x)
    regimes = Regimes.fit(x, mask, 2, windows=n, seed=0)
    found = regimes.of(x, mask)
    assert (regimes.count, regimes.width) == (1, 0)
    assert regimes.tell(found).shape == (n, 0)
    assert np.array_equal(regimes.encode(x, mask, found), x)
