"""The loop: resumption, budgets, guards."""

from __future__ import annotations

import runpy
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rcgan
from rcgan import storage, training
from rcgan.data.traits import Traits
from rcgan.game.round import Batch, Draws
from rcgan.networks.spectral import spectral
from rcgan.recipes import rcgan as recipe
from rcgan.training import Settings, Training

TRAITS = Traits(10_000, 6, (), 0, (0.5,), (1.4,), holes=False)  # draw never gives a window twice


def draw(draws: Draws) -> Batch:
    x = draws.normal("data", 16, 6, 1)
    return Batch(x, torch.zeros(16, 0), torch.ones_like(x), torch.ones(16, 6, 1))


def game(steps: int, fingerprint: str = "a", draws: Any = draw, **settings: Any) -> Training:
    torch.manual_seed(0)
    return Training(recipe(TRAITS, latent=2, hidden=8), draws, Settings(steps, **settings), fingerprint)


def weights(run: Training) -> list[torch.Tensor]:
    return [*run.game.networks.state_dict().values(), *run.average.state_dict().values()]


class Interrupted(Exception):
    """Stands for whatever ends a run."""


def test_a_resumed_run_ends_with_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    path, whole = tmp_path / "c", game(150)
    whole.run(progress=False)

    def failing(draws: Draws) -> Batch:
        if draws.key[1] == 97:
            raise Interrupted
        return draw(draws)

    with pytest.raises(Interrupted):
        game(150, draws=failing).run(path, progress=False)
    resumed = game(150)
    resumed.resume(path)
    assert resumed.step == 90
    resumed.run(progress=False)
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(resumed), strict=True))
    assert [h["step"] for h in resumed.history] == [h["step"] for h in whole.history]


def test_killed_processes_resume_bit_for_bit() -> None:
    """SIGKILL at random moments; the benchmark does it ten times."""
    script = Path(__file__).parent.parent / "benchmarks" / "resume.py"
    found = runpy.run_path(str(script))["compare"](kills=2, steps=240)
    assert found["same_bits"] and found["kills"] == 2


def test_a_foreign_checkpoint_is_refused(tmp_path: Path) -> None:
    game(5).save(tmp_path / "c")
    with pytest.raises(rcgan.ModelFileError, match="belongs to another run"):
        game(5, fingerprint="b").resume(tmp_path / "c")


def test_another_fit_does_not_take_up_a_checkpoint(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(30, 6))
    small: dict[str, Any] = {"latent_dim": 2, "hidden": 8, "steps": 3}
    path = tmp_path / "c"
    model = rcgan.RCGAN(**small)
    other = Training(recipe(TRAITS, latent=2, hidden=8), draw, Settings(3))
    other.save(path)
    with pytest.raises(rcgan.ModelFileError, match="another run"):
        model.fit(X, checkpoint=path, resume=True, progress=False)


def test_minutes_end_a_run_and_the_learning_rate_still_falls_to_zero() -> None:
    run = game(10**6, minutes=0.2)
    began = time.monotonic()
    run.run(progress=False)
    assert 6 < time.monotonic() - began < 20
    assert run.step == run.total
    assert run.optimisers["generator"].param_groups[0]["lr"] < 1e-5


def test_not_a_number_stops_with_a_plain_message() -> None:
    def poisoned(draws: Draws) -> Batch:
        b = draw(draws)
        return b._replace(x=b.x * float("nan")) if draws.key[1] == 40 else b

    with pytest.raises(rcgan.DivergedError, match=r"diverged before step 60: the loss 'critic .* is nan"):
        game(100, draws=poisoned).run(progress=False)


def test_collapse_is_told() -> None:
    run = game(300, learning_rate=1e-12)
    with torch.no_grad():
        for name, weight in run.game.networks["generator"].named_parameters():
            if any(last in name for last in ("out", "skip", "per_window.4")):
                weight.zero_()
        run.average.load_state_dict(run.game.networks.state_dict())
    with pytest.warns(rcgan.CollapseWarning, match="vary 0.0% as much as real ones"):
        run.run(progress=False)


def test_no_warning_without_collapse() -> None:
    run = game(300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.run(progress=False)
    assert run.history[-1]["variety"] > 0.3


def test_history_names_every_term() -> None:
    run = game(30)
    run.run(progress=False)
    assert set(run.history[-1]) == {
        "step",
        "seconds",
        "critic relativistic",
        "critic zero_centred_penalty",
        "generator relativistic",
        "variety",
        "distance",
    }


def test_the_average_follows_the_weights() -> None:
    """After one step the average is weights * 1/11 of the way... decay min(.999, n / (n + 10))."""
    run = game(1)
    before = run.average["generator"].generator.out.weight.clone()  # pyright: ignore
    run.run(progress=False)
    now, mean = (each["generator"].generator.out.weight for each in (run.game.networks, run.average))  # pyright: ignore
    assert torch.allclose(mean, before + (now - before) * 10 / 11, atol=1e-7)


def test_laws_are_held_and_written_once(tmp_path: Path) -> None:
    """Laws are fitted before the first step, and may be hundreds of megabytes: the average has the same tensors."""
    run, path = game(3), tmp_path / "c"
    run.run(progress=False)
    playing = dict(run.game.networks.named_buffers())
    assert playing and all(buffer is playing[name] for name, buffer in run.average.named_buffers())
    run.save(path)
    _, tensors = storage.read(path, "checkpoint")
    averaged = {name.removeprefix("average.") for name in tensors if name.startswith("average.")}
    assert averaged == {name for name, _ in run.average.named_parameters()}


def test_the_average_has_buffers_that_a_network_replaces() -> None:
    """The power iteration of a normalised layer leaves new vectors in the place of the old ones."""
    run = game(3)
    spectral(run.game.networks["critic"])
    run = Training(run.game, draw, run.settings)
    before = dict(run.average.named_buffers())
    run.run(progress=False)
    playing, mean = (dict(networks.named_buffers()) for networks in (run.game.networks, run.average))
    replaced = [name for name, buffer in playing.items() if buffer is not before[name]]
    assert replaced and all(mean[name] is playing[name] for name in replaced)
