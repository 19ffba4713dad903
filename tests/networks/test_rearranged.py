"""Laws of rearrangement: values stay, order is kept, gradients are intact, padding changes nothing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rcgan.networks.rearranged import Rearranged


def valid(lengths: list[int], steps: int) -> Tensor:
    return (torch.arange(steps) < torch.tensor(lengths)[:, None]).float()[..., None]


def test_channels_with_a_trend_are_sorted_within_their_length_and_others_are_left_alone(writing: Any) -> None:
    x = torch.randn(3, 6, 3, generator=torch.Generator().manual_seed(0))
    on = valid([6, 4, 1], 6)
    x = x * on
    made = Rearranged(writing(x), (1, 0, -1))(None, None, None, on).detach()
    for k, n in enumerate((6, 4, 1)):
        assert torch.equal(made[k, :n, 0], x[k, :n, 0].sort().values)
        assert torch.equal(made[k, :n, 2], x[k, :n, 2].sort(descending=True).values)
        assert torch.equal(made[k, n:], torch.zeros(6 - n, 3))
    assert torch.equal(made[..., 1], x[..., 1])


def test_every_gradient_goes_to_the_step_that_wrote_the_value(writing: Any) -> None:
    given = writing(torch.tensor([[[3.0], [1.0], [2.0]]]))
    made = Rearranged(given, (1,))(None, None, None, torch.ones(1, 3, 1))
    (made * torch.tensor([10.0, 20.0, 30.0])[None, :, None]).sum().backward()
    assert given.x.grad is not None and given.x.grad.flatten().tolist() == [30.0, 10.0, 20.0]


def test_what_is_rearranged_is_no_farther_from_any_monotone_curve(writing: Any) -> None:
    """Chernozhukov, Fernandez-Val, Galichon (2009), proposition 1."""
    draws = torch.Generator().manual_seed(0)
    curve = torch.rand(50, 20, 1, generator=draws).cumsum(1)
    x = curve + torch.randn(50, 20, 1, generator=draws)
    made = Rearranged(writing(x), (1,))(None, None, None, torch.ones(50, 20, 1)).detach()
    for power in (1, 2, 4):
        assert bool(((made - curve).abs().pow(power).sum(1) <= (x - curve).abs().pow(power).sum(1) + 1e-5).all())
