"""Pictures of real and synthetic windows that stay readable on a narrow screen: one a file, all of them listed here."""

from __future__ import annotations

from collections.abc import Iterator

from .autocorrelations import autocorrelations
from .figure import Compared, Section
from .latents import latents
from .maps import maps
from .marginals import marginals
from .nearest import nearest
from .spectra import spectra
from .square import square
from .training import training
from .windows import windows

__all__ = ["PICTURES", "Compared", "Section", "pictures"]

PICTURES = (square, windows, maps, nearest, marginals, autocorrelations, spectra, latents, training)


def pictures(compared: Compared) -> Iterator[Section]:
    """All sections that the data and the model allow, in the order to look at them."""
    for draw in PICTURES:
        section = draw(compared)
        if section is not None:
            yield section
