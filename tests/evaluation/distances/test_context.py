"""Context-FID: the Frechet distance against closed forms and scipy, TS2Vec by hand, and what the whole must obey."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch.nn import functional as F

from rcgan.errors import DataError
from rcgan.evaluation import context_fid
from rcgan.evaluation.distances import DISTANCES
from rcgan.evaluation.distances.context import found, frechet, stretches
from rcgan.evaluation.distances.measure import Sets
from rcgan.evaluation.distances.ts2vec import (
    Convolution,
    Encoder,
    encoded,
    hierarchical_loss,
    learnt_encoder,
    overlapping_crops,
)
from rcgan.evaluation.panel import as_panel

RNG = np.random.default_rng
TS2VEC = "rcgan.evaluation.distances.ts2vec"


def walks(n: int, seed: int, t: int = 8) -> np.ndarray:
    return RNG(seed).normal(size=(n, t, 2)).cumsum(1)


def test_frechet_by_hand() -> None:
    """Means 1 and 7, variances 2 and 8: 6 ** 2 + (sqrt 2 - sqrt 8) ** 2 = 36 + 2."""
    assert frechet(np.array([[0.0], [2.0]]), np.array([[5.0], [9.0]])) == pytest.approx(38)


def test_frechet_is_that_of_scipys_matrix_root() -> None:
    a, b = RNG(0).normal(size=(60, 5)), RNG(1).normal(size=(40, 5)) @ RNG(2).normal(size=(5, 5))
    one, two = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one + two - 2 * sqrtm(one @ two).real)
    assert frechet(a, b) == pytest.approx(expected)


def test_frechet_of_fewer_vectors_than_columns() -> None:
    """A rotation into a larger space changes no distance."""
    a, b = RNG(0).normal(size=(2, 12, 3))
    turn = np.linalg.qr(RNG(1).normal(size=(30, 30)))[0][:3]
    assert frechet(a @ turn, b @ turn) == pytest.approx(frechet(a, b))
    assert frechet(a @ turn, a @ turn) == pytest.approx(0, abs=1e-12)


def test_the_loss_by_hand() -> None:
    """Twins alike, all else at right angles: -ln(e / (e + 2)) over rows, or over windows, and 0 where one stands alone.

    Two rows of one window: rows .551, windows 0; pooled to one row: 0 and 0. One row of two windows: rows 0.
    """
    apart = math.log(1 + 2 / math.e)
    rows, windows = torch.eye(2)[None], torch.eye(2)[:, None]
    assert float(hierarchical_loss(rows, rows)) == pytest.approx(apart / 4)
    assert float(hierarchical_loss(windows, windows)) == pytest.approx(apart / 2)


def test_taps_that_meet_padding_alone_may_be_left_out() -> None:
    x = torch.randn(2, 3, 7, generator=torch.Generator().manual_seed(0))
    for dilation in (1, 6, 7, 64):
        layer = Convolution(3, 4, dilation)
        whole = F.conv1d(x, layer.weight, layer.bias, padding=dilation, dilation=dilation)
        assert torch.allclose(layer(x), whole, atol=1e-6)


def test_crops_share_their_rows() -> None:
    x = torch.arange(3 * 9.0).reshape(3, 9, 1)
    lengths = set[int]()
    for _ in range(200):
        one, two, shared = overlapping_crops(x)
        assert torch.equal(one[:, -shared:], two[:, :shared])
        assert ((one // 9)[:, :, 0] == torch.arange(3)[:, None]).all()  # each window's own rows
        assert (one.diff(dim=1) == 1).all() and (two.diff(dim=1) == 1).all()
        lengths.add(shared)
    assert lengths == set(range(2, 10))


def test_a_row_with_a_missing_cell_tells_nothing() -> None:
    encoder = Encoder(2).eval()
    x = torch.from_numpy(walks(4, 0)).float()
    x[:, 3, 0] = torch.nan
    other = x.clone()
    other[:, 3, 1] = 100
    assert torch.isfinite(encoder(x)).all()
    assert torch.equal(encoder(x), encoder(other))


def test_half_of_the_rows_are_masked_while_training() -> None:
    seen = list[torch.Tensor]()
    encoder = Encoder(2)
    encoder.blocks.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    encoder(torch.ones(100, 40, 2))
    assert float((seen[0] == 0).all(1).float().mean()) == pytest.approx(0.5, abs=0.04)
    encoder.eval()(torch.ones(100, 40, 2))
    assert not (seen[1] == 0).all(1).any()


def test_a_seed_gives_one_encoder_and_leaves_torch_alone() -> None:
    before, x = torch.get_rng_state(), walks(20, 0)
    one, same, other = (encoded(learnt_encoder(x, seed), x) for seed in (0, 0, 1))
    assert np.array_equal(one, same) and not np.allclose(one, other)
    assert torch.equal(before, torch.get_rng_state())


def test_noise_and_a_lost_half_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{TS2VEC}.FEW", 100)

    def sines(seed: int) -> np.ndarray:
        return np.sin(np.linspace(0, 6, 12) + RNG(seed).uniform(0, 6, (200, 1)))[..., None]

    real, alike = sines(0), sines(1)
    rising = alike[alike[:, 1, 0] > alike[:, 0, 0]]
    noise = RNG(2).normal(size=alike.shape)
    sets = [as_panel(x, "x") for x in (real, real, alike, alike + 0.1 * noise, alike + 0.5 * noise, rising)]
    same, floor, little, much, half = found(Sets(sets[0], tuple(sets[1:])))
    assert same < floor < little < much
    assert half > 2 * floor


def test_one_network_for_all_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = list[int]()

    def counted(windows: np.ndarray, seed: int) -> torch.nn.Module:
        trained.append(len(windows))
        return learnt_encoder(windows, seed)

    monkeypatch.setitem(found.__globals__, "learnt_encoder", counted)
    real = as_panel(walks(30, 0), "x")
    assert len(found(Sets(real, (real, as_panel(walks(40, 1), "x"))))) == 2
    assert trained == [30]


def test_published_values_are_taken_as_they_are() -> None:
    """The distance of the report is that of standardised windows."""
    real, other = walks(30, 0).astype(np.float32), walks(30, 1).astype(np.float32)
    (distance,) = (d for d in DISTANCES if d.name == "Context-FID")
    told = distance.between(as_panel(real, "x"), as_panel(other, "x"))
    middle, sd = real.mean((0, 1), dtype=float), real.std((0, 1), dtype=float)
    assert context_fid((real - middle) / sd, (other - middle) / sd) == pytest.approx(told, rel=1e-3)
    assert context_fid(real, other) != pytest.approx(told, rel=0.01)


def test_windows_of_one_row_are_refused() -> None:
    with pytest.raises(DataError, match="10 windows of 1 rows; Context-FID needs"):
        context_fid(np.zeros((10, 1, 1)), np.zeros((10, 1, 1)))


def test_long_windows_are_learnt_in_stretches() -> None:
    x = np.arange(2 * 250.0).reshape(2, 250, 1)
    parts = stretches(x)
    assert parts.shape == (6, 83, 1)
    assert (np.diff(parts, axis=1) == 1).all()
    long = [as_panel(walks(12, seed, t=150), "x") for seed in range(2)]
    assert all(0 < value < np.inf for value in found(Sets(long[0], (long[1],))))
