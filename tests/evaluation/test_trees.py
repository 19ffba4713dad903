"""Trees see what a network smooths over, say by what, and let real windows pass."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from rcgan.data.grids import Grid
from rcgan.data.windows import Windows
from rcgan.evaluation.judges import JUDGES, trees
from rcgan.evaluation.judges.trees import summaries
from rcgan.evaluation.panel import as_panel, read_sets
from rcgan.evaluation.utility import Score
from rcgan.evaluation.verdict import TELLING, verdict

N, STEPS = 600, 20
Doubles = NDArray[np.float64]


def sensors(n: int, seed: int) -> Doubles:
    """A load in counts of 0.06698; a temperature, reported when it is 1 from what was told; a valve from 0 to 2."""
    rng = np.random.default_rng(seed)
    walks = rng.normal(size=(n, STEPS, 3)).cumsum(1) + rng.normal(0, 5, (n, 1, 3))
    load = Grid(0.06698, places=3).readings(np.rint(walks[..., 0] / 0.06698))
    told = walks[..., 1].copy()
    for step in range(1, STEPS):
        far = np.abs(walks[:, step, 1] - told[:, step - 1]) > 1
        told[:, step] = np.where(far, walks[:, step, 1], told[:, step - 1])
    return np.stack([load, told, walks[..., 2].clip(0, 2)], 2)


def off_its_counts(x: Doubles, rng: np.random.Generator) -> Doubles:
    return x + [1, 0, 0] * rng.uniform(-0.03, 0.03, x.shape)


def never_held(x: Doubles, rng: np.random.Generator) -> Doubles:
    return x + [0, 1, 0] * rng.normal(0, 1e-3, x.shape)


def beyond_its_range(x: Doubles, rng: np.random.Generator) -> Doubles:
    return np.where(x == 2, x + [0, 0, 1] * rng.exponential(0.1, x.shape), x)


@pytest.mark.parametrize(
    ("fault", "named"),
    [(off_its_counts, "x0"), (never_held, "'x1' is held"), (beyond_its_range, "largest value of 'x2'")],
)
def test_faults_are_seen_and_named(fault: Callable[[Doubles, np.random.Generator], Doubles], named: str) -> None:
    sets = read_sets(sensors(N, 0), sensors(N, 1), fault(sensors(N, 2), np.random.default_rng(3)), most=N, seed=0)
    found = trees(*sets, 0)
    assert found.low > 0.6
    assert named in found.by.split(",")[0]
    assert all(0.5 < float(share) <= 1 for share in re.findall(r"[01]\.\d\d", found.by))


@pytest.mark.parametrize("seed", range(3))
def test_an_independent_draw_passes(seed: int) -> None:
    found = trees(*read_sets(*(sensors(N, 3 * seed + k) for k in range(3)), most=N, seed=seed), seed)
    assert abs(found.accuracy - 0.5) < 0.06
    assert not found.by or found.accuracy >= 0.55


def machines(seed: int, *, swapped: bool) -> Windows:
    """Two machines, told by a label; the fast one's windows are short, and its mode is mostly "b"; holes."""
    rng = np.random.default_rng(seed)
    frames: list[pd.DataFrame] = []
    for run in range(300):
        fast = run % 2
        n = 6 if fast else 12
        load = rng.normal(fast, 1, n)
        load[rng.uniform(size=n) < 0.1] = np.nan
        mode = rng.choice(["a", "b"], n, p=[0.2, 0.8] if fast else [0.8, 0.2])
        frames.append(pd.DataFrame({"run": run, "load": load, "mode": mode, "fast": bool(fast) != swapped}))
    return Windows.from_frame(pd.concat(frames), group="run", label="fast")


def test_labels_categories_lengths_and_holes_are_seen() -> None:
    """Swapped labels are seen by two numbers at a time: none tells by itself."""
    right, wrong = (
        trees(
            *read_sets(
                *(machines(k, swapped=s) for k, s in zip(range(3), (False, False, swapped), strict=True)),
                most=300,
                seed=0,
            ),
            0,
        )
        for swapped in (False, True)
    )
    assert abs(right.accuracy - 0.5) < 0.1
    assert wrong.low > 0.9
    assert max(float(share) for share in re.findall(r"[01]\.\d\d", wrong.by)) < 0.65


def test_numbers_by_hand() -> None:
    some = np.array([[np.nan, 2.0, 2.0, 5.0, np.nan], [np.nan] * 5])
    panel = as_panel(np.stack([some, np.zeros((2, 5))], 2), "train")
    found = {name: value.tolist() for name, value in summaries(panel, labelled=False).items() if "x0" in name}
    by_hand = [2.0, 5.0, 3.0, 2**0.5, 2.0, 5.0, 1.5, 3.0, 0.5]
    assert [values[0] for values in found.values()] == pytest.approx(by_hand)
    assert np.isnan([values[1] for values in found.values()]).all()


def test_the_verdict_says_what_every_judge_tells_and_by_what() -> None:
    assert set(TELLING) == set(JUDGES)
    told = [
        Score("detection", "trees", row, None, value, value, value, "lower", note)
        for row, value, note in (("real", 0.5, ""), ("synthetic", 0.9, "synthetic by mean of 'x' 0.88"))
    ]
    (line,) = verdict(told)
    assert line.startswith("Boosted trees on a few numbers of each channel tell synthetic from real windows in 90 %")
    assert line.endswith("two real sets apart in 50 %. By one number alone: mean of 'x' 0.88.")
