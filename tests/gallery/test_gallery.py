"""The gallery runs as one command, and its figures measure what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import rcgan
from rcgan.cli import main
from rcgan.gallery import SYSTEMS, Goal
from rcgan.gallery.codes import mmd_test
from rcgan.gallery.data import circle, fitted_waves, products, stream
from rcgan.gallery.mixed import changes_off, combinations_off, numbers_off
from rcgan.gallery.sequences import chain, grammar, transition_gap, validity


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("gallery")
    told = ["gallery", "--out", str(folder), "--json", str(folder / "g.json"), "--steps", "3"]
    result = CliRunner().invoke(main, told)
    assert result.exit_code == 0, result.output
    return result.output, json.loads((folder / "g.json").read_text()), (folder / "index.html").read_text()


def test_every_system_has_a_row_with_a_figure_a_limit_and_a_picture(shown: tuple[str, dict[str, Any], str]) -> None:
    output, told, page = shown
    names = [system.name for system in SYSTEMS]
    assert [row["name"] for row in told["systems"]] == names
    for row in told["systems"]:
        assert np.isfinite(row["figure"]) and np.isfinite(row["limit"])
        assert row["passed"] == all(goal["passed"] for goal in row["goals"])
        assert row["name"] in output and f'id="{row["name"]}"' in page
    assert page.count("data:image/png;base64,") == len(SYSTEMS)


def test_the_page_loads_nothing(shown: tuple[str, dict[str, Any], str]) -> None:
    assert not re.search(r"(src|href)=\"(?!#|data:)", shown[2])


def test_a_trained_row_beats_three_steps(shown: tuple[str, dict[str, Any], str]) -> None:
    """An untrained generator draws no circle: the limits are no gift."""
    figures = {row["name"]: row for row in shown[1]["systems"]}
    for name in ("gan", "cgan", "mixed-wgan-gp", "rcgan", "bigan"):
        assert not figures[name]["passed"], name


def test_an_unknown_system_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["gallery", "wgn", "--out", str(tmp_path / "g")])
    assert result.exit_code == 2 and "did you mean 'wgan'" in result.output
    assert not (tmp_path / "g").exists()


def test_goals_are_reached_at_their_limit() -> None:
    assert Goal("a", 0.5, 0.5, higher=True).passed and Goal("a", 0.5, 0.5, higher=False).passed
    assert not Goal("a", 0.4, 0.5, higher=True).passed and not Goal("a", 0.6, 0.5, higher=False).passed
    assert not Goal("a", float("nan"), 0.5, higher=True).passed


def test_waves_are_fitted_as_they_were_made() -> None:
    """offset + amplitude sin(2 pi f t), by hand."""
    t = np.arange(30) / 30
    waves = np.stack([0.3 + 1.2 * np.sin(2 * np.pi * 1.5 * t), -0.2 + 0.7 * 2 * (2 * t - np.floor(2 * t + 0.5))])
    found = fitted_waves(waves)
    assert found["shape"].tolist() == ["sine", "sawtooth"]
    assert np.allclose(
        found[["amplitude", "frequency", "offset"]].astype(float), [[1.2, 1.5, 0.3], [0.7, 2.0, -0.2]], atol=0.02
    )


def test_real_waves_are_told_apart() -> None:
    waves = rcgan.load_dataset("waves", n=300)
    assert (fitted_waves(waves.values[..., 0])["shape"] == waves.labels).all()


def test_circle_and_tables_follow_their_laws() -> None:
    assert np.allclose(np.hypot(*circle(100)[:, 0].T), 2)
    table: Any = products(20_000).to_frame()
    shares = table["product"].value_counts(normalize=True)
    assert abs(shares["A"] - 0.5) < 0.02 and abs(shares["C"] - 0.2) < 0.02
    assert abs((table.loc[table["product"] == "A", "machine"] == "left").mean() - 0.3) < 0.03
    flow: Any = stream(2000).to_frame()
    after = flow["mode"].shift(-1)[flow["window"] == flow["window"].shift(-1)]
    table = pd.crosstab(flow.loc[after.index, "mode"], after, normalize="index")
    assert abs(table.loc["idle", "heat"] - 0.10) < 0.02 and table.loc["idle", "hold"] == 0


def test_gaps_of_mixed_sets() -> None:
    """By hand: half A low and half B low, against all A low, differ by a half; and an absent product scores 1."""
    both = pd.DataFrame({"product": ["A", "B"], "grade": ["low", "low"], "weight": [1.0, 2.0], "width": [1.0, 2.0]})
    alone = pd.concat([both[:1], both[:1]])
    assert combinations_off(both, alone) == 0.5 and combinations_off(both, both) == 0
    assert numbers_off(both, alone) == 1.0 and numbers_off(both, both) == 0
    back = pd.DataFrame({"window": [0, 0, 0, 0], "mode": ["a", "b", "a", "b"]})
    stay = pd.DataFrame({"window": [0, 0, 0, 0], "mode": ["a", "a", "b", "a"]})
    assert changes_off(back, back) == 0 and changes_off(back, stay) == 0.5


def test_sequences_follow_their_laws() -> None:
    """Of 2,000 real windows of 20 steps, the rarest mode is left some 3,000 times: a gap of .05 is six sds."""
    assert transition_gap(chain(2000)) < 0.03 and validity(grammar(300)) == 1.0
    assert transition_gap(chain(50)[[0] * 50]) > 0.05


def test_mmd_tells_a_shift_and_not_a_twin() -> None:
    """The p-value of equal laws is uniform: of 40, about 2 lie under .05 (binomial, 6 or more: 1.4 %)."""
    rng = np.random.default_rng(0)
    p = [mmd_test(rng.normal(size=(60, 2)), rng.normal(size=(60, 2)), draws=100)[0] for _ in range(40)]
    assert sum(value < 0.05 for value in p) < 6
    assert mmd_test(rng.normal(size=(60, 2)), 0.8 + rng.normal(size=(60, 2)), draws=100)[0] < 0.05
