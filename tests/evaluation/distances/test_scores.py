"""All distances together: odd windows, and the windows of each label alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rcgan.data.windows import Windows
from rcgan.evaluation.distances import DISTANCES, distance_scores
from rcgan.evaluation.distances.measure import Sets, all_vectors
from rcgan.evaluation.panel import Panel, as_panel

RNG = np.random.default_rng


def labelled(seed: int, noise: float = 0.0) -> Panel:
    """60 windows of a, 60 of b, the latter with noise, 20 of c."""
    rng = RNG(seed)
    y = np.repeat(["a", "b", "c"], [60, 60, 20])
    x = np.sin(np.linspace(0, 6, 12) + rng.uniform(0, 6, (140, 1)))
    x[y == "b"] += noise * rng.normal(size=(60, 12))
    return as_panel((x[..., None], y), "x")


def test_a_fault_of_one_label_shows_there() -> None:
    scores = distance_scores(labelled(0), labelled(1), labelled(2, noise=0.3))
    told = {(s.metric, s.row, s.label): s.value for s in scores}
    for metric in ("step distance", "autocorrelation distance", "spectral distance"):
        assert told[metric, "synthetic", "b"] > 3 * told[metric, "real", "b"]
        assert told[metric, "synthetic", "b"] > told[metric, "synthetic", None] > told[metric, "synthetic", "a"]
    assert told["precision", "synthetic", "b"] < 0.5 < told["precision", "synthetic", "a"]


def test_every_quick_distance_of_every_label_with_enough_windows() -> None:
    scores = distance_scores(labelled(0), labelled(1), labelled(2))
    assert {s.label for s in scores} == {None, "a", "b"}
    whole, alone = ({s.metric for s in scores if s.label == label} for label in (None, "a"))
    assert whole - alone == {"Context-FID", "nearest under time warping"}
    assert {s.row for s in scores if s.label == "a"} == {"real", "synthetic"}


def test_without_labels_in_a_set_none_is_compared() -> None:
    plain = as_panel(labelled(2).values, "x")
    assert {s.label for s in distance_scores(labelled(0), labelled(1), plain)} == {None}


def test_holes_categories_and_unequal_lengths_have_every_distance() -> None:
    def windows(seed: int) -> Panel:
        rng = RNG(seed)
        frame = pd.DataFrame({"x": rng.normal(size=600).cumsum(), "mode": rng.choice(["on", "off"], 600)})
        frame.loc[rng.random(600) < 0.1, "x"] = np.nan
        frame["run"] = np.repeat(np.arange(50), 12)
        frame = frame[(frame["run"] % 3 != 0) | (np.arange(600) % 12 < 9)]  # a third of the runs is shorter
        return as_panel(Windows.from_frame(frame, group="run", gap=None), "x")

    real, other = windows(0), windows(1)
    assert len(set(real.lengths)) > 1 and np.isnan(real.values[real.inside]).any()
    scores = distance_scores(other, real, other)
    assert {s.metric for s in scores} == {d.name for d in DISTANCES} - {"correlational score"}
    assert all(np.isfinite(s.value) for s in scores)


def test_vectors_are_made_once() -> None:
    sets = Sets(labelled(0), (labelled(1),))
    assert sets.once(all_vectors) is sets.once(all_vectors)
