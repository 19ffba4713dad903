"""Densities of vectors, number by number: each number's law is told by the numbers before it."""

from __future__ import annotations

import math
import time
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from rcgan.networks.recurrent import SHORT

__all__ = ["AutoregressiveDensity", "turned"]

MIXED = 8  # normal laws in each mixture
WIDE = 48  # units of each network's layers
LAYERS = 3
LEAST, MOST = -7.0, 2.0  # logarithms of a normal law's standard deviation
BATCH = 64
RATE = 1e-2
BETAS = (0.9, 0.99)
LOOKS = 10  # times at which what is held out is asked which weights to keep
SPANS, HELD = 50, 10  # pieces that vectors are cut into, and one in how many is held out
TIMED = 30  # steps after which a budget of seconds becomes one of steps
RARE = 1e-6  # least share: beyond it 32 bits tell none apart
HALVED = 18  # times that the place of a share is halved


class AutoregressiveDensity(nn.Module):
    r"""Tell the density of vectors as a product of mixtures of normal laws, one for each number.

    .. math:: p(a \mid y) = \prod_k \sum_m \pi_{km}\, N(a_k;\, \mu_{km}, \sigma_{km}^2), \qquad
              (\pi_k, \mu_k, \sigma_k) = h_k(a_1, \dots, a_{k-1}, y)

    with a network :math:`h_k` of three layers for each number. Uria, Murray, Larochelle (2013), "RNADE: The real-valued
    neural autoregressive density-estimator", eq. 2 and 6. The distribution functions of these mixtures take vectors of
    the law to independent shares and back (:meth:`shares`, :meth:`numbers`): Rosenblatt (1952), "Remarks on a
    multivariate transformation", eq. 1. The weights are no parameters, for they are learned by :meth:`fit` alone and
    not by the game that the density is part of.

    Args:
        size: of a vector.
        condition: width of the condition.

    Shapes:
        Vectors ``(n, size)`` of about unit size, conditions ``(n, condition)``.
    """

    mask: Tensor
    low: Tensor
    high: Tensor

    def __init__(self, size: int, condition: int) -> None:
        super().__init__()
        told = min(condition, SHORT)
        self.size, width = size, size + told
        draws = torch.Generator().manual_seed(0)
        self.names: list[str] = []
        for i, (before, after) in enumerate(pairwise((width, *[WIDE] * LAYERS))):
            scale = (1.0 if i == 0 else 1.3) / before**0.5
            self._keep(f"weight{i}", scale * torch.randn(size, before, after, generator=draws))
            bias = torch.randn(size, 1, after, generator=draws)
            self._keep(f"bias{i}", bias / 2 if i == 0 else torch.zeros_like(bias))
        self._keep("tell", torch.randn(condition, told, generator=draws) if condition > SHORT else torch.eye(told))
        self._keep("out", 0.05 * torch.randn(size, WIDE, 3 * MIXED, generator=draws))
        level = torch.cat([torch.zeros(MIXED), torch.linspace(-1, 1, MIXED), torch.full((MIXED,), -0.5)])
        self._keep("level", level.expand(size, 1, -1).clone())
        earlier = torch.ones(size, size).tril(-1)
        self.register_buffer("mask", torch.cat([earlier, torch.ones(size, told)], 1)[..., None])
        self.register_buffer("low", torch.zeros(size))
        self.register_buffer("high", torch.zeros(size))

    def _keep(self, name: str, value: Tensor) -> None:
        self.names.append(name)
        self.register_buffer(name, value)

    def _weights(self) -> dict[str, Tensor]:
        return {name: self.get_buffer(name) for name in self.names}

    def _laws(self, w: dict[str, Tensor], told: Tensor, k: slice = slice(None)) -> tuple[Tensor, ...]:
        """Return log shares, means and log standard deviations of the mixtures, ``(n, k, MIXED)``."""
        h = F.silu(told @ (w["weight0"][k] * self.mask[k]) + w["bias0"][k])
        for i in range(1, LAYERS):
            h = h + F.silu(h @ w[f"weight{i}"][k] + w[f"bias{i}"][k])
        share, mean, log_sd = (h @ w["out"][k] + w["level"][k]).transpose(0, 1).split(MIXED, -1)
        return share.log_softmax(-1), mean, log_sd.clamp(LEAST, MOST)

    def _surprise(self, w: dict[str, Tensor], a: Tensor, y: Tensor) -> Tensor:
        """Return how surprising each number is under these weights, ``(n, size)``."""
        share, mean, log_sd = self._laws(w, _told(w, a, y))
        off = (a[..., None] - mean) * (-log_sd).exp()
        return 0.5 * math.log(2 * math.pi) - (share - log_sd - off.square() / 2).logsumexp(-1)

    def surprise(self, a: Tensor, y: Tensor) -> Tensor:
        r"""Return :math:`-\log p(a_k \mid a_{<k}, y)` of each number, ``(n, size)``."""
        return self._surprise(self._weights(), a, y)

    @torch.enable_grad()
    def fit(
        self,
        a: Tensor,
        y: Tensor,
        *,
        steps: int,
        seed: int = 0,
        seconds: float | None = None,
        progress: bool = False,
    ) -> int:
        """Learn the density by maximum likelihood, and return how many steps that took, ``seconds`` allowing.

        Every tenth fiftieth of the vectors is held out, in the order that they come in, for neighbours in time are much
        alike; the weights that told these best are kept.
        """
        draws = torch.Generator().manual_seed(seed)
        out = torch.arange(len(a)) * SPANS // len(a) % HELD == HELD // 2 - 1
        held, rest = (part.nonzero()[:, 0] for part in (out, ~out))
        w = {name: value.clone().requires_grad_() for name, value in self._weights().items()}
        optimiser = torch.optim.Adam(w.values(), lr=RATE, betas=BETAS, fused=True)
        best, step, started = self._kept(w, a[held], y[held], math.inf), 0, time.monotonic()
        with tqdm(total=steps, desc="how steps go together", unit="step", leave=False, disable=not progress) as bar:
            while step < steps:
                optimiser.param_groups[0]["lr"] = RATE * (1 - step / steps)
                rows = rest[torch.randint(len(rest), (BATCH,), generator=draws)]
                loss = self._surprise(w, a[rows], y[rows]).clamp_max(30).sum(-1).mean()
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(w.values(), 10.0)
                optimiser.step()
                step += 1
                bar.update()
                if seconds is not None and step == TIMED:
                    steps = max(step, min(steps, int(seconds * step / (time.monotonic() - started))))
                    bar.total = steps
                if step == steps or step % max(1, steps // LOOKS) == 0:
                    best = self._kept(w, a[held], y[held], best)
        edge = (a.amax(0) - a.amin(0)) / 10
        self.low.copy_(a.amin(0) - edge)
        self.high.copy_(a.amax(0) + edge)
        return step

    @torch.no_grad()
    def _kept(self, w: dict[str, Tensor], a: Tensor, y: Tensor, best: float) -> float:
        """Keep weights if they tell vectors that they did not learn from better than those before."""
        parts = zip(a.split(BATCH * 8), y.split(BATCH * 8), strict=True)
        now = sum(float(self._surprise(w, *part).sum()) for part in parts) / len(a)
        if now < best:
            for name, value in w.items():
                self.get_buffer(name).copy_(value)
        return min(now, best)

    def shares(self, a: Tensor, y: Tensor) -> Tensor:
        """Return :math:`P(a'_k < a_k | a_{<k}, y)`, uniform and independent for vectors that follow the law."""
        w = self._weights()
        return _below(a, *_halves(*self._laws(w, _told(w, a, y)))).clamp(RARE, 1 - RARE)

    def numbers(self, shares: Tensor, y: Tensor) -> Tensor:
        """Return the vectors that have these shares; none is a tenth of the range farther out than what was learned."""
        w = self._weights()
        told = _told(w, torch.zeros_like(shares), y)
        for k in range(self.size):
            share, mean, log_sd = (part[:, 0] for part in self._laws(w, told, slice(k, k + 1)))
            wanted = shares[:, k]
            each = mean + log_sd.exp() * torch.special.ndtri(wanted)[..., None]  # the mixture's is between these
            low, high = each.amin(-1), each.amax(-1)
            halves = _halves(share, mean, log_sd)
            place, reach = (low + high) / 2, (high - low) / 2
            for _ in range(HALVED):
                reach = reach / 2
                place = place + reach.copysign(wanted - _below(place, *halves))
            told[:, k] = place.clamp(self.low[k], self.high[k])
        return told[:, : self.size]


def turned(shares: Tensor) -> Tensor:
    r"""Return other shares ``(n, size)``, uniform and independent where these are.

    .. math:: u_k' = u_k + 1000\, u_{k-1} \mod 1

    with the last before the first: whole multiples keep the measure, and stir it as Arnold's cat map does. Arnold, Avez
    (1968), "Ergodic problems of classical mechanics", section 1.

    >>> [round(share, 3) for share in turned(torch.tensor([[0.25, 0.6257]]))[0].tolist()]
    [0.95, 0.626]
    """
    return ((shares.double() + 1000 * shares.double().roll(1, 1)) % 1).to(shares.dtype).clamp(RARE, 1 - RARE)


def _told(w: dict[str, Tensor], a: Tensor, y: Tensor) -> Tensor:
    """Return what the networks are told: the vector, of which each sees what is before it, and the condition."""
    return torch.cat([a, y @ w["tell"]], -1)


def _halves(share: Tensor, mean: Tensor, log_sd: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return half of the shares, the means, and the reciprocals of the standard deviations, over the root of 2."""
    return share.exp() / 2, mean, (-log_sd).exp() * 0.5**0.5


def _below(a: Tensor, half: Tensor, mean: Tensor, slope: Tensor) -> Tensor:
    """Return the distribution function of mixtures ``(..., MIXED)`` at ``a``."""
    return 0.5 + (half * torch.erf((a[..., None] - mean) * slope)).sum(-1)
