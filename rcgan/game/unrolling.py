"""The generator against the critic of some steps ahead."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call

from rcgan.game.round import Round, Term, Terms
from rcgan.game.terms import owed_by

if TYPE_CHECKING:
    from rcgan.networks.critics import Critics, Seen

__all__ = ["unrolled"]


class Ahead(nn.Module):
    """Critics with other weights than their own, which may be functions of other networks' weights.

    Args:
        critic: a copy of the critics, since calls change buffers.
        weights: to use, by name.
    """

    def __init__(self, critic: nn.Module, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.critic = critic
        self.weights = {f"critic.{name}": weight for name, weight in weights.items()}

    def forward(self, method: str, *given: object) -> object:
        """Return what a method of the critics returns, with their own weights."""
        return getattr(self.critic, method)(*given)

    def _call(self, method: str, *given: object) -> Tensor:
        return functional_call(self, self.weights, (method, *given))

    @property
    def looks_around(self) -> bool:
        """Whether a window's score depends on the others of the batch."""
        return cast("Critics", self.critic).looks_around

    def see(self, *window: Tensor) -> Seen:
        """Return what the critics see of windows."""
        return cast("Critics", self.critic).see(*window)

    def read(self, seen: Seen) -> Tensor:
        """Return what their trunks read."""
        return self._call("read", seen)

    def score(self, features: Tensor, y: Tensor) -> Tensor:
        """Return the scores."""
        return self._call("score", features, y)

    def classes(self, features: Tensor) -> Tensor:
        """Return the classes' logits, where the critics have such."""
        return self._call("classes", features)


def unrolled(terms: Terms, steps: int = 5, rate: float = 1e-3) -> Terms:
    r"""Return the terms with the generator's side of an objective against the critic of some steps ahead.

    .. math:: L_G\big(\theta_G, \theta_D^K(\theta_G)\big), \qquad
              \theta_D^{k+1} = \theta_D^k - \eta\, \nabla_{\theta_D} L_D(\theta_G, \theta_D^k)

    from :math:`\theta_D^0 = \theta_D` on. :math:`L_D` is all that the critic owes in ``terms``, :math:`\eta` the
    ``rate``; the gradient goes through the steps, on the same windows and noise. The critic stays as it is. Metz,
    Poole, Pfau, Sohl-Dickstein (2017), "Unrolled generative adversarial networks", eq. 3, 4 and 6.

    Raises:
        ValueError: a term that counts its calls is among them.
    """
    mine = owed_by("critic", terms)
    for term in terms:
        if any(role.endswith(" history") for role in term.needs):
            raise ValueError(
                f"{term.name!r} counts its calls, and looking ahead would add some: write unrolled(terms) + "
                "historical_averaging(...)"
            )
    needs = {role: None for term in mine for role in term.needs}

    def looked_ahead(term: Term) -> Term:
        if term.player == "critic" or term.objective is None:
            return term
        return replace(term, loss=lambda r: term.loss(_ahead(r, mine, steps, rate)), needs=(*needs, *term.needs))

    return tuple(looked_ahead(term) for term in terms)


def _ahead(r: Round, terms: Terms, steps: int, rate: float) -> Round:
    """Return a round over the same windows before the critic that took steps of gradient descent on these terms."""
    critic = copy.deepcopy(r.networks["critic"])
    weights = {name: weight.detach().requires_grad_() for name, weight in critic.named_parameters()}
    for role, made in (("generator", "fake"), ("encoder", "inferred")):
        if any(role in term.needs for term in terms):
            getattr(r, made)  # once for all steps
    with torch.backends.cudnn.flags(enabled=False):  # which has no second derivative of an LSTM
        for _ in range(steps):
            there = r.before(Ahead(critic, weights))
            loss = torch.stack([term.weight * term.loss(there) for term in terms]).sum()
            slopes = torch.autograd.grad(
                loss, list(weights.values()), create_graph=True, allow_unused=True, materialize_grads=True
            )
            weights = {name: w - rate * slope for (name, w), slope in zip(weights.items(), slopes, strict=True)}
        return r.before(Ahead(critic, weights))
