"""Laws of innovations: windows move as real ones do, and repeat no more than a stretch of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import kurtosis
from torch.nn import functional as F

from rcgan import RCGAN, Windows, load
from rcgan.data.traits import Traits
from rcgan.networks.coloured import ColouredNoise
from rcgan.networks.innovations import Innovations
from tests.networks.loads import STEPS, Doubles, drawn, fitted, loads, seldom


def test_an_autoregression_keeps_its_moments() -> None:
    """corr(x_t, x_{t+k}) = .9^k."""
    made = drawn(fitted(loads(4000)), 8000)
    assert made.mean((0, 1)).abs().max() < 0.1
    assert made.var((0, 1)).numpy() == pytest.approx(1, abs=0.15)
    for lag in (1, 4):
        together = (made[:, lag:] * made[:, :-lag]).mean() / made.square().mean()
        assert float(together) == pytest.approx(0.9**lag, abs=0.04)


@pytest.mark.parametrize("steps", [2, 3, 4, 5])
def test_windows_shorter_than_the_autoregression_keep_their_moments(steps: int) -> None:
    made = drawn(fitted(loads(4000)[:, :steps]), 8000)
    together = (made[:, 1:] * made[:, :-1]).mean() / made.square().mean()
    assert float(together) == pytest.approx(0.9, abs=0.04)


def test_moves_are_as_quiet_and_as_large_as_real_ones_and_at_the_same_steps() -> None:
    """Of all channels at once; a normal law has a kurtosis of 3, and sizes that do not go together."""
    x = loads(4000)
    noise, normal = fitted(x), ColouredNoise(STEPS, 2, 0, 1, windows=4000)
    normal.fit(torch.from_numpy(x).float(), torch.ones(x.shape), torch.zeros(4000, 0))
    sums = normal(torch.randn(4000, STEPS, 2, generator=torch.Generator().manual_seed(1)), torch.zeros(4000, 0))

    def told(windows: Doubles) -> tuple[float, float]:
        moves = np.diff(windows, axis=1).reshape(-1, 2)
        return float(kurtosis(moves[:, 0], fisher=False)), float(np.corrcoef(np.abs(moves).T)[0, 1])

    real, made, summed = told(x), told(drawn(noise).double().numpy()), told(sums.double().numpy())
    assert made == (pytest.approx(real[0], rel=0.15), pytest.approx(real[1], abs=0.05))
    assert summed[0] < real[0] / 3
    assert summed[1] < real[1] / 3


def test_the_first_step_is_no_windows_own() -> None:
    """Of n windows of c channels, h = (4 / (n (c + 2)))^(1 / (c + 4)), and variances stay as they are."""
    x = loads(4000)
    noise = fitted(x)
    first = drawn(noise)[:, 0].double()
    n = int(noise.real.count[0])
    h = (4 / (n * 4)) ** (1 / 6)
    own = torch.from_numpy(x[:, 0])
    assert float(torch.cdist(first, own).amin(1).median()) > 0.2 * float(
        torch.cdist(own, own).sort(1)[0][:, 1].median()
    )
    assert first.var(0).numpy() == pytest.approx(own.var(0).numpy(), rel=0.2)
    noise.factor.zero_()
    assert drawn(noise)[:, 0].var(0).numpy() == pytest.approx((1 - h**2) * own.var(0).numpy(), rel=0.2)


def test_each_state_moves_as_it_does() -> None:
    x = loads(4000)
    of = np.arange(4000) % 2
    x *= np.where(of, 1.0, 0.1)[:, None, None]
    y = F.one_hot(torch.from_numpy(of), 2).float()
    noise = fitted(x, y, regimes=2)
    for state, size in ((0, 0.1), (1, 1.0)):
        asked = F.one_hot(torch.full((2000,), state), 2).float()
        assert float(drawn(noise, 2000, asked).std()) == pytest.approx(size, rel=0.1)


def test_labels_and_statics_tell_the_mean() -> None:
    rng = np.random.default_rng(0)
    x, level = loads(4000), rng.normal(size=4000)
    of = np.arange(4000) % 2
    y = torch.cat([F.one_hot(torch.from_numpy(of), 2), torch.from_numpy(level)[:, None]], 1).float()
    noise = fitted(x + (10.0 * of + 2.0 * level)[:, None, None], y, labels=2)
    asked = torch.tensor([[0.0, 1.0, 1.5]]).expand(4000, 3)
    assert float(drawn(noise, 4000, asked).mean()) == pytest.approx(10 + 2 * 1.5, abs=0.15)


def test_what_rests_is_taken_as_it_was_and_nothing_is_added() -> None:
    x = loads(2000)
    on = np.random.default_rng(0).uniform(size=(2000, STEPS // 4)).repeat(4, 1) < 0.3
    x[..., 1] = np.where(on, np.random.default_rng(1).exponential(size=on.shape), -0.5)
    noise = fitted(x)
    made = drawn(noise, 2000)
    rests = (made[..., 1] + 0.5).abs() < 1e-5
    assert float(rests.double().mean()) == pytest.approx(0.7, abs=0.05)
    together = noise.joined(made, torch.ones_like(made), torch.zeros(2000, 0))
    assert torch.equal(together[..., 1], made[..., 1])
    assert torch.equal(together[..., 0], made[..., 0] + 1)


def test_what_rests_and_categories_are_what_they_were_whatever_statics_say() -> None:
    """A machine is off, with a current of exactly 0, or on; a static moves the other channel."""
    rng = np.random.default_rng(0)
    n, level = 3000, rng.normal(size=3000)
    on = np.cumsum(rng.uniform(size=(n, STEPS + 1)) < 0.1, axis=1)[:, 1:] + rng.integers(2, size=(n, 1))
    on = on % 2 == 1  # it is switched one step in ten
    current = np.where(on, rng.exponential(size=on.shape), 0.0)
    x = np.stack([loads(n)[..., 0] + 2 * level[:, None], current, on, ~on], -1)
    white, y = torch.randn(n, STEPS, 2), torch.from_numpy(level)[:, None].float()
    noise = fitted(x, y, blocks=(2,))
    made = noise.joined(noise(white, y), torch.ones(n, STEPS, 2), y).double().numpy()
    kinds = made[..., 2:]
    assert np.abs(kinds - kinds.round()).max() < 1e-5
    assert (kinds.sum(-1).round() == 1).all()
    is_on = kinds[..., 0] > 0.5
    assert is_on.mean() == pytest.approx(0.5, abs=0.03)
    assert (is_on[:, 1:] != is_on[:, :-1]).mean() == pytest.approx(0.1, abs=0.02)
    assert np.abs(made[..., 1][~is_on]).max() < 1e-5
    assert made[..., 1][is_on].mean() == pytest.approx(1, abs=0.05)
    assert np.corrcoef(made[..., 0].mean(1), level)[0, 1] > 0.9


def test_windows_of_categories_alone_go_on_as_they_did() -> None:
    """One of three is changed for any of them at three steps in ten, by two steps in ten for another one."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(3, size=(300, STEPS))
    last = np.maximum.accumulate(np.arange(STEPS) * (rng.uniform(size=(300, STEPS)) < 0.3), axis=1)
    kinds = np.take_along_axis(kinds, last, 1)
    table = pd.DataFrame({"run": np.repeat(np.arange(300), STEPS), "kind": np.array(["a", "b", "c"])[kinds.ravel()]})
    table["is_a"] = np.where(table.kind == "a", "yes", "no")
    model = RCGAN(steps=2, seed=0).fit(Windows.from_frame(table, group="run", window=STEPS), progress=False)
    made = model.sample(1000, seed=0).values
    assert (np.diff(made[..., 0], axis=1) != 0).mean() == pytest.approx(0.2, abs=0.04)
    assert ((made[..., 0] == 0) == (made[..., 1] == 1)).all()


def test_windows_of_unequal_lengths_keep_their_moments_to_the_end() -> None:
    """An autoregression of .9 around 5, of 6 to 24 steps; beyond its end a window is told as 0."""
    length = torch.from_numpy(np.random.default_rng(0).integers(6, STEPS + 1, size=4000))
    inside = (torch.arange(STEPS) < length[:, None])[..., None].double().repeat(1, 1, 2)
    noise = fitted(5 + loads(4000), mask=inside.numpy())
    white = torch.randn(4000, STEPS, 2, generator=torch.Generator().manual_seed(1))
    made = noise(white, torch.zeros(4000, 0), length) - 5
    for step in (0, 5, 12, 20, 23):
        there = made[length > step, step]
        assert there.mean().abs() < 0.25
        assert float(there.var()) == pytest.approx(1, abs=0.3)
        if step:
            assert float((there * made[length > step, step - 1]).mean()) == pytest.approx(0.9, abs=0.25)


@pytest.mark.parametrize("holes", [0.0, 0.1])
def test_what_is_quiet_in_a_category_stays_so_whatever_statics_say(holes: float) -> None:
    """A machine's force is 100 with a standard deviation of 10 while it runs, and 2 with one of .1 while it idles."""
    rng = np.random.default_rng(0)
    n = 600
    on = (np.cumsum(rng.uniform(size=(n, STEPS)) < 0.05, axis=1) + rng.integers(2, size=(n, 1))) % 2 == 1
    force = np.where(on, 100 + 10 * loads(n)[..., 0], 2 + 0.1 * rng.normal(size=on.shape))
    x = np.stack([force, on, ~on], -1)
    mask = np.ones_like(x)
    mask[..., 0] = rng.uniform(size=on.shape) >= holes
    machine = torch.from_numpy(np.eye(3)[rng.integers(3, size=n)]).float()
    noise = fitted(x, machine, blocks=(2,), mask=mask)
    made = noise(torch.randn(n, STEPS, 3, generator=torch.Generator().manual_seed(1)), machine).double().numpy()
    is_on = made[..., 1] > 0.5
    assert made[..., 0][~is_on].mean() == pytest.approx(2, abs=0.05)
    assert made[..., 0][~is_on].std() == pytest.approx(0.1, rel=0.5)
    assert made[..., 0][is_on].mean() == pytest.approx(100, abs=2)
    assert made[..., 0][is_on].std() == pytest.approx(10, rel=0.25)


def test_a_channel_that_most_windows_lack_leaves_the_others_as_they_are() -> None:
    """Two of three machines have no meter of the first load."""
    rng = np.random.default_rng(0)
    on = rng.uniform(size=(900, STEPS)) < 0.5
    x = np.concatenate([loads(900), np.stack([on, ~on], -1)], 2)
    mask = np.ones_like(x)
    mask[np.arange(900) % 3 > 0, :, 0] = 0
    made = drawn(fitted(x, blocks=(2,), mask=mask), 900)
    assert made.isfinite().all()
    assert made[..., 1].var().numpy() == pytest.approx(1, abs=0.15)
    assert made[..., 2].mean().numpy() == pytest.approx(0.5, abs=0.05)


def test_what_jumps_about_is_held_as_often_whatever_is_added() -> None:
    """Set points that are drawn anew at one step in three, in both channels."""
    rng = np.random.default_rng(0)
    changes = rng.uniform(size=(3000, STEPS)) < 1 / 3
    last = np.maximum.accumulate(np.arange(STEPS) * changes, axis=1)
    x = np.take_along_axis(seldom(rng, 3000, STEPS, 2), last[:, :, None], 1)
    noise = fitted(x)
    assert not noise.resting.any()
    made = noise.joined(drawn(noise, 3000), torch.randn(3000, STEPS, 2), torch.zeros(3000, 0))
    still = (made.diff(dim=1) == 0).all(2).double()
    assert float(still.mean()) == pytest.approx(2 / 3, abs=0.03)


def test_what_holds_its_value_is_held_as_often_and_as_long_whatever_is_added() -> None:
    """A sensor that reports a walk when it is .5 from what it told: it holds for (.5 / .1)^2 = 25 steps and more."""
    walk = np.random.default_rng(0).normal(size=(2000, STEPS + 100, 2)).cumsum(1) * 0.1
    told = np.zeros_like(walk)
    for step in range(1, told.shape[1]):
        far = np.abs(walk[:, step] - told[:, step - 1]) >= 0.5
        told[:, step] = np.where(far, walk[:, step], told[:, step - 1])
    x = told[:, 100:]
    noise = fitted(x / x.std())
    made = drawn(noise, 2000)
    held = np.diff(x, axis=1) == 0
    once, twice = held.mean(), (held[:, 1:] & held[:, :-1]).mean()
    for windows in (made, noise.joined(made, torch.randn_like(made), torch.zeros(2000, 0))):
        still = windows.diff(dim=1) == 0
        assert float(still.double().mean()) == pytest.approx(once, abs=0.01)
        assert float((still[:, 1:] & still[:, :-1]).double().mean()) == pytest.approx(twice, abs=0.02)
    assert float(made.diff(dim=1).std()) == pytest.approx(float(np.diff(x, axis=1).std() / x.std()), rel=0.15)


def test_as_many_moves_of_none_are_held_as_are_said_to_be() -> None:
    x = np.random.default_rng(0).integers(2, size=(2000, STEPS, 2)).cumsum(1) + 0.0  # half of the moves are none
    noise = Innovations(STEPS, 2, 0, 1, labels=0, windows=2000)
    x = torch.from_numpy(x / x.std()).float()
    noise.fit(x, torch.ones_like(x), torch.zeros(2000, 0), holding=torch.tensor([0.4, 1.0]))
    held = (drawn(noise, 4000).diff(dim=1) == 0).double().mean((0, 1))
    assert held.tolist() == pytest.approx([0.2, 0.5], abs=0.02)


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        ("nothing", True),
        ("normal", False),
        ("few", True),
        ("very few", False),
        ("smooth", False),
        ("all have holes", True),
        ("a third lacks much", True),
        ("most lack much", False),
        ("a label lacks much", False),
        ("few with categories", True),
        ("normal with categories", True),
        ("very few with categories", True),
        ("categories and most lack much", True),
        ("short windows", True),
    ],
)
def test_innovations_are_taken_where_moves_have_heavy_tails_or_there_are_categories(changed: str, taken: bool) -> None:
    x = loads(2000, 0.5)
    if changed == "smooth":
        x = seldom(np.random.default_rng(0), 2000, 1, 2) * np.arange(STEPS)[:, None]
    if changed.startswith("normal"):
        x = np.random.default_rng(0).normal(size=x.shape).cumsum(1)
    mask = np.ones(x.shape, np.float32)
    codes = np.arange(2000) // 1500
    third = np.arange(2000) % 3 == 0
    most = codes == 0
    lacking = {"a third lacks much": third, "a label lacks much": codes == 1}
    lacking |= {"most lack much": most, "categories and most lack much": most}
    mask[lacking.get(changed, []), :7, 0] = 0
    if changed == "short windows":
        mask[:, STEPS // 2 :] = 0
    if changed == "all have holes":
        mask[:, :6, 0] = 0
    valid = np.ones((2000, STEPS, 1), np.float32)
    windows = 150 if changed.startswith("very few") else 250 if changed.startswith("few") else 2000
    kinds = np.eye(2)[np.random.default_rng(0).integers(2, size=x.shape[:2])]
    blocks = (2,) if "categories" in changed else ()
    if blocks:
        x, mask = np.concatenate([x, kinds], 2), np.concatenate([mask, np.ones_like(mask)], 2)
    x = x.astype(np.float32)
    traits = Traits.measure(x, mask, valid, windows=windows, codes=codes, blocks=blocks, condition=0)
    assert traits.resampled is taken


def test_windows_with_holes_and_short_ones_leave_the_law_as_it_is() -> None:
    """A third of the windows lack a value or their end; those made are whole, and as lively as the others were."""
    x = loads(2400, 0.5)
    moves = np.diff(x, axis=1)
    x[::6, 7, 1] = np.nan
    x[3::6, STEPS // 2 :] = np.nan
    model = RCGAN(steps=2, seed=0).fit(x, progress=False)
    assert model.traits_.resampled
    made = model.sample(2000, seed=0)
    long = made.values[made.lengths == STEPS]
    assert (made.lengths == STEPS // 2).mean() == pytest.approx(1 / 6, abs=0.03)
    assert np.isfinite(long).all()
    for told in (np.std, kurtosis):
        assert told(np.diff(long, axis=1), axis=None) == pytest.approx(told(moves, axis=None), rel=0.2)


def test_outages_in_every_window_leave_no_straight_lines() -> None:
    """Each window lacks six steps of one of two loads: a line there has moves of one size, and real ones have not."""
    x = loads(2000)
    moves = np.diff(x, axis=1)
    at = np.random.default_rng(0).integers(STEPS - 6, size=2000)
    mask = np.ones(x.shape)
    for j in range(6):
        mask[np.arange(2000), at + j, np.arange(2000) % 2] = 0
    made = drawn(fitted(x, mask=mask)).double().numpy()
    bends = np.abs(np.diff(made, n=2, axis=1)).mean() / np.abs(np.diff(x, n=2, axis=1)).mean()
    assert bends == pytest.approx(1, abs=0.1)
    for told in (np.std, kurtosis):
        assert told(np.diff(made, axis=1), axis=None) == pytest.approx(told(moves, axis=None), rel=0.2)


def test_a_model_of_innovations_is_saved_and_samples_the_same(tmp_path: Path) -> None:
    model = RCGAN(steps=2, seed=0).fit(loads(1500, 0.5), progress=False)
    assert model.traits_.resampled
    model.save(tmp_path / "loads.rcgan")
    made = model.sample(1100, seed=3).values
    assert np.allclose(made[:5], model.sample(5, seed=3).values, atol=1e-5)
    assert np.array_equal(made, load(tmp_path / "loads.rcgan").sample(1100, seed=3).values)
