"""Laws of cospectra: in each regime channels go together as they do there, at each frequency."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from rcgan.networks import coloured
from rcgan.networks.coloured import ColouredNoise
from rcgan.networks.cospectra import Cospectra, octaves, turn

N, T = 2000, 16


def told(n: int = N) -> Tensor:
    """Two regimes by turns."""
    return F.one_hot(torch.arange(n) % 2, 2).float()


def together(slow: Tensor, fast: Tensor, n: int = N, seed: int = 0) -> Tensor:
    """Two walks and their noise; in each regime the second goes with the first by these correlations."""
    rng, regime = np.random.default_rng(seed), torch.arange(n) % 2
    steps, noise = (torch.from_numpy(rng.normal(size=(n, T, 2)).astype(np.float32)) for _ in range(2))
    walk = steps.cumsum(1) - steps.cumsum(1).mean(1, keepdim=True)
    parts: list[Tensor] = []
    for x, shares in ((walk, slow), (noise, fast)):
        share = shares[regime][:, None]
        parts.append(torch.stack([x[..., 0], share * x[..., 0] + (1 - share**2).sqrt() * x[..., 1]], -1))
    return parts[0] + parts[1]


def made(x: Tensor, mask: Tensor | None = None) -> Tensor:
    """Windows of the noise that learned from these, regime by regime."""
    noise = ColouredNoise(T, x.shape[2], 2, 2, windows=len(x))
    noise.fit(x, torch.ones_like(x) if mask is None else mask, told(len(x)))
    white = torch.randn(8000, T, x.shape[2], generator=torch.Generator().manual_seed(1))
    return noise.written(noise(white, told(8000)), told(8000))


def correlation(x: Tensor, regime: int) -> float:
    """How two channels go together, the levels of windows left out."""
    mine = x[torch.arange(len(x)) % 2 == regime]
    return float(torch.corrcoef((mine - mine.mean(1, keepdim=True)).flatten(0, 1).T)[0, 1])


def test_what_goes_together_in_one_regime_and_against_each_other_in_the_other_does_so() -> None:
    x = together(torch.tensor([0.9, -0.9]), torch.tensor([0.9, -0.9]))
    assert abs(correlation(x, 0) + correlation(x, 1)) < 0.05  # as one, nothing is left
    for regime in (0, 1):
        assert correlation(made(x), regime) == pytest.approx(correlation(x, regime), abs=0.04)


def test_slow_and_fast_go_together_each_in_their_way() -> None:
    x = together(torch.tensor([0.9, 0.0]), torch.tensor([-0.9, 0.0]))
    new = made(x)
    for regime in (0, 1):
        assert correlation(new, regime) == pytest.approx(correlation(x, regime), abs=0.05)
        moves = [correlation(some.diff(dim=1).diff(dim=1), regime) for some in (x, new)]
        assert moves[1] == pytest.approx(moves[0], abs=0.1)


def test_powers_stay() -> None:
    x = together(torch.tensor([0.9, -0.9]), torch.tensor([0.5, 0.5]))
    new = made(x)
    for one, other in ((x, new), (x.diff(dim=1), new.diff(dim=1))):
        assert torch.allclose(one.std((0, 1)), other.std((0, 1)), rtol=0.05)


def test_holes_change_nothing() -> None:
    x = together(torch.tensor([0.9, -0.9]), torch.tensor([0.9, -0.9]))
    mask = torch.ones_like(x)
    mask[: N // 2] = (torch.rand(N // 2, T, 2, generator=torch.Generator().manual_seed(2)) > 0.5).float()
    for regime in (0, 1):
        assert correlation(made(x * mask, mask), regime) == pytest.approx(correlation(x, regime), abs=0.06)


def test_a_switch_goes_with_a_curve_where_it_does() -> None:
    x = together(torch.tensor([0.9, -0.9]), torch.tensor([0.9, -0.9]))
    x[..., 1] = (x[..., 1] > 1.0).float() + 0.001 * x[..., 1]
    x[..., 1] = (x[..., 1] - x[..., 1].mean()) / x[..., 1].std()
    for regime in (0, 1):
        assert correlation(made(x), regime) == pytest.approx(correlation(x, regime), abs=0.1)


def test_where_channels_are_too_many_the_law_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coloured, "MOST", 1)
    x = together(torch.tensor([0.9, -0.9]), torch.tensor([0.9, -0.9]))
    assert abs(correlation(made(x), 0)) < correlation(x, 0) - 0.1


def test_unfitted_it_changes_nothing() -> None:
    g = torch.randn(5, 3, 24, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(Cospectra(8, 3, 2)(g, told(5)), g, atol=1e-5)


@given(st.integers(1, 6), st.integers(0, 100))
@settings(deadline=None, max_examples=25)
def test_turned_it_has_the_covariance_that_is_wanted(width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    own, wanted = (torch.from_numpy(np.cov(rng.normal(size=(width, 5 * width + 5))).reshape(width, -1)) for _ in "ab")
    change = turn(own, wanted)
    torch.testing.assert_close(change, change.T)
    torch.testing.assert_close(change @ own @ change, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 64])
def test_octaves_hold_every_frequency_but_the_mean_once(steps: int) -> None:
    assert [f for i, j in octaves(steps) for f in range(i, j)] == list(range(1, steps))
