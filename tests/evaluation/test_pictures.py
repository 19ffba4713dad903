from __future__ import annotations

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pandas as pd
import pytest

from rcgan.data.windows import Windows
from rcgan.evaluation.panel import Panel, as_panel
from rcgan.evaluation.pictures import PICTURES, Compared, pictures
from rcgan.evaluation.pictures.maps import flattened, maps, unfolded
from rcgan.evaluation.pictures.nearest import nearest
from rcgan.evaluation.pictures.spectra import power, spectra
from rcgan.evaluation.pictures.square import panels, relative, square, utilities
from rcgan.evaluation.pictures.training import training
from rcgan.evaluation.utility import Score


def walks(n: int, seed: int, shape: tuple[int, int] = (12, 2)) -> Panel:
    return as_panel(np.random.default_rng(seed).normal(size=(n, *shape)).cumsum(1), "windows")


def mixed(n: int, seed: int) -> Panel:
    """Runs of other lengths, with holes, a category that may be missing and a label."""
    rng = np.random.default_rng(seed)
    parts = []
    for run in range(n):
        rows = int(rng.integers(1, 9))
        force = np.where(rng.random(rows) < 0.3, np.nan, rng.normal(size=rows))
        force[0] = 1
        mode = np.where(rng.random(rows) < 0.2, None, rng.choice(["idle", "press"], rows))
        parts.append(pd.DataFrame({"run": run, "force": force, "mode": mode, "fault": ["no", "yes"][run % 2]}))
    return as_panel(Windows.from_frame(pd.concat(parts), group="run", label="fault"), "windows")


def categories(n: int) -> Panel:
    frame = pd.DataFrame({"run": np.repeat(np.arange(n), 3), "mode": list("aab" * n)})
    return as_panel(Windows.from_frame(frame, group="run"), "windows")


def row(name: str, value: float, metric: str = "MASE", learner: str = "", **others: object) -> Score:
    return replace(Score("forecast", metric, name, 1, value, value / 2, value * 2, "lower", "", learner), **others)  # type: ignore[arg-type]


RATIO = "MASE, relative to real"
SCORES = [row("real", 2.0), row("synthetic", 3.0), row("naive", 8.0), row("synthetic", 1.5, RATIO)]


@pytest.mark.parametrize(
    "sets",
    [
        [walks(40, 0), walks(30, 1), walks(20, 2)],
        [walks(4, 0), walks(3, 1), walks(3, 2)],
        [walks(1, 0), walks(1, 1), walks(1, 2)],
        [walks(20, 0, (1, 1)), walks(20, 1, (1, 1)), walks(20, 2, (1, 1))],
        [mixed(30, 0), mixed(20, 1), mixed(25, 2)],
        [categories(12), categories(9), categories(5)],
        [as_panel(np.ones((20, 6, 3)), "windows")] * 3,
        [walks(20, 0, (6, 14))] * 3,
    ],
    ids=["walks", "few", "single", "one row", "mixed", "categories", "constant", "wide"],
)
def test_every_picture_can_be_drawn_or_is_left_out(sets: list[Panel]) -> None:
    for section in pictures(Compared(*sets, SCORES)):
        assert section.reading.endswith(".")
        for caption, figure in section.figures:
            assert caption and not caption.endswith(".")
            figure.canvas.draw() if hasattr(figure.canvas, "draw") else figure.draw_without_rendering()


def test_each_picture_is_under_a_heading_of_its_own() -> None:
    found = [section.heading for section in pictures(Compared(walks(40, 0), walks(30, 1), walks(20, 2), SCORES))]
    assert len(set(found)) == len(found) == len(PICTURES) - 2  # there is no model: no latents, no training


def test_like_windows_lie_together_on_both_maps() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(30, 20)), 50 + rng.normal(size=(30, 20))])
    for places in (flattened(x, x[::2])[0], unfolded(x, 0)):
        assert places.shape == (60, 2)
        one, two = places[:30], places[30:]
        apart = np.linalg.norm(one.mean(0) - two.mean(0))
        assert apart > 3 * max(np.linalg.norm(side - side.mean(0), axis=1).mean() for side in (one, two))


def test_the_axes_of_the_flat_map_do_not_depend_on_the_synthetic_windows() -> None:
    x = np.random.default_rng(0).normal(size=(30, 5))
    one, two = (flattened(np.concatenate([x, other]), x)[0][:30] for other in (x, 9 * x + 4))
    np.testing.assert_allclose(one, two)


def test_maps_need_ten_windows_and_real_ones_that_differ() -> None:
    assert maps(Compared(walks(3, 0), walks(3, 1), walks(3, 2))) is None
    assert maps(Compared(*[as_panel(np.ones((20, 6, 1)), "windows")] * 2, walks(20, 0, (6, 1)))) is None


def test_a_copy_is_the_first_of_the_nearest() -> None:
    train, test, new = walks(50, 0), walks(50, 1), walks(60, 2)
    new.values[17] = train.values[8]
    caption, figure = nearest(Compared(train, test, new)).figures[0]
    left, right = (one.get_title() for one in figure.axes[:2])
    assert left == "real training, 0.00 away" and right != "real test, 0.00 away"
    assert caption == "Number 1 of 60"
    for one in figure.axes[::2]:
        np.testing.assert_array_equal(*(line.get_ydata() for line in one.lines if len(line.get_xdata()) == 12))


def test_powers_add_up_to_the_variance() -> None:
    panel = walks(20, 0)
    np.testing.assert_allclose(power(panel, 12).sum(0) / 12, panel.values.var(1).mean(0), rtol=1e-5)


def test_spectra_are_of_numbers_that_move() -> None:
    assert spectra(Compared(*[categories(9)] * 3)) is None
    still = as_panel(np.ones((20, 6, 1)), "windows")
    assert spectra(Compared(*[still] * 3)) is None


def test_ratios_come_from_the_scores_and_real_is_one() -> None:
    found = {dot[0]: dot[1:] for dot in relative([row("naive", 8.0), *SCORES[:2], SCORES[3]])}
    assert {name: value for name, (value, *_) in found.items()} == {"real": 1.0, "synthetic": 1.5, "naive": 4.0}
    assert found["synthetic"][1:] == (0.75, 3.0)
    assert all(isnan(end) for name in ("real", "naive") for end in found[name][1:])


def test_scores_that_are_told_only_relative_to_real_are_shown() -> None:
    assert [dot[:2] for dot in relative(SCORES[3:])] == [("real", 1.0), ("synthetic", 1.5)]


def test_a_figure_has_one_unit_also_where_a_learner_has_no_ratio() -> None:
    none = [row("real", 0.0, learner="trees"), row("synthetic", 3.0, learner="trees")]
    (found,) = utilities([*SCORES, *none]).values()
    figure = panels(found)
    marked = [[line.get_xdata()[0] for line in one.lines if line.get_marker() == "o"] for one in figure.axes]
    assert marked == [[2.0, 3.0, 8.0], [0.0, 3.0]]
    assert "own unit" in figure.axes[-1].get_xlabel()


def test_labels_and_what_cannot_be_told_stay_out_of_the_square() -> None:
    assert not utilities([row("naive", nan), *[replace(s, label="good") for s in SCORES]])
    distance = Score("distance", "step distance", "synthetic", None, 1, 1, 1, "lower")
    found = utilities([*SCORES, distance])
    assert list(found) == [("forecast", "MASE", 1)]
    assert found["forecast", "MASE", 1][""] == SCORES


def test_every_learner_has_a_panel_and_every_horizon_a_figure() -> None:
    learners = [replace(s, learner=name) for name in ("ridge", "trees") for s in SCORES]
    further = [replace(s, horizon=8) for s in SCORES]
    section = square(Compared(walks(1, 0), walks(1, 0), walks(1, 0), [*SCORES, *learners, *further]))
    assert section is not None
    assert [caption for caption, _ in section.figures] == [
        "MASE, 1 row ahead; lower is better",
        "MASE, 8 rows ahead; lower is better",
    ]
    titles = [[one.get_title("left") for one in figure.axes] for _, figure in section.figures]
    assert titles == [["all together", "ridge", "trees"], [""]]


def test_a_history_without_numbers_is_no_picture() -> None:
    class Model:
        history_ = pd.DataFrame({"step": [0], "seconds": [1.0]})

    assert training(Compared(walks(1, 0), walks(1, 0), walks(1, 0), model=Model())) is None
