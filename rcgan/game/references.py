"""Reference batches are fixed before the first turn."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from rcgan.game.round import Batch, Draws, Game
from rcgan.networks.normalisation import Referenced

__all__ = ["fix_references"]


def fix_references(game: Game, draw: Callable[[Draws], Batch], draws: Draws) -> None:
    """Give every network that refers to a fixed batch what it is shown first in a round over windows drawn for it.

    That is the real side for a critic, codes for a generator. For games without such networks nothing is drawn.
    """
    parts = [part for part in game.networks.modules() if isinstance(part, Referenced)]
    if not parts:
        return

    def refer(part: Referenced, inputs: tuple[Tensor, ...]) -> None:
        part.refer(*inputs)
        hooks.pop(part).remove()

    hooks = {part: part.register_forward_pre_hook(refer) for part in parts}
    batch = draw(draws)
    game.networks.eval()  # nothing else is learned of this round
    for player in game.players:
        game.losses(player.name, game.round(batch, draws))
    game.networks.train()
