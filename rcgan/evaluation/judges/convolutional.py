"""A convolutional judge, trained until it learns no more.

It sees each channel's values and differences, both standardised by the real training windows, the labels, and two
distances: how far a window is from the nearest of one half of the real training windows (copies of these are near),
and from the nearest of one half of the synthetic windows (a generator that repeats itself is near). It learns from the
other halves, until windows kept aside show no progress.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.evaluation.panel import Panel, moments
from rcgan.threads import one_thread

from .judgement import Judgement, judgement, parts

__all__ = ["convolutional"]

HIDDEN = 64
BATCH = 128
ROUND = 100  # iterations between two looks at the windows kept aside
PATIENCE = 8  # rounds without progress
ROUNDS = 30
NEAR = 1e-3  # least distance, in standard deviations a cell

Floats = NDArray[np.float32]


@one_thread()
def convolutional(train: Panel, test: Panel, synthetic: Panel, seed: int) -> Judgement:
    """Train the judge and ask it."""
    sight = Sight(train, test, synthetic)
    known, learnt, check = parts(train, (0.5, 0.9), seed)
    repeated, fakes, fake_check, asked = parts(synthetic, (0.3, 0.6, 0.7), seed + 1)
    nearby = [flat(sight(panel)) for panel in (known, repeated)]

    def shown(panel: Panel) -> Shown:
        x = sight(panel)
        far = np.stack([nearest(flat(x), those) for those in nearby], 1)
        return Shown(torch.from_numpy(x).transpose(1, 2).contiguous(), torch.from_numpy(far))

    judge = learn((shown(learnt), shown(fakes)), (shown(check), shown(fake_check)), seed)
    real_right = judge.scores(shown(test)) > 0
    fake_right = judge.scores(shown(asked)) <= 0
    return judgement(real_right, test, fake_right, asked, seed)


class Sight:
    """What the judge sees of windows: values, differences, what is observed, labels; ``(n, t, columns)`` float32.

    Values and differences are standardised by the training windows, so that a difference counts by its own scale. All
    sets have the same columns and steps: labels if every set has them, what is observed if any set lacks a cell.
    """

    def __init__(self, train: Panel, *others: Panel) -> None:
        sets = (train, *others)
        self.classes = len(train.classes) if all(p.codes is not None for p in sets) else 0
        self.steps = max(p.values.shape[1] for p in sets)
        self.holes = any(bool(np.isnan(p.values).any()) for p in sets) or any(
            p.values.shape[1] < self.steps for p in sets
        )
        x = train.values[..., train.continuous].astype(np.float64)
        self.mean, self.sd = moments(x)
        self.step = moments(np.diff(x, axis=1))[1]
        self.bend = moments(np.diff(x, n=2, axis=1))[1]

    def __call__(self, panel: Panel) -> Floats:
        """Return what there is to see."""
        longer = ((0, 0), (0, self.steps - panel.values.shape[1]), (0, 0))
        values = np.pad(panel.values, longer, constant_values=np.nan)
        x = values[..., panel.continuous].astype(np.float64)
        columns = [(x - self.mean) / self.sd, differences(x, 1) / self.step, differences(x, 2) / self.bend]
        columns += [values[..., [c]] == np.arange(count) for c, count in panel.category_counts()]
        if self.holes:
            columns.append(~np.isnan(values))
        if self.classes and panel.codes is not None:
            label = panel.codes[:, None, None] == np.arange(self.classes)
            columns.append(np.broadcast_to(label, (*x.shape[:2], self.classes)))
        return np.nan_to_num(np.concatenate(columns, -1)).clip(-50, 50).astype(np.float32)


def differences(x: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Differences over time ``(n, t, d)``, 0 in the first steps."""
    return np.pad(np.diff(x, n=order, axis=1), ((0, 0), (min(order, x.shape[1]), 0), (0, 0)))[:, : x.shape[1]]


def flat(x: Floats) -> Floats:
    """Windows as vectors."""
    return x.reshape(len(x), -1)


def nearest(x: Floats, those: Floats) -> Floats:
    """Logarithm of the distance of each vector to the nearest of those, per column, never below ``NEAR``."""
    square = (those.astype(np.float64) ** 2).sum(1)
    out = np.empty(len(x), np.float32)
    for i in range(0, len(x), 1024):
        part = x[i : i + 1024]
        closest = those[(square - 2.0 * (part @ those.T)).argmin(1)]
        out[i : i + 1024] = np.sqrt(((part - closest) ** 2).mean(1))
    return np.log(np.maximum(out, NEAR))


@dataclass(frozen=True)
class Shown:
    """A set as the judge sees it: windows ``(n, columns, t)`` and distances ``(n, 2)``."""

    windows: Tensor
    far: Tensor

    def __len__(self) -> int:
        return len(self.windows)

    def take(self, index: Tensor) -> Shown:
        """Some of them."""
        return Shown(self.windows[index], self.far[index])


class Judge(nn.Module):
    """Two convolutions of width 3, their mean and maximum over time, and the distances; a positive score is real."""

    centre: Tensor
    spread: Tensor

    def __init__(self, both: Shown) -> None:
        super().__init__()
        self.register_buffer("centre", both.far.mean(0))
        self.register_buffer("spread", both.far.std(0).clamp_min(1e-3))
        self.first = nn.Conv1d(both.windows.shape[1], HIDDEN, 3, padding=1)
        self.second = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1)
        self.out = nn.Sequential(nn.Linear(2 * HIDDEN + 2, HIDDEN), nn.LeakyReLU(0.2), nn.Linear(HIDDEN, 1))

    def forward(self, shown: Shown) -> Tensor:
        """Return one score a window."""
        h = F.leaky_relu(self.second(F.leaky_relu(self.first(shown.windows), 0.2)), 0.2)
        far = (shown.far - self.centre) / self.spread
        return self.out(torch.cat([h.mean(2), h.amax(2), far], 1))[:, 0]

    @torch.no_grad()
    def scores(self, shown: Shown) -> NDArray[np.float32]:
        """Return the scores of a whole set."""
        parts = torch.arange(len(shown)).split(2048)
        return torch.cat([self(shown.take(part)) for part in parts]).numpy()


def learn(sets: tuple[Shown, Shown], checks: tuple[Shown, Shown], seed: int) -> Judge:
    """Train until the windows kept aside show no progress, and return the judge at its best."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        judge = Judge(Shown(torch.cat([s.windows[:256] for s in sets]), torch.cat([s.far for s in sets])))
    rng = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(judge.parameters(), lr=1e-3)
    best, state, waited = math.inf, copy.deepcopy(judge.state_dict()), 0
    for _ in range(ROUNDS):
        for _ in range(ROUND):
            real, fake = (judge(s.take(torch.randint(len(s), (BATCH,), generator=rng))) for s in sets)
            optimiser.zero_grad()
            (F.softplus(-real).mean() + F.softplus(fake).mean()).backward()
            optimiser.step()
        real, fake = (torch.from_numpy(judge.scores(s)) for s in checks)
        loss = float(F.softplus(-real).mean() + F.softplus(fake).mean())
        waited += 1
        if loss < best:
            best, state, waited = loss, copy.deepcopy(judge.state_dict()), 0
        if waited >= PATIENCE:
            break
    judge.load_state_dict(state)
    return judge
