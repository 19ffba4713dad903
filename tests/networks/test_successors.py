"""Laws of successors: of which real window the next stretch is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from rcgan.networks import successors
from tests.networks.loads import STEPS, Doubles, drawn, fitted, loads, seldom


def spells(category: Doubles) -> Doubles:
    """How long a category lasts, where it begins and ends within a window."""
    switched = [np.flatnonzero(np.diff(window)) for window in category]
    return np.concatenate([np.diff(at) for at in switched])


def test_no_category_lasts_shorter_than_it_does() -> None:
    """Spells of 6 to 11 steps, in windows cut at any step of a long row of them, beside a load."""
    rng = np.random.default_rng(0)
    lasts = rng.integers(6, 12, size=5000)
    row = np.repeat(np.arange(5000) % 2, lasts)
    begin = rng.integers(len(row) - 48, size=500)
    on = row[begin[:, None] + np.arange(48)]
    x = np.stack([seldom(rng, 500, 48), on, 1 - on], 2)
    made = spells(drawn(fitted(x, blocks=(2,)), 2000)[..., 1].double().numpy())
    assert (made < 6).mean() < 0.02
    assert made.mean() == pytest.approx(spells(on).mean(), rel=0.1)


def test_what_comes_with_the_hour_goes_on_with_it() -> None:
    """A load that is switched on at one hour of twelve, in windows that begin at any: 3 of twelve steps at 4, else 0.

    After twelve steps it is where it was, so that the variance of changes is that of the noise; by chance it would be
    elsewhere at 2 . 3/12 . 9/12 of the steps, by 4 each.
    """
    rng = np.random.default_rng(0)
    hour = (rng.integers(12, size=(2000, 1)) + np.arange(60)) % 12
    x = (4.0 * (hour < 3) - 1 + 0.5 * seldom(rng, 2000, 60))[..., None]
    made = drawn(fitted(x), 2000).double().numpy()
    changes = [(w[:, 12:] - w[:, :-12]).var() for w in (x, made)]
    assert changes[0] == pytest.approx(0.5, rel=0.05)
    assert changes[1] < 0.5 + 0.1 * 6


def places(steps: int, stride: int, place: Tensor | None) -> NDArray[np.int64]:
    """Where in a series of 4000 values each step of windows made of it was, but for the first, which is smoothed.

    Without an autoregression values are those of the series, and no two are alike: their places can be told.
    """
    order = np.random.default_rng(0).permutation(4000)
    x = np.stack([order[i : i + steps] for i in range(0, 4000 - steps, stride)])[:, :, None] / 1000
    noise = fitted(x, place=place)
    noise.carry.zero_()
    noise.factor.zero_()
    noise.means.copy_(torch.from_numpy(x.mean(0)) - noise.mean.unflatten(1, (steps, 1)))
    made = (drawn(noise)[:, 1:, 0].double().numpy() * 1000).round().astype(int)
    return order.argsort()[made.clip(0, 3999)]


@pytest.mark.parametrize(("steps", "stretch"), [(24, 8), (96, 16)])
def test_no_more_than_a_stretch_of_a_series_is_repeated(steps: int, stretch: int) -> None:
    """A third of a window, and 16 steps at most."""
    at = places(steps, 1, None)
    goes_on = np.diff(at, axis=1) == 1
    longest = run = np.zeros(len(at), int)
    for column in goes_on.T:
        run = np.where(column, run + 1, 0)
        longest = np.maximum(longest, run + 1)
    assert longest.max() == stretch
    assert goes_on.mean() == pytest.approx(1 - 1 / stretch, abs=0.01)  # a stretch begins anywhere


def test_windows_end_as_real_ones_do_however_long_they_are() -> None:
    """A batch heats for 4 steps, is held for 4 to 16, and cools for 4: the last four steps of all are cool."""
    rng = np.random.default_rng(0)
    n = 400
    length = torch.from_numpy(rng.integers(12, STEPS + 1, size=n))
    left = length[:, None] - torch.arange(STEPS)
    inside = (left > 0)[..., None].double().repeat(1, 1, 4)
    phase = torch.where(left <= 4, 2, 1)
    phase[:, :4] = 0
    level = 10.0 * phase + torch.from_numpy(rng.normal(size=(n, STEPS)))
    x = torch.cat([level[..., None], F.one_hot(phase, 3).double()], 2) * inside
    noise = fitted(x.numpy(), blocks=(3,), mask=inside.numpy())
    made = noise(torch.randn(n, STEPS, 4, generator=torch.Generator().manual_seed(1)), torch.zeros(n, 0), length)
    is_same = made[..., 1:].argmax(2) == phase
    assert is_same[left > 0].double().mean() > 0.93  # phases may turn a step early or late
    assert is_same[left == 1].double().mean() > 0.97
    off = (made[..., 0] - 10 * made[..., 1:].argmax(2))[left > 0]
    assert off.mean().abs() < 0.1
    assert float(off.std()) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(("told", "nearest"), [(True, 3 * STEPS), (False, 3 * STEPS * 8)])
def test_a_stretch_goes_on_three_windows_lengths_away(told: bool, nearest: int) -> None:
    """Windows are cut at every eighth step; if that is not told, at every one, for all that is known."""
    at = places(STEPS, 8, torch.arange(0, 4000 - STEPS, 8) if told else None)
    gone = np.abs(np.diff(at, axis=1))
    gone = gone[gone != 1] + 1  # the step that would have come next
    assert nearest - 1 <= gone.min() <= nearest + 8


def test_windows_go_on_as_those_of_the_same_statics_did() -> None:
    """Two machines: one is on at nine steps in ten, and follows itself by .95; the other at one, and by .5."""
    rng = np.random.default_rng(0)
    n, share = 2000, np.array([0.95, 0.5])
    x = np.concatenate([loads(n // 2, each, seed) for seed, each in enumerate(share)])
    machine = np.repeat(np.eye(2), n // 2, axis=0)
    on = rng.uniform(size=(n, STEPS)) < (machine @ [0.9, 0.1])[:, None]
    x = np.concatenate([x, np.stack([on, ~on], -1)], 2)
    noise = fitted(x, torch.from_numpy(machine).float(), blocks=(2,))
    for told, rate, follows in zip(np.eye(2), (0.9, 0.1), share, strict=True):
        made = drawn(noise, 2000, torch.from_numpy(told).float().repeat(2000, 1)).double().numpy()
        assert made[..., 2].mean() == pytest.approx(rate, abs=0.05)
        moves = np.diff(made[..., :2], axis=1)
        assert moves.var() == pytest.approx(2 - 2 * follows, rel=0.35)  # of variance 1 and correlation .95 or .5


def test_a_state_of_few_windows_goes_on_as_all_do() -> None:
    x = loads(1000)
    of = torch.zeros(1000, dtype=torch.long)
    of[:3] = 1
    noise = fitted(x, F.one_hot(of, 3).float(), regimes=3)
    for state in range(3):
        made = drawn(noise, 500, F.one_hot(torch.full((500,), state), 3).float())
        assert float(made.diff(dim=1).std()) == pytest.approx(float(np.diff(x, axis=1).std()), rel=0.15)


@pytest.mark.parametrize("most", [300, 900, 100_000])
def test_many_windows_are_thinned_evenly(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(successors, "MOST", most * STEPS * 2)
    monkeypatch.setattr(successors, "EACH", 64)
    noise = fitted(loads(3000), F.one_hot(torch.arange(3000) % 30, 30).float(), regimes=30)
    assert noise.real.windows.shape[1] <= most
    assert int(noise.real.count.max()) <= 64
    for start, count in zip(noise.real.start.tolist(), noise.real.count.tolist(), strict=True):
        assert noise.real.place[start : start + count].double().mean() == pytest.approx(1500, rel=0.15)


def test_a_window_is_the_same_whatever_is_made_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = fitted(loads(2000))
    together = drawn(noise, 300)
    monkeypatch.setattr(successors, "COMPARED", 1)
    white = torch.randn(300, STEPS, 2, generator=torch.Generator().manual_seed(1))
    assert torch.equal(noise(white[:7], torch.zeros(7, 0)), together[:7])
