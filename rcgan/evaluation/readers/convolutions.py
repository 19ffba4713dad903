"""Random convolutions: MiniRocket, and a linear reading of it.

Dempster, Schmidt, Webb (2021), "MiniRocket: a very fast (almost) deterministic transform for time series
classification", section 3; the transform is sktime's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifierCV, RidgeCV

from rcgan.evaluation.panel import Panel

from .windows import Floats, Part, Reader, gathered, standardised

__all__ = ["Convolutions"]

KERNELS = 500
FEWEST = 9  # steps, the length of a kernel
MOST_ROWS = 2000
ALPHAS = np.logspace(-2, 6, 9)


class Convolutions(Reader):
    """Shares of positive values of convolutions over random columns, and a ridge over them."""

    def __init__(self, panels: Mapping[str, Panel], seed: int) -> None:
        super().__init__(panels, seed)
        from sktime.transformations.rocket import MiniRocketMultivariate  # takes a second

        sets = {name: x.swapaxes(1, 2) for name, x in standardised(panels, max(self.grid, FEWEST)).items()}
        drawn: Any = MiniRocketMultivariate(KERNELS, n_jobs=1, random_state=seed)
        drawn.fit(sets["training"])
        full = float(panels["training"].lengths.max())
        table = {name: np.column_stack([drawn.transform(x), panels[name].lengths / full]) for name, x in sets.items()}
        mean, sd = table["training"].mean(0), table["training"].std(0)
        self.x = {name: ((x - mean) / np.where(sd > 0, sd, 1.0)).astype(np.float32) for name, x in table.items()}

    def classes(self, parts: Sequence[Part], asked: str, seed: int) -> NDArray[np.int64]:
        """Return the class of the largest response; classes weigh alike."""
        x, y = self._table(parts, seed)
        return np.asarray(RidgeClassifierCV(ALPHAS, class_weight="balanced").fit(x, y).predict(self.x[asked]))

    def numbers(self, parts: Sequence[Part], asked: str, seed: int) -> NDArray[np.float64]:
        """Return the linear reading."""
        return np.asarray(RidgeCV(ALPHAS).fit(*self._table(parts, seed)).predict(self.x[asked]), dtype=np.float64)

    def _table(self, parts: Sequence[Part], seed: int) -> tuple[Floats, NDArray[Any]]:
        x, y = gathered(self.x, parts)
        some = np.random.default_rng(seed).permutation(len(x))[:MOST_ROWS]
        return x[some], y[some]
