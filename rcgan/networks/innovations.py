"""Innovations: windows go on as real ones did from where they had come alike."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from rcgan.data.traits import lacking
from rcgan.networks.conditions import first, last, regression, with_one
from rcgan.networks.marginals import Marginals

__all__ = ["Innovations"]

ORDER = 4  # steps that the autoregression looks back
SHARE = 3  # stretches of real windows that a window is made of, and one more: the first and the last are cut;
LONGEST = 16  # ... more where these would have more steps
MOST = 8_000_000  # numbers of windows that are kept,
EACH = 1024  # ... and windows of a state
COMPARED = 4_000_000  # numbers compared at a time
RIDGE = 1e-4  # of the mean variance, added to all of them
RIDGED = 20.0  # windows that count as much as all states' word on how far first steps spread in one
FEW = 5  # windows of a state, without which those of all states go on
AWAY = 3  # windows' lengths, within which no window follows another one
DIRECT = "donot_use_mm_for_euclid_dist"  # one pass, where each window is compared with others of its own
AGAIN = 1e3  # distance of those that lie nearer: they are the last to be taken
UNKNOWN = 2.0  # squared distance that a hole adds: that of two windows by chance, in standard deviations


class Innovations(nn.Module):
    r"""Turn white noise into windows whose moves are those of real ones, drawn anew in stretches.

    .. math:: x_t = \mu_{st} + g_t, \qquad g_t = \sum_{k=1}^{4} A_k\, g_{t-k} + \varepsilon_t, \qquad
              \varepsilon_t = a_{wt} - \sum_{k=1}^{4} A_k\, a_{w, t-k}

    An autoregression over all channels, with innovations of real windows ``w`` of the same state ``s`` (label and
    regime), :math:`a_w` their distance from that state's mean: Buehlmann (1997), "Sieve bootstrap for time series",
    section 2. What switches, and what is quiet for long and then moves, does so in all channels at once, as it did; no
    sum of normal numbers does. Innovations come in stretches of a third of a window, of 16 steps at most, which begin
    anywhere: Kuensch (1989), "The jackknife and the bootstrap for general stationary observations", section 2.3; what a
    stretch repeats does not grow with the window. Where one begins, its window is one of the :math:`\sqrt n` nearest,
    of the ``n`` that the state has, by the last two steps and by those half a stretch, a stretch and a third of a
    window ago; the j-th nearest with odds :math:`1 / j`: Lall, Sharma (1996), "A nearest neighbor bootstrap for
    resampling hydrologic time series", section 3. Statics count as a channel of each of these steps; the first window
    is one of those that are no farther by them than the :math:`\sqrt n`-th nearest. None that lies within three
    windows' lengths of the one before is drawn, if there are others: a stretch does not go on where the last one ended.
    The first step is that of a window, smoothed:

    .. math:: g_1 = \sqrt{1 - h^2}\, a_{w1} + h\, e, \qquad e \sim N(0, \operatorname{cov}_s a_1), \qquad
              h = \left( \frac{4}{n (c + 2)} \right)^{1 / (c + 4)}

    for ``c`` channels: Silverman (1986), "Density estimation", eq. 4.14 and section 6.4. So :math:`x` lies beside real
    windows, by a distance that the autoregression lets decay.

    Where a channel holds its value from one step to the next, to the last digit, as a sensor that reports what has
    changed enough, so does what is made, whatever is learned and added. What the autoregression takes off its distance
    meanwhile is added to the moves of that stretch, :math:`m`, by :math:`|m| / (\sum |m| + s)`, :math:`s` their root
    mean square: no small move becomes a large one.

    What comes to rest, as rain at 0, and what is one of some categories has no innovations, no mean and is not
    smoothed: it is taken as it was, and nothing is added to it.

    Windows may have holes, of a quarter of a channel's steps at most (:func:`~rcgan.data.traits.lacking`), those beyond
    a short window's end among them: numbers there are on the line between what was observed before and after,
    categories and what rests are those of the nearest step. A stretch with holes is as far as the square root of
    :math:`d^2 + 2 h`, for ``h`` cells that it lacks, as numbers drawn by chance would be; so those without come first.

    Args:
        steps: of a window.
        channels: continuous ones.
        categories: how many categories there are, of all categorical channels: so many channels of 0 and 1 follow.
        condition: width of the condition, whose first columns are the label as one-hot, if there are labels, and whose
            last ones are the regime, if there are several; statics are between them.
        regimes: how many there are.
        labels: how many there are.
        windows: how many there are to learn from; those kept have eight million numbers at most.

    Shapes:
        ``forward(e (b, t, channels), y (b, condition))`` to ``(b, t, channels + categories)``, standardised within the
        regime; 0 in steps beyond those fitted. Of the noise of the first steps, one and one for each stretch, the
        first number is used, and all of the last one's.
    """

    mean: Tensor
    means: Tensor
    carry: Tensor
    scale: Tensor
    usual: Tensor
    resting: Tensor
    spread: Tensor
    factor: Tensor
    pool: Tensor
    moves: Tensor
    told: Tensor
    place: Tensor
    holes: Tensor
    start: Tensor
    count: Tensor

    def __init__(
        self, steps: int, channels: int, condition: int, regimes: int, *, categories: int = 0, labels: int, windows: int
    ) -> None:
        super().__init__()
        self.steps, self.width, self.categories, self.regimes = steps, channels, categories, regimes
        self.channels = channels = channels + categories
        self.given, self.labels, third = labels, max(1, labels), max(1, steps // SHARE)
        self.stretch = min(third, LONGEST)
        self.lags = sorted({1, 2, max(1, self.stretch // 2), self.stretch, third})
        states, room = self.labels * regimes, MOST // (steps * channels)
        self.each = max(1, min(EACH, room // 2))
        kept = max(2, min(windows + self.each, room, self.each * (states + 1)))
        self.register_buffer("mean", torch.zeros(condition + 1, steps * channels))
        self.register_buffer("means", torch.zeros(states, steps, channels))
        self.register_buffer("carry", torch.zeros(ORDER * channels, channels))
        self.register_buffer("scale", torch.ones(channels))
        self.register_buffer("usual", torch.ones(channels))
        self.register_buffer("resting", self._beside(torch.zeros(self.width), 1.0))
        self.register_buffer("spread", torch.ones(states, self.width))
        self.register_buffer("factor", torch.eye(self.width))
        self.register_buffer("pool", torch.zeros(kept, ORDER - 1 + steps, channels))
        self.register_buffer("moves", torch.zeros(kept, steps, channels, dtype=torch.bool))
        self.register_buffer("told", torch.zeros(kept, self._statics(torch.zeros(1, condition)).shape[1]))
        self.register_buffer("place", torch.zeros(kept, dtype=torch.long))
        self.register_buffer("holes", torch.zeros(kept, steps + 1))
        self.register_buffer("start", torch.zeros(states, dtype=torch.long))
        self.register_buffer("count", torch.ones(states, dtype=torch.long))

    @torch.no_grad()
    def fit(self, x: Tensor, mask: Tensor, y: Tensor, place: Tensor | None = None) -> None:
        """Learn from windows of which no channel lacks much.

        Args:
            x: windows, standardised within their regimes, ``(n, t, channels + categories)``.
            mask: which of their cells were observed.
            y: their condition, ``(n, condition)``.
            place: the step at which each begins, ``(n,)``; omitted, one after the other.
        """
        place = torch.arange(len(x)) if place is None else place
        known = ~torch.from_numpy(lacking(mask.numpy()))
        x, y, mask, place = x[known].double(), y[known], mask[known] > 0, place[known]
        of = self._state(y)
        marginals, numbers = Marginals(self.width, self.regimes), slice(self.width)
        marginals.fit(x[..., numbers], mask[..., numbers].double(), last(y, self.regimes).double())
        self.resting[: self.width] = marginals.rests
        moving = 1 - self.resting
        x = _filled(x, mask, moving)
        self.mean.copy_(regression(y, x.flatten(1), self.labels if self.labels > 1 else 0) * moving.repeat(self.steps))
        apart = x - self._mean(y).double()
        count = torch.bincount(of, minlength=len(self.means))
        self.means.index_add_(0, of, apart.float()).div_(count.clamp_min(1)[:, None, None]).mul_(moving)
        apart -= self.means[of]
        self.scale.copy_(apart.std((0, 1)).clamp_min(1e-6))
        apart /= self.scale
        self.usual.copy_(apart.diff(dim=1).square().mean((0, 1)).sqrt().clamp_min(1e-6))
        self.carry.copy_(self._autoregression(apart * moving))
        self._smooth(apart[:, 0, numbers], of, count)
        kept = self._keep(apart.float(), of)
        self.told[: len(kept)], self.place[: len(kept)] = self._statics(y)[kept], place[kept]
        self.holes[: len(kept), 1:] = (~mask).sum(2).cumsum(1)[kept]
        self.moves[: len(kept), 1:] = (x.diff(dim=1) != 0)[kept]
        self.moves |= self.resting > 0

    def _smooth(self, a: Tensor, of: Tensor, count: Tensor) -> None:
        """Take what first steps ``(n, channels)`` have for standard deviations in each state, and correlations."""
        pooled = a.square().mean(0).clamp_min(1e-12)
        powers = torch.zeros_like(self.spread, dtype=a.dtype).index_add_(0, of, a.square())
        self.spread.copy_(((powers + RIDGED * pooled) / (count[:, None] + RIDGED)).sqrt())
        white = a / self.spread[of].double()
        together = white.T @ white / len(a)
        self.factor.copy_(torch.linalg.cholesky(together + RIDGE * torch.eye(self.width, dtype=a.dtype)).T)

    def _autoregression(self, a: Tensor) -> Tensor:
        """Return what the steps before say of a step, ``(order channels, channels)``; of what is 0, nothing."""
        gram = a.new_zeros((ORDER + 1) * self.channels, (ORDER + 1) * self.channels)
        before, longer = len(self.carry), _with_past(a)
        for step in range(min(ORDER, a.shape[1] - 1), a.shape[1]):
            seen = longer[:, step - 1 : step + ORDER].flatten(1)
            gram += seen.T @ seen
        own = gram[:before, :before] + RIDGE * gram.diagonal().mean() * torch.eye(before, dtype=a.dtype)
        return torch.linalg.solve(own, gram[:before, before:])

    def _beside(self, numbers: Tensor, value: float = 0.0) -> Tensor:
        """Return what is told of numbers ``(..., c)``, and one value for all categories."""
        return nn.functional.pad(numbers, (0, self.categories), value=value)

    def _keep(self, a: Tensor, of: Tensor) -> Tensor:
        """Keep windows of each state, evenly over time, and some of all, which a state of few goes on with.

        Return which, ``(kept,)``.
        """
        some = _evenly(torch.arange(len(a)), min(len(a), self.each))
        share = min(1.0, (len(self.pool) - len(some)) / len(a))
        mine = [(of == state).nonzero()[:, 0] for state in range(len(self.means))]
        rows = [_evenly(part, min(self.each, int(len(part) * share))) for part in mine]
        order, held = torch.cat([*rows, some]), torch.tensor([len(part) for part in rows])
        self.pool[: len(order)] = _with_past(a[order])
        few = held < FEW
        self.count.copy_(torch.where(few, len(some), held))
        self.start.copy_(torch.where(few, held.sum(), held.cumsum(0) - held))
        return order

    def _state(self, y: Tensor) -> Tensor:
        """Return which label and regime, of all of them, ``(b,)``."""
        return first(y, self.labels) * self.regimes + last(y, self.regimes).argmax(1)

    def _statics(self, y: Tensor) -> Tensor:
        """Return what is told beside label and regime, ``(b, k)``, as loud as a channel of all steps compared."""
        told = y[:, self.given : y.shape[1] - (self.regimes if self.regimes > 1 else 0)]
        return len(self.lags) ** 0.5 * told

    def _mean(self, y: Tensor) -> Tensor:
        return (with_one(y) @ self.mean).unflatten(1, (self.steps, self.channels))

    @torch.no_grad()
    def forward(self, e: Tensor, y: Tensor) -> Tensor:
        """Return the windows."""
        of, longest = self._state(y), self.stretch
        u = torch.special.ndtr(e[:, : self.steps, 0].double())
        told = self._statics(y)
        window, share = self._begun(u[:, 0], of, told)
        begin = 1 - (share * longest).long().clamp_max(longest - 1)
        made = u.new_zeros(len(y), ORDER - 1 + self.steps + 2 * longest, self.channels)
        made[:, :ORDER] = self._first(window, of, e[:, self.steps - 1])[:, None]
        lasting, source = self._lasting(), window[:, None].repeat(1, made.shape[1])
        for stretch in range(math.ceil((self.steps + longest - 2) / longest)):
            self._go_on(made, source, of, told, u[:, 1 + stretch], begin.clamp(1, self.steps), lasting)
            begin = begin + longest
        made, source = (part[:, ORDER - 1 : ORDER - 1 + self.steps] for part in (made, source))
        x = self._mean(y) + self.means[of] + self.scale * made.to(e.dtype)
        x = _held(x, self.moves[source, torch.arange(self.steps, device=x.device)])
        return nn.functional.pad(x, (0, 0, 0, e.shape[1] - self.steps))

    def _lasting(self) -> Tensor:
        """Return what the last steps leave in each of a stretch, ``(order channels, t channels)``."""
        before = torch.eye(len(self.carry), dtype=torch.double, device=self.carry.device)
        steps = list(before.split(self.channels, 1))
        for _ in range(self.stretch):
            steps.append(torch.cat(steps[-ORDER:], 1) @ self.carry.double())
        return torch.cat(steps[ORDER:], 1)

    def _go_on(
        self, made: Tensor, source: Tensor, of: Tensor, told: Tensor, u: Tensor, begin: Tensor, lasting: Tensor
    ) -> None:
        """Write a stretch into what is made, ``(b, t, channels)``, and of which windows it is, ``(b, t)``."""
        rows = torch.arange(len(made), device=made.device)[:, None]
        at = begin[:, None] - 1 + torch.arange(ORDER + self.stretch, device=made.device)
        past = made[rows, at[:, :ORDER]]
        known = torch.cat([made[rows, self._seen(begin)].flatten(1), told], 1)
        window = self._next(known, of, source[rows[:, 0], begin + ORDER - 2], u, begin)
        real = self.pool[window[:, None], at.clamp_max(self.pool.shape[1] - 1)].double()
        moves = self.moves[window[:, None], (at[:, ORDER:] - ORDER + 1).clamp_max(self.steps - 1)]
        size = real[:, ORDER - 1 :].diff(dim=1).abs() * moves
        made[rows, at[:, ORDER:]] = real[:, ORDER:] + self._left(past - real[:, :ORDER], moves, size, lasting)
        source[rows, at[:, ORDER:]] = window[:, None]

    def _left(self, off: Tensor, moves: Tensor, size: Tensor, lasting: Tensor) -> Tensor:
        """Return what is left of a distance ``(b, order, channels)`` in each step of a stretch, by its moves' sizes."""
        left = (off.flatten(1) @ lasting).unflatten(1, (self.stretch, self.channels))
        decay = left.diff(dim=1, prepend=off[:, -1:])
        later = (decay * ~moves).sum(1, keepdim=True) / (size.sum(1, keepdim=True) + self.usual)
        return off[:, -1:] + (decay * moves + later * size).cumsum(1)

    def _first(self, window: Tensor, of: Tensor, white: Tensor) -> Tensor:
        """Return first steps, ``(b, channels)``: those of windows, smoothed but for what rests."""
        c = self.width
        width = (4 / (self.count[of].double() * (c + 2))) ** (1 / (c + 4))
        width = width.clamp_max(1.0)[:, None] * (1 - self.resting.double())
        drawn = white[:, :c].double() @ self.factor.double() * self.spread[of].double()
        return (1 - width**2).sqrt() * self.pool[window, 0].double() + width * self._beside(drawn)

    def _begun(self, u: Tensor, of: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """Return the windows whose first steps are taken, ``(b,)``, and what is left of numbers between 0 and 1."""
        count, (which, free) = self.count[of], self._which(of)
        far = torch.cdist(told[:, None], self.told[which], compute_mode=DIRECT)[:, 0].masked_fill(~free, torch.inf)
        far, near = far.sort(stable=True)
        alike = (far <= far.gather(1, count.double().sqrt().ceil().long()[:, None] - 1)).sum(1)
        at = u * alike
        drawn = at.long().minimum(alike - 1)
        return which.gather(1, near.gather(1, drawn[:, None]))[:, 0], at - drawn

    def _which(self, of: Tensor) -> tuple[Tensor, Tensor]:
        """Return which windows are of a state, and whether one is no repetition, where states have less than others."""
        count, rank = self.count[of][:, None], torch.arange(int(self.count.max()), device=of.device)
        return self.start[of][:, None] + rank.minimum(count - 1), rank < count

    def _seen(self, begin: Tensor) -> Tensor:
        """Return where in the pool's windows is what came before a step, ``(b, lags)``."""
        return (begin[:, None] - torch.tensor(self.lags, device=begin.device)).clamp_min(0) + ORDER - 1

    def _next(self, past: Tensor, of: Tensor, window: Tensor, u: Tensor, begin: Tensor) -> Tensor:
        """Return the windows that go on from a step, ``(b,)``, by what came before it and what is told, ``(b, k)``."""
        rows = max(1, COMPARED // (int(self.count.max()) * len(past.T)))
        near = [
            self._nearest(past[some], of[some], window[some], u[some], begin[some])
            for some in torch.arange(len(past), device=past.device).split(rows)
        ]
        return torch.cat([window[:0], *near])

    def _nearest(self, past: Tensor, of: Tensor, window: Tensor, u: Tensor, begin: Tensor) -> Tensor:
        count, (which, free) = self.count[of], self._which(of)
        at = which * self.pool.shape[1] + self._seen(begin).T[:, :, None]
        steps = [self.pool.flatten(0, 1).index_select(0, rows.flatten()) for rows in at]
        real = torch.cat([*steps, self.told[which.flatten()]], 1).unflatten(0, which.shape)
        far = torch.cdist(past.float()[:, None], real, compute_mode=DIRECT)[:, 0]
        far = (far.square() + UNKNOWN * self._lacking(which, begin[:, None])).sqrt()
        far += AGAIN * ((self.place[which] - self.place[window][:, None]).abs() < AWAY * self.steps)
        near = far.masked_fill(~free, torch.inf).topk(math.ceil(len(free.T) ** 0.5), largest=False)[1]
        odds = (1 / torch.arange(1, near.shape[1] + 1, dtype=u.dtype, device=u.device)).cumsum(0)
        drawn = torch.searchsorted(odds, u * odds[count.double().sqrt().ceil().long() - 1]).minimum(count - 1)
        return which.gather(1, near.gather(1, drawn[:, None]))[:, 0]

    def _lacking(self, which: Tensor, begin: Tensor) -> Tensor:
        """Return how many cells windows lack in the stretch that begins at a step."""
        end = (begin + self.stretch).clamp_max(self.steps)
        return self.holes[which, end] - self.holes[which, begin.clamp_max(self.steps)]

    def joined(self, g: Tensor, learned: Tensor, y: Tensor) -> Tensor:
        """Return the windows ``g`` with what is learned added: nothing to what rests, or while it is held."""
        moves = g.diff(dim=1, prepend=g[:, :1]) != 0
        return _held(g + self._beside(learned) * (1 - self.resting), moves)


def _held(x: Tensor, moves: Tensor) -> Tensor:
    """Return windows ``(b, t, c)`` that keep their values until they move.

    >>> _held(torch.tensor([[[1.0], [2.0], [3.0]]]), torch.tensor([[[False], [False], [True]]])).flatten()
    tensor([1., 1., 3.])
    """
    step = torch.arange(x.shape[1], device=x.device)[:, None]
    return x.gather(1, (step * moves).cummax(1)[0])


def _filled(x: Tensor, seen: Tensor, moving: Tensor) -> Tensor:
    """Return windows ``(n, t, c)`` with holes on the line between what is before and after, or as the nearest step is.

    >>> x = torch.tensor([1.0, torch.nan, torch.nan, 4.0, torch.nan])[None, :, None]
    >>> _filled(x, ~x.isnan(), torch.ones(1)).flatten(), _filled(x, ~x.isnan(), torch.zeros(1)).flatten()
    (tensor([1., 2., 3., 4., 4.]), tensor([1., 1., 4., 4., 4.]))
    """
    steps = x.shape[1]
    step = torch.arange(steps, device=x.device)[:, None]
    before = torch.where(seen, step, -1).cummax(1)[0]
    after = torch.where(seen, step, steps).flip(1).cummin(1)[0].flip(1)
    before, after = torch.where(before < 0, after, before), torch.where(after == steps, before, after)
    share = (step - before) / (after - before).clamp_min(1)
    share = torch.where(moving > 0, share, share.round())
    left, right = x.gather(1, before), x.gather(1, after)
    return torch.where(seen, x, left + share * (right - left))


def _with_past(a: Tensor) -> Tensor:
    """Return windows ``(n, t, c)`` whose first step comes four times: it stands for what was before."""
    return torch.cat([a[:, :1].repeat(1, ORDER - 1, 1), a], 1)


def _evenly(rows: Tensor, most: int) -> Tensor:
    """Return so many of the rows, spread over all of them."""
    return rows[(2 * torch.arange(most) + 1) * len(rows) // max(1, 2 * most)]
