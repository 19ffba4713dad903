"""Laws of surrogates: the spectra of the windows, phases that are even, levels near those that were."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from rcgan.networks.coloured import ColouredNoise
from rcgan.networks.surrogates import Surrogates


def tones(n: int, steps: int, seed: int = 0) -> Tensor:
    """Two channels of one tone, the second a quarter of a period behind and half as high, about levels."""
    rng = np.random.default_rng(seed)
    turns, phase = rng.integers(4, 20, (n, 1)), rng.uniform(0, 2 * np.pi, (n, 1))
    angle = 2 * np.pi * turns * np.arange(steps) / steps + phase
    x = np.stack([np.cos(angle), 0.5 * np.sin(angle)], 2) + rng.normal(size=(n, 1, 2))
    return torch.from_numpy(x.astype(np.float32))


def made(x: Tensor, n: int = 2000) -> Tensor:
    """Surrogates of windows."""
    surrogates = Surrogates(x.shape[1], x.shape[2], len(x))
    surrogates.fit(x)
    return surrogates(torch.randn(n, x.shape[1], x.shape[2], generator=torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("steps", [64, 65])
def test_a_tone_stays_one_tone_of_any_phase(steps: int) -> None:
    x = made(tones(40, steps))
    x = x - x.mean(1, keepdim=True)
    spectra = torch.fft.rfft(x, dim=1)
    power = spectra[..., 0].abs().square()
    assert torch.allclose(power.amax(1) / power.sum(1), torch.ones(len(x)), atol=1e-4)
    top = spectra.gather(1, power.argmax(1)[:, None, None].expand(-1, 1, 2))[:, 0]
    behind = top[:, 1] / top[:, 0]
    assert torch.allclose(behind, torch.full_like(behind, -0.5j), atol=1e-3)
    turn = top[:, 0] / top[:, 0].abs()
    assert float(turn.mean().abs()) < 0.06
    assert float(turn.square().mean().abs()) < 0.06


def test_every_window_is_as_likely_as_the_others() -> None:
    x = tones(40, 64)
    new = made(x)
    tops = [torch.fft.rfft(w - w.mean(1, keepdim=True), dim=1)[..., 0].abs().argmax(1) for w in (x, new)]
    real, share = (torch.bincount(top, minlength=33) / len(top) for top in tops)
    assert torch.allclose(real, share, atol=0.05)


def test_levels_keep_mean_and_covariance_and_are_no_copies() -> None:
    x = tones(40, 64)
    level, new = x.mean(1), made(x, 20_000).mean(1)
    assert torch.allclose(new.mean(0), level.mean(0), atol=0.03)
    assert torch.allclose(torch.cov(new.T), torch.cov(level.T, correction=0), atol=0.05)
    assert float(torch.cdist(new, level).amin(1).median()) > 0.05


def test_of_many_windows_some_are_kept() -> None:
    x = tones(3000, 32)
    surrogates = Surrogates(32, 2, 3000)
    surrogates.fit(x)
    assert len(surrogates.spectra) == int(surrogates.levels.count) == 500


def test_labels_cut_from_vibration_have_surrogates_and_others_sums_of_windows() -> None:
    x, y = tones(400, 64), F.one_hot(torch.arange(400) % 2, 2).float()
    noise = ColouredNoise(64, 2, 2, 1, labels=2, windows=400, vibrating=(1,))
    noise.fit(x, torch.ones_like(x), y)
    white = torch.randn(400, 64, 2, generator=torch.Generator().manual_seed(0))
    new = noise.written(noise(white, y), y)
    power = torch.fft.rfft(new - new.mean(1, keepdim=True), dim=1)[..., 0].abs().square()
    purity = power.amax(1) / power.sum(1)
    assert float(purity[1::2].min()) > 0.999
    assert float(purity[::2].median()) < 0.5
