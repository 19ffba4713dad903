"""Each named family, in 25 lines or fewer, under its paper's equation."""

from __future__ import annotations

import torch

from rcgan.data.traits import Traits
from rcgan.game.objectives import relativistic, wasserstein
from rcgan.game.pairs import windows
from rcgan.game.round import Game, Player, Terms
from rcgan.game.terms import adversarial, gradient_penalty, zero_centred_penalty
from rcgan.networks.convolutional import ConvolutionalCritic
from rcgan.networks.critics import Critics
from rcgan.networks.heads import WindowHead
from rcgan.networks.recurrent import LSTMCritic, LSTMGenerator
from rcgan.networks.views import Views

__all__ = ["RIVALRIES", "rcgan"]

KINDS = (LSTMCritic, ConvolutionalCritic)
SMOOTH = ("values", "differences", "second_differences", "compressed_bends")
ROUGH = ("normal_scores", "shape", "scaled_differences", "compressed_differences", "log_scale")


def _relativistic(traits: Traits) -> tuple[Terms, int]:
    gamma = 1.0 if traits.rough else 0.5
    return adversarial(relativistic, windows) + zero_centred_penalty(windows, gamma, share=0.25), 1


def _wasserstein(traits: Traits) -> tuple[Terms, int]:
    return adversarial(wasserstein, windows) + gradient_penalty(windows, 10.0), 3


RIVALRIES = {"relativistic": _relativistic, "wasserstein": _wasserstein}


def rcgan(traits: Traits, *, latent: int, hidden: int = 64, objective: str = "relativistic") -> Game:
    r"""Return the game of the recurrent conditional GAN.

    .. math:: \min_G \max_D \; E\, f\!\left(D(x \mid y) - D(G(z, e \mid y) \mid y)\right)

    with LSTMs on both sides. Esteban, Hyland, Raetsch (2017), "Real-valued (medical) time series generation with
    recurrent conditional GANs", eq. 1 and 2, under the objective named (``"relativistic"`` with R1 and R2, or
    ``"wasserstein"`` with its gradient penalty). Noise per step, a scale per window and views within the window
    where the data is rough; differences, twice and compressed, where it is smooth.
    """
    noise = 8 if traits.rough else 0
    spread = torch.tensor(traits.spread)
    head = WindowHead(spread, traits.blocks, latent + traits.condition, hidden, scaled=traits.rough)
    views = Views(ROUGH if traits.rough else SMOOTH, spread, sum(traits.blocks), holes=traits.holes)
    critics = [kind(views.width, traits.condition, hidden) for kind in KINDS]
    networks = {
        "generator": LSTMGenerator(head, latent, noise, traits.condition, hidden),
        "critic": Critics(views, critics),
    }
    terms, turns = RIVALRIES[objective](traits)
    players = [Player("critic", ("critic",), turns), Player("generator", ("generator",))]
    return Game(networks, players, terms, (latent, noise))
