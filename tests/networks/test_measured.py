"""Laws of noise on curves: as large as was measured, white, behind every length, and free to vanish."""

from __future__ import annotations

import torch
from torch import Tensor

from rcgan.networks.heads import WindowHead
from rcgan.networks.measured import MeasuredGenerator
from rcgan.networks.recurrent import LSTMGenerator

FLOOR = torch.tensor([0.1, 0.0])


def generator() -> MeasuredGenerator:
    torch.manual_seed(0)
    head = WindowHead(torch.tensor([0.2, 0.2]), (), 5, 8, scaled=False)
    return MeasuredGenerator(LSTMGenerator(head, 3, 0, 2, 8, 24), FLOOR, 5, 8)


def given(n: int, steps: int = 24) -> tuple[Tensor, ...]:
    draws = torch.Generator().manual_seed(1)
    z, e, y = (torch.randn(n, *size, generator=draws) for size in ((3,), (24, 2), (2,)))
    return z, e[:, :steps], y, torch.ones(n, steps, 1)


def test_at_first_the_noise_is_what_was_measured_and_of_no_colour() -> None:
    made = generator()
    z, e, y, valid = given(2000)
    noise = (made(z, e, y, valid) - made(z, 0 * e, y, valid)).detach()
    assert torch.allclose(noise.std((0, 1)), FLOOR, rtol=0.02)
    assert abs(float((noise[:, 1:, 0] * noise[:, :-1, 0]).mean())) < 0.05 * 0.1**2


def test_the_curve_knows_nothing_of_the_noise() -> None:
    made = generator()
    z, e, y, valid = given(4)
    assert torch.equal(made(z, e, y, valid)[..., 1], made(z, -e, y, valid)[..., 1])


def test_padding_is_zero_and_changes_nothing() -> None:
    made = generator()
    z, e, y, valid = given(4)
    valid[:, 20:] = 0
    long, short = made(z, e, y, valid), made(*given(4, 20))
    assert torch.equal(long[:, 20:], torch.zeros(4, 4, 2))
    assert torch.allclose(long[:, :20], short, atol=1e-6)


def test_noise_can_be_learned_away_and_by_window() -> None:
    made = generator()
    z, e, y, valid = given(64)
    optimiser = torch.optim.Adam(made.loudness.parameters(), lr=0.05)
    wanted = (z[:, 0] > 0).float()[:, None] * 0.1  # noise in every second window

    def sizes() -> Tensor:
        apart = made(z, e, y, valid) - made(z, 0 * e, y, valid)
        return apart[..., 0].square().mean(1, keepdim=True).sqrt()

    for _ in range(300):
        optimiser.zero_grad()
        (sizes() - wanted).square().mean().backward()
        optimiser.step()
    assert float((sizes() - wanted).detach().abs().mean()) < 0.02
