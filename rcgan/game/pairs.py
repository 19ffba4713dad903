"""What the critic compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcgan.game.round import Round

if TYPE_CHECKING:
    from rcgan.networks.views import Seen

__all__ = ["windows"]


def windows(r: Round) -> tuple[Seen, Seen]:
    """Compare real windows with generated ones, both behind the real ones' mask: GAN, CGAN, RCGAN."""
    return r.critic.see(r.x, r.mask), r.critic.see(r.fake, r.mask)
