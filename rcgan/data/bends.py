r"""How gaps from a bound, which cannot be negative, are told by numbers that can be anything.

.. math:: g = s \log(1 + e^{u / s}), \qquad u = s \log(e^{g / s} - 1)

Far from the bound, u is the gap itself; close to it, its logarithm. The scale s is the median gap where gaps crowd at
the bound, so that u is spread evenly. Elsewhere curves are to be bent at the bound only: s is the gaps' twentieth, or a
thousandth of the largest where a hundredth of the values rest at the bound, as a valve's do at its end. Values that
touch the bound have a u of their own, s below that of the smallest gap; so have values of later data that break it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rcgan.data.relations import ATOM, CROWDED

__all__ = ["Bend"]

Doubles = NDArray[np.float64]
SHARP = 1e-3  # of the largest gap: the scale of a bound that values rest at
TINY = 1e-30  # the least scale, where bounds meet
APART = 40  # scales between two bounds, at least


@dataclass(frozen=True)
class Bend:
    """How gaps from a bound are told by any number.

    Args:
        scale: :math:`s`.
        least: the smallest gap that is not 0.
        touches: whether there are gaps of 0.
        rests: whether they are so many that values rest at the bound, and the others do not crowd there.
    """

    scale: float = 1.0
    least: float = 0.0
    touches: bool = False
    rests: bool = False

    def tell(self, gaps: Doubles, room: Doubles) -> Doubles:
        """Return :math:`u` of gaps; ``room``: how far away the bound on the other side is, or infinity."""
        scale = self._within(room)
        return np.where(gaps <= 0, self._touching(scale), _bend(gaps, scale))

    def gaps(self, told: Doubles, room: Doubles) -> Doubles:
        """Return the gaps of what :meth:`tell` told."""
        scale = self._within(room)
        gaps = scale * np.logaddexp(0, told / scale)
        return np.where(told < self._touching(scale) + scale / 2, 0.0, gaps) if self.touches else gaps

    def _within(self, room: Doubles) -> Doubles:
        return np.maximum(np.minimum(self.scale, room / APART), TINY)

    def _touching(self, scale: Doubles) -> Doubles:
        """Return :math:`u` of a value at its bound."""
        return _bend(np.minimum(self.least, scale), scale) - scale

    @classmethod
    def measured(cls, gaps: Doubles, *, even: bool) -> Self:
        """Choose the scale for gaps ``(n,)``: unless ``even``, curves are to be bent at the bound alone."""
        positive = gaps[gaps > 0]
        if not len(positive):
            positive = np.ones(1)
        scale, largest, touching = float(np.median(positive)), float(positive.max()), gaps <= 0
        crowded = even and scale <= CROWDED * largest
        rests = even and not crowded and bool(touching.mean() >= ATOM)
        if not crowded:
            scale = SHARP * largest if rests else float(np.quantile(positive, 0.05))
        return cls(scale, float(positive.min()), bool(touching.any()), rests)


def _bend(gaps: Doubles, scale: Doubles) -> Doubles:
    """Return ``s log(exp(g / s) - 1)``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return gaps + scale * np.log(-np.expm1(-gaps / scale))
