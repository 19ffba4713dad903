"""Gradient-boosted trees, one model for all channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor

from rcgan.threads import one_thread

from .table import Array, Lags, typical

__all__ = ["boosted_trees"]

MOST_ROWS = 4000
MOST_LAGS = 8
MOST_OTHERS = 16


@one_thread()
def boosted_trees(lags: Lags, seed: int) -> Callable[[Array], Array]:
    """scikit-learn's histogram trees under absolute error, a model a horizon.

    A row is one channel at one origin: the channel's name, its last values less the very last one, and how far every
    column is from its mean over the lags. Levels are not told: trees would learn those of the runs they saw, and go
    astray in others. (With a single lag there is nothing but the level, and it is told.)
    """
    rng = np.random.default_rng(seed)
    channels = lags.change.shape[2]
    scale = typical(lags.change)
    models: list[HistGradientBoostingRegressor | None] = []
    for h in range(lags.change.shape[1]):
        rows, which = np.nonzero(np.isfinite(lags.change[:, h]))
        some = rng.permutation(len(rows))[:MOST_ROWS]
        rows, which = rows[some], which[some]
        inputs, y = lags.inputs[rows], lags.change[rows, h, which] / scale[h, which]
        models.append(model(seed).fit(seen(inputs, which), y) if len(np.unique(y)) > 1 else None)

    @one_thread()
    def foretell(inputs: Array) -> Array:
        out = np.zeros((len(inputs), len(models), channels, 1))
        for c in range(channels):
            x = seen(inputs, np.full(len(inputs), c))
            for h, fitted in enumerate(models):
                if fitted is not None:
                    out[:, h, c, 0] = fitted.predict(x) * scale[h, c]
        return out

    return foretell


def model(seed: int) -> HistGradientBoostingRegressor:
    """Fifty small trees; the first column is a category."""
    settings: dict[str, Any] = {"early_stopping": False, "categorical_features": [0]}
    return HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=50, learning_rate=0.2, random_state=seed, **settings
    )


def seen(inputs: Array, channel: NDArray[np.int64]) -> Array:
    """What is told of one channel (rows,) at each origin (rows, lags, columns): (rows, features)."""
    recent = inputs[:, -MOST_LAGS:]
    own = np.take_along_axis(recent, channel[:, None, None], axis=2)[..., 0]
    own = own[:, :-1] - own[:, -1:] if own.shape[1] > 1 else own
    others = recent[:, -1, :MOST_OTHERS] - recent[..., :MOST_OTHERS].mean(1)
    return np.concatenate([(channel[:, None] % 255).astype(np.float64), own, others], axis=1)
