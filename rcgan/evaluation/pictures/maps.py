"""Maps: every window a point, like windows near each other."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from rcgan.evaluation.distances.measure import vectors
from rcgan.threads import one_thread

from .figure import COLOURS, WIDTH, Compared, Section, canvas, key

__all__ = ["flattened", "maps", "scatter", "unfolded"]

Array = NDArray[np.float64]
MOST, FEWEST = 500, 10
KEPT = 50  # directions of most spread that t-SNE is given; what is beyond them is noise, and costs time
PERPLEXITY = 30.0
MARKERS = {"real training": "s", "real test": "^", "synthetic": "o"}
LAYERS = 10


def maps(compared: Compared) -> Section | None:
    """PCA and t-SNE of at most 500 windows a set; None below 10 windows, or where all real windows are one."""
    found = vectors(compared.train, compared.test, compared.synthetic)
    rng = np.random.default_rng(compared.seed)
    chosen = [x[rng.choice(len(x), min(MOST, len(x)), replace=False)] for x in found]
    sets = dict(zip(MARKERS, chosen, strict=True))
    everything, real = np.concatenate(chosen), np.concatenate(chosen[:2])
    if len(everything) < FEWEST or not np.ptp(real, axis=0).any():
        return None
    places, shares = flattened(everything, real)
    names = [
        f"{way} direction, {100 * share:.0f} % of real spread"
        for way, share in zip(("first", "second"), shares, strict=True)
    ]
    counts = ", ".join(f"{len(x)} {name}" for name, x in sets.items())
    reading = (
        f"Each point is a whole window ({counts}); windows that are alike lie near each other, and the directions have "
        "no further meaning. Good synthetic points lie where real ones lie, everywhere among them, and as densely: "
        "places with blue alone are kinds of windows that the synthetic set lacks, places with orange alone are "
        "windows that do not exist. How the two blues mix shows what to expect of chance."
    )
    unfold = (
        "t-SNE: neighbours stay neighbours, so groups show; the size of a group and the gap between two groups mean "
        "nothing"
    )
    return Section(
        "Maps of the windows",
        reading,
        [
            ("PCA: the flat view in which real windows spread most", scatter(sets, places, names)),
            (unfold, scatter(sets, unfolded(everything, compared.seed), ["", ""])),
        ],
    )


def flattened(everything: Array, real: Array) -> tuple[Array, Array]:
    """Places (n, 2) of all vectors in the two directions of most spread of the real ones, and their shares of it.

    >>> x = np.arange(12.0).reshape(6, 2)
    >>> flattened(x, x)[1].round(3)
    array([1., 0.])
    """
    if real.shape[1] == 1:
        return np.pad(everything, ((0, 0), (0, 1))), np.array([1.0, 0.0])
    fitted = PCA(2, random_state=0).fit(real)
    return fitted.transform(everything), fitted.explained_variance_ratio_


@one_thread()
def unfolded(everything: Array, seed: int) -> Array:
    """Places (n, 2) by t-SNE, van der Maaten and Hinton (2008), with a perplexity of 30 or a third of the windows."""
    n = len(everything)
    kept = PCA(min(KEPT, *everything.shape), random_state=seed).fit_transform(everything)
    init = np.pad(kept[:, :2], ((0, 0), (0, max(0, 2 - kept.shape[1]))))
    init = (1e-4 * init / init[:, 0].std()).astype(np.float32)
    return TSNE(perplexity=min(PERPLEXITY, (n - 1) / 3), init=init, random_state=seed).fit_transform(kept)


def scatter(sets: dict[str, Array], places: Array, names: list[str]) -> Figure:
    """The places of each set, in its colour and marker, laid in ten turns so that no set hides another."""
    figure, axes = canvas(1, 1, 0.85 * WIDTH)
    one, ends = axes[0, 0], np.cumsum([len(x) for x in sets.values()])
    for (name, x), end in zip(sets.items(), ends, strict=True):
        mine = places[end - len(x) : end]
        for layer in range(LAYERS):
            part = mine[layer::LAYERS]
            label = name if layer == 0 else None
            one.scatter(
                *part.T, s=9, marker=MARKERS[name], color=COLOURS[name], alpha=0.7, lw=0, zorder=2 + layer, label=label
            )
    one.set_xticks([])
    one.set_yticks([])
    one.set_xlabel(names[0])
    one.set_ylabel(names[1])
    key(figure)
    return figure
