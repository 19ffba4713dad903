"""Codes of windows: systems that learn to infer them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from tslearn.metrics import dtw

import rcgan
from rcgan.evaluation.distances.discrepancy import mean_discrepancy
from rcgan.gallery.data import Floats, fitted_waves
from rcgan.gallery.row import NEW, REAL, Goal, Shown, axes_of, lines, rank

__all__ = ["aae", "bigan", "conditional_aae", "infogan"]

COMPARED = 200  # windows


def bigan(steps: int = 4000) -> Shown:
    """Windows, their codes, and what the generator makes of the codes."""
    train, test = rcgan.load_dataset("waves").split(0.8, seed=0)
    model = rcgan.BiGAN(steps=steps, strength=5.0).fit(train, progress=False)
    real, again = test.values[:COMPARED, :, 0], model.reconstruct(test).values[:COMPARED, :, 0]
    close = np.median([dtw(a, b) for a, b in zip(real, again, strict=True)])
    usual = np.median([dtw(a, b) for a, b in zip(real, np.roll(real, 1, axis=0), strict=True)])
    measured = "DTW distance of a window to its reconstruction, as a share of that to another window"
    goals = [Goal(measured, float(close / usual), 0.25, higher=False)]
    figure = lines([("real", real), ("reconstructed", again)])
    return Shown(goals, figure, "Held-out waves, and what the generator makes of their codes")


def infogan(steps: int = 5000) -> Shown:
    """Without labels, but told what may change in a wave: codes of its shape, amplitude, level and frequency."""
    train, test = rcgan.load_dataset("waves", periods=(1, 1.5)).split(0.8, seed=0)
    changes = ("gain", "level", "speed")
    model = rcgan.InfoGAN(latent_dim=1, numbers=3, changes=changes, networks="dense", hidden=128, steps=steps).fit(
        train, progress=False
    )
    told = model.predict(test)
    right = max(float(np.mean((told == k) == (test.labels == "sine"))) for k in (0, 1))
    latents = _codes(1000, 1, 2, 3)
    made = model.sample(latents=latents, seed=1).values[..., 0]
    fits, category, numbers = fitted_waves(made), latents[:, 1] > 0, latents[:, 3:]
    shaped = (fits["shape"] == "sine").to_numpy() == category
    amplitude, frequency = (fits[trait].to_numpy() for trait in ("amplitude", "frequency"))
    goals = [
        Goal("accuracy of the category as sine or sawtooth, on held-out waves", right, 0.95, higher=True),
        Goal(
            "share of waves made of the shape of their category",
            max(shaped.mean(), 1 - shaped.mean()),
            0.95,
            higher=True,
        ),
        Goal("rank correlation of a code with the amplitude", rank(numbers[:, 0], amplitude), 0.8, higher=True),
        Goal("rank correlation of another code with the frequency", rank(numbers[:, 2], frequency), 0.8, higher=True),
    ]
    figure, axes = axes_of(2, 4, height=1.6)
    for k, trait in enumerate(("amplitude", "frequency")):
        axes[k, 0].plot(made[category == (k == 0)][:6].T, color=NEW, linewidth=0.7)
        axes[k, 0].set_title(f"category {k + 1}", fontsize=7)
        axes[k, 1].set_ylabel(trait, fontsize=7)
        for code in range(3):
            axes[k, 1 + code].scatter(numbers[:, code], fits[trait], s=2, color=NEW)
            axes[k, 1 + code].set_xlabel(f"code {code + 1}, told to follow the {changes[code]}", fontsize=7)
    caption = "Waves of 1 to 1.5 periods that were made without labels: both categories, and what each number moves"
    return Shown(goals, figure, caption)


def _codes(n: int, latent: int, categories: int, numbers: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    shape = np.eye(categories)[rng.integers(categories, size=n)]
    return np.hstack([rng.normal(size=(n, latent)), shape, rng.uniform(-1, 1, (n, numbers))]).astype(np.float32)


def aae(steps: int = 4000) -> Shown:
    """The plane of codes, and windows decoded over a grid of it."""
    train, test = rcgan.load_dataset("waves").split(0.8, seed=0)
    model = rcgan.AAE(steps=steps).fit(train, progress=False)
    codes = model.transform(test)
    prior = np.random.default_rng(1).normal(0, 5, codes.shape)
    figure, axes = axes_of(6, 12, height=0.62)
    for place in axes.ravel():
        place.axis("off")
    plane = figure.add_subplot(axes[0, 0].get_gridspec()[:, :6])
    for label, colour in (("sine", REAL), ("sawtooth", NEW)):
        plane.scatter(*codes[test.labels == label].T, s=3, color=colour, label=label)
    plane.legend(fontsize=7)
    grid = np.stack(np.meshgrid(np.linspace(-8, 8, 6), np.linspace(8, -8, 6)), -1).reshape(-1, 2)
    for place, wave in zip(axes[:, 6:].ravel(), model.sample(latents=grid).values[..., 0], strict=True):
        place.plot(wave, color=NEW, linewidth=0.8)
        place.set_ylim(-2, 2)
    p, gap = mmd_test(codes, prior)
    goals = [Goal("p-value of the MMD test of held-out codes against the prior", p, 0.05, higher=True)]
    caption = "Codes of held-out waves (labels were not told), and windows decoded from a grid over their plane"
    return Shown(goals, figure, caption, {"squared MMD": gap})


def mmd_test(a: Floats, b: Floats, draws: int = 500) -> tuple[float, float]:
    """Return the p-value of the kernel two-sample test by permutation, and the squared MMD.

    Gretton et al. (2012), "A kernel two-sample test", eq. 3 and section 8.
    """
    both, m, rng = np.concatenate([a, b]).astype(np.float64), len(a), np.random.default_rng(0)
    found = mean_discrepancy(both[:m], both[m:])
    mixed = (rng.permutation(both) for _ in range(draws))
    others = [mean_discrepancy(some[:m], some[m:]) for some in mixed]
    return (1 + sum(other >= found for other in others)) / (draws + 1), found


def conditional_aae(steps: int = 12_000) -> Shown:
    """Style and label apart: each held-out wave's style as a sine and as a sawtooth."""
    train, test = rcgan.load_dataset("waves").split(0.8, seed=0)
    model = rcgan.ConditionalAAE(latent_dim=3, steps=steps).fit(train, progress=False)
    style = model.transform(test)
    probe = float(cross_val_score(LogisticRegression(), style, test.labels, cv=5).mean())
    sine, tooth = (model.sample(latents=style, labels=label, seed=1).values[..., 0] for label in ("sine", "sawtooth"))
    a, b = fitted_waves(sine), fitted_waves(tooth)
    kept = {name: rank(a[name], b[name]) for name in ("amplitude", "frequency")}
    shaped = float(np.mean([np.mean(a["shape"] == "sine"), np.mean(b["shape"] == "sawtooth")]))
    goals = [
        Goal("accuracy of a linear probe that tells the label from the style", probe, 0.60, higher=False),
        Goal("share of waves of the label asked for", shaped, 0.95, higher=True),
        Goal("rank correlation of the frequency between both labels of one style", kept["frequency"], 0.8, higher=True),
    ]
    figure = lines([("real", test.values[..., 0]), ("as a sine", sine), ("as a sawtooth", tooth)])
    return Shown(
        goals,
        figure,
        "Held-out waves, and their style under both labels",
        {"the same of the amplitude": kept["amplitude"]},
    )
