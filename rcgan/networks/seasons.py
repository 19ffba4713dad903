"""Seasons: after how many steps windows go on as they did, and what comes again in each."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["season", "seasonal"]

LEAST = 5  # steps of a season
ALIKE = 0.7  # of the change over fewer steps, below which that over a season is
NEARLY = 0.8  # of the most that it is below, from which on a shorter season is taken
TINY = 1e-9  # change of channels that do not change
ASKED = 2048  # windows, at most


def season(a: Tensor, inside: Tensor, longest: int) -> tuple[int, Tensor]:
    r"""Return after how many steps windows ``(n, t, c)`` are where they were, and how clearly each channel, ``(c,)``.

    .. math:: h: \; S_h < .7 \max_{k < h} S_k, \quad S_h \le S_{h \pm 1}, \qquad S_h = E (a_t - a_{t-h})^2

    in the channel in which that is clearest, if any; of a season and its multiples, nearly as clear, it is the season.
    A channel is as clear as :math:`1 - S_h / \max S_k`.

    Args:
        a: the windows.
        inside: which of their steps they have, ``(n, t)``.
        longest: how many steps there may be in a season. Where there is none, 0 is returned.

    >>> waves = torch.randn(500, 64, 1) + 4 * (torch.arange(64) * torch.pi / 6).sin()[:, None]
    >>> season(waves, torch.ones(500, 64, dtype=torch.bool), 32)[0]
    12
    """
    if longest <= LEAST:
        return 0, a.new_zeros(a.shape[2])
    some = torch.arange(0, len(a), 1 + (len(a) - 1) // ASKED)
    a, have = a[some], inside[some, :, None].to(a)
    changes = []
    for lag in range(1, longest + 1):
        both = have[:, lag:] * have[:, :-lag]
        changes.append(((a[:, lag:] - a[:, :-lag]) * both).square().sum((0, 1)) / both.sum().clamp_min(1))
    change = torch.stack(changes)
    lower = 1 - (change + TINY) / (change.cummax(0)[0] + TINY)
    least = (change[1:-1] <= change[:-2]) & (change[1:-1] <= change[2:])
    clear = (lower[1:-1] * least).amax(1)[LEAST - 2 :]
    length = LEAST + int((clear >= NEARLY * clear.max()).nonzero()[0, 0]) if clear.max() > 1 - ALIKE else 0
    return length, lower[length - 1]


def seasonal(a: Tensor, inside: Tensor, numbers: int) -> Tensor:
    """Return what comes again in each season of windows ``(n, t, c)``, by so many numbers; zeros where there is none.

    These are its principal components. Their squared distances are those of the windows' means over all steps of the
    same place in a season, less the window's mean, in the mean over places, and added over channels by how clear they
    are (:func:`season`).

    Args:
        a: the windows.
        inside: which of their steps they have, ``(n, t)``.
        numbers: how many are returned for each window.
    """
    out, (length, clear) = a.new_zeros(len(a), numbers), season(a, inside, a.shape[1] // 2)
    if not length:
        return out
    a, have, clear = a[..., clear > 0], inside[..., None].to(a), clear[clear > 0]
    mean = (a * have).sum(1, keepdim=True) / have.sum(1, keepdim=True).clamp_min(1)
    rest, sums, count = (a - mean) * have, a.new_zeros(len(a), length, a.shape[2]), a.new_zeros(len(a), length, 1)
    for step in range(a.shape[1]):
        sums[:, step % length] += rest[:, step]
        count[:, step % length] += have[:, step]
    means = (clear * sums / count.clamp_min(1)).flatten(1) / length**0.5
    means -= means.mean(0)
    _, directions = torch.linalg.eigh(means.T @ means)
    out[:, : directions.shape[1]] = means @ directions.flip(1)[:, :numbers]
    return out
