"""Importance resampling: the law that it tends to, by hand, and that a model's critic is asked."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from torch import Tensor

import rcgan
from rcgan.game.importance import CANDIDATES, resampled
from rcgan.game.round import Draws


def test_normal_numbers_become_those_of_another_mean() -> None:
    """N(1, 1) over N(0, 1) has the log odds x - 1/2."""
    made = (torch.randn(20_000, 1, 1, generator=torch.Generator().manual_seed(k)) for k in range(100))
    kept = resampled(made, lambda x: x[:, 0, 0] - 0.5, Draws(0))
    assert kept.mean().item() == pytest.approx(1, abs=0.05)
    assert kept.std().item() == pytest.approx(1, abs=0.05)


def test_two_candidates_are_kept_by_their_odds() -> None:
    """Of -a and a with odds e^2 to 1: 1 / (1 + e^-2) = .8808 of the second."""
    made = [torch.full((40_000, 1, 1), a) for a in (-1.0, 1.0)]
    kept = resampled(made, lambda x: x[:, 0, 0], Draws(1))
    assert (kept > 0).float().mean().item() == pytest.approx(0.8808, abs=0.01)


def test_where_nothing_is_told_all_candidates_are_as_likely() -> None:
    made = [torch.full((40_000, 1, 1), float(k)) for k in range(4)]
    kept = resampled(made, lambda x: x.new_zeros(len(x)), Draws(2)).flatten().tolist()
    assert all(count / 40_000 == pytest.approx(0.25, abs=0.01) for count in Counter(kept).values())


def test_no_window_depends_on_the_others() -> None:
    def made(n: int) -> list[Tensor]:
        return [Draws("made", k).normal("x", n, 6).unflatten(1, (3, 2)) for k in range(3)]

    few, many = (resampled(made(n), lambda x: x.sum((1, 2)), Draws(3)) for n in (5, 50))
    assert torch.equal(few, many[:5])


def walks(n: int = 300) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 24, 2)).cumsum(1).astype(np.float32)


def test_what_a_model_gives_is_what_its_critic_finds_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates drawn by their odds have larger odds in the mean than candidates as they come."""
    x = walks()
    x[np.random.default_rng(1).random(x.shape) < 0.02] = np.nan  # holes: the critic sees where they are
    model = rcgan.RCGAN(steps=150, hidden=16, seed=0).fit(x, progress=False)

    def odds() -> float:
        made = model.sample(800, seed=1, missing=True)
        return float(model._ask(made, lambda r: r.judge(r.critic.see(r.x, r.mask, r.y, r.valid))).mean())

    chosen = odds()
    monkeypatch.setattr(rcgan.RCGAN, "_candidates", 1)
    assert chosen > odds()


def test_who_gives_windows_as_they_come() -> None:
    """Wasserstein's scores are no odds, smooth windows were put right behind them, many channels are known by heart."""
    t = np.linspace(0, 2 * np.pi, 24)
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, (600, 1))
    smooth = np.sin(t + phases)[..., None].astype(np.float32)
    rough = rcgan.RCGAN(steps=2, hidden=8).fit(walks(), progress=False)
    wasserstein = rcgan.RCGAN(steps=2, hidden=8, objective="wasserstein").fit(walks(), progress=False)
    even = rcgan.RCGAN(steps=2, hidden=8).fit(smooth, progress=False)
    many = rcgan.RCGAN(steps=2, hidden=8).fit(np.random.default_rng(0).normal(size=(100, 8, 17)), progress=False)
    assert [model._candidates for model in (rough, wasserstein, even, many)] == [CANDIDATES, 1, 1, 1]
