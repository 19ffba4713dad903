from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from rcgan.data import Windows, list_datasets, load_dataset
from rcgan.errors import DataError


def test_waves_are_the_formula_of_their_card() -> None:
    windows = load_dataset("waves", n=400, seed=3)
    assert windows.shape == (400, 30, 1) and windows.schema.names == ["value"]
    assert np.unique(windows.labels, return_counts=True)[1].tolist() == [200, 200]
    x = windows.values[..., 0]
    assert np.abs(x[:, 0]).max() <= 0.5 and (x[:, 1] > x[:, 0]).all()  # starts at the offset and rises
    saw = x[windows.labels == "sawtooth"]
    slope = saw[:, 1] - saw[:, 0]  # 2 * amplitude * frequency / 30
    assert (slope > 2 * 0.5 * 1 / 30).all() and (slope < 2 * 1.5 * 3 / 30).all()
    step = np.diff(saw, axis=1) - slope[:, None]
    assert ((np.abs(step) < 1e-5) | (step < -0.9)).all()  # straight, but for falls of twice the amplitude
    sine = x[windows.labels == "sine"]
    second = sine[:, 2:] + sine[:, :-2] - 2 * sine[:, 1:-1]  # of sin: -(2 sin(w / 2))^2 (x - offset)
    ratio = second[:, 1:] - second[:, :-1], np.diff(sine[:, 1:-1], axis=1)
    rate = -np.sum(ratio[0] * ratio[1], axis=1) / np.sum(ratio[1] ** 2, axis=1)
    frequency = np.arcsin(np.sqrt(rate) / 2) / np.pi * 30
    assert frequency.min() > 0.99 and frequency.max() < 3.01


def test_sines_are_the_published_formula() -> None:
    windows = load_dataset("sines", n=200)
    x = windows.values
    assert windows.shape == (200, 24, 5) and windows.labels is None
    phase = np.arcsin(2 * x.astype(np.float64) - 1)[:, :2]  # rises until t = 15 at least
    assert ((phase[:, 0] >= 0) & (phase[:, 0] <= 0.1)).all()
    frequency = phase[:, 1] - phase[:, 0]
    assert ((frequency > -1e-5) & (frequency < 0.1 + 1e-5)).all()
    angle = frequency[:, None] * np.arange(24)[:, None] + phase[:, :1]
    np.testing.assert_allclose((np.sin(angle) + 1) / 2, x, atol=2e-4)


def test_trace_is_the_archive_s() -> None:
    pytest.importorskip("tslearn")
    both, train, test = (load_dataset("trace", **({"part": p} if p else {})) for p in (None, "train", "test"))
    assert (both.shape, train.shape, test.shape) == ((200, 275, 1), (100, 275, 1), (100, 275, 1))
    assert np.unique(both.labels, return_counts=True)[1].tolist() == [50, 50, 50, 50]
    np.testing.assert_array_equal(both.values[100:], test.values)


def test_a_seed_repeats_a_set() -> None:
    for name in ("waves", "sines"):
        one, same, other = (load_dataset(name, n=20, seed=seed).values for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)


def test_the_list_says_what_loads() -> None:
    for entry in list_datasets().itertuples():
        windows = load_dataset(entry.name)
        assert " x ".join(map(str, windows.shape)) == entry.shape
        labels = "" if windows.labels is None else ", ".join(map(str, windows.schema.label.categories))
        assert sorted(labels.split(", ")) == sorted(entry.labels.split(", "))


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(DataError, match="no data set 'wavs'; did you mean 'waves'"):
        load_dataset("wavs")
    with pytest.raises(DataError, match="no option 'sed'; did you mean 'seed'"):
        load_dataset("waves", sed=1)
    with pytest.raises(DataError, match=r"part='tests'.*did you mean 'test'"):
        load_dataset("trace", part="tests")
    for periods in (2, (3, 1), (1, 2, 3), (0, 1), (1, "3")):
        with pytest.raises(DataError, match=r"periods=.* as in periods=\(1, 3\)"):
            load_dataset("waves", periods=periods)
    with pytest.raises(DataError, match="n=1 must be"):
        load_dataset("sines", n=1)


def test_every_set_has_a_card(root: Path) -> None:
    for name in [*list_datasets()["name"], "press"]:
        card = (root / "datasets" / name / "README.md").read_text()
        assert card.startswith(f"# {name}\n") and "licence" in card
    assert not list((root / "datasets").rglob("*.py"))


def test_the_press_line_is_made_by_its_script(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("press_line", root / "benchmarks" / "press_line.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = script.simulate().to_csv(index=False, lineterminator="\n").encode()
    assert written == (root / "datasets" / "press.csv").read_bytes()


def test_the_press_line_is_what_its_card_says(root: Path) -> None:
    roles = {"time": "ts", "group": "run", "statics": ["machine"], "label": "fault"}
    windows = Windows.read(root / "datasets" / "press.csv", window=64, stride=8, **roles)
    assert windows.shape == (542, 64, 5) and len(windows.series) == 24
    assert [c.kind for c in windows.schema.channels] == ["categorical"] + ["continuous"] * 4
    lengths = np.diff(windows.bounds)
    assert (len(windows.table), lengths.min(), lengths.max()) == (5985, 167, 348)
    runs = Windows.read(root / "datasets" / "press.csv", label_rule="any", **roles)
    assert len(runs) == 24 + 4
    missing = np.isnan(windows.table).mean(axis=0)
    assert missing[0] == 0 and (missing[1:] > 0.005).all() and (missing < 0.06).all()
    train, test = windows.split(0.8)
    assert train.codes.any() and test.codes.any()
