"""A generator of smooth curves that go together in their principal directions as those of real windows do."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rcgan.networks.autoregressive import AutoregressiveDensity, turned

__all__ = ["PrincipalGenerator"]

LOUDEST = 2.0  # largest gain
FAINT = 1e-12
FARTHER = 0.02  # of a channel's range, by which a window may leave it
TURNS = 20  # of a window's shares, at most


class PrincipalGenerator(nn.Module):
    r"""Give what another generator writes the law that real windows have in their principal directions over the steps.

    .. math:: x' = \mu + V S\, R^{-1}(\tilde R(\tilde a)), \qquad \tilde a = \tilde S^{-1} V^\top (x - \tilde \mu)

    with the mean :math:`\mu` of real windows, the principal directions :math:`V` of each channel and the standard
    deviations :math:`S` along them; the mean :math:`\tilde \mu` and the standard deviations :math:`\tilde S` along the
    same directions of what is written; and the Rosenblatt transformations :math:`R` of real and :math:`\tilde R` of
    made windows (:class:`~rcgan.networks.autoregressive.AutoregressiveDensity`), larger directions before smaller ones,
    of all channels together. A smooth curve has next to nothing in most directions, and there only what the larger
    ones ask for: of a sine, two numbers tell the other twenty-two. A network that writes it step by step leaves its
    errors in all of them. Knothe (1957), "Contributions to the theory of convex bodies"; Pearson (1901), "On lines and
    planes of closest fit to systems of points in space". What is beyond these directions gets the size that it has in
    real windows.

    A density of many numbers has some of its mass between the shapes that real curves have, and there values are far
    out. Where a window leaves the range of real ones by a fiftieth, its shares :math:`\tilde R(\tilde a)` are turned
    to others (:func:`~rcgan.networks.autoregressive.turned`) until it no longer does: von Neumann's rejection, and yet
    the same window for the same latents.

    Nothing is changed before :meth:`fit_made`, which comes after training: critics before which errors are put right
    teach less.

    Args:
        generator: what writes the windows.
        steps: of a window.
        channels: of a window.
        condition: width of the condition.
        directions: how many are looked at (:func:`~rcgan.data.traits.directions_seen`).

    Shapes:
        As the generator's: ``(b, t, channels)``.
    """

    after: Tensor
    before: Tensor
    basis: Tensor
    sizes: Tensor
    made_sizes: Tensor
    left: Tensor
    least: Tensor
    most: Tensor
    gain: Tensor
    taught: Tensor
    ready: Tensor

    def __init__(self, generator: nn.Module, steps: int, channels: int, condition: int, directions: int) -> None:
        super().__init__()
        self.generator = generator
        self.real = AutoregressiveDensity(directions, condition)
        self.made = AutoregressiveDensity(directions, condition)
        self.register_buffer("after", torch.zeros(steps, channels))
        self.register_buffer("before", torch.zeros(steps, channels))
        self.register_buffer("basis", torch.zeros(steps, channels, directions))
        self.register_buffer("sizes", torch.ones(directions))
        self.register_buffer("made_sizes", torch.ones(directions))
        self.register_buffer("left", torch.ones(channels))
        self.register_buffer("least", torch.zeros(channels))
        self.register_buffer("most", torch.zeros(channels))
        self.register_buffer("gain", torch.ones(channels))
        self.register_buffer("taught", torch.zeros((), dtype=torch.long))
        self.register_buffer("ready", torch.zeros((), dtype=torch.bool))

    @torch.no_grad()
    def fit_real(
        self,
        x: Tensor,
        y: Tensor,
        *,
        steps: int,
        seed: int = 0,
        seconds: float | None = None,
        progress: bool = False,
    ) -> None:
        """Learn the law of real windows ``(n, t, c)`` without holes under conditions ``(n, k)``, before the game."""
        self.after.copy_(x.mean(0))
        least, most = x.amin((0, 1)), x.amax((0, 1))
        self.least.copy_(least - FARTHER * (most - least))
        self.most.copy_(most + FARTHER * (most - least))
        off = x - self.after
        vectors, powers = (torch.stack(part) for part in zip(*map(_directions, off.unbind(2)), strict=True))
        sizes, place = powers.flatten().sort(descending=True, stable=True)
        for j, k in enumerate(place[: len(self.sizes)].tolist()):
            channel, rank = divmod(k, x.shape[1])
            self.basis[:, channel, j] = vectors[channel, :, rank]
        self.sizes.copy_(sizes[: len(self.sizes)].sqrt().clamp_min(FAINT))
        along = self._along(off)
        self.left.copy_(self._beyond(off, along).square().sum(1).mean(0).sqrt())
        along = along / self.sizes
        self.taught.fill_(self.real.fit(along, y, steps=steps, seed=seed, seconds=seconds, progress=progress))

    @torch.no_grad()
    def fit_made(
        self, x: Tensor, y: Tensor, *, seed: int = 0, seconds: float | None = None, progress: bool = False
    ) -> None:
        """Learn the law of windows that were written, in as many steps, and change them from now on."""
        if not int(self.taught):
            return
        self.before.copy_(x.mean(0))
        off = x - self.before
        along = self._along(off)
        self.made_sizes.copy_(along.square().mean(0).sqrt().clamp_min(FAINT))
        left = self._beyond(off, along).square().sum(1).mean(0).sqrt()
        self.gain.copy_((self.left / left.clamp_min(FAINT)).clamp_max(LOUDEST))
        steps = int(self.taught)
        self.made.fit(along / self.made_sizes, y, steps=steps, seed=seed, seconds=seconds, progress=progress)
        self.ready.fill_(True)

    def _along(self, off: Tensor) -> Tensor:
        """Return what windows, less a mean, have in each direction, ``(n, directions)``."""
        return off.flatten(1) @ self.basis.flatten(0, 1)

    def _back(self, along: Tensor) -> Tensor:
        """Return the windows, less a mean, that have so much in each direction."""
        return (along @ self.basis.flatten(0, 1).T).unflatten(1, self.after.shape)

    def _beyond(self, off: Tensor, along: Tensor) -> Tensor:
        """Return what windows have beside these directions, ``(n, t, c)``."""
        return off - self._back(along)

    def forward(self, z: Tensor, e: Tensor, y: Tensor, valid: Tensor) -> Tensor:
        """Return the windows."""
        x = self.generator(z, e, y, valid)
        if self.training or not bool(self.ready):
            return x
        off = x - self.before
        along = self._along(off)
        shares = self.made.shares(along / self.made_sizes, y)
        beyond = self.after + self.gain * self._beyond(off, along)
        x = beyond + self._back(self.sizes * self.real.numbers(shares, y))
        for _ in range(TURNS):
            out = ((x < self.least) | (x > self.most)).flatten(1).any(1).nonzero()[:, 0]
            if not len(out):
                break
            shares[out] = turned(shares[out])
            x[out] = beyond[out] + self._back(self.sizes * self.real.numbers(shares[out], y[out]))
        return x * valid


def _directions(off: Tensor) -> tuple[Tensor, Tensor]:
    """Return the principal directions ``(t, t)`` of a channel's windows ``(n, t)`` of mean 0, and the variances."""
    powers, vectors = torch.linalg.eigh(off.double().T @ off.double() / len(off))
    return vectors.flip(1), powers.flip(0).clamp_min(0)
