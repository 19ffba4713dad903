"""The laws that every family keeps: scikit-learn's rules, seeds, files, interruptions, holes, features."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone

import rcgan
from rcgan import estimator, storage, training
from rcgan.data import templates
from rcgan.data.space import Encoded, ModelSpace
from rcgan.estimator import Autoencoding, WindowGAN
from rcgan.evaluation.panel import read_sets
from rcgan.evaluation.pictures.figure import Compared
from rcgan.evaluation.pictures.latents import latents
from rcgan.game.round import Draws
from rcgan.models import MODELS

TINY: dict[str, Any] = {"latent_dim": 2, "steps": 3, "hidden": 8, "batch_size": 16}
AUTOENCODING = [name for name, family in MODELS.items() if issubclass(family, Autoencoding)]


def frame(runs: int = 60, seed: int = 0) -> pd.DataFrame:
    """Runs of 4 to 9 rows of two machines: a sensor with holes, a counter, a mode, a constant, a twin, a label."""
    rng, parts = np.random.default_rng(seed), []
    for run in range(runs):
        n = int(rng.integers(4, 10))
        force = rng.normal(size=n).cumsum() + run % 3
        part = pd.DataFrame(
            {
                "run": run,
                "machine": "AB"[run % 2],
                "mode": rng.choice(["idle", "press", "wash"], n),
                "force": force,
                "twin": force,
                "count": np.arange(n),
                "fixed": 7.5,
                "fault": run % 3 - 1,  # -1 is what semi-supervised learning calls "not known"
            }
        )
        part.loc[1:, "count"] = part["count"].where(rng.random(n) > 0.2)[1:]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


@cache
def windows_for(family: type[WindowGAN]) -> rcgan.Windows:
    """Windows that a family takes: where it writes categories alone, the numbers are some."""
    table, kinds = frame(), {"categorical": ["mode"], "continuous": ["count"]}
    if family.only_categories:
        table[["force", "twin"]] = np.sign(table[["force", "twin"]])
        kinds = {"categorical": ["mode", "force", "twin", "count", "fixed"]}
    return rcgan.Windows.from_frame(table, group="run", label="fault", statics=["machine"], **kinds)


@pytest.fixture(scope="module", params=list(MODELS))
def family(request: pytest.FixtureRequest) -> type[WindowGAN]:
    return MODELS[request.param]


@pytest.fixture(scope="module")
def windows(family: type[WindowGAN]) -> rcgan.Windows:
    return windows_for(family)


@pytest.fixture(scope="module")
def model(family: type[WindowGAN], windows: rcgan.Windows) -> WindowGAN:
    return family(**TINY).fit(windows, progress=False)


class Stopped(Exception):
    """Stands for whatever ends a run."""


@contextmanager
def stopped() -> Generator[None]:
    """Within, a run ends behind its first checkpoint, which it writes after two steps."""
    save = training.Training.save

    def save_and_stop(self: training.Training, path: Any) -> None:
        save(self, path)
        raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
        patch.setattr(training, "TIMED_STEPS", 2)
        patch.setattr(training.Training, "save", save_and_stop)
        with pytest.raises(Stopped):
            yield


def weights(model: WindowGAN) -> dict[str, torch.Tensor]:
    return model._networks.state_dict()  # pyright: ignore[reportPrivateUsage]


def alike(a: WindowGAN, b: WindowGAN) -> bool:
    one, other = weights(a), weights(b)
    return list(one) == list(other) and all(torch.equal(one[k], other[k]) for k in one)


def same(a: rcgan.Windows, b: rcgan.Windows) -> bool:
    codes = (a.codes is None and b.codes is None) or np.array_equal(a.codes, b.codes)  # type: ignore[arg-type]
    return bool(codes) and np.array_equal(a.values, b.values, equal_nan=True) and a.statics.equals(b.statics)


def test_the_light_names_are_those_of_the_estimators() -> None:
    assert list(rcgan.FAMILIES) == list(MODELS)
    assert set(rcgan.FAMILIES) <= set(rcgan.__all__)


def test_the_constructor_only_stores(family: type[WindowGAN]) -> None:
    told = {name: object() for name in family(**TINY).get_params()}
    made = family(**told)
    assert all(getattr(made, name) is value for name, value in told.items())
    assert vars(made) == told
    copy = clone(family(**TINY, seed=3))
    assert copy.get_params() == family(**TINY, seed=3).get_params()


def test_losses_and_gradients_are_finite(model: WindowGAN, windows: rcgan.Windows) -> None:
    assert np.isfinite(model.history_.to_numpy(dtype=float)).all()
    assert model.n_steps_trained_ == model.history_["step"].iloc[-1] == 3
    again = clone(model)
    target = again._targets(windows)
    given = windows if again.conditional else windows.bare()
    game = again._build(given, *again._measure(given))
    draw = again._sampler(given, target, torch.device("cpu"))
    for player in game.players:
        game.networks.zero_grad()
        losses = game.losses(player.name, game.round(draw(Draws(1)), Draws(2)))
        torch.stack(list(losses.values())).sum().backward()
        mine = [w for role in player.networks for w in game.networks[role].parameters()]
        assert all(torch.isfinite(w.grad).all() for w in mine if w.grad is not None)
        assert any(w.grad is not None and w.grad.abs().sum() > 0 for w in mine)


def test_samples_are_as_the_training_windows(model: WindowGAN, windows: rcgan.Windows) -> None:
    new = model.sample(200, seed=3)
    assert new.shape == (200, *windows.shape[1:])
    assert set(new.lengths) == set(windows.lengths)
    expected = windows.schema if model.conditional else windows.bare().schema
    assert new.schema == expected
    table, real = new.to_frame(), windows.to_frame()
    for name in [*expected.names, *(["fault", "machine"] if model.conditional else [])]:
        assert table[name].dtype == real[name].dtype, name
    assert ("fault" in table) == ("machine" in table) == model.conditional
    assert set(table["mode"]) <= {"idle", "press", "wash"}
    assert (table["fixed"] == 7.5).all() and (table["twin"] == table["force"]).all()
    assert not table[expected.names].isna().to_numpy().any()
    assert 0.05 < model.sample(200, missing=True).to_frame()["count"].isna().mean() < 0.4


def test_labels_and_statics_are_as_asked_for(model: WindowGAN) -> None:
    if not model.conditional:
        with pytest.raises(rcgan.DataError, match=f"{type(model).__name__} .* without labels: .* take RCGAN"):
            model.sample(3, labels=1)
        with pytest.raises(rcgan.DataError, match="no static attribute 'machine'"):
            model.sample(3, statics={"machine": "A"})
        return
    new = model.sample(labels=[0, 1, -1, 1], statics={"machine": "A"})
    assert new.labels is not None and new.labels.tolist() == [0, 1, -1, 1]
    assert set(new.statics["machine"]) == {"A"}
    codes = np.random.default_rng(0).normal(size=(6, model.latent_width_)).astype(np.float32)
    one, other = (model.sample(latents=codes, labels=label).values for label in (0, 1))
    assert not np.array_equal(one, other, equal_nan=True)


def test_the_report_draws_codes_of_two_numbers(model: WindowGAN, windows: rcgan.Windows) -> None:
    """Beside labelled real windows too, where the model makes none."""
    real, held, new = read_sets(windows, windows, model.sample(20), most=100, seed=0)
    section = latents(Compared(real, held, new, [], model, 0))
    if model.latent_width_ == 2:
        assert section is not None and len(section.figures) == (3 if model.conditional else 1)
    else:
        assert section is None


def test_codes_make_windows(model: WindowGAN) -> None:
    codes = np.zeros((4, model.latent_width_))
    assert model.sample(latents=codes).shape[0] == 4
    with pytest.raises(rcgan.DataError, match=rf"must be \(4, {model.latent_width_}\)"):
        model.sample(latents=np.zeros((4, model.latent_width_ + 1)))


def test_saved_models_are_the_same(model: WindowGAN, windows: rcgan.Windows, tmp_path: Path) -> None:
    model.save(tmp_path / "m.rcgan")
    loaded = rcgan.load(tmp_path / "m.rcgan")
    assert type(loaded) is type(model) and loaded.get_params() == model.get_params()
    assert alike(loaded, model)
    assert same(loaded.sample(20, seed=2, missing=True), model.sample(20, seed=2, missing=True))
    assert np.array_equal(loaded.features(windows), model.features(windows))
    assert getattr(loaded, "classes_", np.zeros(0)).tolist() == getattr(model, "classes_", np.zeros(0)).tolist()
    if hasattr(model, "predict"):
        assert np.array_equal(loaded.predict(windows), model.predict(windows))
    pd.testing.assert_frame_equal(loaded.history_, model.history_)
    loaded.save(tmp_path / "again.rcgan")
    one, other = (storage.read(tmp_path / name, "model") for name in ("m.rcgan", "again.rcgan"))
    assert one[0] == other[0] and all(torch.equal(one[1][k], other[1][k]) for k in one[1])


def test_a_resumed_run_ends_with_the_same_weights(
    family: type[WindowGAN], windows: rcgan.Windows, model: WindowGAN, tmp_path: Path
) -> None:
    path = tmp_path / "run.partial"
    with stopped():
        family(**TINY).fit(windows, checkpoint=path, progress=False)
    with pytest.raises(rcgan.ModelFileError, match="another run"):
        family(**{**TINY, "seed": 1}).fit(windows, checkpoint=path, resume=True, progress=False)
    resumed = family(**TINY)
    resumed.fit(windows, checkpoint=path, resume=True, progress=False)
    assert alike(resumed, model)
    assert same(resumed.sample(20), model.sample(20))


def test_seeds_decide(family: type[WindowGAN], windows: rcgan.Windows, model: WindowGAN) -> None:
    again, other = (family(**TINY, seed=seed).fit(windows, progress=False) for seed in (0, 1))
    assert alike(again, model) and not alike(other, model)
    assert same(again.sample(20, seed=5), model.sample(20, seed=5))
    assert not same(model.sample(20, seed=5), model.sample(20, seed=6))
    assert not same(model.sample(20, seed=5), other.sample(20, seed=5))
    assert same(model.sample(50, seed=5)[:20], model.sample(20, seed=5))


def test_hidden_cells_and_padding_teach_nothing(
    family: type[WindowGAN], windows: rcgan.Windows, model: WindowGAN, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = ModelSpace.encode

    def noisy(self: ModelSpace, values: np.ndarray) -> Encoded:
        found = encode(self, values)
        noise = np.random.default_rng(0).normal(0, 100, found.x.shape).astype(np.float32)
        return found._replace(x=found.x + noise * (1 - found.mask))

    monkeypatch.setattr(ModelSpace, "encode", noisy)
    blind = family(**TINY).fit(windows, progress=False)
    pd.testing.assert_frame_equal(
        blind.history_.drop(columns="seconds"), model.history_.drop(columns="seconds"), rtol=1e-4
    )
    for name, weight in weights(model).items():
        assert torch.allclose(weights(blind)[name], weight, atol=1e-5), name
    assert np.allclose(blind.features(windows), model.features(windows), atol=1e-4)


def test_rows_in_no_window_teach_nothing(family: type[WindowGAN], windows: rcgan.Windows) -> None:
    some = np.flatnonzero(np.arange(len(windows)) % 5 > 0)
    few = replace(windows[some], lengths=np.asarray(windows.lengths)[some] - 1)
    table = windows.table.copy()
    table[~few.rows()] = table[0]
    one, other = (family(**TINY).fit(given, progress=False) for given in (few, replace(few, table=table)))
    assert alike(one, other)


def test_features_are_of_windows_alone(model: WindowGAN, windows: rcgan.Windows) -> None:
    features = model.features(windows)
    assert features.shape == (len(windows), features.shape[1]) and features.dtype == np.float32
    assert np.isfinite(features).all() and features.std(0).max() > 0
    assert np.array_equal(model.features(windows), features)
    assert np.allclose(model.features(windows[20:30]), features[20:30], atol=1e-5)
    assert windows.codes is not None
    others = replace(windows, codes=windows.codes[::-1].copy(), static_table=windows.static_table[::-1].copy())
    assert np.array_equal(model.features(others), features)
    assert np.array_equal(model.features(windows.bare()), features)
    with pytest.raises(rcgan.DataError, match="no windows"):
        model.features(windows[:0])


@pytest.mark.parametrize("name", AUTOENCODING)
def test_reconstructions_stand_beside_their_windows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = windows_for(MODELS[name])
    model: Any = MODELS[name](**TINY).fit(windows, progress=False)
    whole = model.reconstruct(windows)
    assert same(whole, model.reconstruct(windows))
    assert whole.shape == windows.shape and whole.lengths.tolist() == windows.lengths.tolist()
    expected = windows if model.conditional else windows.bare()
    assert whole.schema == expected.schema
    assert (whole.codes is None and expected.codes is None) or np.array_equal(whole.codes, expected.codes)
    monkeypatch.setattr(templates, "KEPT", 7)  # of training windows; not of those to be reconstructed
    assert same(model.reconstruct(windows), whole)
    monkeypatch.setattr(estimator, "CHUNK", 16)  # each chunk draws its own noise
    twice = model.reconstruct(windows[np.zeros(32, np.int64)]).values[..., 1]
    assert not np.array_equal(twice[:16], twice[16:], equal_nan=True)


def test_windows_of_one_step_are_learned_or_refused(family: type[WindowGAN]) -> None:
    table = pd.DataFrame(np.random.default_rng(0).integers(3, size=(40, 3)), columns=["a", "b", "c"])
    table = table.assign(row=np.arange(40), label=np.arange(40) % 2)
    kind = {"categorical" if family.only_categories else "continuous": ["a", "b", "c"]}
    windows = rcgan.Windows.from_frame(table, group="row", label="label", **kind)
    model = family(**TINY)
    if family.least_steps > 1:
        with pytest.raises(rcgan.DataError, match="two windows of two steps at least; found 40 of 1"):
            model.fit(windows, progress=False)
    else:
        assert model.fit(windows, progress=False).sample(5).shape == (5, 1, 3)
        assert np.isfinite(model.features(windows)).all()


def test_few_templates_are_kept(family: type[WindowGAN], windows: rcgan.Windows, monkeypatch: Any) -> None:
    monkeypatch.setattr(templates, "KEPT", 7)
    made = family(**{**TINY, "steps": 1}).fit(windows, progress=False)
    assert len(made._templates) == 7 and len(made.sample(50)) == 50


def test_only_the_width_of_the_code_is_given_by_place(family: type[WindowGAN]) -> None:
    """A newer version may bring parameters in any order."""
    asked = inspect.signature(family).parameters.values()
    assert [p.name for p in asked if p.kind is not p.KEYWORD_ONLY] == ["latent_dim"]
    assert family(3).latent_dim == 3
