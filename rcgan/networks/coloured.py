"""Noise of the training windows' own colour, and a generator that writes what such noise lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rcgan.data.traits import MANY
from rcgan.networks.bootstrap import Bootstrap, Mixing
from rcgan.networks.clocks import by_clock
from rcgan.networks.conditions import first, last, regression, with_one
from rcgan.networks.cospectra import MOST, Cospectra, by_regime
from rcgan.networks.innovations import Innovations
from rcgan.networks.marginals import Marginals
from rcgan.networks.neighbourhoods import Neighbourhoods
from rcgan.networks.sizes import Sizes
from rcgan.networks.surrogates import Surrogates

__all__ = ["ColouredGenerator", "ColouredNoise"]

VALUES = 2048  # of a block of steps: within it every covariance is kept
APART = 16_000_000  # numbers of all labels' laws, up to which each label has its own,
CUBES = 5e10  # and for all labels the cubes of the values of a block: what finding the components takes
DRAWN = 8192  # windows of the law, at most, whose sizes are compared with real ones,
DRAWN_ON = 8_000_000  # ... of so many numbers

Own = Surrogates | Neighbourhoods | Bootstrap


class ColouredNoise(nn.Module):
    r"""Turn white noise into noise with the training windows' means and covariances, given the condition.

    .. math:: g = B [y, 1] + F_{lr}\, V_l \operatorname{diag}(s_{lr})\, e, \qquad e \sim N(0, I)

    over all steps and channels at once: ``B`` is a ridge regression of the windows on their condition, the columns of
    :math:`V_l` are the principal components of what that leaves of the windows with label ``l``, and :math:`s_{lr}`
    their standard deviations in regime ``r``: common principal components, Flury (1984), "Common principal components
    in k groups", eq. 1.1, within each label. Where there are several, :class:`~rcgan.networks.cospectra.Cospectra`
    :math:`F_{lr}` give the channels the powers, and the correlations, that they have in each. A long window is a chain
    of blocks of steps, beside the mean :math:`g_j = A_l g_{j-1} + u_j` with the same ``A`` and law of ``u`` for all
    blocks, so that cost and memory grow with the length and no faster. How lively each window is, this law may miss by
    far: :class:`~rcgan.networks.sizes.Sizes` compares, and puts it right. What jumps about is made of normal scores, of
    which :meth:`written` makes windows. Where one shape comes sooner or later, time itself is one more channel: how
    late the window is, :math:`\gamma(t) - t`, drawn together with what happens at a time of that clock, as phase and
    amplitude; :math:`x_t = g(\gamma^{-1}(t))`. Tucker, Wu, Srivastava (2013), "Generative
    models for functional data using phase and amplitude separation", section 4. Where a label's windows are cut from
    vibration, :class:`~rcgan.networks.surrogates.Surrogates` take the place of all this; where they are few and cut
    from series, :class:`~rcgan.networks.neighbourhoods.Neighbourhoods`; where near ones tell more than all,
    :class:`~rcgan.networks.bootstrap.Bootstrap`, each by its own clock if need be.

    Args:
        steps: of a window.
        channels: continuous ones.
        condition: width of the condition, whose first columns are the label as one-hot, if there are labels, and whose
            last ones are the regime, if there are several.
        regimes: how many there are.
        labels: how many there are.
        windows: how many there are to learn from: no more components are kept.
        clocked: whether windows have clocks; then there is a number more at each step, ``width`` in all.
        vibrating: the labels, 0 if there are none, whose windows are cut from vibration.
        stationary: those whose few windows are cut from series at no time that matters.
        mixed: those whose windows are mixed of near ones, and how.
        rough: whether these have noise or edges.

    Shapes:
        ``forward(e (b, t, width), y (b, condition))`` to ``(b, t, channels)``, standardised within the regime.
    """

    mean: Tensor
    vectors: Tensor
    scales: Tensor
    carry: Tensor

    def __init__(
        self,
        steps: int,
        channels: int,
        condition: int,
        regimes: int,
        *,
        labels: int = 0,
        windows: int | None = None,
        clocked: bool = False,
        vibrating: Sequence[int] = (),
        stationary: Sequence[int] = (),
        mixed: Mapping[int, Mixing] | None = None,
        rough: bool = False,
    ) -> None:
        super().__init__()
        self.steps, self.channels, self.regimes = steps, channels, regimes
        self.clocked, self.width = clocked, channels + clocked
        self.blocks = -(-steps // max(1, VALUES // self.width))
        self.size = -(-steps // self.blocks)
        n, laws = self.size * self.width, min(self.blocks, 2)
        self.rank = n if windows is None else min(n, windows * self.blocks)
        small = labels * (laws * self.rank * n + (laws - 1) * n * n) <= APART and labels * laws * n**3 <= CUBES
        self.labels = labels if labels and small else 1
        self.classes = max(1, labels)
        kept = steps if windows is None else windows
        laws_of = [(Surrogates, label) for label in vibrating] + [(Neighbourhoods, label) for label in stationary]
        self.own = nn.ModuleDict({str(label): law(steps, self.width, kept) for law, label in laws_of})
        for label, (near, by_clocks) in (mixed or {}).items():
            self.own[str(label)] = Bootstrap(
                steps, self.width, kept, near, clocked=by_clocks, rough=rough, many=kept >= MANY
            )
        self.marginals = nn.ModuleList([Marginals(self.width, regimes) for _ in range(self.labels)])
        self.sizes = Sizes(steps, self.width, self.classes * regimes)
        self.register_buffer("mean", torch.zeros(condition + 1, steps * self.width))
        self.register_buffer("vectors", torch.zeros(laws, self.labels, self.rank, n))
        self.register_buffer("scales", torch.zeros(laws, self.labels, regimes, self.rank))
        self.register_buffer("carry", torch.zeros(laws - 1, self.labels, n, n))
        together = laws * self.labels * regimes * self.width**2 * self.size.bit_length() <= MOST
        each = [Cospectra(self.size, self.width, regimes, together=together) for _ in range(laws * self.labels)]
        self.cospectra = nn.ModuleList(each if regimes > 1 else [])

    def regime(self, y: Tensor) -> Tensor:
        """Return the regime as one-hot, ``(b, regimes)``."""
        return last(y, self.regimes)

    def label(self, y: Tensor) -> Tensor:
        """Return which law each window follows, ``(b,)``: its label's, where labels have their own."""
        return first(y, self.labels)

    def blocked(self, x: Tensor) -> Tensor:
        """Lay the steps of each block side by side, ``(b, t, k)`` to ``(b, blocks, size k)``."""
        return F.pad(x, (0, 0, 0, -x.shape[1] % self.size)).unflatten(1, (self.blocks, self.size)).flatten(2)

    @torch.no_grad()
    def fit(self, x: Tensor, mask: Tensor, y: Tensor) -> None:
        """Take means and covariances from training windows.

        Args:
            x: windows, standardised within their regimes, ``(n, t, width)``: where there are clocks, in their time, and
                last how late they are.
            mask: which of their cells were observed.
            y: their condition, ``(n, condition)``.
        """
        regime, whole = self.regime(y).double(), mask.flatten(1).amin(1) > 0
        seen, of, wide = mask.double(), self.label(y), x.double().clone()
        for label, marginals in enumerate(self.marginals):
            mine = of == label
            wide[mine] = cast(Marginals, marginals).fit(wide[mine], seen[mine], regime[mine])
        usual = (wide * seen).sum((0, 1)) / seen.sum((0, 1)).clamp_min(1)
        known = torch.where(seen > 0, wide, usual).flatten(1)
        self.mean.copy_(regression(y, known, self.labels if self.labels > 1 else 0))
        apart = self.blocked((wide - self._mean(y).double()) * seen)
        seen = self.blocked(seen)
        for label in self._summed():
            mine = of == label
            if mine.any():
                self._fit_label(label, apart[mine], seen[mine], regime[mine])
        summed = torch.ones_like(whole)
        for mine, law in self._own(y):
            law.fit(x[whole & mine.flatten()])
            summed &= ~mine.flatten()
        if (whole & summed).any() and not self.clocked:
            self._fit_sizes(wide[whole & summed], y[whole & summed], y[summed])

    def _fit_sizes(self, real: Tensor, y: Tensor, every: Tensor) -> None:
        """Compare the sizes of windows that are sums of components with those of real ones without holes."""
        generator = torch.Generator().manual_seed(0)
        count = min(DRAWN, max(DRAWN // 16, DRAWN_ON // (self.steps * self.width)))
        asked = every[torch.randint(len(every), (count,), generator=generator)]
        parts = [
            self._normal(torch.randn(len(some), self.steps, self.width, generator=generator), some)
            for some in asked.split(DRAWN // 16)
        ]
        free = 1 - torch.stack([cast(Marginals, marginals).jumps for marginals in self.marginals]).amax(0)
        self.sizes.fit(torch.cat(parts), self._state(asked), real, self._state(y), free)

    def _state(self, y: Tensor) -> Tensor:
        """Return which label and regime, of all of them, ``(b,)``."""
        return first(y, self.classes) * self.regimes + self.regime(y).argmax(1)

    def _fit_label(self, label: int, apart: Tensor, seen: Tensor, regime: Tensor) -> None:
        """Take the laws of the first block and of those behind it from one label's windows, less their mean."""
        marginals = cast(Marginals, self.marginals[label])
        first = marginals.latent(_covariance(apart[:, 0], seen[:, 0]))
        self._fit_law(0, label, first, apart[:, 0], regime, seen[:, 0].amin(1) > 0)
        if self.blocks > 1:
            n = len(first)
            pairs, on = (torch.cat([part[:, :-1], part[:, 1:]], 2).flatten(0, 1) for part in (apart, seen))
            both = marginals.latent(_covariance(pairs, on))
            gram, against = both[:n, :n], both[:n, n:]
            carry = torch.linalg.solve(gram + 1e-6 * gram.diagonal().mean() * torch.eye(n, dtype=gram.dtype), against)
            self.carry[0, label].copy_(carry)
            left = (pairs[:, n:] - pairs[:, :n] @ carry) * on[:, n:]
            regime = regime.repeat_interleave(self.blocks - 1, 0)
            self._fit_law(1, label, both[n:, n:] - against.T @ carry, left, regime, on.amin(1) > 0)

    def _fit_law(self, law: int, label: int, covariance: Tensor, apart: Tensor, regime: Tensor, whole: Tensor) -> None:
        values, vectors = (part.flip(-1)[..., : self.rank] for part in torch.linalg.eigh(covariance))
        vectors *= vectors.gather(0, vectors.abs().argmax(0, keepdim=True)).sign()  # the same whatever is padded
        each = by_regime((apart @ vectors).square(), values, regime)
        self.vectors[law, label].copy_(vectors.T)
        self.scales[law, label].copy_(each.sqrt())
        if self.regimes > 1:
            straight = cast(Marginals, self.marginals[label]).straight
            self._cospectra(law, label).fit(apart, regime, whole, covariance, vectors.T, each, straight)

    def _cospectra(self, law: int, label: int) -> Cospectra:
        return cast(Cospectra, self.cospectra[law * self.labels + label])

    def _law(self, law: int, label: int, white: Tensor, regime: Tensor) -> Tensor:
        """Return what a law makes of white noise in a regime, ``(b, blocks, rank)`` to ``(b, blocks, size width)``."""
        drawn = (white * (regime @ self.scales[law, label])[:, None]) @ self.vectors[law, label]
        return drawn if self.regimes == 1 else self._cospectra(law, label)(drawn, regime)

    def forward(self, e: Tensor, y: Tensor) -> Tensor:
        """Return the windows; 0 in steps beyond those fitted."""
        g = self.sizes(self._normal(e, y), self._state(y))
        for mine, law in self._own(y):
            g = torch.where(mine, law(e[:, : self.steps]), g)
        if self.clocked:
            g = by_clock(g[..., :-1], self._written(g, y)[..., -1])
        return F.pad(g, (0, 0, 0, e.shape[1] - self.steps))

    def _normal(self, e: Tensor, y: Tensor) -> Tensor:
        """Return the windows as normal numbers make them, ``(b, steps, width)``."""
        whole = self.blocks * self.size
        enough = torch.cat([e, e[:, : whole - self.steps]], 1)[:, :whole]  # also where the last block is cut
        white, regime, of = self.blocked(enough)[..., : self.rank], self.regime(y), self.label(y)
        apart = white.new_zeros(len(e), whole * self.width)
        for label in self._summed():  # all windows under each law: products of other sizes would round otherwise
            apart = torch.where((of == label)[:, None], self._drawn(label, white, regime), apart)
        return self._mean(y) + apart.unflatten(1, (whole, self.width))[:, : self.steps]

    def _summed(self) -> list[int]:
        """Return the labels whose windows are sums of components: those without a law of their own, or one for all."""
        return [k for k in range(self.labels) if self.labels < self.classes or str(k) not in self.own]

    def _own(self, y: Tensor) -> Iterator[tuple[Tensor, Own]]:
        """Go through the labels whose windows are no sums: which windows have them, ``(b, 1, 1)``, and their law."""
        for label, law in self.own.items():
            yield (first(y, self.classes) == int(label))[:, None, None], cast(Own, law)

    def _drawn(self, label: int, white: Tensor, regime: Tensor) -> Tensor:
        """Return the windows of one label, less their mean, ``(b, blocks size channels)``."""
        g = [self._law(0, label, white[:, :1], regime)[:, 0]]
        if self.blocks > 1:
            fresh = self._law(1, label, white[:, 1:], regime)
            for j in range(self.blocks - 1):
                g.append(g[-1] @ self.carry[0, label] + fresh[:, j])
        return torch.cat(g, 1)

    def written(self, g: Tensor, y: Tensor) -> Tensor:
        """Return the windows that are made of the normal numbers that :meth:`forward` returns."""
        return self._written(F.pad(g, (0, int(self.clocked))), y)[..., : self.channels]

    def _written(self, g: Tensor, y: Tensor) -> Tensor:
        """Return what scores stand for under each window's label, ``(b, t, width)``; laws of their own have none."""
        values = self._values(g, y)
        for mine, _ in self._own(y):
            values = torch.where(mine, g, values)
        return values

    def joined(self, g: Tensor, learned: Tensor, y: Tensor) -> Tensor:
        """Return the windows of :meth:`forward`'s numbers and of what is learned beside them.

        It is added to values, and where a channel comes to rest to the scores: on its values it would end that.
        """
        to_scores = learned * self.rests(y)
        return (learned - to_scores) + self.written(g + to_scores, y)

    def rests(self, y: Tensor) -> Tensor:
        """Return which channels come to rest under each window's label, 1 or 0, ``(b, 1, channels)``."""
        every = torch.stack([cast(Marginals, marginals).rests for marginals in self.marginals])
        return every[self.label(y), None, : self.channels]

    def _values(self, g: Tensor, y: Tensor) -> Tensor:
        """Return what scores stand for under each window's label, ``(b, t, width)``."""
        regime, of, out = self.regime(y), self.label(y), g
        for label, marginals in enumerate(self.marginals):
            out = torch.where((of == label)[:, None, None], marginals(g, regime), out)
        return out

    def _mean(self, y: Tensor) -> Tensor:
        """Return the mean window under a condition, ``(b, t, width)``."""
        return (with_one(y) @ self.mean).unflatten(1, (self.steps, self.width))


class ColouredGenerator(nn.Module):
    r"""Draw coloured noise, and add what another generator writes when it is shown that noise.

    .. math:: x = Q_r(g(e, y)) + G(z, [g, \Delta g, e'], y)

    with :math:`Q_r` of :class:`~rcgan.networks.marginals.Marginals`. What the noise has need not be learned: means,
    covariances, and the laws of what jumps about; :math:`G` starts near 0, and what it learns is the rest. Where a
    channel comes to rest, as rain at 0, whatever is added to its values ends that, and it is added to the scores:
    :math:`x = Q_r(g + G)`. Where the noise is made of real windows' :class:`~rcgan.networks.innovations.Innovations`,
    :math:`x = g + G`, and categories are in :math:`g`.

    Args:
        noise: the law of :math:`g`.
        generator: :math:`G`, whose noise of each step is ``2 channels + (s - width)`` wide; what it writes beyond the
            continuous channels is not used.
        spread: the unit of the differences, by continuous channel.

    Shapes:
        ``forward(z (b, l), e (b, t, s), y (b, k), valid (b, t, 1))`` to ``(b, t, D)``, the continuous channels first;
        0 where ``valid`` is 0. The first ``width`` of the noises of each step become :math:`g`.
    """

    spread: Tensor

    def __init__(self, noise: ColouredNoise | Innovations, generator: nn.Module, spread: Tensor) -> None:
        super().__init__()
        self.noise, self.generator = noise, generator
        self.register_buffer("spread", F.pad(spread.clamp_min(1e-6), (0, noise.channels - len(spread)), value=1.0))

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        width = self.noise.width
        white = e[..., : max(1, width)]
        resampled = isinstance(self.noise, Innovations)
        g = (self.noise(white, y, valid.sum((1, 2)).long()) if resampled else self.noise(white, y)) * valid
        moves = F.pad(g.diff(dim=1), (0, 0, 1, 0)) / self.spread * valid
        written = self.generator(z, torch.cat([g, moves, e[..., width:]], -1), y, valid)
        return self.noise.joined(g, written[..., :width], y) * valid


def _covariance(a: Tensor, seen: Tensor) -> Tensor:
    """Return the mean products of centred columns, over the rows that have both."""
    return a.T @ a / (seen.T @ seen).clamp_min(1)
