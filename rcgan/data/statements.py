"""Relations in words: as they are listed, and as they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from rcgan.checks import positive
from rcgan.data.grids import Grid
from rcgan.data.relations import Relations, find_relations
from rcgan.data.schema import Schema
from rcgan.data.windows import Windows
from rcgan.errors import DataError, nearest

__all__ = ["kept_relations", "statements"]

FORM = re.compile(r"\s*(?P<left>.+?)\s*(?P<sign><=|>=|\bon\b)\s*(?P<right>.+?)\s*")
TREND = re.compile(r"\s*(?P<left>.+?)\s+never\s+(?P<way>falls|rises)\s*")
WAYS = {"falls": 1, "rises": -1}
FORMS = (
    "'low <= high', 'flow >= 0', 'valve <= 100', 'reading on 0.1', 'load on 0.06698 to 3 places', 'counter never "
    "falls' or 'life never rises'"
)


def statements(relations: Relations, names: Sequence[str]) -> list[str]:
    """Return what holds, a sentence each.

    >>> laws = Relations(4, {2: 7.5}, {}, ((0, 1),), {0: 0.0}, {}, {1: Grid(0.5)}, trends={3: -1})
    >>> statements(laws, ["low", "high", "speed", "life"])
    ['speed = 7.5', 'low <= high', 'low >= 0', 'high on 0.5', 'life never rises']
    """
    return list(_told(relations, names))


def _told(relations: Relations, names: Sequence[str]) -> dict[str, tuple[str, Any]]:
    """Return each statement with the field of :class:`Relations` that holds it, and its place there."""
    told: dict[str, tuple[str, Any]] = {}
    for c, value in relations.constants.items():
        told[f"{names[c]} = {'nothing' if np.isnan(value) else f'{value:g}'}"] = ("constants", c)
    for c, twin in relations.equals.items():
        told[f"{names[c]} = {names[twin]}"] = ("equals", c)
    for low, high in relations.orders:
        told[f"{names[low]} <= {names[high]}"] = ("orders", (low, high))
    for c, value in relations.floors.items():
        told[f"{names[c]} >= {value:g}"] = ("floors", c)
    for c, value in relations.ceilings.items():
        told[f"{names[c]} <= {value:g}"] = ("ceilings", c)
    for c, grid in relations.grids.items():
        told[f"{names[c]} on {grid}"] = ("grids", c)
    for c, values in relations.levels.items():
        told[f"{names[c]} one of {len(values)} values"] = ("levels", c)
    for c, way in relations.trends.items():
        told[f"{names[c]} never {'falls' if way > 0 else 'rises'}"] = ("trends", c)
    for c, law in relations.sums.items():
        told[f"{names[c]} = {law.told(names)}"] = ("sums", c)
    return told


def kept_relations(windows: Windows, asked: Iterable[str] = ()) -> Relations:
    """Find what holds in every row of windows, and change it as asked.

    Args:
        windows: to train on.
        asked: laws to keep as well, ``"low <= high"``, ``"flow >= 0"``, ``"valve <= 100"``, ``"reading on 0.1"``,
            ``"load on 0.06698 to 3 places"``, ``"counter never falls"``, ``"life never rises"``; with ``"not "`` before
            it, one that was found and is not to be kept, ``"twin = force"`` too.

    Raises:
        DataError: a statement that cannot be read, names no continuous channel, does not hold in every row, or leaves
            out what was not found.
    """
    covered, starts, schema = windows.rows(), windows.starts(), windows.schema
    rows, starts = (windows.table, starts) if covered.all() else (windows.table[covered], starts[covered])
    numbers = [c for c, channel in enumerate(schema.channels) if channel.kind == "continuous"]
    found = find_relations(rows, numbers, starts)
    if isinstance(cast(object, asked), str):
        raise DataError(f"relations={asked!r} must be a list of statements: write [{asked!r}]")
    for statement in asked:
        if statement.strip().startswith("not "):
            found = _without(found, statement.strip().removeprefix("not ").strip(), schema.names)
        else:
            found = _with(found, statement, schema)
            broken = int(found.breaks(rows, starts).any(-1).sum())
            if broken:
                raise DataError(f"relation {statement!r} does not hold: {broken:,} of {len(rows):,} rows break it")
    for low, high in found.orders:
        law = f"{schema.names[low]} <= {schema.names[high]}"
        if not np.array_equal(np.isnan(rows[:, low]), np.isnan(rows[:, high])):
            raise DataError(f"relation {law!r} cannot be kept: some rows have one of the two values without the other")
        for other, (kind, c) in _told(found, schema.names).items():
            if kind in ("levels", "trends") and c in (low, high):
                raise DataError(f"{law!r} and {other!r} cannot be kept together: leave one out by 'not {other}'")
    return found


def _without(found: Relations, statement: str, names: Sequence[str]) -> Relations:
    """Leave out one statement."""
    told = _told(found, names)
    if statement not in told:
        listed = ", ".join(map(repr, told)) or "none was found"
        raise DataError(f"no relation {statement!r} was found{nearest(statement, told)}; found: {listed}")
    kind, place = told[statement]
    if kind == "constants":
        raise DataError(f"{statement!r} cannot be left out: of a channel that never changes there is nothing to learn")
    if kind == "orders":
        return replace(found, orders=tuple(pair for pair in found.orders if pair != place))
    return replace(found, **{kind: {c: law for c, law in getattr(found, kind).items() if c != place}})


def _with(found: Relations, statement: str, schema: Schema) -> Relations:
    """Keep one statement as well."""
    trend = TREND.fullmatch(statement)
    if trend is not None:
        return replace(
            found, trends={**found.trends, _channel(found, trend["left"], statement, schema): WAYS[trend["way"]]}
        )
    read = FORM.fullmatch(statement)
    if read is None:
        raise DataError(f"relation {statement!r} cannot be read: write {FORMS}")
    left, sign, right = read["left"], read["sign"], read["right"]
    if sign == ">=":
        left, right = right, left
    if sign == "on":
        return replace(found, grids={**found.grids, _channel(found, left, statement, schema): _grid(right, statement)})
    low, high = _bound(left, schema), _bound(right, schema)
    if _follows(found, (left, low), (right, high), schema):
        return found
    if low is not None:
        c = _channel(found, right, statement, schema)
        return replace(found, floors={**found.floors, c: max(low, found.floors.get(c, low))})
    if high is not None:
        c = _channel(found, left, statement, schema)
        return replace(found, ceilings={**found.ceilings, c: min(high, found.ceilings.get(c, high))})
    pair = (_channel(found, left, statement, schema), _channel(found, right, statement, schema))
    if pair[0] == pair[1]:
        raise DataError(f"relation {statement!r} is about one channel alone, or about two that are equal")
    return replace(found, orders=tuple(sorted({*found.orders, pair})))


def _follows(found: Relations, low: tuple[str, float | None], high: tuple[str, float | None], schema: Schema) -> bool:
    """Whether a bound or an order, of names or numbers, follows from what a channel is a sum of."""
    gap, constant = dict[int, float](), 0.0
    for sign, (name, number) in ((-1.0, low), (1.0, high)):
        constant += sign * (number or 0.0)
        if number is None and name in schema.names:
            place = schema.names.index(name)
            gap[found.equals.get(place, place)] = sign
    return not found.sums.keys().isdisjoint(gap) and found.never_negative(gap, constant)


def _channel(found: Relations, name: str, statement: str, schema: Schema) -> int:
    """Return the position of a continuous channel; of its twin, where it repeats one."""
    if name not in schema.names:
        known = f"the channels are {schema.names}{nearest(name, schema.names)}"
        raise DataError(f"relation {statement!r}: {name!r} is no channel and no number; {known}")
    place = schema.names.index(name)
    place = found.equals.get(place, place)
    if place in found.sums:
        law = f"{schema.names[place]} = {found.sums[place].told(schema.names)}"
        raise DataError(f"relation {statement!r}: {law!r} holds, and nothing else is kept; write 'not {law}' first")
    if schema.channels[place].kind == "categorical" or place in found.constants:
        kind = "a constant" if place in found.constants else "categorical"
        raise DataError(f"relation {statement!r}: {name!r} is {kind}; laws are of continuous channels that change")
    return place


def _bound(text: str, schema: Schema) -> float | None:
    """Return the number that a text is, as the channels' values are kept; None of a channel's name."""
    if text in schema.names:
        return None
    try:
        with np.errstate(over="ignore"):
            number = float(np.float32(text))
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _grid(text: str, statement: str) -> Grid:
    step, _, places = text.partition(" to ")
    try:
        printed = int(places.removesuffix("places")) if places else None
        return Grid(positive("step", float(step)), printed)
    except ValueError:
        raise DataError(f"relation {statement!r}: {text!r} is no positive number; write {FORMS}") from None
