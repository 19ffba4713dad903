"""Shapes, and what views and heads promise."""

from __future__ import annotations

import torch
from scipy.stats import kstest

from rcgan.networks.critics import Critics
from rcgan.networks.heads import PlainHead, WindowHead, spline
from rcgan.networks.kinds import KINDS
from rcgan.networks.reader import Projection
from rcgan.networks.recurrent import LSTMGenerator, LSTMReader
from rcgan.networks.views import VIEWS, Moves, NormalScores, Views


def test_documented_shapes() -> None:
    head = WindowHead(torch.tensor([0.2, 1.0]), (3,), 6, 8, scaled=True)
    valid, y = torch.ones(5, 7, 1), torch.randn(5, 2)
    for kind in KINDS.values():
        generator = kind.generator(head, 4, 2, 2, 8, 7)
        x = generator(torch.randn(5, 4), torch.randn(5, 7, 2), y, valid)
        assert x.shape == (5, 7, 5)
        views = Views(tuple(VIEWS), torch.ones(2), 3, holes=True)
        values, mask = views(x, torch.ones_like(x))
        assert values.shape == mask.shape == (5, 7, views.width)
        readers = kind.read(views.width, 2, 8, 7)
        for reader in readers:
            assert reader(values, y, valid).shape == (5, reader.features)
        critics = Critics(views, readers, 2, outputs=3)
        features = critics.read(critics.see(x, mask[..., :5] * 0 + 1, y, valid))
        assert features.shape == (5, critics.features)
        assert critics.score(features, y).shape == (5, 3 * len(readers))


def test_views_are_standardised_on_what_they_were_fitted_on() -> None:
    x = 5 + 3 * torch.randn(400, 20, 2).cumsum(1)
    mask = (torch.rand_like(x) < 0.9).float()
    views = Views(tuple(VIEWS), torch.tensor([3.0, 3.0]), 0, holes=False)
    views.fit(x, mask)
    values, seen = views(x, mask)
    count = seen.sum((0, 1))
    mean = values.sum((0, 1)) / count
    variance = (values.square() * seen).sum((0, 1)) / count - mean**2
    assert torch.allclose(mean, torch.zeros_like(mean), atol=1e-3)
    assert torch.allclose(variance, torch.ones_like(variance), atol=1e-2)


def test_shape_view_knows_neither_level_nor_scale() -> None:
    x = torch.randn(10, 20, 1).cumsum(1)
    mask = torch.ones_like(x)
    for name in ("shape", "scaled_differences"):
        assert torch.allclose(VIEWS[name](Moves(x, mask))[0], VIEWS[name](Moves(7 + 100 * x, mask))[0], atol=1e-2), name


def test_second_differences_of_a_parabola_are_constant() -> None:
    x = (torch.arange(6.0) ** 2)[None, :, None]
    seen, mask = VIEWS["second_differences"](Moves(x, torch.ones_like(x)))
    assert seen[0, 2:, 0].tolist() == [2.0] * 4
    assert mask[0, :, 0].tolist() == [0, 0, 1, 1, 1, 1]


def test_a_hole_hides_the_differences_beside_it() -> None:
    x = torch.arange(5.0)[None, :, None]
    mask = torch.tensor([1.0, 1, 0, 1, 1])[None, :, None]
    seen, shown = VIEWS["differences"](Moves(x * mask, mask))
    assert shown[0, :, 0].tolist() == [0, 1, 0, 0, 1]
    assert seen[0, :, 0].tolist() == [0, 1, 0, 0, 1]


def test_head_sums_increments_where_neighbours_agree() -> None:
    head = WindowHead(torch.tensor([0.5, 1.3]), (), 2, 4, scaled=False)
    o = torch.ones(1, 4, 2)
    x = head(o, torch.zeros(1, 2), torch.zeros(1, 4, 0))
    level = head.per_window(torch.zeros(1, 2))
    assert torch.allclose(x[0, :, 0] - level[0, 0], torch.tensor([0.5, 1.0, 1.5, 2.0]))
    assert torch.allclose(x[0, :, 1] - level[0, 1], torch.ones(4))


def test_the_last_noises_go_to_the_output_and_none_that_comes_later() -> None:
    """At first each channel takes its own noise of the same step; four steps back is too far for the direct way."""
    generator = LSTMGenerator(PlainHead(2, ()), 1, 3, 0, 4, 9)
    with torch.no_grad():
        generator.out.weight.zero_()
        generator.out.bias.zero_()
    e, valid = torch.zeros(1, 9, 3), torch.ones(1, 9, 1)
    e[0, 3, 1] = 5.0
    made = generator(torch.zeros(1, 1), e, torch.zeros(1, 0), valid)
    assert made[0, :, 0].abs().max() == 0 and made[0, :, 1].tolist() == [0, 0, 0, 5, 0, 0, 0, 0, 0]
    with torch.no_grad():
        torch.nn.init.ones_(generator.skip.weight)
    made = generator(torch.zeros(1, 1), e, torch.zeros(1, 0), valid)
    assert made[0, :, 0].tolist() == [0, 0, 0, 5, 5, 5, 5, 0, 0]


def test_normal_scores_make_any_continuous_marginal_standard_normal() -> None:
    """Two narrow bands far apart, and a skewed channel, against the normal distribution itself."""
    rng = torch.Generator().manual_seed(0)
    bands = torch.randint(0, 2, (400, 20), generator=rng) + 0.01 * torch.randn(400, 20, generator=rng)
    x = torch.stack([bands, torch.randn(400, 20, generator=rng).exp()], -1)
    scores = NormalScores(2)
    scores.fit(x, torch.ones_like(x))
    for k in range(2):
        assert kstest(scores(x)[..., k].flatten().numpy(), "norm").statistic < 0.15


def test_normal_scores_rise_with_the_values_everywhere() -> None:
    scores = NormalScores(1)
    x = torch.zeros(50, 20, 1)  # half of the values are one and the same
    x[25:] = torch.randn(25, 20, 1)
    scores.fit(x, torch.ones_like(x))
    grid = torch.linspace(-9, 9, 5000)[None, :, None].requires_grad_()
    (slope,) = torch.autograd.grad(scores(grid).sum(), grid)
    assert (slope > 0).all() and torch.isfinite(slope).all()
    assert (scores(grid).diff(dim=1) >= 0).all()


def test_straight_lines_have_no_bends_and_small_ones_show() -> None:
    """log(1 + 10 * 1) at the first kink, -log(1 + 10 * 0.01) at the second."""
    x = torch.tensor([0.0, 1.0, 3.0, 5.0, 6.99])[None, :, None]
    seen, _ = VIEWS["compressed_bends"](Moves(x, torch.ones_like(x)))
    assert torch.allclose(seen[0, :, 0], torch.tensor([0, 0, 2.397895, 0, -0.095310]), atol=1e-4)


def test_categories_are_seen_as_values_differences_and_stays() -> None:
    """Shares 3/4 and 1/4, sd sqrt(3)/4 both: 1 becomes (1 - 3/4) / (sqrt(3)/4) and (1 - 1/4) / (sqrt(3)/4)."""
    x = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]])
    views = Views((), torch.ones(0), 2, holes=False)
    views.fit(x, torch.ones_like(x))
    seen, mask = views(x, torch.ones_like(x))
    assert torch.allclose(seen[0, 0, :2], torch.tensor([1.0, -1.0]) / 3**0.5, atol=1e-5)
    assert torch.allclose(seen[0, 2, :2], torch.tensor([-1.0, 1.0]) * 3**0.5, atol=1e-5)
    assert mask[0, :, 2].tolist() == [0, 1, 1, 1]
    assert (seen[0, 1:, 4] * views.sd[4] + views.mean[4]).round().tolist() == [1, 0, 0]
    assert torch.allclose(seen[0, 1:, 2] * views.sd[2] + views.mean[2], torch.tensor([0.0, -1.0, 1.0]), atol=1e-5)


def test_projection_by_hand() -> None:
    """w h + b + y V h with w = 2, b = 1, V = (3, 5), h = 7, y = (0, 1): 14 + 1 + 35."""
    projection = Projection(1, 2)
    with torch.no_grad():
        projection.score.weight.copy_(torch.tensor([[2.0], [3.0], [5.0]]))
        projection.score.bias.copy_(torch.tensor([1.0, 0.0, 0.0]))
        assert float(projection(torch.tensor([[7.0]]), torch.tensor([[0.0, 1.0]]))) == 50.0


def test_a_reader_of_groups_does_not_see_padding() -> None:
    """64 steps are read two by two; of 37 that exist, the last stands alone in its group."""
    torch.manual_seed(0)
    reader = LSTMReader(3, 2, 8, 64)
    valid = (torch.arange(64) < 37).float()[None, :, None].repeat(4, 1, 1)
    seen, y = torch.randn(4, 64, 3) * valid, torch.randn(4, 2)
    assert reader.size == 2
    short = reader(seen[:, :38], y, valid[:, :38])
    assert torch.allclose(reader(seen, y, valid), short, atol=1e-6)
    assert torch.allclose(reader(seen + 9 * (1 - valid), y, valid), short, atol=1e-6)


def test_splines_add_up_to_one_and_none_is_sharper_than_the_others() -> None:
    basis = spline(96, 24)
    assert torch.allclose(basis.sum(1), torch.ones(96), atol=1e-6)
    assert float(basis.max()) <= 2 / 3 + 1e-6
    line = torch.linspace(-1, 1, 24)  # a spline reproduces a straight line
    assert torch.allclose((basis @ line).diff(n=2), torch.zeros(94), atol=1e-5)
