"""Points on a circle: the first GAN, with three costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

import rcgan
from rcgan.gallery.data import circle
from rcgan.gallery.row import NEW, REAL, Goal, Shown, axes_of
from rcgan.recipes import COSTS

__all__ = ["gan"]


def gan(steps: int = 10_000) -> Shown:
    """The circle of radius 2 from a latent of three dimensions, under each of the three costs."""
    real = circle(5000)[:, 0]
    figure, axes = axes_of(1, 4, height=1.9)
    axes[0, 0].scatter(*real[:1000].T, s=2, color=REAL)
    axes[0, 0].set_title("real", fontsize=8)
    near, gaps, tables = {}, {}, {"real": pd.DataFrame(real, columns=["x", "y"]).describe()}
    for cost, place in zip(COSTS, axes[0, 1:], strict=True):
        model = rcgan.GAN(latent_dim=3, hidden=32, batch_size=256, objective=cost, steps=steps)
        made = model.fit(real[:, None], progress=False).sample(5000, seed=1).values[:, 0]
        near[cost] = float(np.mean(np.abs(np.hypot(*made.T) - 2) < 0.1))
        angles = np.sort(np.degrees(np.arctan2(made[:, 1], made[:, 0])))
        gaps[cost] = float(np.diff(angles, append=angles[0] + 360).max())
        tables[cost] = pd.DataFrame(made, columns=["x", "y"]).describe()
        place.scatter(*made[:1000].T, s=2, color=NEW)
        place.set_title(cost, fontsize=8)
    goals = [
        Goal(
            "share of points within 0.1 of the circle, worst of the three costs", min(near.values()), 0.95, higher=True
        ),
        Goal("largest gap between neighbouring angles, in degrees", max(gaps.values()), 20, higher=False),
    ]
    beside = {f"share within 0.1, {cost}": share for cost, share in near.items()}
    return Shown(goals, figure, "Real points, and those made under each cost", beside, tables)
