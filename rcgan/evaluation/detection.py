r"""Detection: can a judge that is trained for it tell synthetic windows from real ones that nobody saw?

The strong judge is a convolutional network on each channel's values and differences, both standardised by the real
training windows, on the labels, and on two distances: how far a window is from the nearest of one half of the real
training windows (copies of these are near), and from the nearest of one half of the synthetic windows (a generator
that repeats itself is near). It learns from the other halves, until windows kept aside show no progress, and is
asked about real test windows and synthetic windows that it never met:

    accuracy = (share of real test windows called real + share of synthetic windows called synthetic) / 2

One half is the best that a generator can reach. Beside it stands the same for real windows in the place of the
synthetic ones: half of the test windows. Where test windows differ from training windows, it is above one half too.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.errors import DataError
from rcgan.threads import one_thread

from .panel import Panel, moments, read_sets
from .utility import REAL, SYNTHETIC, Score, interval, resampled, untold

__all__ = ["Judgement", "detection_scores", "strong_judge"]

TASK, METRIC = "detection", "strong judge"
MOST = 10_000
FEWEST = 40
HIDDEN = 64
BATCH = 128
ROUND = 100  # iterations between two looks at the windows kept aside
PATIENCE = 8  # rounds without progress
ROUNDS = 30
NEAR = 1e-3  # least distance, in standard deviations a cell

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Judgement:
    """What the strong judge found.

    Attributes:
        accuracy: of telling synthetic from real windows; 0.5 is guessing.
        low: lower end of its 95 % interval over the windows asked about; NaN where they are too few.
        high: upper end.
    """

    accuracy: float
    low: float
    high: float


def strong_judge(train: Any, test: Any, synthetic: Any, *, seed: int = 0) -> Judgement:
    """Train a strong judge to tell synthetic windows from real ones, and ask it about windows that it never met.

    Args:
        train: real windows that the generator was trained on: ``Windows``, an array (n, t, d), or a pair (array,
            labels).
        test: real windows that it never saw; put training windows in the place of ``synthetic`` to see what real
            ones get.
        synthetic: generated windows, in the units of the real ones.
        seed: fixes the halves, the batches and the weights.

    Raises:
        DataError: other channels, categories, labels or lengths than the real training windows, or fewer than 40
            windows in a set.

    >>> rng = np.random.default_rng(0)
    >>> train, test, new = rng.normal(size=(3, 200, 8, 1)).cumsum(2)
    >>> strong_judge(train, test, new + 0.5 * rng.normal(size=new.shape)).accuracy > 0.6
    True
    """
    real, held, new = read_sets(train, test, synthetic, most=MOST, seed=seed)
    for name, panel in (("train", real), ("test", held), ("synthetic", new)):
        if len(panel) < FEWEST:
            raise DataError(f"{name} has {len(panel)} windows; the strong judge needs at least {FEWEST}")
    return judged(real, held, new, seed)


def detection_scores(
    train: Panel, test: Panel, synthetic: Panel, seed: int, tick: Callable[[int], object]
) -> list[Score]:
    """The strong judge on synthetic windows, and on one half of the test windows against the other."""
    one, two = parts(test, (0.5,), seed)
    rows = ((REAL, one, two), (SYNTHETIC, test, synthetic))
    found: list[Score] = []
    for row, held, new in rows:
        few = min(len(train), len(held), len(new))
        if few < FEWEST:
            reason = f"there are sets of {few} windows, and {FEWEST} are needed"
            found.append(untold(TASK, METRIC, "lower", reason, row=row))
        else:
            told = judged(train, held, new, seed)
            found.append(Score(TASK, METRIC, row, None, told.accuracy, told.low, told.high, "lower"))
        tick(1)
    return found


@one_thread()
def judged(train: Panel, test: Panel, synthetic: Panel, seed: int) -> Judgement:
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
    draws = [resampled(right, p.units, seed) for right, p in ((real_right, test), (fake_right, asked))]
    both = min(map(len, draws))  # none, where one side has too few units
    return Judgement(
        float(real_right.mean() + fake_right.mean()) / 2, *interval((draws[0][:both] + draws[1][:both]) / 2)
    )


def parts(panel: Panel, cuts: tuple[float, ...], seed: int) -> list[Panel]:
    """The set cut at these shares of its windows, in random order.

    Those of one resampling unit stay together; where units are so few that a part would be empty, each window goes by
    itself.
    """
    found = _parted(panel, panel.units, cuts, seed)
    return found if all(map(len, found)) else _parted(panel, np.arange(len(panel)), cuts, seed)


def _parted(panel: Panel, units: NDArray[np.integer[Any]], cuts: tuple[float, ...], seed: int) -> list[Panel]:
    rank = np.random.default_rng(seed).permutation(int(units.max()) + 1)[units]
    order = np.argsort(rank, kind="stable")
    place = np.empty(len(panel))
    place[order] = np.arange(len(panel))
    first = np.full(int(rank.max()) + 1, np.inf)  # where each unit begins: all of it goes there
    np.minimum.at(first, rank, place)
    part = np.searchsorted(np.asarray(cuts) * len(panel), first[rank], side="right")
    return [panel.take(part == k) for k in range(len(cuts) + 1)]


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
