"""Games that make no sense are refused when they are built, and the message says what to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from rcgan.game.round import Player, Terms

__all__ = ["check"]

SLOPES = ("gradient_penalty", "zero_centred_penalty")


def check(networks: Mapping[str, nn.Module], players: Sequence[Player], terms: Terms) -> None:
    """Check that every term has its networks and its player, and that the terms go together.

    Raises:
        ValueError: they do not.
    """
    names = [player.name for player in players]
    for term in terms:
        for role in term.needs:
            if role not in networks:
                raise ValueError(f"term {term.name!r} needs a {role!r} network; this game has {sorted(networks)}")
        if term.player not in names:
            raise ValueError(f"term {term.name!r} belongs to player {term.player!r}; this game has {names}")
    for player in players:
        if not any(term.player == player.name for term in terms):
            raise ValueError(f"player {player.name!r} owes no term: add one, or leave the player out")
        for role in player.networks:
            if role not in networks:
                raise ValueError(f"player {player.name!r} owns no {role!r} network; this game has {sorted(networks)}")
        twice = [t.name for t in terms if t.player == player.name]
        for name in twice:
            if twice.count(name) > 1:
                raise ValueError(f"player {player.name!r} owes two terms named {name!r}: give one another name")
    critic = networks.get("critic")
    _check_slope(players, terms, normalised=getattr(critic, "bounded", False))
    _check_alone(terms, together=getattr(critic, "looks_around", False))
    _check_targets(terms)


def _check_slope(players: Sequence[Player], terms: Terms, *, normalised: bool) -> None:
    """A Wasserstein critic's slope must be bounded, and clipping is for no other critic."""
    objectives = {term.objective for term in terms if term.player == "critic" and term.objective is not None}
    clipped = any(player.clip is not None for player in players if player.name == "critic")
    bounded = clipped or normalised or any(term.name in SLOPES for term in terms)
    for objective in objectives:
        if objective.unbounded and not bounded:
            raise ValueError(
                f"objective {objective.name!r} needs a critic of bounded slope: add gradient_penalty(pair, 10.0), "
                "or give the critic's Player clip=0.01, or normalise its weights with spectral(critic)"
            )
        if clipped and not objective.unbounded:
            raise ValueError(
                f"clipping weights bounds the slope of a Wasserstein critic and means nothing to {objective.name!r}: "
                "leave clip out and add zero_centred_penalty(pair, 1.0), or take the objective wasserstein"
            )


def _check_alone(terms: Terms, *, together: bool) -> None:
    """A slope at each window is that of a critic who judges each window by itself."""
    if together and any(term.name == "gradient_penalty" for term in terms):
        raise ValueError(
            "gradient_penalty is for the slope at each window, and this critic's scores depend on the whole batch: "
            "leave out what is around its trunks and batch normalisation (take the networks 'convolutional' or "
            "'virtual'), or take zero_centred_penalty(pair, 1.0)"
        )


def _check_targets(terms: Terms) -> None:
    """Label smoothing is for critics that are given targets."""
    if any(term.name == "label_smoothing" for term in terms):
        for term in terms:
            if term.objective is not None and not term.objective.targets:
                raise ValueError(
                    f"label_smoothing moves the target of real windows, and {term.objective.name!r} has no target: "
                    "leave it out, or take non_saturating, minimax or least_squares"
                )
