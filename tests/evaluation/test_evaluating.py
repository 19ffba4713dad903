from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcgan.data.windows import Windows
from rcgan.errors import DataError
from rcgan.evaluation import Report, evaluate
from rcgan.evaluation.classical import CLASSICAL
from rcgan.evaluation.forecasters import FORECASTERS
from rcgan.evaluation.readers import READERS


def waves(n: int, seed: int) -> Windows:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    x = np.sin(np.linspace(0, 9, 12)[None] + rng.uniform(0, 6, (n, 1))) * (1 + 2 * y[:, None])
    return Windows.from_arrays(x[..., None], np.array(["low", "high <b>"])[y], names=["force"])


class Model:
    """The part of a model that the pictures use."""

    latent_dim = 2
    history_ = pd.DataFrame({"step": [0, 10], "critic_loss": [1.0, 0.5]})

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def sample(self, n: int | None = None, *, labels: Any = None, latents: Any = None) -> Windows:
        self.asked.append(labels[0])
        t = np.linspace(0, 6, 12)
        return Windows.from_arrays((latents[:, :1] * np.sin(t + latents[:, 1:]))[..., None], labels, names=["force"])


TRAIN, TEST, SYNTHETIC, MODEL = waves(80, 0), waves(60, 1), waves(70, 2), Model()


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(TRAIN, TEST, SYNTHETIC, horizons=(1, 3, 12), model=MODEL, progress=False)


def test_every_question_is_answered_or_marked(report: Report) -> None:
    frame = report.frame
    columns = ["task", "metric", "row", "horizon", "value", "low", "high", "better", "note", "learner", "label"]
    assert list(frame.columns) == columns
    assert set(frame["task"]) == {"forecast", "classification", "detection", "copying", "published", "distance"}
    rows = frame[frame["metric"] == "MASE"].groupby("horizon")["row"].agg(set)
    trained = {"real", "synthetic", "real + synthetic", "real, on synthetic", *(f"real + {name}" for name in CLASSICAL)}
    assert rows[1] == rows[3] == trained | {"naive"}
    learners = frame[frame["metric"].isin(["MASE", "balanced accuracy"])].groupby("metric")["learner"].agg(set)
    assert learners["MASE"] == {*FORECASTERS, ""}  # horizon 12, which cannot be told, has no learner
    assert learners["balanced accuracy"] == set(READERS)
    unknown = frame[frame["value"].isna()]
    assert unknown["horizon"].dropna().tolist() == [12]
    assert set(unknown["note"].str.removeprefix("cannot be told: ")) == {
        "the windows typically have 12 rows, and horizon 12 needs at least 13",
        "there are sets of 30 windows, and 40 are needed",
    }
    for metric in ("discriminative score", "predictive score"):
        assert set(frame[frame["metric"] == metric]["row"]) == {"real", "synthetic"}
    bounded = frame.dropna(subset=["low"])
    assert (bounded["low"] <= bounded["high"]).all()


def test_the_verdict_is_made_of_the_numbers(report: Report) -> None:
    text, scores = " ".join(report.summary), {}
    for s in sorted(report.scores, key=lambda s: s.learner, reverse=True):
        scores[s.metric, s.row, s.horizon] = s.value
    assert f"err {scores['MASE, relative to real', 'synthetic', 1]:.2f} times as much on real windows" in text
    named = np.mean([s.value for s in report.scores if (s.metric, s.row) == ("balanced accuracy", "synthetic")])
    assert f"name {100 * named:.1f} % of real windows rightly" in text
    assert (
        f"step {scores['step distance', 'synthetic', None]:.3f} ({scores['step distance', 'real', None]:.3f})" in text
    )
    nearer = 100 * scores["nearer to training", "synthetic", None]
    assert f"Of the synthetic windows {nearer:.0f} %" in text
    assert "Forecasting 12 rows ahead cannot be told: the windows typically have 12 rows" in text


def test_markdown_has_a_cell_for_every_score(report: Report) -> None:
    lines = [line for line in report.to_markdown().splitlines() if line.startswith("|")]
    main, beside = ([line for line in lines if line.count("|") == n] for n in (10, 5))
    assert len(main) + len(beside) == len(lines)
    shown = {(s.metric, s.learner, s.horizon) for s in report.scores}
    shown -= {(metric, learner, h) for metric, learner, h in shown if learner and (metric, "", h) in shown}
    assert len(main) - 2 == len(shown)
    added = [line.split("|")[3].strip() for line in beside[2:]]
    assert added == 5 * ["synthetic", *CLASSICAL]  # MASE and CRPS at two horizons, and the classification
    assert str(report).startswith("- Forecasting 1 row ahead")


def test_json_says_the_same(report: Report, tmp_path: Path) -> None:
    report.to_json(tmp_path / "scores.json")
    found = json.loads((tmp_path / "scores.json").read_text())
    assert found["summary"] == report.summary
    assert [s["value"] for s in found["scores"]] == [None if np.isnan(s.value) else s.value for s in report.scores]


class Page(HTMLParser):
    """Collects what a page loads and what it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def test_the_page_stands_alone(report: Report, tmp_path: Path) -> None:
    report.to_html(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    page = Page()
    page.feed(text)
    assert not re.search(r"https?://|@import|url\(", text)
    assert not {"script", "link", "iframe"} & set(page.tags)
    # Five utilities, two labels side by side, two maps, six nearest, three lines, two grids, the training.
    assert page.tags.count("img") == len(page.sources) == 21
    for source in page.sources:
        assert base64.b64decode(source.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert MODEL.asked == ["high <b>", "low"]
    assert "Label high &lt;b&gt;" in text
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_the_same_call_gives_the_same_report() -> None:
    one, two = (evaluate(TRAIN[:40], TEST, SYNTHETIC, seed=3, quick=True, progress=False) for _ in range(2))
    assert one.to_json() == two.to_json()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"horizons": []}, "horizons are different whole numbers"),
        ({"horizons": [0]}, "horizons are different whole numbers"),
        ({"horizons": [1, 1]}, "horizons are different whole numbers"),
        ({"forecast": ["forc"]}, "no continuous channel 'forc' to foretell.*did you mean 'force'"),
        ({"target": "force"}, "'force' is the only channel"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        evaluate(TRAIN, TEST, SYNTHETIC, progress=False, **options)


def test_other_data_is_refused() -> None:
    wider = np.zeros((20, 12, 2))
    with pytest.raises(DataError, match="synthetic has 2 channels"):
        evaluate(TRAIN, TEST, wider, progress=False)
    with pytest.raises(DataError, match="test has windows of 9 steps"):
        evaluate(TRAIN, TEST.values[:, :9], SYNTHETIC, progress=False)
    with pytest.raises(DataError, match=r"'lo' is not among the real ones.*did you mean 'low'"):
        evaluate(TRAIN, TEST, (SYNTHETIC.values, ["lo"] * 70), progress=False)


def test_mixed_holed_unequal_windows_go_through(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lengths = np.repeat(np.arange(8, 20), 5)
    parts = []
    for run, n in enumerate(lengths):
        force = rng.normal(size=n).cumsum()
        force[rng.random(n) < 0.1] = np.nan
        force[0] = 0
        parts.append(pd.DataFrame({"run": run, "force": force, "mode": rng.choice(["a", "b"], n), "fault": run % 2}))
    windows = Windows.from_frame(pd.concat(parts), group="run", label="fault")
    train, rest = windows.split(0.6, seed=0)
    found = evaluate(train, rest, train, horizons=[1], progress=False)
    told = [s for s in found.scores if (s.metric, s.row) == ("MASE, relative to real", "synthetic")]
    assert {s.learner for s in told} == {*FORECASTERS, ""}
    assert all(s.low <= 1 <= s.high for s in told)
    assert any("without missing cells, and 50 are needed" in line for line in found.summary)
    found.to_html(tmp_path / "report.html")
