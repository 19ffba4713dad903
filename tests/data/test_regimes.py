"""Regimes: found where they are, and undone without loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

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


@pytest.mark.parametrize("n", [20, 199])
def test_few_windows_have_one_regime_that_changes_nothing(n: int) -> None:
    x, _ = banded(n)
    mask = np.ones_like(x)
    regimes = Regimes.fit(x, mask, 2, windows=n, seed=0)
    found = regimes.of(x, mask)
    assert (regimes.count, regimes.width) == (1, 0)
    assert regimes.tell(found).shape == (n, 0)
    assert np.array_equal(regimes.encode(x, mask, found), x)
