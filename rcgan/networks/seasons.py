"""Seasons: after how many steps windows go on as they did, and what comes again in each."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.fft import irfft, rfft

__all__ = ["season", "seasonal"]

LEAST = 5  # steps of a season
HEARD = 0.01  # mean squared autocorrelation of innovations, from which on it is a season's
NEARLY = 0.7  # of the most, from which on a shorter one is taken
AT_ONCE = 1024  # windows whose spectra are taken


def season(e: Tensor, longest: int) -> int:
    """Return after how many steps innovations ``(n, t, c)`` go together most; 0 if they do not by a tenth anywhere.

    That is by the mean over channels of squared autocorrelations, where these are positive. Of a season and its
    multiples it is the season.

    >>> waves = torch.randn(500, 64, 1) + (torch.arange(64) * torch.pi / 6).sin()[:, None]
    >>> season(waves, 32)
    12
    """
    steps = e.shape[1]
    longest = min(longest, steps - 1)
    if longest <= LEAST:
        return 0
    power = torch.stack([rfft(some, 2 * steps, dim=1).abs().square().sum(0) for some in e.split(AT_ONCE)]).sum(0)
    products = irfft(power, 2 * steps, dim=0)[: longest + 1] / torch.arange(steps, steps - longest - 1, -1)[:, None]
    alike = (products / products[0].clamp_min(1e-9)).clamp_min(0).square().mean(1)
    peak = (alike[LEAST:-1] >= alike[LEAST - 1 : -2]) & (alike[LEAST:-1] >= alike[LEAST + 1 :])
    alike = alike[LEAST:-1] * peak
    most = alike.max()
    return LEAST + int((alike >= NEARLY * most).nonzero()[0, 0]) if most > HEARD else 0


def seasonal(a: Tensor, inside: Tensor, length: int, numbers: int) -> Tensor:
    r"""Return what comes again in each season of windows ``(n, t, c)``, by so many numbers.

    These are its principal components. Their squared distances are those of the windows' means over all steps ``t`` of
    the same place in a season, less the window's mean, in the mean over places and added over channels.

    Args:
        a: the windows.
        inside: which of their steps they have, ``(n, t)``.
        length: of a season.
        numbers: how many are returned for each window, zeros where there are more than are needed.
    """
    have = inside[..., None].to(a)
    mean = (a * have).sum(1, keepdim=True) / have.sum(1, keepdim=True).clamp_min(1)
    rest, sums, count = (a - mean) * have, a.new_zeros(len(a), length, a.shape[2]), a.new_zeros(len(a), length, 1)
    for step in range(a.shape[1]):
        sums[:, step % length] += rest[:, step]
        count[:, step % length] += have[:, step]
    means = (sums / count.clamp_min(1)).flatten(1) / length**0.5
    means -= means.mean(0)
    _, directions = torch.linalg.eigh(means.T @ means)
    out = a.new_zeros(len(a), numbers)
    out[:, : directions.shape[1]] = means @ directions.flip(1)[:, :numbers]
    return out
