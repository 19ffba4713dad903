"""Readers of whole windows that differ in kind: each names a window's class, or reads a number off it."""

from .convolutions import Convolutions
from .neighbour import Neighbour
from .trees import Trees
from .windows import Part, Reader

__all__ = ["READERS", "Part", "Reader"]

READERS: dict[str, type[Reader]] = {"trees": Trees, "random convolutions": Convolutions, "DTW neighbour": Neighbour}
