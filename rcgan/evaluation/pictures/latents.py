"""What the generator makes of each latent code."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from rcgan.evaluation.panel import Panel, as_panel

from .figure import LINES, WIDTH, Compared, Section, canvas, shortened
from .windows import present

__all__ = ["latent_grid", "latents"]


def latents(compared: Compared) -> Section | None:
    """A grid of windows for each of the first six labels; None unless the model has two latents, beside its jumps."""
    model = compared.model
    if model is None or getattr(model, "latent_dim", None) != 2 or _width(model) - 2 not in (0, 1):
        return None
    reading = (
        "Each small plot is the window that the model makes of two numbers, its latent code, which are its place: from "
        "-2 to 2 both ways. Neighbours should change little by little; the same plot everywhere means that the model "
        "makes but one window. Where windows jump, they all do so at the same steps here."
    )
    told = compared.test.codes is not None and getattr(model, "conditional", True)
    labels = present(compared.test) if told else [None]
    figures = [
        ("No label" if label is None else f"Label {label}", latent_grid(model, compared.test, label))
        for label in labels
    ]
    return Section("Latent grid", reading, figures)


def latent_grid(model: Any, real: Panel, label: Any = None, side: int = 7) -> Figure:
    """One window for each latent code on a grid from -2 to 2, at one label; up to three channels, one colour each."""
    z = np.linspace(-2, 2, side)
    places = np.stack([a.ravel() for a in np.meshgrid(z, z)], 1).astype(np.float32)
    latents = np.pad(places, ((0, 0), (0, _width(model) - 2)))
    options: dict[str, Any] = {"n": len(latents)} if label is None else {"labels": [label] * len(latents)}
    values = as_panel(model.sample(latents=latents, **options), "the model's sample").values
    figure, axes = canvas(1, 1, WIDTH * 0.9)
    one, shown = axes[0, 0], np.flatnonzero(real.continuous)[:3] if real.continuous.any() else np.arange(1)
    steps = np.linspace(-0.43, 0.43, values.shape[1]) * (z[1] - z[0])
    for colour, c in zip(LINES, shown, strict=False):
        low, high = np.nanmin(values[..., c]), np.nanmax(values[..., c])
        height = ((values[..., c] - low) / ((high - low) or 1) - 0.5) * 0.8 * (z[1] - z[0])
        for (x, y), line in zip(places, height, strict=True):
            one.plot(x + steps, y + line, color=colour, linewidth=1)
    one.set_aspect("equal")
    one.set_xlabel("first latent")
    one.set_ylabel("second latent")
    title = ", ".join(shortened(real.names[c]) for c in shown) + ("" if label is None else f" at label {label}")
    one.set_title(title, fontsize=8)
    return figure


def _width(model: Any) -> int:
    """How many numbers a code has."""
    return getattr(model, "latent_width_", model.latent_dim)
