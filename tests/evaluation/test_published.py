from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from rcgan.data.windows import Windows
from rcgan.errors import DataError
from rcgan.evaluation import discriminative_score, predictive_score
from rcgan.evaluation.published import SmallGRUs, pair, predictive_scores, ready, train


def sines(n: int, seed: int, d: int = 5) -> np.ndarray:
    """The published benchmark's formula."""
    rng = np.random.default_rng(seed)
    f, p = rng.uniform(0, 0.1, (2, n, 1, d))
    return (np.sin(f * np.arange(24)[None, :, None] + p) + 1) / 2


@pytest.mark.parametrize(("channels", "units"), [(1, 1), (5, 2), (6, 3)])
def test_each_network_is_tensorflows_gru_and_a_dense_layer(channels: int, units: int) -> None:
    """r, u = sigmoid((x, h) W + b); h' = u h + (1 - u) tanh((x, r h) V + c), window by window, up to its end."""
    ours = SmallGRUs(3, channels, torch.Generator().manual_seed(0))
    for weight in ours.parameters():
        torch.nn.init.normal_(weight)
    x, lengths = torch.randn(3, 7, 9, channels), torch.randint(2, 10, (3, 7))
    full, ends = ours(x, torch.full((3, 7), 9), last=False), ours(x, lengths, last=True)
    for k, i in np.ndindex(3, 7):
        h, outputs = torch.zeros(units), []
        for step in x[k, i]:
            gates = torch.sigmoid(ours.gates[k] @ torch.cat([step, h]) + ours.gates_bias[k, :, 0])
            r, u = gates[:units], gates[units:]
            h = u * h + (1 - u) * torch.tanh(ours.new[k] @ torch.cat([step, r * h]) + ours.new_bias[k, :, 0])
            outputs.append(ours.out[k, 0] @ h + ours.out_bias[k, 0, 0])
        torch.testing.assert_close(full[k, i], torch.stack(outputs))
        torch.testing.assert_close(ends[k, i], outputs[lengths[k, i] - 1])


def test_networks_begin_as_tensorflow_has_it() -> None:
    """Glorot uniform kernels, both gates' as one matrix; the gates' bias is 1, the others 0."""
    ours = SmallGRUs(500, 6, torch.Generator().manual_seed(0), inputs=5)
    for weight, sizes in ((ours.gates, (5 + 3) + 6), (ours.new, (5 + 3) + 3), (ours.out, 3 + 1)):
        limit = (6 / sizes) ** 0.5
        found = weight.detach().numpy()
        assert 0.99 * limit < found.max() <= limit and -limit <= found.min() < -0.99 * limit
        assert found.std() == pytest.approx(limit / 3**0.5, rel=0.03)
    assert ours.gates_bias.unique().tolist() == [1]
    assert (ours.new_bias == 0).all() and (ours.out_bias == 0).all()


def test_networks_side_by_side_share_nothing() -> None:
    ours = SmallGRUs(2, 4, torch.Generator().manual_seed(0))
    ours(torch.randn(2, 3, 5, 4), torch.full((2, 3), 5), last=True)[0].sum().backward()
    for weight in ours.parameters():
        assert weight.grad is not None
        assert weight.grad[1].abs().max() == 0


def test_a_step_is_that_of_tensorflows_adam() -> None:
    """The first on a gradient g: 1e-3 sqrt(1 - .999) g / (sqrt(1 - .999) g + 1e-8); g = 1e-8."""
    network = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
    before = network.weight.item()
    train(network, lambda: 1e-8 * network.weight.sum(), 1, None)
    assert before - network.weight.item() == pytest.approx(1e-3 * 0.001**0.5 / (0.001**0.5 + 1))


def test_predictors_draw_their_own_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """From equal weights they come apart."""
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.full(shape, 0.7))
    scores = predictive_scores([pair(sines(300, 0), sines(300, 1))], repeats=3, iterations=5)[0]
    assert len(set(scores.tolist())) == 3


def test_two_real_sets_score_near_nothing_and_constants_near_a_half() -> None:
    real = sines(1000, 0)
    assert discriminative_score(real, sines(1000, 1), judges=3) < 0.05
    assert discriminative_score(real, np.full_like(real, 0.5), judges=3) > 0.45


def test_noise_is_seen() -> None:
    noisy = sines(1000, 1) + np.random.default_rng(0).normal(0, 0.2, (1000, 24, 5))
    assert discriminative_score(sines(1000, 0), noisy, judges=3) > 0.2


def test_the_predictive_score_of_real_sines_is_the_published_one() -> None:
    """.094 in the published tables, .093 in the latest; the error of guessing one half would be .2 and more."""
    assert predictive_score(sines(1000, 0), sines(1000, 1), repeats=1) == pytest.approx(0.0935, abs=0.003)


def test_predicting_a_channel_from_its_own_past() -> None:
    """With one channel: constant windows teach to repeat the last value, random ones do not."""
    real = np.repeat(np.random.default_rng(0).random((300, 1, 1)), 8, axis=1)
    taught = predictive_score(real, real, repeats=1, iterations=2500)
    untaught = predictive_score(real, np.random.default_rng(1).random(real.shape), repeats=1, iterations=2500)
    assert taught < 0.1 < 0.2 < untaught


def test_units_do_not_matter_beyond_rounding() -> None:
    x, y = sines(200, 0, 2), sines(200, 1, 2) + 0.1
    rows = [predictive_score(x * k + c, y * k + c, repeats=1, iterations=200) for k, c in ((2.0, 3.0), (512.0, -64.0))]
    assert rows[0] == pytest.approx(rows[1], rel=1e-3)


def test_data_in_the_unit_range_are_left_alone() -> None:
    ((x, _), _) = ready([pair(sines(20, 0) / 2, sines(20, 1))])[0]
    np.testing.assert_allclose(x.numpy(), sines(20, 0) / 2, rtol=1e-6)


def test_the_real_range_scales_both_sets() -> None:
    real, synthetic = np.zeros((10, 2, 1)), np.full((10, 2, 1), 6.0)
    real[:, 0], real[:, 1] = 2, 4
    ((x, _), (y, _)) = ready([pair(real, synthetic)])[0]
    assert (x[0, :, 0].tolist(), y[0, :, 0].tolist()) == ([0, 1], [2, 2])


def test_padding_changes_nothing() -> None:
    x, y = sines(40, 0, 2), sines(40, 1, 2)
    x[::2, 20:], y[::3, 18:] = np.nan, np.nan
    more = [np.concatenate([a, np.full((40, 5, 2), np.nan)], 1) for a in (x, y)]
    for score in (discriminative_score, predictive_score):
        assert score(x, y, iterations=30) == pytest.approx(score(*more, iterations=30), abs=1e-6)


def test_the_same_seed_gives_the_same_score() -> None:
    x, y = sines(60, 0), sines(60, 1) ** 2
    for score in (discriminative_score, predictive_score):
        assert score(x, y, iterations=20, seed=4) == score(x, y, iterations=20, seed=4)
        assert score(x, y, iterations=20, seed=4) != score(x, y, iterations=20, seed=5)


def test_categories_become_columns_and_a_number_is_predicted() -> None:
    frame = pd.DataFrame({"force": np.linspace(0, 1, 60), "mode": ["a", "b", "c"] * 20})
    windows = Windows.from_frame(frame, window=3, stride=1)
    ((x, _), _) = ready([pair(windows, windows)])[0]
    assert x.shape == (58, 3, 4)
    assert x[0].numpy() == pytest.approx(np.c_[np.eye(3), np.linspace(0, 1, 60)[:3]], abs=1e-6)


@pytest.mark.parametrize(
    ("real", "synthetic", "message"),
    [
        (sines(20, 0), sines(19, 0), r"as many synthetic windows as real ones; found \[19, 20\]"),
        (sines(20, 0), sines(20, 0, 4), "synthetic has 4 channels; the real windows have 5"),
        (sines(20, 0), sines(20, 0)[:, :9], "windows of 9 steps; the real ones all have 24"),
        (sines(9, 0), sines(9, 0), "real has 9 windows"),
        (
            sines(20, 0),
            np.where(np.arange(24)[None, :, None] == 3, np.nan, sines(20, 0)),
            "20 of 20 synthetic windows have missing",
        ),
    ],
)
def test_bad_input_is_refused(real: np.ndarray, synthetic: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        discriminative_score(real, synthetic)
