"""Real windows, of which one goes on where what is made has come as it had."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["Successors", "Told", "lasted"]

MOST = 32_000_000  # numbers of windows that are kept,
EACH = 1024  # ... and windows of a state
COMPARED = 4_000_000  # distances at a time
FEW = 5  # windows of a state, without which those of all states go on
AWAY = 3  # windows' lengths, within which no window follows another one
DIRECT = "donot_use_mm_for_euclid_dist"  # one pass, where each window is compared with others of its own
AGAIN = 1e3  # distance of those that lie nearer: they are the last to be taken
UNKNOWN = 2.0  # squared distance that a hole adds: that of two windows by chance, in standard deviations


class Told(NamedTuple):
    """What is told of windows: which state ``(b,)``, statics ``(b, k)`` and how many steps ``(b,)``."""

    state: Tensor
    statics: Tensor
    length: Tensor

    def some(self, rows: Tensor) -> Told:
        """Return what is told of some of them."""
        return Told(self.state[rows], self.statics[rows], self.length[rows])


class Successors(nn.Module):
    r"""Find the window of which a stretch goes on, among real ones of the same state.

    It is one of the :math:`\sqrt n` nearest, of the ``n`` that the state has, by some steps before the stretch, each at
    the same step of its window, and by statics, as loud as they are told; the j-th nearest with odds :math:`1 / j`:
    Lall, Sharma (1996), "A nearest neighbor bootstrap for resampling hydrologic time series", section 3. None that lies
    within three windows' lengths of the one before is drawn, if there are others: a stretch does not go on where the
    last one ended. Nor is one that had other categories in the step before. Where its categories have lasted for
    :math:`s` steps, and here for :math:`s'`, any of the ``m`` steps of the stretch may be another one, and :math:`m
    \log_2^2 (s / s')` is added to the square of how far it is; where it lacks ``h`` cells of the stretch, :math:`2 h`,
    as if numbers drawn by chance stood there: those without holes come first. How long windows are counts as one of the
    statics; one that ends before the stretch does goes on from as many steps before its end.

    Args:
        steps: of a window.
        channels: at each of them.
        states: how many there are.
        statics: how many numbers they are, the length among them, and what is told of real windows alone.
        numbers: how many of the channels are no categories.
        lags: how many steps before a stretch the steps are that are compared.
        stretch: how many steps it has.
        windows: how many there are to learn from; those kept have 32 million numbers at most.
    """

    windows: Tensor
    moves: Tensor
    holes: Tensor
    told: Tensor
    lasted: Tensor
    length: Tensor
    place: Tensor
    start: Tensor
    count: Tensor

    def __init__(
        self,
        steps: int,
        channels: int,
        states: int,
        statics: int,
        *,
        numbers: int,
        lags: list[int],
        stretch: int,
        windows: int,
    ) -> None:
        super().__init__()
        self.steps, self.numbers, self.lags, self.stretch = steps, numbers, lags, stretch
        room = MOST // (steps * channels)
        self.each = max(1, min(EACH, room // 2))
        kept = max(2, min(windows + self.each, room, self.each * (states + 1)))
        self.register_buffer("windows", torch.zeros(steps, kept, channels))
        self.register_buffer("moves", torch.zeros(kept, steps, channels, dtype=torch.bool))
        self.register_buffer("holes", torch.zeros(kept, steps + 1))
        self.register_buffer("lasted", torch.ones(kept, steps))
        self.register_buffer("told", torch.zeros(kept, statics))
        self.register_buffer("length", torch.full((kept,), steps))
        self.register_buffer("place", torch.zeros(kept, dtype=torch.long))
        self.register_buffer("start", torch.zeros(states, dtype=torch.long))
        self.register_buffer("count", torch.ones(states, dtype=torch.long))

    @torch.no_grad()
    def take(self, x: Tensor, moves: Tensor, holes: Tensor, told: Told, place: Tensor) -> None:
        """Keep windows of each state, evenly over time, and some of all, which a state of few goes on with.

        Args:
            x: windows, ``(n, t, c)``.
            moves: whether a value is another one than at the step before, ``(n, t, c)``.
            holes: how many cells are not known, ``(n, t)``.
            told: what is told of them.
            place: the step at which each begins, ``(n,)``.
        """
        some = _evenly(torch.arange(len(x)), min(len(x), self.each))
        share = min(1.0, (len(self.told) - len(some)) / len(x))
        mine = [(told.state == state).nonzero()[:, 0] for state in range(len(self.count))]
        rows = [_evenly(part, min(self.each, int(len(part) * share))) for part in mine]
        order, held = torch.cat([*rows, some]), torch.tensor([len(part) for part in rows])
        n, few = len(order), held < FEW
        self.lasted[:n] = lasted(x[order, :, self.numbers :])
        self.windows[:, :n] = x[order].transpose(0, 1)
        self.moves[:n], self.holes[:n, 1:] = moves[order], holes.cumsum(1)[order]
        self.told[:n], self.length[:n] = told.statics[order], told.length[order]
        self.place[:n] = place[order]
        self.count.copy_(torch.where(few, len(some), held))
        self.start.copy_(torch.where(few, held.sum(), held.cumsum(0) - held))

    def begun(self, told: Told, u: Tensor) -> tuple[Tensor, Tensor]:
        r"""Return windows to begin with, ``(b,)``, and what is left of numbers ``u`` between 0 and 1.

        One of those that are no farther by their statics than the :math:`\sqrt n`-th nearest.
        """
        count, (which, free) = self.count[told.state], self._of(told.state)
        known = told.statics
        apart = torch.cdist(known[:, None], self.told[which][..., : known.shape[1]], compute_mode=DIRECT)[:, 0]
        far, near = apart.masked_fill(~free, torch.inf).sort(stable=True)
        alike = (far <= far.gather(1, count.double().sqrt().ceil().long()[:, None] - 1)).sum(1)
        at = u * alike
        drawn = at.long().minimum(alike - 1)
        return which.gather(1, near.gather(1, drawn[:, None]))[:, 0], at - drawn

    def like(self, told: Told, window: Tensor) -> Told:
        """Return also the statics that are told of real windows alone: those of the ones ``(b,)`` begun with."""
        rest = self.told[:, told.statics.shape[1] :]
        return told._replace(statics=torch.cat([told.statics, rest[window]], 1)) if rest.any() else told

    def next(
        self, past: Tensor, since: Tensor, told: Told, before: Tensor, begin: Tensor, u: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the windows that go on, and from which of their steps, ``(b,)`` each.

        Args:
            past: the steps before the stretch that are compared, ``(b, lags, c)``.
            since: for how many steps categories have lasted then, ``(b,)``.
            told: what is told of the windows.
            before: the windows that went before, ``(b,)``.
            begin: the step at which the stretch begins, ``(b,)``.
            u: between 0 and 1, by which one of the near ones is drawn, ``(b,)``.
        """
        known = torch.cat([past.flatten(1), told.statics], 1).float()
        rows = max(1, COMPARED // int(self.count.max()))
        near = [
            self._nearest(known[some], since[some], told.some(some), before[some], begin[some], u[some])
            for some in torch.arange(len(known), device=known.device).split(rows)
        ]
        window = torch.cat([before[:0], *near])
        return window, self._own(window, begin, told.length)[0].clamp_min(1)

    def seen(self, begin: Tensor) -> Tensor:
        """Return the steps that are compared where a stretch begins, ``(b, lags)``."""
        return (begin[:, None] - torch.tensor(self.lags, device=begin.device)).clamp_min(0)

    def _own(self, window: Tensor, begin: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Return at which of their own steps windows go on, before 1 if they are too short, and for how many."""
        end = (begin + self.stretch).minimum(length).maximum(begin)
        if int(self.length.min()) == self.steps:
            return begin, end - begin  # it is the same step of all
        return begin - (end - self.length[window]).clamp_min(0), end - begin

    def _of(self, of: Tensor) -> tuple[Tensor, Tensor]:
        """Return which windows are of a state, and whether one is no repetition, where states have less than others."""
        count, rank = self.count[of][:, None], torch.arange(int(self.count.max()), device=of.device)
        return self.start[of][:, None] + rank.minimum(count - 1), rank < count

    def _nearest(self, known: Tensor, since: Tensor, told: Told, before: Tensor, begin: Tensor, u: Tensor) -> Tensor:
        which, free = self._of(told.state)
        own, steps = self._own(which, begin[:, None], told.length[:, None])
        fits, own = own > 0, own.clamp_min(1)
        free = free & (fits | ~fits.any(1, keepdim=True))
        far = self._far(known, told, begin, own)
        if self.holes[:, -1].any():
            far += UNKNOWN * (self.holes[which, own + steps] - self.holes[which, own])
        again = (self.place[which] - self.place[before][:, None]).abs() < AWAY * self.steps
        if self.numbers < (channels := self.windows.shape[2]):
            last = known[:, None, self.numbers : channels]
            alike = free & (last == self.windows[own - 1, which, self.numbers :]).all(2)
            free = torch.where((alike & ~again).any(1, keepdim=True), alike, free)
            far += steps * (self.lasted[which, own - 1] / since[:, None]).log2().square()
        far = far.sqrt() + AGAIN * again
        return which.gather(1, _drawn(far.masked_fill(~free, torch.inf), free.sum(1), u))[:, 0]

    def _far(self, known: Tensor, told: Told, begin: Tensor, own: Tensor) -> Tensor:
        """Return how far the windows of their states are from what is known where they go on, squared.

        All that have the same windows at the same steps to go on with are compared at once.
        """
        far = known.new_full((len(known), int(self.count.max())), torch.inf)
        size, start, count = self.steps + 1, self.start.tolist(), self.count.tolist()
        of, each = ((told.state * size + begin) * size + told.length).unique(return_inverse=True)
        for key, rows in zip(of.tolist(), each.argsort().split(each.bincount().tolist()), strict=True):
            first, n = start[key // size**2], count[key // size**2]
            real = self._known(slice(first, first + n), own[rows[0], :n])[:, : known.shape[1]]
            far[rows, :n] = torch.cdist(known[rows], real, compute_mode=DIRECT).square()
        return far

    def _known(self, part: slice, own: Tensor) -> Tensor:
        """Return what is compared of windows that go on from such steps, or all from one: those before, and statics."""
        windows = self.windows[:, part]
        if len(own) == 1:
            step = int(own)
            seen = [windows[max(0, step - lag)] for lag in self.lags]
        else:
            rows = torch.arange(windows.shape[1], device=own.device)
            seen = [windows[(own - lag).clamp_min(0), rows] for lag in self.lags]
        return torch.cat([*seen, self.told[part]], 1)


def _drawn(far: Tensor, count: Tensor, u: Tensor) -> Tensor:
    r"""Return one of the :math:`\sqrt n` nearest of ``n`` in each row, the j-th with odds 1 / j, ``(b, 1)``."""
    near = far.topk(math.ceil(far.shape[1] ** 0.5), largest=False)[1]
    odds = (1 / torch.arange(1, near.shape[1] + 1, dtype=u.dtype, device=u.device)).cumsum(0)
    drawn = torch.searchsorted(odds, u * odds[count.double().sqrt().ceil().long() - 1]).minimum(count - 1)
    return near.gather(1, drawn[:, None])


def lasted(categories: Tensor) -> Tensor:
    """Return for how many steps all categories ``(n, t, k)`` have been what they are, ``(n, t)``; ones without any.

    >>> lasted(torch.tensor([[[0.0], [0.0], [1.0], [1.0]]])), lasted(torch.zeros(1, 2, 0))
    (tensor([[1., 2., 1., 2.]]), tensor([[1., 1.]]))
    """
    if not categories.shape[2]:
        return categories.new_ones(categories.shape[:2])
    step = torch.arange(categories.shape[1], device=categories.device)
    switched = (categories != categories.roll(1, 1)).any(2) & (step > 0)
    return (1 + step - (step * switched).cummax(1)[0]).to(categories)


def _evenly(rows: Tensor, most: int) -> Tensor:
    """Return so many of the rows, spread over all of them."""
    return rows[(2 * torch.arange(most) + 1) * len(rows) // max(1, 2 * most)]
