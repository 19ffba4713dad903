"""Spectral normalisation of whole networks, LSTMs among them."""

from __future__ import annotations

import copy
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

__all__ = ["Spectral", "bounds_slope", "spectral"]

LAYERS = (nn.Linear, nn.Conv1d, nn.ConvTranspose1d, nn.LSTM)
SETTLED = 15  # power iterations at the start, so that the first scores are bounded too

Network = TypeVar("Network", bound=nn.Module)


class Spectral(nn.Module):
    r"""A layer that is computed with each of its weight matrices over its largest singular value.

    .. math:: \bar W = W / (u^\top W v), \qquad v \leftarrow W^\top u / |W^\top u|, \quad u \leftarrow W v / |W v|

    One step of the power iteration a call, kept in buffers while training; the gradient takes :math:`u` and
    :math:`v` for constants and reaches the raw :math:`W`. Miyato et al. (2018), "Spectral normalization for generative
    adversarial networks", eq. 8 and algorithm 1. A convolution's matrix has a row for each channel that it writes; an
    LSTM's two matrices of each layer have a row for each gate of each unit. Vectors (biases) stay as they are.

    Args:
        layer: linear, convolutional or LSTM.

    Shapes:
        those of the layer.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.names = [name for name, weight in layer.named_parameters(recurse=False) if weight.dim() > 1]
        for name in self.names:
            matrix = self._matrix(name)
            u = F.normalize(torch.randn(len(matrix)), dim=0)
            for _ in range(SETTLED):
                u, _v = _iterated(matrix, u)
            self.register_buffer(f"u_{name}", u)

    def _matrix(self, name: str) -> Tensor:
        weight = cast(Tensor, getattr(self.layer, name))
        return (weight.transpose(0, 1) if isinstance(self.layer, nn.ConvTranspose1d) else weight).flatten(1)

    def weights(self) -> dict[str, Tensor]:
        """Return the normalised weights by name; while training, the iteration goes on by one step."""
        out: dict[str, Tensor] = {}
        for name in self.names:
            matrix = self._matrix(name)
            u, v = _iterated(matrix, cast(Tensor, getattr(self, f"u_{name}")))
            if self.training:
                setattr(self, f"u_{name}", u)  # not in place: a graph may hold the old one
            out[name] = cast(Tensor, getattr(self.layer, name)) / (u @ matrix @ v)
        return out

    def forward(self, *inputs: Tensor) -> object:
        """Return what the layer makes of its inputs with normalised weights."""
        stand_in = copy.copy(self.layer)  # an LSTM would go on holding the weights that it was last called with
        return functional_call(stand_in, self.weights(), inputs)


@torch.no_grad()
def _iterated(matrix: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    v = F.normalize(u @ matrix, dim=0)
    return F.normalize(matrix @ v, dim=0), v


def spectral(network: Network) -> Network:
    """Normalise every linear, convolutional and LSTM layer within a network; it is changed, and returned.

    >>> bounds_slope(spectral(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))))
    True
    """
    for name, child in list(network.named_children()):
        if isinstance(child, LAYERS):
            setattr(network, name, Spectral(child))
        elif not isinstance(child, Spectral):
            spectral(child)
    return network


def bounds_slope(network: nn.Module) -> bool:
    """Whether every weight of a network, biases apart, is normalised, so that its slope cannot grow with training."""
    inside = {id(p) for part in network.modules() if isinstance(part, Spectral) for p in part.parameters()}
    weights = [p for name, p in network.named_parameters() if not name.rpartition(".")[2].startswith("bias")]
    return bool(weights) and all(id(p) in inside for p in weights)
