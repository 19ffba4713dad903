"""Laws of rounding: the nearest place in the channel's own units, in every regime, with every gradient intact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

import rcgan
from rcgan.networks.rounded import Rounded

MEANS, SDS = np.float32([[0.0, 0.0], [10.0, 0.0]]), np.float32([[1.0, 1.0], [4.0, 1.0]])


def rounded(given: Any) -> tuple[Rounded, Tensor]:
    """Places 0, 1, ..., 20 on the first channel; windows of the first regime, then of the second."""
    module, places = Rounded(given, (21, 0), 2), np.arange(21.0)
    module.fit([places, np.zeros(0)], [(places[1:] + places[:-1]) / 2, np.zeros(0)], MEANS, SDS)
    y = torch.eye(2).repeat_interleave(len(given.x) // 2, 0)
    return module, module(None, None, y, torch.ones(len(y), given.x.shape[1], 1))


def test_readings_are_whole_in_their_own_units_and_nearest(writing: Any) -> None:
    x = torch.rand(6, 5, 2, generator=torch.Generator().manual_seed(0))
    _, made = rounded(writing(x.clone()))
    own = made[..., 0].detach() * torch.tensor([1.0, 4.0]).repeat_interleave(3)[:, None]
    own = own + torch.tensor([0.0, 10.0]).repeat_interleave(3)[:, None]
    assert torch.allclose(own, own.round(), atol=1e-5)
    assert float((made[:3, :, 0] - x[:3, :, 0]).detach().abs().max()) <= 0.5
    assert float((made[3:, :, 0] - x[3:, :, 0]).detach().abs().max()) <= 0.5 / 4 + 1e-6
    assert torch.equal(made[..., 1], x[..., 1])


def test_beyond_the_last_place_nothing_piles_up(writing: Any) -> None:
    x = torch.tensor([[[-3.0, 0.0], [25.5, 0.0]]]).repeat(2, 1, 1)
    _, made = rounded(writing(x.clone()))
    assert torch.equal(made[0], x[0])


def test_the_gradient_passes_as_if_nothing_were_rounded(writing: Any) -> None:
    given = writing(torch.rand(2, 5, 2))
    rounded(given)[1].sum().backward()
    assert given.x.grad is not None and torch.equal(given.x.grad, torch.ones(2, 5, 2))


def test_a_coarse_converter_is_found_and_critics_are_shown_its_counts() -> None:
    """In model space every reading of the trained generator is one of the ten that real windows have there."""
    rng = np.random.default_rng(0)
    fine = rng.normal(size=1200).cumsum()
    counts = rng.integers(0, 10, 1200) * 0.328
    rare = 5.0 * (rng.random(1200) < 0.1)  # at one place nine times of ten: left alone
    frame = pd.DataFrame({"run": np.arange(1200) // 20, "fine": fine, "counts": counts, "rare": rare})
    windows = rcgan.Windows.from_frame(frame, group="run")
    model = rcgan.RCGAN(2, steps=2, hidden=8).fit(windows, progress=False)
    assert model.traits_.places == (0, 10, 0)
    real, made = (model._space.encode(some.values).x[..., 1] for some in (windows, model.sample(50, seed=1)))
    generator: Any = model._networks["generator"]
    assert isinstance(generator, Rounded)
    assert set(np.round(np.unique(made), 3)) <= set(np.round(np.unique(real), 3))
    assert np.allclose(generator.get_buffer("places1").numpy(), np.unique(real), atol=1e-5)


def test_what_critics_are_shown_is_what_is_decoded(writing: Any) -> None:
    """Also where 0 has a place of its own below all others: rain on halves, and no rain in six of ten rows."""
    rng = np.random.default_rng(0)
    rain = np.round(rng.exponential(3, 1200) * 2) / 2 * (rng.random(1200) < 0.5)
    frame = pd.DataFrame({"run": np.arange(1200) // 20, "fine": rng.normal(size=1200).cumsum(), "rain": rain.round()})
    model = rcgan.RCGAN(2, steps=2, hidden=8).fit(rcgan.Windows.from_frame(frame, group="run"), progress=False)
    assert model.relations_ == ["rain >= 0", "rain on 1"] and model.traits_.places[1] > 10
    generator: Any = model._networks["generator"]
    x = torch.linspace(-1.5, 4, 2001)[None, :, None].expand(1, -1, 2).clone()
    module = Rounded(writing(x), model.traits_.places, 1)
    module.load_state_dict(
        {k: v for k, v in generator.state_dict().items() if not k.startswith("generator.")}, strict=False
    )
    shown = module(None, None, torch.zeros(1, 0), torch.ones(1, 2001, 1)).detach().numpy()
    both = [model.scaler_.decode(some)[0, :, 1] for some in (x.numpy(), shown)]
    inside = (x[0, :, 1] >= generator.get_buffer("places1")[0]) & (x[0, :, 1] <= generator.get_buffer("places1")[-1])
    assert (both[0] == both[1])[inside.numpy()].mean() > 0.999
    assert len(np.unique(both[1])) > 10
