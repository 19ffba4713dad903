"""What the critic compares, and what may be done to both sides before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rcgan.game.round import Pair, Round

if TYPE_CHECKING:
    from rcgan.networks.critics import Seen

__all__ = ["codes", "joint", "latents", "noisy", "packed", "windows"]


def _windows(r: Round) -> tuple[Seen, Seen]:
    """Show both sides in one go; nothing stands behind the real one that a gradient would reach."""
    sides = zip((r.x, r.mask, r.y, r.valid), (r.fake, r.mask, r.y, r.valid), strict=True)
    both = r.critic.see(*(torch.cat(side) for side in sides))
    real, fake = both.some(slice(len(r.x))), both.some(slice(len(r.x), None))
    return real.alone(), fake


windows = Pair("windows", _windows, ("generator", "critic"))
"""Real windows and generated ones, both behind the real ones' mask: GAN, CGAN, RCGAN."""


def _joint(r: Round) -> tuple[Seen, Seen]:
    real, fake = _windows(r)
    return _beside(real, r.inferred), _beside(fake, r.z)


def _beside(seen: Seen, code: Tensor) -> Seen:
    """Lay a code beside every step of a window."""
    spread = code[:, None] * seen.valid
    mask = seen.valid.expand_as(spread)
    return seen._replace(values=torch.cat([seen.values, spread], -1), mask=torch.cat([seen.mask, mask], -1))


joint = Pair("joint", _joint, ("generator", "encoder", "critic"), both=True)
"""A window with the code that was inferred from it, and a code with the window that was made of it: BiGAN.

Donahue, Kraehenbuehl, Darrell (2017), "Adversarial feature learning", eq. 2. The critic is wider by the code.
"""


def _alone(r: Round, code: Tensor) -> Seen:
    """Show a code as a window of one step."""
    from rcgan.networks.critics import Seen

    one = code[:, None]
    return Seen(one, torch.ones_like(one), r.y, torch.ones_like(one[..., :1]))


def _latents(r: Round) -> tuple[Seen, Seen]:
    return _alone(r, r.z), _alone(r, r.inferred)


latents = Pair("latents", _latents, ("encoder", "critic"))
"""Codes drawn from the prior and codes inferred from windows: adversarial autoencoder.

Makhzani et al. (2015), "Adversarial autoencoders", section 2. The critic reads one step as wide as the code.
"""


def _codes(r: Round) -> tuple[Seen, Seen]:
    return _alone(r, r.inferred), _alone(r, r.imagined)


codes = Pair("codes", _codes, ("encoder", "imaginer", "critic"), both=True)
"""Codes inferred from windows and codes that a network makes of noise: ARAE.

Zhao et al. (2018), "Adversarially regularized autoencoders", section 3.
"""


def packed(pair: Pair, m: int = 2) -> Pair:
    r"""Let the critic judge ``m`` windows of a side at once, :math:`D(x_1, ..., x_m)`: so it sees what varies little.

    The critic is ``m`` times as wide, in channels and condition. Lin et al. (2018), "PacGAN: the power of two samples
    in generative adversarial networks", section 2.
    """

    def pack(seen: Seen) -> Seen:
        parts = [seen.some(slice(i, len(seen.y) - len(seen.y) % m, m)) for i in range(m)]
        valid = torch.stack([part.valid for part in parts]).amax(0)
        values, mask, y = (torch.cat([part[k] for part in parts], -1) for k in range(3))
        return type(seen)(values, mask, y, valid)

    def sides(r: Round) -> tuple[Seen, Seen]:
        real, fake = pair.sides(r)
        return pack(real), pack(fake)

    return Pair(f"packed {pair.name}", sides, pair.needs, pair.both)


def noisy(pair: Pair, sd: float = 0.1, *, until: float = 1.0) -> Pair:
    r"""Add :math:`N(0, s^2)` to both sides: instance noise.

    Sonderby et al. (2017), "Amortised MAP inference for image super-resolution", section 3.1.

    Args:
        pair: what is blurred.
        sd: :math:`s` at the start.
        until: the share of the run after which it is 0; it falls evenly. ``math.inf`` for noise that stays.
    """

    def blur(r: Round, side: str, seen: Seen) -> Seen:
        noise = r.normal(f"instance noise {side}", *seen.values.shape) * seen.mask
        return seen._replace(values=seen.values + sd * max(0.0, 1 - r.progress / until) * noise)

    def sides(r: Round) -> tuple[Seen, Seen]:
        real, fake = pair.sides(r)
        return blur(r, "real", real), blur(r, "fake", fake)

    return Pair(f"noisy {pair.name}", sides, pair.needs, pair.both)
