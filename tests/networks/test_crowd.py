"""What critics see of a batch as a whole: by hand, and that copies are told from varied windows."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from rcgan.data.traits import Traits
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import relativistic
from rcgan.game.pairs import windows
from rcgan.game.round import Batch, Draws
from rcgan.game.terms import adversarial, zero_centred_penalty
from rcgan.networks.crowd import MinibatchDeviation, MinibatchDiscrimination
from rcgan.parts import Parts

CROWDS = (MinibatchDiscrimination, MinibatchDeviation)


def test_minibatch_discrimination_by_hand() -> None:
    """One kernel of width 2, T the identity: rows (0, 0), (1, 0) and (1, 2) are 1, 3 and 2 apart."""
    crowd = MinibatchDiscrimination(2, kernels=1, width=2)
    nn.init.eye_(crowd.project.weight)
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]])
    out = crowd(x)
    one, two, three = (math.exp(-k) for k in (1, 2, 3))
    assert torch.equal(out[:, :2], x)
    assert torch.allclose(out[:, 2], torch.tensor([1 + one + three, 1 + one + two, 1 + three + two]))


def test_minibatch_deviation_by_hand() -> None:
    """Columns 1, 3 (deviation 1) and 0, 6 (deviation 3): 2 on the mean."""
    out = MinibatchDeviation(2)(torch.tensor([[1.0, 0.0], [3.0, 6.0]]))
    assert torch.allclose(out[:, 2], torch.tensor([2.0, 2.0]))


def test_copies_are_told_from_varied_windows() -> None:
    torch.manual_seed(0)
    varied = torch.randn(16, 5)
    copies = varied[:1].expand(16, -1)
    kernels = MinibatchDiscrimination(5)
    assert torch.allclose(kernels(copies)[:, 5:], torch.tensor(16.0))
    assert (kernels(varied)[:, 5:] < 16).all()
    deviation = MinibatchDeviation(5)
    assert deviation(copies)[0, 5] < 1e-3 < 0.5 < deviation(varied)[0, 5]


@pytest.mark.parametrize("crowd", CROWDS)
def test_a_shuffled_batch_is_read_the_same(crowd: type[nn.Module]) -> None:
    torch.manual_seed(0)
    network, x, order = crowd(5), torch.randn(9, 5), torch.randperm(9)
    assert torch.allclose(network(x)[order], network(x[order]), atol=1e-5)


@pytest.mark.parametrize("crowd", CROWDS)
def test_gradients_are_finite_for_copies_too(crowd: type[nn.Module]) -> None:
    network, x = crowd(3), torch.ones(4, 3, requires_grad=True)
    network(x).sum().backward()
    assert x.grad is not None and x.grad.isfinite().all()


@pytest.mark.parametrize("crowd", CROWDS)
@pytest.mark.parametrize("networks", ["dense", "recurrent", "dcgan"])
def test_parts_put_it_around_every_trunk(crowd: type, networks: str) -> None:
    """And the penalty's finite difference is taken among the same windows, so that it stays of the slope's size."""
    torch.manual_seed(0)
    parts = Parts(Traits(100, 8, (), 0, (0.3, 1.2), (1.4, 1.6), False), Latents((Normal(2),)), 4, networks)
    terms = adversarial(relativistic, windows) + zero_centred_penalty(windows, 1.0, share=0.5)
    game = parts.duel(terms, parts.critic(around=crowd))
    assert len(list(game.networks["critic"].get_submodule("around"))) == len(parts.kind.readers)
    x = torch.randn(16, 8, 2)
    batch = Batch(x, x.new_zeros(16, 0), torch.ones_like(x), torch.ones(16, 8, 1))
    r = game.round(batch, Draws(0, parts.noise))
    assert r.critic.looks_around
    assert all(loss.isfinite() for loss in game.losses("critic", r).values())
    assert float(game.losses("critic", r)["zero_centred_penalty"].detach()) < 100
