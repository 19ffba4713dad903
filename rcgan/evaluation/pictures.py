"""Pictures of real and synthetic windows, each a matplotlib figure that stays readable on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .distances import autocorrelation, observed
from .panel import Panel, as_panel

__all__ = ["Picture", "autocorrelations", "history", "latent_grid", "marginals", "pictures", "side_by_side"]

COLOURS = {"real": "#2b5c8a", "synthetic": "#d9722b"}
LINES = ("#1b4965", "#d9722b", "#3a8f6b", "#9b4f96", "#b8a133", "#5b6770")
WIDTH, MOST_CHANNELS, MOST_LABELS, SHOWN = 3.7, 6, 6, 6


@dataclass(frozen=True)
class Picture:
    """A figure under a heading, with a sentence on how to read it."""

    section: str
    caption: str
    figure: Figure


def pictures(real: Panel, synthetic: Panel, model: Any = None, seed: int = 0) -> list[Picture]:
    """All pictures that the data and the model allow, in the order to look at them."""
    drawn: list[Picture] = []
    for label, a, b in by_label(real, synthetic):
        caption = f"Up to {SHOWN} test and synthetic windows, drawn at random" + (
            f", label {label}" if label is not None else ""
        )
        caption += (
            f"; the first {MOST_CHANNELS} of {len(real.names)} channels" if len(real.names) > MOST_CHANNELS else ""
        )
        drawn.append(Picture("Windows side by side", caption, side_by_side(a, b, seed)))
    if model is not None and getattr(model, "latent_dim", None) == 2:
        for label in [None] if real.codes is None else present(real):
            caption = "Each small plot is one window; its place is its latent code, from -2 to 2 both ways"
            caption += "" if label is None else f"; label {label}"
            drawn.append(Picture("Latent grid", caption, latent_grid(model, real, label)))
    caption = "How often each value occurs; equal outlines are good"
    drawn.append(Picture("Distributions", caption, marginals(real, synthetic)))
    if real.continuous.any():
        caption = "How a value goes with the value so many rows later; equal lines are good"
        drawn.append(Picture("Autocorrelation", caption, autocorrelations(real, synthetic)))
    frame = getattr(model, "history_", None)
    if frame is not None:
        drawn.append(Picture("Training", "The history of the training", history(frame)))
    return drawn


def by_label(real: Panel, synthetic: Panel) -> Iterator[tuple[Any, Panel, Panel]]:
    """(label, real, synthetic) for up to six labels that both sets have; label None where there are no labels."""
    if real.codes is None or synthetic.codes is None:
        yield None, real, synthetic
        return
    for label in present(real):
        k = real.classes.index(label)
        if (synthetic.codes == k).any():
            yield label, real.take(real.codes == k), synthetic.take(synthetic.codes == k)


def present(real: Panel) -> list[Any]:
    """The first six labels that the real windows carry."""
    return [real.classes[k] for k in np.unique(real.codes)[:MOST_LABELS]] if real.codes is not None else []


def side_by_side(real: Panel, synthetic: Panel, seed: int = 0) -> Figure:
    """Six real and six synthetic windows in two columns, a row for each of the first six channels."""
    rows = min(len(real.names), MOST_CHANNELS)
    figure, axes = canvas(rows, 2, 1.7 if rows == 1 else 1.25, sharey="row")
    rng = np.random.default_rng(seed)
    for column, (name, panel) in enumerate((("real", real), ("synthetic", synthetic))):
        chosen = rng.choice(len(panel), min(SHOWN, len(panel)), replace=False)
        axes[0, column].set_title(name, color=COLOURS[name], fontweight="bold", fontsize=8)
        for c in range(rows):
            for line, i in enumerate(chosen):
                draw_channel(axes[c, column], panel, c, panel.values[i, :, c], LINES[line])
            axes[c, column].tick_params(labelbottom=c == rows - 1)
    for c in range(rows):
        axes[c, 0].set_ylabel(shortened(real.names[c]))
        label_categories(axes[c, 0], real.categories[c])
    return figure


def draw_channel(axes: Axes, panel: Panel, channel: int, values: NDArray[np.float32], colour: str) -> None:
    """One window of one channel; a category as steps, a value between two missing ones as a dot."""
    known = ~np.isnan(values)
    alone = known & ~np.roll(known, 1) & ~np.roll(known, -1)
    style = "steps-post" if panel.categories[channel] else "default"
    axes.plot(values, color=colour, linewidth=1, alpha=0.85, drawstyle=style)
    axes.plot(np.flatnonzero(alone), values[alone], ".", color=colour, markersize=2)


def label_categories(axes: Axes, known: tuple[Any, ...]) -> None:
    """Names of the categories at their codes, if there are few enough to read."""
    if known and len(known) <= 6:
        axes.set_yticks(range(len(known)), [shortened(str(k), 8) for k in known])


def marginals(real: Panel, synthetic: Panel) -> Figure:
    """Histograms of all observed values, channel by channel."""
    count = min(len(real.names), 2 * MOST_CHANNELS)
    columns = 1 if count == 1 else 2
    figure, axes = canvas(-(-count // columns), columns, 1.7 if count == 1 else 1.3)
    for c, one in enumerate(axes.ravel()):
        if c >= count:
            one.axis("off")
            continue
        known = real.categories[c]
        a, b = observed(real.values[..., c]), observed(synthetic.values[..., c])
        if known:
            edges = np.arange(len(known) + 1) - 0.5
            one.set_xticks(
                range(len(known)), [shortened(str(k), 6) for k in known] if len(known) <= 6 else [""] * len(known)
            )
        else:
            both = np.concatenate([a, b])
            low, high = np.quantile(both, (0.001, 0.999)) if len(both) else (0, 1)
            edges = np.linspace(low, high if high > low else low + 1, 41)
        for name, values in (("real", a), ("synthetic", b)):
            weights = np.full(len(values), 1 / max(len(values), 1))
            one.hist(values, edges, weights=weights, histtype="step", color=COLOURS[name], label=name, linewidth=1.2)
        one.set_title(shortened(real.names[c], 24), fontsize=8)
        one.set_yticks([])
    key(figure)
    return figure


def autocorrelations(real: Panel, synthetic: Panel) -> Figure:
    """Autocorrelation against lag, for each of the first twelve continuous channels."""
    chosen = np.flatnonzero(real.continuous)[: 2 * MOST_CHANNELS]
    lines = {name: autocorrelation(panel) for name, panel in (("real", real), ("synthetic", synthetic))}
    columns = 1 if len(chosen) == 1 else 2
    figure, axes = canvas(-(-len(chosen) // columns), columns, 1.7 if len(chosen) == 1 else 1.3)
    for place, one in enumerate(axes.ravel()):
        if place >= len(chosen):
            one.axis("off")
            continue
        for name, found in lines.items():
            one.plot(
                np.arange(1, len(found) + 1), found[:, chosen[place]], color=COLOURS[name], label=name, linewidth=1.2
            )
        one.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=0)
        one.set_title(shortened(real.names[chosen[place]], 24), fontsize=8)
        one.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    key(figure)
    return figure


def latent_grid(model: Any, real: Panel, label: Any = None, side: int = 7) -> Figure:
    """One window for each latent code on a grid from -2 to 2, at one label; up to three channels, one colour each."""
    z = np.linspace(-2, 2, side)
    latents = np.stack([a.ravel() for a in np.meshgrid(z, z)], 1).astype(np.float32)
    options: dict[str, Any] = {"n": len(latents)} if label is None else {"labels": [label] * len(latents)}
    values = as_panel(model.sample(latents=latents, **options), "the model's sample").values
    figure, axes = canvas(1, 1, WIDTH * 0.9)
    one, shown = axes[0, 0], np.flatnonzero(real.continuous)[:3] if real.continuous.any() else np.arange(1)
    steps = np.linspace(-0.43, 0.43, values.shape[1]) * (z[1] - z[0])
    for colour, c in zip(LINES, shown, strict=False):
        low, high = np.nanmin(values[..., c]), np.nanmax(values[..., c])
        height = ((values[..., c] - low) / ((high - low) or 1) - 0.5) * 0.8 * (z[1] - z[0])
        for (x, y), line in zip(latents, height, strict=True):
            one.plot(x + steps, y + line, color=colour, linewidth=1)
    one.set_aspect("equal")
    one.set_xlabel("first latent")
    one.set_ylabel("second latent")
    title = ", ".join(shortened(real.names[c]) for c in shown) + ("" if label is None else f" at label {label}")
    one.set_title(title, fontsize=8)
    return figure


def history(frame: pd.DataFrame) -> Figure:
    """Each numeric column of a training history against its column ``step``, but for ``seconds``; up to six."""
    chosen = [c for c in frame.columns if c not in ("step", "seconds") and pd.api.types.is_numeric_dtype(frame[c])][:6]
    columns = 1 if len(chosen) == 1 else 2
    figure, axes = canvas(max(1, -(-len(chosen) // columns)), columns, 1.3)
    for place, one in enumerate(axes.ravel()):
        if place >= len(chosen):
            one.axis("off")
            continue
        one.plot(frame["step"], frame[chosen[place]], color=LINES[0], linewidth=0.9)
        one.set_title(str(chosen[place]).replace("_", " "), fontsize=8)
        one.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    return figure


def canvas(rows: int, columns: int, height: float, sharey: Any = False) -> tuple[Figure, NDArray[Any]]:
    """An empty figure of the page's width and its axes (rows, columns), small type, no frame above and right."""
    figure = Figure(figsize=(WIDTH, 0.45 + rows * height), layout="constrained")
    axes = figure.subplots(rows, columns, sharey=sharey, squeeze=False)
    for one in axes.ravel():
        one.tick_params(labelsize=7, length=2)
        one.xaxis.label.set_fontsize(8)
        one.yaxis.label.set_fontsize(8)
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def key(figure: Figure) -> None:
    """Name the two colours once, above all axes."""
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=2, frameon=False, fontsize=8)


def shortened(name: str, most: int = 16) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= most else name[: most - 1] + "…"
