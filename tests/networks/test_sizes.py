"""Windows of a normal law get the sizes of real ones, and these go together as they do there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.fft import dct
from torch import Tensor

from rcgan.networks.coloured import ColouredNoise
from rcgan.networks.sizes import Sizes, _cosines, _from_cosines

STEPS, N = 24, 4000
ALL = torch.ones(2)


def noise(n: int, seed: int, steps: int = STEPS) -> Tensor:
    """Two walks around levels."""
    generator = torch.Generator().manual_seed(seed)
    walk = torch.randn(n, steps, 2, generator=generator).cumsum(1)
    return walk - walk.mean(1, keepdim=True) + 3 * torch.randn(n, 1, 2, generator=generator)


def lively(n: int, seed: int, steps: int = STEPS) -> Tensor:
    """Walks as large as log-normal numbers of sd 1, the same for both up to a correlation of .9."""
    generator = torch.Generator().manual_seed(seed + 1)
    common, own = torch.randn(n, 1, 1, generator=generator), torch.randn(n, 1, 2, generator=generator)
    x = noise(n, seed, steps)
    return x.mean(1, keepdim=True) + (x - x.mean(1, keepdim=True)) * (0.9**0.5 * common + 0.1**0.5 * own).exp()


def log_moves(x: Tensor) -> Tensor:
    return x.diff(dim=1).square().mean(1).sqrt().log()


@pytest.fixture(scope="module")
def fitted() -> Sizes:
    sizes = Sizes(STEPS, 2, 1)
    nothing = torch.zeros(N, dtype=torch.long)
    sizes.fit(noise(N, 0), nothing, lively(N, 1), nothing, ALL)
    return sizes


def test_sizes_are_those_of_real_windows(fitted: Sizes) -> None:
    """Moves' log size has the variance of the factor, 1, and what 23 moves of one size differ by, 1 / 46 (alone)."""
    x = noise(N, 2)
    made = log_moves(fitted(x, torch.zeros(N, dtype=torch.long)))
    assert log_moves(x).var(0).tolist() == pytest.approx([1 / 46] * 2, rel=0.2)
    assert made.var(0).tolist() == pytest.approx([1 + 1 / 46] * 2, rel=0.15)
    assert made.mean(0).tolist() == pytest.approx([-1 / 46] * 2, abs=0.15)
    assert float(torch.corrcoef(made.T)[0, 1]) == pytest.approx(0.9 / (1 + 1 / 46), abs=0.1)


@pytest.mark.parametrize("steps", [1, 2, 5, 24])
def test_cosines_are_scipys(steps: int) -> None:
    x = torch.randn(3, steps, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    told = _cosines(x)
    np.testing.assert_allclose(told.numpy(), dct(x.numpy(), axis=1, norm="ortho"), atol=1e-12)
    torch.testing.assert_close(_from_cosines(told), x, atol=1e-12, rtol=0)


def test_levels_stay(fitted: Sizes) -> None:
    x = noise(100, 3)
    made = fitted(x, torch.zeros(100, dtype=torch.long))
    torch.testing.assert_close(made.mean(1), x.mean(1), atol=1e-4, rtol=1e-4)


def test_states_have_sizes_of_their_own_and_few_windows_tell_nothing() -> None:
    """Ten times as large in the second; the third has but one window, a thousand times as large."""
    state = torch.arange(N) % 2
    state[-1] = 2
    real = lively(N, 1) * torch.tensor([1.0, 10.0, 1000.0])[state, None, None]
    sizes = Sizes(STEPS, 2, 3)
    sizes.fit(noise(N, 0), torch.arange(N) % 3, real, state, ALL)
    x = noise(N, 2)
    means = [log_moves(sizes(x, torch.full((N,), k))).mean() for k in range(3)]
    assert float(means[1] - means[0]) == pytest.approx(torch.tensor(10.0).log().item(), abs=0.35)
    assert float(means[2] - log_moves(x).mean()) == pytest.approx(0, abs=1)  # that one window says 6.9


@pytest.mark.parametrize(
    ("real", "free"),
    [(noise(N, 5), ALL), (lively(200, 1), ALL), (lively(N, 1), 0 * ALL)],
    ids=["the same law", "few", "told by quantiles"],
)
def test_windows_are_left_alone(real: Tensor, free: Tensor) -> None:
    sizes = Sizes(STEPS, 2, 1)
    sizes.fit(noise(N, 0), torch.zeros(N, dtype=torch.long), real, torch.zeros(len(real), dtype=torch.long), free)
    x = noise(50, 6)
    assert torch.equal(sizes(x, torch.zeros(50, dtype=torch.long)), x)


@pytest.mark.parametrize("steps", [1, 2, 3, 24, 65])
def test_any_length(steps: int) -> None:
    sizes = Sizes(steps, 2, 1)
    nothing = torch.zeros(N, dtype=torch.long)
    sizes.fit(noise(N, 0, steps), nothing, lively(N, 1, steps), nothing, ALL)
    made = sizes(noise(N, 2, steps), nothing)
    assert made.shape == (N, steps, 2) and made.isfinite().all()


def test_coloured_noise_is_still_as_often_as_its_windows() -> None:
    """Of the real windows, nine tenths hardly move; the covariance alone would make all of them move alike."""
    generator = torch.Generator().manual_seed(7)
    real = noise(N, 1)
    still = torch.rand(N, 1, 1, generator=generator) < 0.9
    real = torch.where(still, real.mean(1, keepdim=True) + 0.01 * (real - real.mean(1, keepdim=True)), real)
    law = ColouredNoise(STEPS, 2, 0, 1, windows=N)
    law.fit(real, torch.ones_like(real), torch.zeros(N, 0))
    white, told = torch.randn(N, STEPS, 2, generator=generator), torch.zeros(N, 0)
    made = law(white, told)
    shares = [float((log_moves(x) < -2).double().mean()) for x in (real, law._normal(white, told), made)]
    assert shares[0] == pytest.approx(0.9, abs=0.02) and shares[1] < 0.1 and shares[2] > 0.7
    assert made.diff(dim=1).std().item() == pytest.approx(real.diff(dim=1).std().item(), rel=0.15)


def test_labels_with_laws_of_their_own_have_no_part_in_sizes() -> None:
    """The second label is vibration, which no sum of components makes: its windows, drawn as nothing, are not asked."""
    x, y = noise(N, 1), torch.zeros(N, 2)
    y[: N // 2, 0], y[N // 2 :, 1] = 1, 1
    law = ColouredNoise(STEPS, 2, 2, 1, labels=2, windows=N, vibrating=(1,))
    law.fit(x, torch.ones_like(x), y)
    assert not law.sizes.active.any()
