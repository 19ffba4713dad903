"""Changes of a window that leave it what it is: which of them a code is to follow, and which it is not to hear."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from rcgan.game.latents import Categorical, Uniform
from rcgan.game.round import Batch, Round, Term, Terms

__all__ = ["CHANGES", "changed", "following", "shared_information"]

GAIN = 0.7  # log of the largest factor of a window's distance from its mean
LEVEL = 0.7  # the largest shift, in standard deviations of the channel
SLOWEST = 1 / 3  # the least speed

Change = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def _gain(x: Tensor, mask: Tensor, amount: Tensor) -> tuple[Tensor, Tensor]:
    mean = (x * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp_min(1)
    return (mean + (x - mean) * (GAIN * amount)[:, None].exp()) * mask, mask


def _level(x: Tensor, mask: Tensor, amount: Tensor) -> tuple[Tensor, Tensor]:
    return (x + LEVEL * amount[:, None]) * mask, mask


def _speed(x: Tensor, mask: Tensor, amount: Tensor) -> tuple[Tensor, Tensor]:
    pace = (math.log(SLOWEST) * (1 - amount) / 2).exp()
    place = pace * torch.arange(x.shape[1], device=x.device)
    before = place.floor().long().clamp(max=max(x.shape[1] - 2, 0))
    after = (before + 1).clamp(max=x.shape[1] - 1)
    rest = (place - before)[..., None]

    def at(values: Tensor, steps: Tensor) -> Tensor:
        return values.gather(1, steps[..., None].expand_as(values))

    return at(x, before) * (1 - rest) + at(x, after) * rest, torch.minimum(at(mask, before), at(mask, after))


CHANGES: Mapping[str, Change] = {"gain": _gain, "level": _level, "speed": _speed}
r"""How far an amount :math:`a`, from -1 to 1, changes windows: functions of ``x``, ``mask`` and ``amount (b, 1)``.

``gain`` multiplies the distance from the window's mean by :math:`e^{0.7 a}`, ``level`` adds :math:`0.7 a` standard
deviations, ``speed`` reads the window's beginning at :math:`3^{(a - 1) / 2}` of its pace, between steps in a line.
"""


def changed(batch: Batch, names: Sequence[str], amounts: Tensor, continuous: int) -> Batch:
    """Change the numbers of real windows, in this order, by ``amounts (b, changes)``; categories stay as they are."""
    x, mask = (part[..., :continuous] for part in (batch.x, batch.mask))
    for k, name in enumerate(names):
        x, mask = CHANGES[name](x, mask, amounts[:, k : k + 1])
    rest = slice(continuous, None)
    mask = mask * batch.valid
    x = x * mask
    return batch._replace(x=torch.cat([x, batch.x[..., rest]], -1), mask=torch.cat([mask, batch.mask[..., rest]], -1))


def shared_information(a: Tensor, b: Tensor) -> Tensor:
    r"""Return the information that two tellings ``(b, k)`` of a category share.

    .. math:: I = \sum_{jk} P_{jk} \log \frac{P_{jk}}{P_j P_k}

    :math:`P` is the mean of :math:`a_j b_k` over the batch, made symmetric. Ji, Henriques, Vedaldi (2019), "Invariant
    information clustering for unsupervised image classification and segmentation", eq. 3.

    >>> told = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> round(shared_information(told, told).item(), 4), shared_information(told, told * 0 + 0.5).item()  # log 2
    (0.6931, 0.0)
    """
    both = (a[:, :, None] * b[:, None, :]).mean(0)
    both = ((both + both.T) / 2).clamp_min(1e-8)
    return (both * (both.log() - both.sum(0).log() - both.sum(1, keepdim=True).log())).sum()


def following(names: Sequence[str], continuous: int, strength: float = 1.0) -> Terms:
    r"""Return what ties InfoGAN's codes to changes of real windows: the category hears none, a number follows each.

    .. math:: -\lambda \Big( I(c(x'), c(x'')) + \sum_k \rho\big(m_k(x') - m_k(x''), a'_k - a''_k\big) - 1 \Big)

    :math:`x'` and :math:`x''` are a real window changed by the amounts :math:`a'` and :math:`a''`, uniform between -1
    and 1; :math:`c` and :math:`m` the category's shares and the numbers' means that the posterior tells of them, and
    :math:`\rho` the correlation over the batch. Without such a hint nothing says which code is to take what: Locatello
    et al. (2019), "Challenging common assumptions in the unsupervised learning of disentangled representations",
    theorem 1. The category's part is Ji, Henriques, Vedaldi (2019), eq. 3.

    Args:
        names: of the changes, keys of :data:`CHANGES`; the first numbers of the code follow them, in this order.
        continuous: how many of the columns are numbers.
        strength: :math:`\lambda`.
    """

    def told(r: Round, amounts: Tensor) -> Tensor:
        batch = changed(r.batch, names, amounts, continuous)
        seen = r.critic.see(batch.x, batch.mask, batch.y, batch.valid)
        return r.networks["posterior"](r.critic.read(seen))

    def missed(r: Round) -> Tensor:
        law = Uniform(len(names))
        one, other = (law.shape(r.normal(f"change {k}", len(r.x), law.width)) for k in range(2))
        a, b = told(r, one), told(r, other)
        shares = [r.latents.expected(some, Categorical) for some in (a, b)]
        numbers = (r.latents.expected(a, Uniform) - r.latents.expected(b, Uniform))[:, : len(names)]
        return strength * (-shared_information(*shares) + (1 - _correlation(numbers, one - other)).sum())

    return (Term("following", "critic", missed, ("critic", "posterior")),)


def _correlation(a: Tensor, b: Tensor) -> Tensor:
    """Return the correlation of each column of one with the same column of the other."""
    a, b = a - a.mean(0), b - b.mean(0)
    return (a * b).mean(0) / (a.square().mean(0) * b.square().mean(0) + 1e-4).sqrt()
