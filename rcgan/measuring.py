"""Measuring: what is learned about training windows before any network is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rcgan.data.alignment import labels_to_align
from rcgan.data.chunks import chunks, label_codes, steps_within
from rcgan.data.conditions import Conditions
from rcgan.data.regimes import Regimes
from rcgan.data.scaling import Scaler
from rcgan.data.space import ModelSpace
from rcgan.data.stationarity import stationary_labels, vibrating_labels
from rcgan.data.traits import ENOUGH, MANY, Traits, directions_seen
from rcgan.data.windows import Windows
from rcgan.networks.mixings import mixings

__all__ = ["Laws", "Measured", "measured"]

LOOKED_AT = 4096  # windows that traits and the critic's views are measured on

Floats = NDArray[np.float32]
Codes = NDArray[np.integer[Any]]


class Measured(NamedTuple):
    """What is known of windows, and some of them in model space."""

    space: ModelSpace
    traits: Traits
    x: Floats
    mask: Floats


class Laws(NamedTuple):
    """The labels that start from a law of their own, 0 where there are none: as :class:`Traits` has them."""

    vibrating: tuple[int, ...] = ()
    stationary: tuple[int, ...] = ()
    clocked: tuple[int, ...] = ()
    mixed: tuple[int, ...] = ()
    near: tuple[int, ...] = ()

    @property
    def named(self) -> tuple[int, ...]:
        """Every label that has one."""
        return self.vibrating + self.stationary + self.mixed

    @classmethod
    def ask(cls, x: Floats, mask: Floats, codes: Codes, seed: int, *, rough: bool, many: bool) -> Laws:
        """Tell which labels are cut from vibration, which at no time that matters, which are mixed, and by clocks."""
        vibrating = vibrating_labels(x, mask, codes, seed) if rough else ()
        timeless = stationary_labels(x, mask, codes, seed, thinned=many) if rough else ()
        rest = ~np.isin(codes, vibrating + timeless)
        found = mixings(x[rest], mask[rest], codes[rest], seed, rough=rough, many=many)
        clocked = tuple(k for k, mixing in found.items() if mixing.clocked)
        if rough:  # sums of all are better drawn as noise
            found = {k: mixing for k, mixing in found.items() if mixing.clocked or mixing.near < (codes == k).sum()}
        near = tuple(mixing.near for mixing in found.values())
        stationary = () if many else tuple(k for k in timeless if k not in vibrating)
        return cls(vibrating, stationary, clocked, tuple(found), near)


def measured(
    windows: Windows, scaler: Scaler, conditions: Conditions, seed: int, *, coloured: bool, conditional: bool
) -> Measured:
    """Measure windows: their traits, and the model space that these ask for.

    Args:
        windows: to learn from; 4,096 of them are looked at.
        scaler: of their channels.
        conditions: what their labels and statics tell.
        seed: of every draw.
        coloured: whether windows' own law is learned, as noise to start from or to end with.
        conditional: whether windows may be told more than their codes: regimes.
    """
    some = windows[np.sort(np.random.default_rng(seed).permutation(len(windows))[:LOOKED_AT])]
    measure = partial(Traits.measure, valid=steps_within(some.lengths, some.n_steps), windows=len(windows))
    codes, many = label_codes(some), len(windows) >= MANY
    measure = partial(measure, codes=codes, blocks=scaler.blocks)
    space, x, mask = _space(scaler, some, measure if coloured else None)
    c = space.continuous
    bare, laws = measure(x, mask, condition=0), None
    alone = conditions.width == conditions.classes and not bare.blocks  # these laws are told nothing but the label
    if coloured and alone and (bare.rough or _few_smooth(windows, space)):
        laws = Laws.ask(x[..., :c], mask[..., :c], codes, seed, rough=bare.rough, many=many)
    if bare.rough and conditional and not _all_named(laws, codes, many=many):
        space, x = _by_regimes(space, windows, x, mask, seed)
        laws = laws if space.regimes.count == 1 else None
    trends = scaler.trends and scaler.trends + (0,) * space.jumps.count
    condition, regimes, labels = conditions.width + space.width, space.regimes.count, conditions.classes
    traits = measure(x, mask, condition=condition, regimes=regimes, labels=labels, trends=trends)
    traits = replace(traits, **(laws or Laws())._asdict())
    if coloured and traits.rough and not traits.blocks and (laws is None or many):
        rest = ~np.isin(codes, laws.named if laws else ())
        clocked = labels_to_align(x[rest, :, :c], mask[rest, :, :c], codes[rest], seed)
        traits = replace(traits, clocked=traits.clocked + clocked)
    if coloured and not traits.drawn and len(windows) >= ENOUGH and (windows.lengths == windows.n_steps).all():
        seen = np.where(mask[..., :c] > 0, x[..., :c], np.nan)
        traits = replace(traits, directions=directions_seen(seen, traits.floor))
    counts = tuple(len(places) for places, _ in scaler.places(windows))
    traits = replace(traits, places=counts if any(counts) and not space.jumps.width else ())
    return Measured(space, traits, x, mask)


def _space(scaler: Scaler, some: Windows, measure: Callable[..., Traits] | None) -> tuple[ModelSpace, Floats, Floats]:
    """Return the model space of windows without regimes, and windows in it; scaled alone if nothing is measured."""
    if measure is None:
        return ModelSpace.scaled(scaler, some.n_steps), *scaler.encode(some.values)
    return ModelSpace.fit(scaler, some.values, lambda x, mask: not measure(x, mask, condition=0).rough)


def _few_smooth(windows: Windows, space: ModelSpace) -> bool:
    """Whether smooth windows are too few of each label to learn their law, and can be mixed of others."""
    if len(windows) >= MANY or np.median(np.bincount(label_codes(windows))) >= ENOUGH:
        return False
    whole = (windows.lengths == windows.n_steps).all() and not np.isnan(windows.values).any()
    return bool(whole) and not space.jumps.width


def _all_named(laws: Laws | None, codes: Codes, *, many: bool) -> bool:
    """Whether every label has a law; of many windows those that vibrate may have regimes, too."""
    if laws is None:
        return False
    return len(laws.named) - (len(laws.vibrating) if many else 0) == len(np.unique(codes))


def _by_regimes(space: ModelSpace, windows: Windows, x: Floats, mask: Floats, seed: int) -> tuple[ModelSpace, Floats]:
    """Return the model space with the operating points of windows, found by some, and these in it."""
    regimes = Regimes.fit(x, mask, space.continuous, len(windows), seed)
    if len(windows) > len(x):
        regimes = regimes.over(space.curves(part.values)[:2] for part in chunks(windows))
    return replace(space, regimes=regimes), regimes.encode(x, mask, regimes.of(x, mask))
