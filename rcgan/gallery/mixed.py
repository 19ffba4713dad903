"""Numbers and categories side by side, in tables and in streams."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import ks_2samp
from sklearn.ensemble import RandomForestClassifier

import rcgan
from rcgan.data.windows import Windows
from rcgan.estimator import WindowGAN
from rcgan.gallery.data import products, stream
from rcgan.gallery.row import NEW, REAL, Goal, Shown, axes_of

__all__ = ["conditional_wgan", "mixed_wgan_gp"]


DUMMIES = ["product_A", "product_B", "product_C", "grade_high", "grade_low"]


def mixed_wgan_gp(steps: int = 4000) -> Shown:
    """A mixed table and a mixed stream, with softmax and Gumbel heads; the first GAN's cost beside."""
    table, test = products(4000).bare(), products(4000, seed=1).bare()
    flow, flow_test = stream(2000), stream(2000, seed=1)
    models: dict[str, WindowGAN] = {
        "softmax": rcgan.WGANGP(hidden=128, steps=steps),
        "Gumbel": rcgan.WGANGP(hidden=128, steps=steps, categories="gumbel"),
        "first GAN": rcgan.GAN(hidden=128, steps=steps, objective="minimax"),
    }
    made = {name: model.fit(table, progress=False).sample(4000, seed=1).to_frame() for name, model in models.items()}
    streams = rcgan.WGANGP(steps=steps // 2).fit(flow, progress=False).sample(2000, seed=1).to_frame()
    off = {name: combinations_off(test.to_frame(), frame) for name, frame in made.items()}
    apart = {name: numbers_off(test.to_frame(), frame) for name, frame in made.items()}
    changes = changes_off(flow_test.to_frame(), streams)
    goals = [
        Goal("table: shares of product and grade together, total variation", off["softmax"], 0.05, higher=False),
        Goal("table: the same with a Gumbel head", off["Gumbel"], 0.05, higher=False),
        Goal("table: weight and width within each product, largest KS distance", apart["softmax"], 0.15, higher=False),
        Goal("stream: largest gap between the modes' transition shares", changes, 0.05, higher=False),
    ]
    beside = {"table: total variation under the first GAN's cost": off["first GAN"]}
    beside["table: largest KS distance under the first GAN's cost"] = apart["first GAN"]
    beside["table: total variation of two real tables"] = combinations_off(test.to_frame(), table.to_frame())
    return Shown(goals, _scatter({"real": table.to_frame()} | made), "Weight and width by product", beside)


def combinations_off(real: pd.DataFrame, new: pd.DataFrame) -> float:
    """Return the total variation between the shares of products and grades together."""
    shares = [frame.value_counts(["product", "grade"], normalize=True) for frame in (real, new)]
    return 0.5 * float(shares[0].sub(shares[1], fill_value=0).abs().sum())


def numbers_off(real: pd.DataFrame, new: pd.DataFrame) -> float:
    """Return the largest KS distance of a number within a product; 1 for a product that was never made."""
    worst = 0.0
    for product, rows in real.groupby("product"):
        others = new[new["product"] == product]
        for column in ("weight", "width"):
            worst = max(worst, float(ks_2samp(rows[column], others[column]).statistic) if len(others) else 1.0)
    return worst


def changes_off(real: Any, new: Any) -> float:
    """Return the largest gap between the shares with which one mode follows another."""
    tables: list[pd.DataFrame] = []
    for frame in (real, new):
        after = frame["mode"].shift(-1)[frame["window"] == frame["window"].shift(-1)]
        tables.append(pd.crosstab(frame.loc[after.index, "mode"], after, normalize="index"))
    return float(tables[0].sub(tables[1], fill_value=0).abs().to_numpy().max())


def _scatter(frames: dict[str, pd.DataFrame]) -> Figure:
    figure, axes = axes_of(1, len(frames), height=1.9)
    for (name, frame), place in zip(frames.items(), axes[0], strict=True):
        for product, colour in zip("ABC", (REAL, NEW, "#3a8f6b"), strict=True):
            rows = frame[frame["product"] == product].head(400)
            place.scatter(rows["weight"], rows["width"], s=2, color=colour)
        place.set_title(name, fontsize=8)
        place.set_xlim(-1, 7)
        place.set_ylim(-1, 5)
    return figure


def conditional_wgan(steps: int = 4000) -> Shown:
    """Rows of the mixed table for the machine asked for."""
    train, test = products(4000), products(4000, seed=1)
    model = rcgan.ConditionalWGAN(hidden=128, steps=steps).fit(train, progress=False)
    new = model.sample(labels=np.repeat(["left", "right"], 1000), seed=1)
    judge = RandomForestClassifier(200, min_samples_leaf=5, random_state=0).fit(*_columns(train))
    agreed, real = judge.score(*_columns(new)), judge.score(*_columns(test))
    worst = max(combinations_off(_of(test, machine), _of(new, machine)) for machine in ("left", "right"))
    goals = [
        Goal(
            "agreement of a classifier of real rows, as a share of that on real held-out rows",
            agreed / real,
            0.95,
            higher=True,
        ),
        Goal("product and grade together, total variation within the worse machine", worst, 0.05, higher=False),
    ]
    frames = {
        f"{kind}, {machine}": _of(w, machine)
        for machine in ("left", "right")
        for kind, w in (("real", test), ("made", new))
    }
    return Shown(goals, _scatter(frames), "Weight and width by product, for each machine")


def _of(windows: Windows, machine: str) -> Any:
    frame: Any = windows.to_frame()
    return frame[frame["machine"] == machine]


def _columns(windows: Windows) -> tuple[Any, Any]:
    frame: Any = windows.to_frame()
    table = pd.get_dummies(frame[["product", "grade"]]).reindex(columns=DUMMIES, fill_value=False)
    return table.join(frame[["weight", "width"]]), frame["machine"]
