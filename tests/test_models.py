"""What the estimators promise: scikit-learn's rules, labels, lengths, holes, seeds, files."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from imblearn.pipeline import make_pipeline
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import rcgan
from rcgan import estimator, storage, training

TINY: dict[str, Any] = {"latent_dim": 2, "steps": 3, "hidden": 8, "batch_size": 16}

# checks that assume a table of samples by features, each with the reason why it does not hold for windows
NOT_FOR_WINDOWS = {
    "check_n_features_in": "an (n, t) array is n windows of one channel: the features are channels",
    "check_n_features_in_after_fitting": "as above",
    "check_fit2d_1sample": "one window is refused, in our own words",
    "check_fit2d_1feature": "one step is refused, in our own words",
    "check_estimators_empty_data_messages": "no windows are refused, in our own words",
    "check_complex_data": "refused, in our own words",
    "check_dtype_object": "text and objects are refused: a table goes to Windows.from_frame",
    "check_estimators_nan_inf": "NaN is a missing value or padding; infinity is refused",
    "check_estimator_sparse_tag": "sparse matrices are refused, in our own words",
    "check_estimator_sparse_array": "as above",
    "check_estimator_sparse_matrix": "as above",
}
NOT_FOR_CODES = {
    "check_transformer_general": "an (n, t - 1) array is n shorter windows of the same channel",
    "check_transformer_data_not_an_array": "as above",
    "check_transformer_preserve_dtypes": "networks compute in float32, and features are float32",
    "check_fit2d_predict1d": "refused, in our own words",
}


def unfit(estimator: Any) -> dict[str, str]:
    told = NOT_FOR_WINDOWS | (NOT_FOR_CODES if hasattr(estimator, "transform") else {})
    return {name: why for name, why in told.items() if estimator.least_steps > 1 or name != "check_fit2d_1feature"}


CHECKED = [rcgan.RCGAN, rcgan.BiGAN, rcgan.CGAN, rcgan.DCGAN, rcgan.InfoGAN]


@parametrize_with_checks([family(**TINY) for family in CHECKED], expected_failed_checks=unfit)  # pyright: ignore
def test_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)


def frame(n: int = 600, seed: int = 0) -> pd.DataFrame:
    """Two machines, a drifting sensor with holes, a counter, a mode, a constant, a twin, a rare label."""
    rng = np.random.default_rng(seed)
    force = rng.normal(size=n).cumsum()
    table = pd.DataFrame(
        {
            "ts": pd.date_range("2026-01-01", periods=n, freq="s"),
            "run": np.arange(n) // 60,
            "machine": np.where(np.arange(n) // 60 % 2, "A", "B"),
            "mode": np.where(np.arange(n) % 20 < 7, "idle", "press"),
            "force": force,
            "twin": force,
            "count": np.arange(n) % 60,
            "fixed": 7.5,
            "fault": np.where(np.arange(n) // 10 % 6 == 5, 1, 0),
        }
    )
    table.loc[rng.random(n) < 0.1, "count"] = np.nan
    return table


@pytest.fixture(scope="module")
def windows() -> rcgan.Windows:
    return rcgan.Windows.from_frame(
        frame(), time="ts", group="run", label="fault", statics=["machine"], window=10, stride=2
    )


@pytest.fixture(scope="module")
def model(windows: rcgan.Windows) -> rcgan.RCGAN:
    return rcgan.RCGAN(**TINY).fit(windows, progress=False)


def same(a: rcgan.Windows, b: rcgan.Windows) -> bool:
    return bool(np.array_equal(a.values, b.values, equal_nan=True) and np.array_equal(a.codes, b.codes))  # type: ignore[arg-type]


def test_samples_keep_names_labels_dtypes_and_relations(windows: rcgan.Windows, model: rcgan.RCGAN) -> None:
    new = model.sample(200, labels=1, seed=3)
    assert (new.labels == 1).all()
    table, real = new.to_frame(), windows.to_frame()
    for name in [*windows.schema.names, "fault", "machine"]:
        assert table[name].dtype == real[name].dtype, name
    assert (table["fixed"] == 7.5).all()
    assert (table["twin"] == table["force"]).all()
    assert set(table["mode"]) <= {"idle", "press"}
    assert set(table["machine"]) <= {"A", "B"}
    assert not table[windows.schema.names].isna().to_numpy().any()


def test_labels_come_with_the_training_shares_unless_asked_for(windows: rcgan.Windows, model: rcgan.RCGAN) -> None:
    assert windows.codes is not None
    share, n = float(windows.codes.mean()), 4000
    new = model.sample(n)
    assert new.codes is not None
    assert abs(new.codes.mean() - share) < 4 * np.sqrt(share * (1 - share) / n)
    asked = [0, 1, 1, 0, 1]
    assert model.sample(labels=asked).labels.tolist() == asked


def test_missing_cells_have_the_training_rate_when_asked_for(windows: rcgan.Windows, model: rcgan.RCGAN) -> None:
    holes = np.isnan(windows.values).mean((0, 1))
    new = np.isnan(model.sample(3000, missing=True).values).mean((0, 1))
    assert np.abs(new - holes).max() < 0.02
    assert holes.max() > 0.05


def test_statics_can_be_held(model: rcgan.RCGAN) -> None:
    assert set(model.sample(50, statics={"machine": "A"}).statics["machine"]) == {"A"}


def test_a_seed_reproduces_and_prefixes(model: rcgan.RCGAN) -> None:
    assert same(model.sample(30, seed=5), model.sample(30, seed=5))
    assert not same(model.sample(30, seed=5), model.sample(30, seed=6))


def test_fit_is_repeatable_bit_for_bit(windows: rcgan.Windows, model: rcgan.RCGAN) -> None:
    again = rcgan.RCGAN(**TINY).fit(windows, progress=False)
    assert same(again.sample(20), model.sample(20))
    other = rcgan.RCGAN(**{**TINY, "seed": 1}).fit(windows, progress=False)
    assert not same(other.sample(20), model.sample(20))


def test_unequal_lengths_come_out_as_they_went_in() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 30, 300)
    model = rcgan.RCGAN(**TINY).fit([rng.normal(size=(k, 2)) for k in lengths], progress=False)
    new = model.sample(3000)
    grid = np.arange(31)
    ours, theirs = (np.searchsorted(np.sort(x), grid, side="right") / len(x) for x in (new.lengths, lengths))
    assert np.abs(ours - theirs).max() < 0.05
    values = new.values
    for i in range(50):
        assert np.isfinite(values[i, : new.lengths[i]]).all()
        assert np.isnan(values[i, new.lengths[i] :]).all()


def test_longer_padding_changes_no_sample() -> None:
    rng = np.random.default_rng(1)
    lengths = np.append(rng.integers(5, 12, 39), 12)
    X = np.full((40, 20, 2), np.nan, dtype=np.float32)
    for row, k in zip(X, lengths, strict=True):
        row[:k] = rng.normal(size=(k, 2))
    longer = rcgan.Windows.from_arrays(X)
    assert longer.n_steps == 20
    near = rcgan.RCGAN(**TINY).fit(X[:, :12], progress=False).sample(20)
    far = rcgan.RCGAN(**TINY).fit(longer, progress=False).sample(20)
    assert np.allclose(near.values, far.values[:, :12], atol=1e-6, equal_nan=True)
    assert np.isnan(far.values[:, 12:]).all()


def test_saved_models_sample_the_same(model: rcgan.RCGAN, tmp_path: Path) -> None:
    model.notes_["from"] = "a test"
    model.save(tmp_path / "m.rcgan")
    loaded = rcgan.load(tmp_path / "m.rcgan")
    assert same(loaded.sample(20, missing=True), model.sample(20, missing=True))
    assert loaded.get_params() == model.get_params()
    assert loaded.schema_ == model.schema_
    assert loaded.notes_ == {"from": "a test"}
    pd.testing.assert_frame_equal(loaded.history_, model.history_)
    assert same(pickle.loads(pickle.dumps(model)).sample(5), model.sample(5))


def test_a_file_that_lies_about_its_sizes_is_refused(model: rcgan.RCGAN, tmp_path: Path) -> None:
    path = tmp_path / "m.rcgan"
    model.save(path)
    header, tensors = storage.read(path, "model")
    lies: list[dict[str, Any]] = [
        {"params": {**header["params"], "hidden": 10**9}},
        {"params": {**header["params"], "nonsense": 1}},
        {"class": "os.system"},
        {"traits": {}},
        {"schema": None},
    ]
    for lie in lies:
        storage.write(path, "model", header | lie, tensors)
        with pytest.raises(rcgan.ModelFileError):
            rcgan.load(path)
    storage.write(path, "model", header, {})
    with pytest.raises(rcgan.ModelFileError):
        rcgan.load(path)


def test_fit_resample_balances(windows: rcgan.Windows) -> None:
    rng = np.random.default_rng(0)
    X: NDArray[np.float64] = rng.normal(size=(60, 8, 2))
    y = np.array(["ok"] * 50 + ["fault"] * 10)
    X2, y2 = rcgan.RCGAN(**TINY).fit_resample(X, y)
    assert np.array_equal(X2[:60], X.astype(np.float32)) and np.array_equal(y2[:60], y)
    assert X2.shape == (100, 8, 2)
    assert {name: int((y2 == name).sum()) for name in ("ok", "fault")} == {"ok": 50, "fault": 50}
    both, labels = rcgan.RCGAN(**TINY).fit_resample(windows)
    assert (labels == 1).sum() == (labels == 0).sum() == len(both) // 2
    flat, _ = rcgan.RCGAN(**TINY).fit_resample(X[..., 0], y)
    assert flat.shape == (100, 8)


def test_stands_in_an_imbalanced_learn_pipeline() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 8)), np.array([0] * 50 + [1] * 10)
    X[y == 1] += 3
    pipeline = make_pipeline(FunctionTransformer(), rcgan.RCGAN(**TINY), RandomForestClassifier(10, random_state=0))
    assert pipeline.fit(X, y).score(X, y) > 0.9


def two_kinds(n: int = 80) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Windows of two channels that rise or fall, (n, 12, 2), and which."""
    rng = np.random.default_rng(0)
    up = np.arange(n) % 2 == 0
    slope = np.where(up, 1.0, -1.0)[:, None, None] * np.linspace(-1, 1, 12)[:, None]
    return slope + rng.normal(0, 0.1, (n, 12, 2)), np.where(up, "up", "down")


TAUGHT = TINY | {"steps": 30}  # two codes of an encoder that has learned nothing tell what they tell by chance


@pytest.mark.parametrize(
    "features",
    [rcgan.BiGAN(**TAUGHT), rcgan.AAE(**TAUGHT), rcgan.DCGAN(**TINY), rcgan.CriticFeatures(rcgan.RCGAN(**TINY))],
    ids=lambda features: type(features).__name__,
)
def test_features_stand_in_a_scikit_learn_pipeline(features: Any) -> None:
    X, y = two_kinds()
    pipeline = make_pipeline(features, StandardScaler(), LogisticRegression())
    pipeline.set_params(**{f"{type(features).__name__.lower()}__{k}": v for k, v in features.get_params().items()})
    assert pipeline.fit(X[:60], y[:60]).score(X[60:], y[60:]) > 0.8
    assert set(pipeline.predict(X[60:])) == {"up", "down"}
    step = pipeline[0]
    assert len(step.get_feature_names_out()) == step.transform(X[:3]).shape[1]
    frame = clone(step).set_output(transform="pandas").fit(X, y).transform(X[:3])
    assert list(frame.columns) == list(step.get_feature_names_out())


def test_windows_stand_in_a_pipeline_with_their_labels() -> None:
    train, test = rcgan.load_dataset("waves", n=60).split(0.8, seed=0)
    features = rcgan.CriticFeatures(rcgan.RCGAN(**TINY))
    pipeline = make_pipeline(features, LogisticRegression(max_iter=1000)).fit(train, train.labels)
    assert set(pipeline.predict(test)) <= {"sine", "sawtooth"}
    assert cross_val_score(pipeline, train, train.labels, cv=2).shape == (2,)
    with pytest.raises(rcgan.DataError, match="carry their own labels"):
        rcgan.BiGAN(**TINY).fit(train, train.labels[::-1], progress=False)


def test_critic_features_fit_a_copy() -> None:
    X, y = two_kinds()
    model = rcgan.CGAN(**TINY)
    features = rcgan.CriticFeatures(model)
    with pytest.raises(NotFittedError, match="CriticFeatures are not fitted"):
        features.transform(X)
    features.fit(X, y)
    assert not hasattr(model, "schema_") and features.model_.classes_.tolist() == ["down", "up"]
    assert np.array_equal(features.transform(X), features.model_.features(X))
    assert clone(features).get_params()["model__hidden"] == 8


def test_a_semi_supervised_checkpoint_is_of_its_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    X, y = two_kinds()
    fit = rcgan.SemiSupervisedGAN(**TINY, unlabelled="up").fit
    told: dict[str, Any] = {"checkpoint": tmp_path / "c", "progress": False}
    three = np.where(np.arange(len(y)) % 4 == 1, "flat", y)
    fit(X, three, **told)
    fit(X, three, **told, resume=True)
    with pytest.raises(rcgan.ModelFileError, match="another run"):
        fit(X, np.roll(three, 1), **told, resume=True)


def test_two_known_labels_come_up_at_every_step() -> None:
    """Drawn with the rest, a step of four windows out of 80 would hold one of the two in one step of ten."""
    X, y = two_kinds()
    few = np.where(np.arange(len(y)) < 2, y, "unknown")
    model = rcgan.SemiSupervisedGAN(**{**TINY, "steps": 100, "hidden": 16, "batch_size": 4}, unlabelled="unknown")
    assert (model.fit(X, few, progress=False).predict(X) == y).mean() == 1
    assert (model.history_["critic classification"] > 0).all()


def test_clone_keeps_parameters_and_forgets_the_rest(model: rcgan.RCGAN) -> None:
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        copy.sample(1)
    with pytest.raises(NotFittedError):
        copy.save("nowhere")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"n": 5, "labels": 2}, r"no label 2; there are \[0, 1\]"),
        ({"n": 5, "labels": [0, 1]}, r"ask for different numbers of windows: \[2, 5\]"),
        ({}, "say how many"),
        ({"n": 0}, "at least 1"),
        ({"n": 2.5}, "whole number"),
        ({"n": 4, "latents": np.zeros((4, 3))}, r"must be \(4, 2\), found \(4, 3\)"),
        ({"n": 4, "statics": {"machin": "A"}}, "did you mean 'machine'"),
        ({"n": 4, "statics": {"machine": "C"}}, "no training window has machine='C'"),
    ],
    ids=str,
)
def test_impossible_samples_are_refused(model: rcgan.RCGAN, call: dict[str, Any], message: str) -> None:
    with pytest.raises(rcgan.DataError, match=message):
        model.sample(**call)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"latent_dim": 0}, "latent_dim=0"),
        ({"steps": 0}, "steps=0"),
        ({"steps": 1.5}, "steps=1.5"),
        ({"minutes": -1}, "minutes=-1"),
        ({"seed": "a"}, "seed='a'"),
        ({"batch_size": True}, "batch_size=True"),
        ({"learning_rate": float("nan")}, "learning_rate=nan"),
        ({"objective": "wasserstien"}, "did you mean 'wasserstein'"),
    ],
    ids=str,
)
def test_impossible_parameters_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(rcgan.DataError, match=message):
        rcgan.RCGAN(**params).fit(np.random.default_rng(0).normal(size=(20, 5)), progress=False)


def test_data_without_enough_to_learn_from_is_refused() -> None:
    fit = rcgan.RCGAN(**TINY).fit
    values = np.random.default_rng(0).normal(size=(20, 5))
    with pytest.raises(rcgan.DataError, match="two windows of two steps at least; found 1 of 5"):
        fit(values[:1])
    with pytest.raises(rcgan.DataError, match="has one window"):
        fit(values, [0] * 19 + [1])


def test_asking_an_unlabelled_model_for_a_label_says_what_to_do() -> None:
    model = rcgan.RCGAN(**TINY).fit(np.random.default_rng(0).normal(size=(20, 5)), progress=False)
    with pytest.raises(rcgan.DataError, match="fitted without: fit it with y"):
        model.sample(3, labels="sine")


def test_constant_windows_are_refused() -> None:
    with pytest.raises(rcgan.DataError, match="nothing to learn"):
        rcgan.RCGAN(**TINY).fit(np.full((20, 5, 2), 3.25), progress=False)


def test_the_global_random_state_is_left_alone(windows: rcgan.Windows) -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    rcgan.RCGAN(**TINY).fit(windows, progress=False).sample(3)
    assert torch.equal(torch.rand(3), expected)


def test_the_header_is_json_and_holds_no_rows(model: rcgan.RCGAN, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    header, _ = storage.read(tmp_path / "m", "model")
    assert len(json.dumps(header)) < 20_000


def test_a_rare_label_keeps_its_variety_where_noise_is_measured_on_some_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(estimator, "COLOURED_ON", 50 * 12)
    labels = np.array(["usual"] * 600 + ["rare"] * 8)
    walks = np.random.default_rng(0).normal(size=(608, 12, 1)).cumsum(1)
    model = rcgan.RCGAN(**{**TINY, "steps": 1}).fit(walks, labels, progress=False)
    made = model.sample(200, labels="rare").values
    assert made.std(0).mean() == pytest.approx(walks[600:].std(0).mean(), rel=0.25)


def test_events_that_come_sooner_or_later_do_so_in_samples_of_a_loaded_model_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    when = rng.uniform(20, 60, 80)
    bumps = np.exp(-(((np.arange(80) - when[:, None]) / 4) ** 2))[..., None] + 0.01 * rng.normal(size=(80, 80, 1))
    labels = np.repeat(["bump", "dip"], 40)
    bumps[40:] *= -1
    model = rcgan.RCGAN(**{**TINY, "steps": 1}).fit(bumps, labels, progress=False)
    assert model.traits_.clocked == (0, 1)
    model.save(tmp_path / "m")
    made = rcgan.load(tmp_path / "m").sample(200, labels="dip").values[..., 0]
    assert np.array_equal(made, model.sample(200, labels="dip").values[..., 0])
    assert np.median(np.abs(made.min(1) + 1)) < 0.2
    assert made.argmin(1).std() == pytest.approx(when[40:].std(), rel=0.35)


def test_few_smooth_windows_of_a_label_are_mixed_of_near_ones_by_a_loaded_model_too(tmp_path: Path) -> None:
    rng, t = np.random.default_rng(0), np.linspace(0, 1, 30)
    sizes = rng.uniform(0.8, 1.2, (60, 1))
    once, twice, ramp = sizes * np.sin(2 * np.pi * t), sizes * np.sin(4 * np.pi * t), sizes * 3 * t
    windows = np.concatenate([np.where(np.arange(60)[:, None] % 2, once, twice), ramp])[..., None]
    labels = np.repeat(["wave", "ramp"], 60)
    model = rcgan.RCGAN(**{**TINY, "steps": 1}).fit(windows, labels, progress=False)
    assert not model.traits_.rough
    assert model.traits_.mixed == (0, 1)
    model.save(tmp_path / "m")
    made = rcgan.load(tmp_path / "m").sample(200, labels="wave").values[..., 0]
    assert np.array_equal(made, model.sample(200, labels="wave").values[..., 0])
    turns = np.abs(np.fft.rfft(made[:, :-1], axis=1))
    assert set(turns.argmax(1)) == {1, 2}
    assert np.median(turns.max(1) / turns.sum(1)) > 0.8  # one of both, and no sum


def test_each_window_of_vibration_has_a_spectrum_that_was_seen_in_samples_of_a_loaded_model_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    turns, phase = rng.choice([6, 11, 16], (60, 1)), rng.uniform(0, 2 * np.pi, (60, 1))
    tones = np.cos(2 * np.pi * turns * np.arange(64) / 64 + phase)[..., None] + 0.01 * rng.normal(size=(60, 64, 1))
    walks = rng.normal(size=(60, 64, 1)).cumsum(1)
    labels = np.repeat(["hum", "drift"], 60)
    model = rcgan.RCGAN(**{**TINY, "steps": 1}).fit(np.concatenate([tones, walks]), labels, progress=False)
    assert model.traits_.vibrating == (list(model.classes_).index("hum"),)
    model.save(tmp_path / "m")
    made = rcgan.load(tmp_path / "m").sample(200, labels="hum").values[..., 0]
    assert np.array_equal(made, model.sample(200, labels="hum").values[..., 0])
    power = np.abs(np.fft.rfft(made - made.mean(1, keepdims=True), axis=1)) ** 2
    assert set(power.argmax(1)) == {6, 11, 16}
    assert np.median(power.max(1) / power.sum(1)) > 0.9


def test_of_few_windows_a_machine_stays_at_its_operating_points_in_samples_of_a_loaded_model_too(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    point = rng.integers(0, 3, (250, 1))
    x = np.stack([100.0 * point + rng.normal(size=(250, 30)), 7 - point + 0.1 * rng.normal(size=(250, 30))], 2)
    x[:40:2, 5:9, 0] = np.nan  # some windows have holes
    model = rcgan.RCGAN(**{**TINY, "steps": 1}).fit(x[:120], progress=False)
    assert model.traits_.holes
    assert model.traits_.vibrating + model.traits_.stationary == (0,)
    model.save(tmp_path / "m")
    made = rcgan.load(tmp_path / "m").sample(500).values
    assert np.array_equal(made, model.sample(500).values)
    level = made.mean(1)
    near = (level[:, 0] / 100).round()
    assert (np.abs(level - np.stack([100 * near, 7 - near], 1)).max(1) < 2).mean() > 0.95
    shares, real = (np.bincount(k.astype(int).ravel(), minlength=3) / len(k) for k in (near, point[:120]))
    assert shares == pytest.approx(real, abs=0.06)
