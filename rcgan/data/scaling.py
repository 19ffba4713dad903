"""Channels to model space and back: standardised numbers and one-hot categories, aware of what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rcgan.data import scores
from rcgan.data.coordinates import Coordinates
from rcgan.data.grids import Grid
from rcgan.data.relations import Relations
from rcgan.errors import DataError

if TYPE_CHECKING:
    from rcgan.data.windows import Windows

__all__ = ["Scaler"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
LOOKED_AT = 1 << 15  # rows of windows in which contrasts and jumps are looked for
COARSE = 0.25  # standard deviations between two readings, from which on a critic sees that there is nothing between
MOSTLY = 0.8  # share of the rows at one place, from which on rounding would hide nearly all that a generator writes
HALVINGS = 30  # of what lies between two readings, to find where one becomes the other
CHUNK = 1 << 16  # rows at a time, so that statistics never copy the table


@dataclass(frozen=True)
class Scaler:
    """An invertible map from channels to model space, fitted on the rows of the training windows alone.

    Model space has the free continuous channels first, (u - mean) / sd of their coordinates u, which are the values
    where no law binds them, or the normal scores of these where they jump about, under all labels alike, then one block
    of one-hot columns for each free categorical channel. ``knots`` are those of the normal scores, none for a channel
    told by its coordinate itself; ``numbers`` and ``categories`` are the positions of these channels in the schema,
    ``blocks`` the category counts. A coordinate that never changes has sd 0: it is the same in everything that is
    decoded.

    >>> from rcgan.data.windows import Windows
    >>> windows = Windows.from_arrays(np.array([[1.0, 2.0, np.nan, 4.0], [5.0, 6.0, 7.0, 8.0]]))
    >>> scaler = Scaler.fit(windows, Relations(1, {}, {}))
    >>> x, mask = scaler.encode(windows.values)
    >>> x.shape, mask[0, :, 0].tolist(), float(x[0, 2, 0])
    ((2, 4, 1), [1.0, 1.0, 0.0, 1.0], 0.0)
    >>> np.allclose(scaler.decode(x)[1], windows.values[1])
    True
    """

    relations: Relations
    coordinates: Coordinates
    knots: tuple[tuple[float, ...], ...]
    numbers: tuple[int, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    categories: tuple[int, ...]
    blocks: tuple[int, ...]

    @property
    def continuous(self) -> int:
        """How many continuous channels lead model space."""
        return len(self.numbers)

    @property
    def width(self) -> int:
        """D, the channels of model space."""
        return self.continuous + sum(self.blocks)

    @property
    def trends(self) -> tuple[int, ...]:
        """1 for a continuous channel that never falls, -1 for one that never rises, 0 for others; none if all are 0."""
        ways = tuple(self.relations.trends.get(c, 0) for c in self.numbers)
        return ways if any(ways) else ()

    def places(self, windows: Windows) -> list[tuple[Doubles, Doubles]]:
        """Return, for each continuous channel, where in model space its readings lie, and from where on it is the next.

        Of channels on coarse grids or levels, a quarter of a standard deviation apart or more, that no other channel
        has a part in and that are at no place four fifths of the time; none of any other. Within the windows' range.
        """
        covered, parts = windows.rows(), {part.channel: part for part in self.coordinates.parts}
        found: list[tuple[Doubles, Doubles]] = []
        for k, c in enumerate(self.numbers):
            part, values = parts[c], np.zeros(0)
            if (part.grid is not None or part.levels) and not part.others:
                values = _coarse(windows.table[covered, c], part.grid, part.levels)
            found.append(self._placed(c, k, values) if len(values) else (values, values))
        return found

    def holding(self, windows: Windows) -> Floats:
        r"""Return, for each continuous channel, in how many of the cases in which it reads the same again it is held.

        Small moves of a channel on a grid read as none, too. Where moves of k steps have a share of :math:`p_k` each
        way, as in :math:`\log p_k = a - b k^2`, these are :math:`p_1 (p_1 / p_2)^{1/3}` of them all; what is more is a
        sensor that reports what has changed enough. Of any other channel, all.
        """
        going = ~windows.starts()[1:]
        shares = np.ones(self.continuous, np.float32)
        for k, c in enumerate(self.numbers):
            grid = self.relations.grids.get(c)
            if grid is not None:
                size = np.abs(np.diff(grid.counts(windows.table[:, c])))[going]
                none, one, two = (float(np.sum(size == steps)) for steps in range(3))
                read = one / 2 * (one / max(two, 1)) ** (1 / 3)
                shares[k] = 1 - min(1.0, read / max(none, 1))
        return shares

    def _placed(self, channel: int, column: int, values: Doubles) -> tuple[Doubles, Doubles]:
        """Return where values ``(n,)`` of a channel lie in model space, and where decoding goes on to the next."""
        rows = np.zeros((1, len(values), self.relations.width), np.float32)
        rows[0, :, channel] = values
        at = self.encode(rows)[0][0, :, column].astype(np.float64)
        low, high, halves = at[:-1], at[1:], (values[1:] + values[:-1]) / 2
        for _ in range(HALVINGS):
            x = np.zeros((1, len(low), self.width), np.float32)
            x[0, :, column] = middle = (low + high) / 2
            above = self.decode(x)[0, :, channel] > halves
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return at, high

    @classmethod
    def fit(cls, windows: Windows, relations: Relations) -> Scaler:
        """Take mean and standard deviation of every row the windows cover, each row once, in float64."""
        channels = windows.schema.channels
        if relations.width != len(channels):
            raise DataError(f"the relations are of {relations.width} channels, the windows have {len(channels)}")
        numbers = tuple(c for c in relations.free if channels[c].kind == "continuous")
        categories = tuple(c for c in relations.free if channels[c].kind == "categorical")
        coordinates = Coordinates.fit(relations, numbers, _chunks(windows))
        some = windows[
            np.linspace(0, len(windows) - 1, min(len(windows), 1 + LOOKED_AT // windows.n_steps)).astype(int)
        ]
        coordinates = coordinates.contrasted(some.values, _whole(windows) - set(relations.trends))
        knots = _knots(coordinates, some)
        means, deviations = _moments(coordinates, knots, windows)
        blocks = tuple(len(channels[c].categories) for c in categories)
        return cls(relations, coordinates, knots, numbers, means, deviations, categories, blocks)

    def encode(self, values: Floats) -> tuple[Floats, Floats]:
        """Map values (n, t, d), NaN where missing, to x (n, t, D) and its mask; x is 0 where that is 0."""
        if values.shape[-1] != self.relations.width:
            raise DataError(f"values have {values.shape[-1]} channels, the scaler was fitted on {self.relations.width}")
        x = np.zeros((*values.shape[:-1], self.width), dtype=np.float32)
        mask = np.zeros_like(x)
        told = _through(scores.scores, self.coordinates.encode(values), self.knots)
        seen = mask[..., : self.continuous] = ~np.isnan(told)
        sds = np.asarray(self.deviations)
        x[..., : self.continuous] = np.where(seen & (sds > 0), (told - self.means) / np.where(sds > 0, sds, 1.0), 0.0)
        place = self.continuous
        for channel, size in zip(self.categories, self.blocks, strict=True):
            column = values[..., channel, None]
            mask[..., place : place + size] = ~np.isnan(column)
            x[..., place : place + size] = column == np.arange(size)
            place += size
        return x, mask

    def touched(self, values: Floats) -> npt.NDArray[np.int8]:
        """Return -1 where continuous channels rest at a bound below them, 1 at one above, (n, t, continuous).

        Not those told by normal scores, which spread what rests as they spread everything.
        """
        sides = self.coordinates.touched(values)
        sides[..., [bool(at) for at in self.knots]] = 0
        return sides

    def decode(self, x: Floats) -> Floats:
        """Map x (n, t, D) back to values (n, t, d) in original units; a block becomes its largest's code."""
        if x.shape[-1] != self.width:
            raise DataError(f"x has {x.shape[-1]} channels, model space has {self.width}")
        told = x[..., : self.continuous].astype(np.float64) * self.deviations + self.means
        values = self.coordinates.decode(_through(scores.values, told, self.knots), self.relations.width)
        place = self.continuous
        for channel, size in zip(self.categories, self.blocks, strict=True):
            values[..., channel] = x[..., place : place + size].argmax(axis=-1)
            place += size
        return self.relations.restore(values[..., self.relations.free])

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, dicts and scalars, as JSON has them."""
        lists = ("numbers", "means", "deviations", "categories", "blocks")
        told: dict[str, Any] = {"relations": self.relations.to_dict(), "coordinates": self.coordinates.to_list()}
        told["knots"] = [list(at) for at in self.knots]
        return told | {name: list(getattr(self, name)) for name in lists}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scaler:
        """Read back what :meth:`to_dict` gave, also after a trip through JSON."""
        rest = {name: tuple(data[name]) for name in ("numbers", "means", "deviations", "categories", "blocks")}
        knots = tuple(tuple(at) for at in data["knots"])
        return cls(Relations.from_dict(data["relations"]), Coordinates.from_list(data["coordinates"]), knots, **rest)


def _coarse(column: Floats, grid: Grid | None, levels: Sequence[float]) -> Doubles:
    """Return the values that a channel on a coarse grid or on coarse levels can take; none of another one."""
    seen = column[~np.isnan(column)].astype(np.float64)
    values = np.asarray(levels, np.float64)
    if grid is not None and grid.step >= COARSE * seen.std():
        low, high = grid.counts(np.array([seen.min(), seen.max()], np.float32))
        values = grid.readings(np.arange(low, high + 1)).astype(np.float64)
    if len(values) < 2 or np.median(np.diff(values)) < COARSE * seen.std():
        return np.zeros(0)
    return values if np.unique(seen, return_counts=True)[1].max() < MOSTLY * len(seen) else np.zeros(0)


def _chunks(windows: Windows) -> Iterator[Floats]:
    """Every row that the windows cover, once, some at a time."""
    covered, table = windows.rows(), windows.table
    for start in range(0, len(table), CHUNK):
        yield table[start : start + CHUNK][covered[start : start + CHUNK]]


def _whole(windows: Windows) -> set[int]:
    """Return the channels that are observed in every row."""
    holes = np.any([np.isnan(rows).any(0) for rows in _chunks(windows) if len(rows)], axis=0)
    return set(np.flatnonzero(~holes).tolist())


def _knots(coordinates: Coordinates, windows: Windows) -> tuple[tuple[float, ...], ...]:
    """Return where the normal scores of channels that jump about, under all labels alike, have their knots."""
    told = coordinates.encode(windows.values)
    sds = np.nanstd(told, axis=(0, 1))
    labels = np.zeros(len(windows), np.int64) if windows.codes is None else windows.codes
    jumping = scores.jumps(told) & scores.alike(told, labels) & (sds > coordinates.roundings)
    columns = (told[..., c][~np.isnan(told[..., c])] for c in range(told.shape[-1]))
    return tuple(
        scores.knots(column) if jumps and len(column) >= scores.ENOUGH else ()
        for column, jumps in zip(columns, jumping, strict=True)
    )


def _through(
    way: Callable[[Doubles, tuple[float, ...]], Doubles], told: Doubles, knots: Sequence[tuple[float, ...]]
) -> Doubles:
    """Take the channels that have knots to their normal scores, or back, in place."""
    for c, at in enumerate(knots):
        if at:
            told[..., c] = way(told[..., c], at)
    return told


def _moments(
    coordinates: Coordinates, knots: Sequence[tuple[float, ...]], windows: Windows
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    def chunks() -> Iterator[npt.NDArray[np.float64]]:
        return (_through(scores.scores, coordinates.encode(rows), knots) for rows in _chunks(windows))

    count = np.sum([np.sum(~np.isnan(rows), axis=0) for rows in chunks()], axis=0)
    mean = np.sum([np.nansum(rows, axis=0) for rows in chunks()], axis=0) / count
    square = np.sum([np.nansum((rows - mean) ** 2, axis=0) for rows in chunks()], axis=0)
    sds = np.sqrt(square / count)
    floors = np.where([bool(at) for at in knots], 0, coordinates.roundings)
    still = sds <= np.maximum(1e-9 * np.abs(mean), floors)
    return tuple(mean.tolist()), tuple(np.where(still, 0.0, sds).tolist())
