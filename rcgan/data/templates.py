"""What a window has besides its values: length, label, statics, regime, jumps and pattern of holes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcgan.data.schema import Channel
from rcgan.data.windows import Windows
from rcgan.errors import DataError, nearest

__all__ = ["Templates"]

KEPT = 10_000
Found = Callable[[Windows], tuple[NDArray[np.int32], NDArray[np.int32]]]


@dataclass(frozen=True, eq=False)
class Templates:
    """Lengths, labels, statics, regimes, jumps and holes of training windows; a synthetic window takes those of one.

    So lengths, label shares, statics, steps that jump and missing values come out as in the training data, jointly.

    Args:
        shape: (t, d) of the windows.
        lengths: ``(m,)`` int32.
        codes: ``(m,)`` int32 label codes, all 0 without labels.
        statics: ``(m, k)`` float32.
        regimes: ``(m,)`` int32.
        jumps: ``(m, k)`` int32, the steps that windows jump to (:class:`~rcgan.data.jumps.Jumps`).
        seen: ``(m, bytes)`` uint8, the observed mask packed to bits; no columns when nothing is missing.
    """

    shape: tuple[int, int]
    lengths: NDArray[np.int32]
    codes: NDArray[np.int32]
    statics: NDArray[np.float32]
    regimes: NDArray[np.int32]
    jumps: NDArray[np.int32]
    seen: NDArray[np.uint8]

    @classmethod
    def some(cls, windows: Windows, found: Found, *, seed: int) -> Templates:
        """Take the templates of windows, or of ``KEPT`` of them drawn at random; ``found`` is as in :meth:`of`."""
        if len(windows) > KEPT:
            windows = windows[np.sort(np.random.default_rng(seed).choice(len(windows), KEPT, replace=False))]
        return cls.of(windows, found)

    @classmethod
    def of(cls, windows: Windows, found: Found) -> Templates:
        """Take the template of each window, in order; ``found`` says regimes and jumps of windows."""
        n, t, d = windows.shape
        lengths = np.asarray(windows.lengths, dtype=np.int32)
        observed = windows.observed
        holes = not (observed | (np.arange(t) >= lengths[:, None])[..., None]).all()
        seen = np.packbits(observed.reshape(n, -1), axis=1) if holes else np.zeros((n, 0), np.uint8)
        codes = np.zeros(n, np.int32) if windows.codes is None else windows.codes.astype(np.int32)
        return cls((t, d), lengths, codes, windows.static_table[windows.series_of], *found(windows), seen)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.lengths)

    def __getitem__(self, index: NDArray[np.int64]) -> Templates:
        """Return some of them."""
        return Templates(
            self.shape,
            self.lengths[index],
            self.codes[index],
            self.statics[index],
            self.regimes[index],
            self.jumps[index],
            self.seen[index],
        )

    def draw(
        self,
        codes: NDArray[np.int64] | None,
        n: int,
        where: NDArray[np.bool_],
        seed: int,
        shares: NDArray[np.floating[Any]] | None = None,
    ) -> Templates:
        """Draw ``n`` templates among those allowed, with the label codes asked for, if any were.

        ``shares`` ``(n,)`` between 0 and 1 draw them in the order of their jumps, instead of at random.
        """
        rng = np.random.default_rng(seed)

        def drawn(those: NDArray[np.int64], wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
            if shares is None:
                return rng.choice(those, int(wanted.sum()))
            those = those[np.lexsort(self.jumps[those].T[::-1])]
            return those[np.minimum((shares[wanted] * len(those)).astype(np.int64), len(those) - 1)]

        if codes is None:
            return self[drawn(np.flatnonzero(where), np.ones(n, np.bool_))]
        index = np.empty(n, np.int64)
        for code in np.unique(codes):
            wanted = codes == code
            index[wanted] = drawn(np.flatnonzero(where & (self.codes == code)), wanted)
        return self[index]

    def allowed(self, channels: tuple[Channel, ...], statics: Mapping[str, Any] | None) -> NDArray[np.bool_]:
        """Return which templates have the statics asked for.

        Raises:
            DataError: no such static attribute, or no training window with that value.
        """
        where = np.ones(len(self), dtype=np.bool_)
        names = [channel.name for channel in channels]
        for name, value in (statics or {}).items():
            if name not in names:
                raise DataError(f"no static attribute {name!r}; there are {names}{nearest(name, names)}")
            k = names.index(name)
            values = channels[k].decode(self.statics[:, k])
            where &= np.asarray([v == value for v in values])
            if not where.any():
                raise DataError(f"no training window has {name}={value!r}")
        return where

    def observed(self) -> NDArray[np.bool_]:
        """Return the observed mask ``(m, t, d)``: the pattern of holes, and nothing beyond a length."""
        t, d = self.shape
        if self.seen.shape[1]:
            return np.unpackbits(self.seen, axis=1, count=t * d).reshape(-1, t, d).astype(bool)
        return np.repeat((np.arange(t) < self.lengths[:, None])[..., None], d, axis=2)
