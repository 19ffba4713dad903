"""The square of trainings: on real windows, synthetic ones, both, or real ones and a classical augmentation of them.

Each is repeated five times; a repeat leaves out another fifth of the real training windows, with all that was made from
them, and another fifth of the synthetic ones. The fifths are the same in every training, so that any two can be
compared repeat by repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .classical import CLASSICAL
from .panel import Panel
from .utility import ADDED, BOTH, REAL, SYNTHETIC

__all__ = ["REPEATS", "Square", "square"]

REPEATS = 5


@dataclass(frozen=True)
class Square:
    """All sets of an evaluation, and which of the five parts each window belongs to.

    Attributes:
        panels: by name: "training", "test", "synthetic", and each classical augmentation.
        fifths: (n,) by the same names, but for "test".
        seed: of every learner; a repeat adds its number.
    """

    panels: dict[str, Panel]
    fifths: dict[str, NDArray[np.int64]]
    seed: int

    @property
    def rows(self) -> dict[str, tuple[str, ...]]:
        """The sets that each row of the report trains on."""
        classical = [name for name in CLASSICAL if name in self.panels]
        rows = {REAL: ("training",), SYNTHETIC: ("synthetic",), BOTH: ("training", "synthetic")}
        return rows | {ADDED + name: ("training", name) for name in classical}

    def trainings(self) -> Iterator[tuple[str, int, list[tuple[str, NDArray[np.bool_]]]]]:
        """Every training: its row, its seed, and the sets it learns with the windows (n,) of each that it is given."""
        for row, names in self.rows.items():
            for repeat in range(REPEATS):
                yield row, self.seed + repeat, [(name, self.kept(name, repeat)) for name in names]

    def kept(self, name: str, repeat: int) -> NDArray[np.bool_]:
        """Which windows of a set a repeat trains on, (n,)."""
        return self.fifths[name] != repeat


def square(
    train: Panel, test: Panel, synthetic: Panel, seed: int, classical: Sequence[str] = tuple(CLASSICAL)
) -> Square:
    """Make the classical augmentations, as many windows of each as there are synthetic ones, and cut the fifths."""
    rng = np.random.default_rng(seed)
    fifths = {"training": dealt(train, rng), "synthetic": dealt(synthetic, rng)}
    panels = {"training": train, "test": test, "synthetic": synthetic}
    rounds = -(-len(synthetic) // len(train))
    chosen = np.concatenate([rng.permutation(len(train)) for _ in range(rounds)])[: len(synthetic)]
    for name in classical:
        panels[name] = CLASSICAL[name](train.take(chosen), np.random.default_rng(seed))
        fifths[name] = fifths["training"][chosen]
    return Square(panels, fifths, seed)


def dealt(panel: Panel, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which fifth each window is in, (n,): whole resampling units are dealt out, or windows if these are few."""
    units = panel.units if int(panel.units.max()) + 1 >= REPEATS else np.arange(len(panel))
    return (rng.permutation(int(units.max()) + 1) % REPEATS)[units]
