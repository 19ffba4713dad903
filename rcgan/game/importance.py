"""Which of several generated windows is kept: importance resampling by what the critic says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from rcgan.game.round import Draws

__all__ = ["CANDIDATES", "resampled"]

CANDIDATES = 4  # of sixteen judges tell no less, and they take four times as long


def resampled(candidates: Iterable[Tensor], odds: Callable[[Tensor], Tensor], draws: Draws) -> Tensor:
    r"""Keep one candidate of each window, with probability in proportion to its odds of being real.

    .. math:: P(k) = \frac{e^{D(x_k)}}{\sum_j e^{D(x_j)}}, \qquad D \to \log \frac{p_\text{real}(x)}{p_\text{made}(x)}

    So what the generator was too small, or too slow, to put right is put right in part by its critic: windows that the
    best critic finds twice as likely among made ones as among real ones are kept half as often. What is drawn tends to
    the law of real windows as candidates become many. Rubin (1987), "The SIR algorithm"; of generated data, Grover et
    al. (2019), "Bias correction of learned generative models using likelihood-free importance weighting", section 3;
    by rejection, Azadi et al. (2019), "Discriminator rejection sampling", eq. 2.

    Args:
        candidates: windows ``(b, t, D)``, so many times as there are candidates of each.
        odds: :math:`D` of windows, their log odds up to a constant, ``(b,)``.
        draws: where chance comes from; no row's depends on other rows.

    >>> likely, unlikely = torch.full((10_000, 1, 1), 3.0), torch.ones(10_000, 1, 1)
    >>> kept = resampled([unlikely, likely], lambda x: x[:, 0, 0].log(), Draws(0))
    >>> bool(abs((kept == 3).float().mean() - 3 / (3 + 1)) < 0.02)
    True
    """
    kept, most = torch.empty(0), torch.empty(0)
    for k, x in enumerate(candidates):
        chance = torch.special.ndtr(draws.normal(f"candidate {k}", len(x), 1)[:, 0].double()).to(x.device)
        score = odds(x) - (-chance.log()).log()  # the largest of sums with Gumbel's numbers has these probabilities
        if k == 0:
            kept, most = x, score
        else:
            kept = torch.where((score > most)[:, None, None], x, kept)
            most = torch.maximum(score, most)
    return kept
