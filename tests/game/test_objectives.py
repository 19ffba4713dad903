"""Every objective by a computation of its own: real scores 2, fake ones -1; and the energy distance against scipy."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import energy_distance

from rcgan.game.objectives import DIVERGENCES, OBJECTIVES, energy, f_gan

REAL, FAKE = 2.0, -1.0


def sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v))


TOLD_APART = -math.log(sigmoid(REAL)) - math.log(1 - sigmoid(FAKE))
BY_HAND = {  # critic and generator; a generator's loss has the real side in it too, where it has one
    "minimax": (TOLD_APART, -TOLD_APART),
    "non-saturating": (TOLD_APART, -math.log(sigmoid(FAKE)) - math.log(1 - sigmoid(REAL))),
    "maximum likelihood": (TOLD_APART, -sigmoid(FAKE) / (1 - sigmoid(FAKE))),  # the ratio of the densities
    "least squares": (0.5 * (1 + 1), 0.5 * (4 + 4)),
    "hinge": (0 + 0, 2 + 1),
    "relativistic": (math.log(1 + math.exp(-3)), math.log(1 + math.exp(3))),
    "wasserstein": (-3, 3),
}
F = {  # f of each divergence, Nowozin, Cseke, Tomioka (2016), table 1
    "kl": lambda u: u * math.log(u),
    "reverse kl": lambda u: -math.log(u),
    "pearson": lambda u: (u - 1) ** 2,
    "squared hellinger": lambda u: (math.sqrt(u) - 1) ** 2,
    "jensen shannon": lambda u: u * math.log(u) - (u + 1) * math.log((u + 1) / 2),
}
G = {  # output activations, table 2
    "kl": lambda v: v,
    "reverse kl": lambda v: -math.exp(-v),
    "pearson": lambda v: v,
    "squared hellinger": lambda v: 1 - math.exp(-v),
    "jensen shannon": lambda v: math.log(2) - math.log(1 + math.exp(-v)),
}


def conjugate(f: Callable[[float], float], t: float) -> float:
    """The definition, f*(t) = sup over u > 0 of u t - f(u), by search."""

    def less(log_u: float) -> float:
        return f(math.exp(log_u)) - t * math.exp(log_u)

    found = minimize_scalar(less, bounds=(-30, 10), method="bounded", options={"xatol": 1e-9})
    return -float(found.fun)


def expected(name: str) -> tuple[float, float]:
    if name in BY_HAND:
        return BY_HAND[name]
    divergence = name.removeprefix("f-GAN ")
    f, g = F[divergence], G[divergence]
    critic = conjugate(f, g(FAKE)) - g(REAL)
    return critic, -critic


@pytest.mark.parametrize("name", [name for name in OBJECTIVES if name != energy.name])
def test_by_hand(name: str) -> None:
    """The same for one critic as for the mean of two, over three windows."""
    for critics in (1, 2):
        real, fake = torch.full((3, critics), REAL), torch.full((3, critics), FAKE)
        found = [float(loss(real, fake)) for loss in (OBJECTIVES[name].critic, OBJECTIVES[name].generator)]
        assert found == pytest.approx(expected(name), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("divergence", DIVERGENCES)
def test_the_best_critic_tells_the_divergence(divergence: str) -> None:
    """For two coins P and Q the game's value is sum over x of q f(p / q): Nowozin et al., eq. 4 holds with equality."""
    p, q = np.array([0.3, 0.7]), np.array([0.6, 0.4])
    objective = f_gan(divergence)
    v = torch.zeros(2, requires_grad=True)
    rows = torch.arange(10)
    real, fake = ((rows < 10 * share[0]).long() for share in (p, q))  # 3 of 10 and 6 of 10 are heads
    optimiser = torch.optim.LBFGS([v], max_iter=200, tolerance_grad=1e-9, tolerance_change=1e-12)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = objective.critic(v[real][:, None], v[fake][:, None])
        value.backward()
        return value

    optimiser.step(loss)
    value = -float(objective.critic(v[real][:, None], v[fake][:, None]).detach())
    assert value == pytest.approx(sum(b * F[divergence](a / b) for a, b in zip(p, q, strict=True)), abs=1e-4)


def test_there_is_a_test_for_every_objective() -> None:
    assert {*BY_HAND, energy.name, *(f"f-GAN {name}" for name in F)} == set(OBJECTIVES)
    assert set(F) == set(DIVERGENCES)


def test_energy_distance_against_scipy() -> None:
    """scipy takes the root and leaves each value's distance 0 to itself in the means; ours is without that bias."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=7), rng.normal(1, 2, size=9)
    within = [np.abs(x[:, None] - x).mean() for x in (a, b)]
    expected = energy_distance(a, b) ** 2 - within[0] / (len(a) - 1) - within[1] / (len(b) - 1)
    found = float(energy.generator(torch.tensor(a)[:, None], torch.tensor(b)[:, None]))
    assert found == pytest.approx(expected, abs=1e-5)


def test_energy_distance_is_without_bias() -> None:
    """Around 0 on the mean between two small samples of one law, where scipy's square is not."""
    rng = torch.Generator().manual_seed(0)
    draws = torch.randn(2000, 2, 4, 3, generator=rng)
    found = torch.stack([energy.generator(a, b) for a, b in draws])
    assert abs(float(found.mean())) < 4 * float(found.std()) / math.sqrt(2000)


def test_energy_distance_by_hand() -> None:
    """Real scores 0 and 2, fake ones 3 and 4, of one critic; f(v) = E|v - x'| - E|v - x|."""
    real, fake = torch.tensor([[0.0], [2.0]]), torch.tensor([[3.0], [4.0]])
    assert float(energy.generator(real, fake)) == pytest.approx(2 * 2.5 - 2 - 1, abs=1e-5)
    assert float(energy.critic(real, fake)) == pytest.approx(-(2 * 2.5 - 2 - 1), abs=1e-5)
    assert energy.witness(real, real, fake)[:, 0].tolist() == pytest.approx([3.5 - 1, 1.5 - 1], abs=1e-5)


def test_slope_of_the_witness_between_real_and_fake() -> None:
    """The two distances pull the same way there, wherever 0 lies, so that a bound on the slope bounds the critic's."""
    real, fake = torch.tensor([[100.0], [102.0]]), torch.tensor([[103.0], [104.0]])
    v = torch.tensor([[102.5]], requires_grad=True)
    energy.witness(v, real, fake).sum().backward()
    assert v.grad is not None and float(v.grad) == pytest.approx(-2)
