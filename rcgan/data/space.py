"""Model space: windows as networks write them, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from rcgan.data.censored import Censored
from rcgan.data.jumps import Jumps
from rcgan.data.regimes import Regimes
from rcgan.data.scaling import Scaler

__all__ = ["Encoded", "ModelSpace"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


class Encoded(NamedTuple):
    """Windows in model space ``x``, which of their cells were observed, their regimes and the steps they jump to."""

    x: Floats
    mask: Floats
    regimes: Ints
    jumps: Ints


@dataclass(frozen=True, eq=False)
class ModelSpace:
    """Take windows to model space, one after the other: scaled, completed, without their jumps, within their regime.

    Channels are scaled, and laws of theirs kept (:class:`~rcgan.data.scaling.Scaler`); what rests at an end of its
    range goes on beyond it (:class:`~rcgan.data.censored.Censored`); jumps are taken out of curves
    (:class:`~rcgan.data.jumps.Jumps`); what is rough is told in units of its regime
    (:class:`~rcgan.data.regimes.Regimes`).
    """

    scaler: Scaler
    censored: Censored
    jumps: Jumps
    regimes: Regimes

    @classmethod
    def scaled(cls, scaler: Scaler, steps: int) -> Self:
        """Return the space of windows that are scaled and nothing else."""
        c = scaler.continuous
        return cls(scaler, Censored.none(steps), Jumps.none(c), Regimes.none(c))

    @classmethod
    def fit(
        cls, scaler: Scaler, values: Floats, smooth: Callable[[Floats, Floats], bool]
    ) -> tuple[Self, Floats, Floats]:
        """Complete windows ``(n, t, d)``, and take out their jumps if what is left is smooth; regimes come later.

        A channel that jumps to its bound is told by its levels, and not completed. Return what is left, and which of
        its cells were observed, as well.
        """
        space, c = cls.scaled(scaler, values.shape[1]), scaler.continuous
        x, mask = scaler.encode(values)
        sides = scaler.touched(values)
        jumps, resting = Jumps.fit(x[..., :c], mask[..., :c]), sides.copy()
        resting[..., jumps.channels] = 0
        space = replace(space, censored=Censored.fit(x, mask, resting))
        if len(space.censored.channels):
            x = space.censored.encode(x, mask, sides)
            jumps = Jumps.fit(x[..., :c], mask[..., :c])
        if jumps.width and x.shape[2] == c and smooth(*(left := jumps.encode(x, mask))):
            return replace(space, jumps=jumps, regimes=Regimes.none(c + jumps.count)), *left
        return space, x, mask

    @property
    def continuous(self) -> int:
        """How many continuous channels lead model space, with those that tell the jumps."""
        return self.scaler.continuous + self.jumps.count

    @property
    def width(self) -> int:
        """How many numbers tell a network regime and jumps."""
        return self.regimes.width + self.jumps.width

    def tell(self, regimes: Ints, jumps: Ints) -> Floats:
        """Return regimes ``(n,)`` and jumps ``(n, k)`` as a network is told them, ``(n, width)``."""
        return np.concatenate([self.regimes.tell(regimes), self.jumps.tell(jumps)], axis=1)

    def curves(self, values: Floats) -> tuple[Floats, Floats, Ints]:
        """Return windows ``(n, t, d)`` before they are told in units of their regime, observed cells, and jumps."""
        x, mask = self.scaler.encode(values)
        if len(self.censored.channels):
            x = self.censored.encode(x, mask, self.scaler.touched(values))
        at = self.jumps.at(x, mask)
        return *self.jumps.encode(x, mask, at), at

    def encode(self, values: Floats) -> Encoded:
        """Return windows ``(n, t, d)``, NaN where missing, in model space."""
        x, mask, at = self.curves(values)
        regimes = self.regimes.of(x, mask)
        return Encoded(self.regimes.encode(x, mask, regimes), mask, regimes, at)

    def decode(self, x: Floats, regimes: Ints, jumps: Ints) -> Floats:
        """Return windows of model space ``(n, t, D)`` in original units."""
        return self.scaler.decode(self.jumps.decode(self.regimes.decode(x, regimes), jumps))

    def arrays(self) -> dict[str, dict[str, NDArray[Any]]]:
        """Return all that was learned beside the scaler, part by part."""
        parts = {"censored": self.censored, "jumps": self.jumps, "regimes": self.regimes}
        return {
            name: {field: value for field, value in vars(part).items() if isinstance(value, np.ndarray)}
            for name, part in parts.items()
        }

    @classmethod
    def from_arrays(cls, scaler: Scaler, arrays: Mapping[str, Mapping[str, NDArray[Any]]], steps: int) -> Self:
        """Read back what :meth:`arrays` gave, of windows of so many steps."""
        jumps = Jumps(**arrays["jumps"], steps=steps)
        return cls(scaler, Censored(**arrays["censored"]), jumps, Regimes(**arrays["regimes"]))
