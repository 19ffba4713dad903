"""Innovations: windows go on as real ones did from where they had come alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rcgan.data.traits import LACKING, ends, lacking
from rcgan.networks.categories import Categories
from rcgan.networks.conditions import first, last, regression, with_one
from rcgan.networks.marginals import Marginals
from rcgan.networks.seasons import seasonal
from rcgan.networks.successors import Successors, Told, lasted

__all__ = ["Innovations"]

ORDER = 4  # steps that the autoregression looks back
SHARE = 3  # stretches of real windows that a window is made of, and one more: the first and the last are cut;
LONGEST = 16  # ... more where these would have more steps
RIDGE = 1e-4  # of the mean variance, added to all of them
USUAL = 2.0  # standard deviations of a category, within which a hole in it is on the line across its switches
SAME = 1e-9  # distance of numbers that are the same, in standard deviations
RECURRING = 16  # numbers that tell what comes again in each season
RIDGED = 20.0  # windows that count as much as all states' word on how far first steps spread in one


class Innovations(nn.Module):
    r"""Turn white noise into windows whose moves are those of real ones, drawn anew in stretches.

    .. math:: x_t = \mu_{st} + g_t, \qquad g_t = \sum_{k=1}^{4} A_k\, g_{t-k} + \varepsilon_t, \qquad
              \varepsilon_t = a_{wt} - \sum_{k=1}^{4} A_k\, a_{w, t-k}

    An autoregression over all channels, with innovations of real windows ``w`` of the same state ``s`` (label and
    regime), :math:`a_w` their distance from that state's mean: Buehlmann (1997), "Sieve bootstrap for time series",
    section 2. What switches, and what is quiet for long and then moves, does so in all channels at once, as it did; no
    sum of normal numbers does. Innovations come in stretches of a third of a window, of 16 steps at most, which begin
    anywhere: Kuensch (1989), "The jackknife and the bootstrap for general stationary observations", section 2.3; what a
    stretch repeats does not grow with the window. Of which window the next one is,
    :class:`~rcgan.networks.successors.Successors` say, by the last two steps and by those half a stretch, a stretch and
    a third of a window ago. Where windows are where they were after so many steps, as loads are after a day
    (:func:`~rcgan.networks.seasons.season`), also by what comes again each time in the window that was begun with: a
    load that is on at night stays so. The first step is that of a window, smoothed:

    .. math:: g_1 = \sqrt{1 - h^2}\, a_{w1} + h\, e, \qquad e \sim N(0, \operatorname{cov}_s a_1), \qquad
              h = \left( \frac{4}{n (c + 2)} \right)^{1 / (c + 4)}

    for ``c`` channels: Silverman (1986), "Density estimation", eq. 4.14 and section 6.4. So :math:`x` lies beside real
    windows, by a distance that the autoregression lets decay.

    Where a channel holds its value from one step to the next, to the last digit, as a sensor that reports what has
    changed enough, so does what is made, whatever is learned and added; of one on a grid, where small moves read as
    none, in as many of these cases as are too many for that, drawn once. What the autoregression takes off its distance
    meanwhile is added to the moves of that stretch, :math:`m`, by :math:`|m| / (\sum |m| + s)`, :math:`s` their root
    mean square: no small move becomes a large one.

    What comes to rest, as rain at 0, and what is one of some categories has no innovations, no mean and is not
    smoothed: it is taken as it was, and nothing is added to it. Beside categories, all of this is said of numbers in
    units of their category, :class:`~rcgan.networks.categories.Categories`, and so is what is learned.

    Windows may have holes, of a quarter of a channel's steps at most, or if most have more, of as many as half of them
    have (:func:`~rcgan.data.traits.lacking`): numbers there are on the line between what was observed before and after
    (in units of their categories, where it would leave what these have), categories and what rests are those of the
    nearest step. Windows may end before others do; each goes on as those do that are about as long, to their end.

    Args:
        steps: of a window.
        channels: continuous ones.
        blocks: how many categories each categorical channel has: so many channels of 0 and 1 follow.
        condition: width of the condition, whose first columns are the label as one-hot, if there are labels, and whose
            last ones are the regime, if there are several; statics are between them.
        regimes: how many there are.
        labels: how many there are.
        windows: how many there are to learn from; those kept have 32 million numbers at most.

    Shapes:
        ``forward(e (b, t, channels), y (b, condition), length (b,))`` to ``(b, t, channels + categories)``,
        standardised within the regime; of no meaning beyond their length, 0 beyond the steps fitted. Of the noise of
        the first step, and of one more for each stretch, the first number is used, and all of the second step's.
    """

    mean: Tensor
    means: Tensor
    carry: Tensor
    scale: Tensor
    usual: Tensor
    length_sd: Tensor
    resting: Tensor
    spread: Tensor
    factor: Tensor

    def __init__(
        self,
        steps: int,
        channels: int,
        condition: int,
        regimes: int,
        *,
        blocks: Sequence[int] = (),
        labels: int,
        windows: int,
    ) -> None:
        super().__init__()
        self.steps, self.width, self.regimes = steps, channels, regimes
        self.categories = Categories(channels, blocks, regimes)
        self.channels = channels = channels + sum(blocks)
        self.given, self.labels, third = labels, max(1, labels), max(1, steps // SHARE)
        self.stretch = min(third, LONGEST)
        self.lags = sorted({1, 2, max(1, self.stretch // 2), self.stretch, third})
        self.register_buffer("length_sd", torch.ones(()))
        statics = self._told(torch.zeros(1, condition), torch.ones(1)).statics.shape[1]
        states = self.labels * regimes
        self.register_buffer("mean", torch.zeros(condition + 1, steps * channels))
        self.register_buffer("means", torch.zeros(states, steps, channels))
        self.register_buffer("carry", torch.zeros(ORDER * channels, channels))
        self.register_buffer("scale", torch.ones(channels))
        self.register_buffer("usual", torch.ones(channels))
        self.register_buffer("resting", self._beside(torch.zeros(self.width), 1.0))
        self.register_buffer("spread", torch.ones(states, self.width))
        self.register_buffer("factor", torch.eye(self.width))
        self.real = Successors(
            steps,
            channels,
            states,
            statics + RECURRING,
            numbers=self.width,
            lags=self.lags,
            stretch=self.stretch,
            windows=windows,
        )

    @torch.no_grad()
    def fit(
        self, x: Tensor, mask: Tensor, y: Tensor, place: Tensor | None = None, holding: Tensor | None = None
    ) -> None:
        """Learn from windows of which no channel lacks much.

        Args:
            x: windows, standardised within their regimes, ``(n, t, channels + categories)``.
            mask: which of their cells were observed.
            y: their condition, ``(n, condition)``.
            place: the step at which each begins, ``(n,)``; omitted, one after the other.
            holding: the share of a continuous channel's moves of 0 in which it is held, ``(channels,)``; omitted, all.
        """
        place = torch.arange(len(x)) if place is None else place
        lack = torch.from_numpy(lacking(mask.numpy()))
        known = lack <= lack.median().clamp_min(LACKING)
        x, y, mask, place = x[known].double(), y[known], mask[known] > 0, place[known]
        length = torch.from_numpy(ends(mask.numpy()))
        marginals, numbers = Marginals(self.width, self.regimes), slice(self.width)
        marginals.fit(x[..., numbers], mask[..., numbers].double(), last(y, self.regimes).double())
        self.resting[: self.width] = marginals.rests
        moving = 1 - self.resting
        x = self._in_units(x, mask, self._regime(y))
        written = self._written(x, self._regime(y))
        moves = (written.diff(dim=1, prepend=written[:, :1]).abs() > SAME) | (moving == 0)
        if holding is not None:
            moves |= torch.rand(moves.shape, generator=torch.Generator().manual_seed(0)) >= self._beside(holding, 1.0)
        self.length_sd.copy_(length.double().std(correction=0).clamp_min(1))
        told = self._told(y, length)
        apart = self._apart(x, y, told)
        told = self._in_season(apart * moving, told)
        self._smooth(apart[:, 0, numbers], told.state)
        self.real.take(apart.float(), moves, (~mask).sum(2), told, place)

    def _apart(self, x: Tensor, y: Tensor, told: Told) -> Tensor:
        """Return how far windows are from their means, in standard deviations; take means, and how they go on."""
        of, inside, moving = told.state, torch.arange(self.steps) < told.length[:, None], 1 - self.resting
        self.mean.copy_(self._regression(x, y, inside) * moving.repeat(self.steps))
        apart = x - self._mean(y).double()
        count = torch.zeros(len(self.means), self.steps).index_add_(0, of, inside.float())
        self.means.index_add_(0, of, (apart * inside[..., None]).float())
        self.means.div_(count.clamp_min(1)[..., None]).mul_(moving)
        apart -= self.means[of]
        self.scale.copy_(apart[inside].std(0).clamp_min(1e-6))
        apart /= self.scale
        self.usual.copy_(apart.diff(dim=1)[inside[:, 1:]].square().mean(0).sqrt().clamp_min(1e-6))
        self.carry.copy_(self._autoregression(apart * moving, inside))
        return apart

    def _in_season(self, a: Tensor, told: Told) -> Told:
        """Return also what comes again in each season of windows, which weighs as all of their steps do."""
        again = seasonal(a, torch.arange(self.steps) < told.length[:, None], RECURRING)
        return told._replace(statics=torch.cat([told.statics, self.steps**0.5 * again.to(told.statics)], 1))

    def _regression(self, x: Tensor, y: Tensor, inside: Tensor) -> Tensor:
        """Return what conditions say of each step of the windows that have it, ``(condition + 1, t channels)``."""
        free = self.labels if self.labels > 1 else 0
        if inside.all():
            return regression(y, x.flatten(1), free)
        return torch.cat([regression(y[has], x[has, step], free) for step, has in enumerate(inside.T)], 1)

    def _in_units(self, x: Tensor, seen: Tensor, regime: Tensor) -> Tensor:
        """Return windows in units of their categories, without holes."""
        c, moving = self.width, 1 - self.resting
        known, numbers = seen[..., :c], x[..., :c]
        filled = _filled(numbers, known, moving[:c])
        if not self.categories.blocks:
            return filled
        shares = _filled(x[..., c:], seen[..., c:], moving[c:])
        self.categories.fit(filled, shares, regime, seen, moving[:c])
        on_line = self.categories.told(filled, shares, regime)
        in_units = _filled(self.categories.told(numbers, shares, regime), known, moving[:c])
        return torch.cat([torch.where(on_line.abs() <= USUAL, on_line, in_units), shares], 2)

    def _written(self, z: Tensor, regime: Tensor) -> Tensor:
        """Return the windows that such ones stand for."""
        numbers, shares = z[..., : self.width], z[..., self.width :]
        return torch.cat([self.categories.written(numbers, shares, regime), shares], 2)

    def _smooth(self, a: Tensor, of: Tensor) -> None:
        """Take what first steps ``(n, channels)`` have for standard deviations in each state, and correlations."""
        count, pooled = torch.bincount(of, minlength=len(self.spread)), a.square().mean(0).clamp_min(1e-12)
        powers = torch.zeros_like(self.spread, dtype=a.dtype).index_add_(0, of, a.square())
        self.spread.copy_(((powers + RIDGED * pooled) / (count[:, None] + RIDGED)).sqrt())
        white = a / self.spread[of].double()
        together = white.T @ white / len(a)
        self.factor.copy_(torch.linalg.cholesky(together + RIDGE * torch.eye(self.width, dtype=a.dtype)).T)

    def _autoregression(self, a: Tensor, inside: Tensor) -> Tensor:
        """Return what the steps before say of a step, ``(order channels, channels)``; of what is 0, nothing."""
        gram = a.new_zeros((ORDER + 1) * self.channels, (ORDER + 1) * self.channels)
        before, longer = len(self.carry), _with_past(a)
        for step in range(min(ORDER, a.shape[1] - 1), a.shape[1]):
            seen = longer[inside[:, step], step - 1 : step + ORDER].flatten(1)
            gram += seen.T @ seen
        own = gram[:before, :before] + RIDGE * gram.diagonal().mean().clamp_min(1e-9) * torch.eye(before, dtype=a.dtype)
        return torch.linalg.solve(own, gram[:before, before:])

    def _beside(self, numbers: Tensor, value: float = 0.0) -> Tensor:
        """Return what is told of numbers ``(..., c)``, and one value for all categories."""
        return nn.functional.pad(numbers, (0, self.channels - self.width), value=value)

    def _told(self, y: Tensor, length: Tensor) -> Told:
        """Return which label and regime, of all of them, and what else is told, lengths in standard deviations, too.

        It weighs as a channel does of the steps that are compared.
        """
        state = first(y, self.labels) * self.regimes + self._regime(y)
        statics = y[:, self.given : y.shape[1] - (self.regimes if self.regimes > 1 else 0)]
        statics = torch.cat([statics, (length / self.length_sd).to(y)[:, None]], 1)
        return Told(state, len(self.lags) ** 0.5 * statics, length)

    def _regime(self, y: Tensor) -> Tensor:
        """Return which regime, ``(b,)``."""
        return last(y, self.regimes).argmax(1)

    def _mean(self, y: Tensor) -> Tensor:
        return (with_one(y) @ self.mean).unflatten(1, (self.steps, self.channels))

    @torch.no_grad()
    def forward(self, e: Tensor, y: Tensor, length: Tensor | None = None) -> Tensor:
        """Return the windows, as long as those of all steps are, or of lengths ``(b,)``."""
        steps, longest = min(self.steps, e.shape[1]), self.stretch
        length = torch.full((len(y),), self.steps, device=y.device) if length is None else length.clamp_max(self.steps)
        told, white = self._told(y, length), e[:, :steps].double()
        u = torch.special.ndtr(white[..., 0])
        window, share = self.real.begun(told, u[:, 0])
        told = self.real.like(told, window)
        begin = 1 - (share * longest).long().clamp_max(longest - 1)
        made = u.new_zeros(len(y), ORDER - 1 + steps + 2 * longest, self.channels)
        made[:, :ORDER] = self._first(window, told.state, white[:, min(1, steps - 1)])[:, None]
        lasting, source = self._lasting(), self.steps * window[:, None].repeat(1, made.shape[1])
        for stretch in range(math.ceil((steps + longest - 2) / longest)):
            self._go_on(made, source, told, u[:, (2 + stretch) % steps], begin.clamp(1, self.steps), lasting)
            begin = begin + longest
        made, source = (part[:, ORDER - 1 : ORDER - 1 + steps] for part in (made, source))
        mean = (self._mean(y) + self.means[told.state])[:, :steps]
        x = self._written(mean + self.scale * made.to(e.dtype), self._regime(y))
        x = _held(x, self.real.moves.flatten(0, 1)[source])
        return nn.functional.pad(x, (0, 0, 0, e.shape[1] - steps))

    def _lasting(self) -> Tensor:
        """Return what the last steps leave in each of a stretch, ``(order channels, t channels)``."""
        before = torch.eye(len(self.carry), dtype=torch.double, device=self.carry.device)
        steps = list(before.split(self.channels, 1))
        for _ in range(self.stretch):
            steps.append(torch.cat(steps[-ORDER:], 1) @ self.carry.double())
        return torch.cat(steps[ORDER:], 1)

    def _go_on(self, made: Tensor, source: Tensor, told: Told, u: Tensor, begin: Tensor, lasting: Tensor) -> None:
        """Write a stretch into what is made, ``(b, t, channels)``, and which steps of all windows it is, ``(b, t)``."""
        rows = torch.arange(len(made), device=made.device)[:, None]
        steps = torch.arange(ORDER + self.stretch, device=made.device)
        at = begin[:, None] - 1 + steps
        past = made[rows, at[:, :ORDER]]
        seen = made[rows, self.real.seen(begin) + ORDER - 1]
        before = source[rows[:, 0], begin + ORDER - 2] // self.steps
        since = lasted(made[:, ORDER - 1 :, self.width :])[rows[:, 0], begin - 1]
        window, own = self.real.next(seen, since, told, before, begin, u)
        there = (own[:, None] - ORDER + steps).clamp(0, self.steps - 1)
        real = self.real.windows[there, window[:, None]].double()
        moves = self.real.moves[window[:, None], there[:, ORDER:]]
        size = real[:, ORDER - 1 :].diff(dim=1).abs() * moves
        made[rows, at[:, ORDER:]] = real[:, ORDER:] + self._left(past - real[:, :ORDER], moves, size, lasting)
        source[rows, at[:, ORDER:]] = self.steps * window[:, None] + there[:, ORDER:]

    def _left(self, off: Tensor, moves: Tensor, size: Tensor, lasting: Tensor) -> Tensor:
        """Return what is left of a distance ``(b, order, channels)`` in each step of a stretch, by its moves' sizes."""
        left = (off.flatten(1) @ lasting).unflatten(1, (self.stretch, self.channels))
        decay = left.diff(dim=1, prepend=off[:, -1:])
        later = (decay * ~moves).sum(1, keepdim=True) / (size.sum(1, keepdim=True) + self.usual)
        return off[:, -1:] + (decay * moves + later * size).cumsum(1)

    def _first(self, window: Tensor, of: Tensor, white: Tensor) -> Tensor:
        """Return first steps, ``(b, channels)``: those of windows, smoothed but for what rests."""
        c = self.width
        width = (4 / (self.real.count[of].double() * (c + 2))) ** (1 / (c + 4))
        width = width.clamp_max(1.0)[:, None] * (1 - self.resting.double())
        drawn = white[:, :c] @ self.factor.double() * self.spread[of].double()
        return (1 - width**2).sqrt() * self.real.windows[0, window].double() + width * self._beside(drawn)

    def joined(self, g: Tensor, learned: Tensor, y: Tensor) -> Tensor:
        """Return the windows ``g`` with what is learned added: nothing to what rests, or while it is held."""
        moves = g.diff(dim=1, prepend=g[:, :1]) != 0
        learned = learned * self.categories.unit(g[..., self.width :], self._regime(y))
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
    before = torch.where(before < 0, after, before).clamp_max(steps - 1)
    after = torch.where(after == steps, before, after)
    share = (step - before) / (after - before).clamp_min(1)
    share = torch.where(moving > 0, share, share.round())
    left, right = x.gather(1, before), x.gather(1, after)
    return torch.where(seen, x, left + share * (right - left))


def _with_past(a: Tensor) -> Tensor:
    """Return windows ``(n, t, c)`` whose first step comes four times: it stands for what was before it."""
    return torch.cat([a[:, :1].repeat(1, ORDER - 1, 1), a], 1)
