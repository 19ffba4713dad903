r"""The published scores of generated series: what everyone reports, kept for comparison and not to be believed alone.

Discriminative score (a judge is told real from generated windows; A is its accuracy on the fifth it never saw):

    | 0.5 - A |,    judge: GRU of int(d / 2) units, last state -> linear, binary cross-entropy,
                    Adam 1e-3, 2000 iterations of 128 real + 128 generated windows

Predictive score (a predictor learns from generated windows, and is scored on real ones):

    mean | x_d(t + 1) - sigmoid(linear(GRU(x_1..x_{d-1}(1..t)))) |,    L1, Adam 1e-3, 5000 iterations of 128 windows

Yoon, Jarrett, van der Schaar, "Time-series generative adversarial networks", NeurIPS 2019, section 5.
GRU, initial weights and Adam are TensorFlow's: torch's own make a judge so small break through less often, and score
faint noise lower. Two repairs are ours, and change nothing where the original runs: a GRU has at least one unit,
and with one channel the predictor reads that channel's own past. Judges train side by side as one batch of networks
that share no weight, so five take little longer than one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rcgan.errors import DataError
from rcgan.threads import one_thread

from .panel import Panel, aligned, as_panel

__all__ = ["discriminative_score", "discriminative_scores", "predictive_score", "predictive_scores"]

BATCH = 128
TAUGHT = 0.8  # share of each set that a judge learns from
FEWEST = 10


def discriminative_score(real: Any, synthetic: Any, *, judges: int = 5, iterations: int = 2000, seed: int = 0) -> float:
    """How far a small recurrent judge gets at telling synthetic windows from real ones; 0 is best, 0.5 worst.

    Args:
        real: windows (n, t, d) as an array, or ``Windows``; no missing cells.
        synthetic: as many windows of the same channels.
        judges: how many judges, each with its own split and weights, the score is the mean of.
        iterations: training steps of a judge; 2000 as published.
        seed: fixes the splits, the batches and the weights.

    Raises:
        DataError: other channels, other numbers of windows, missing cells, or fewer than 10 windows.

    Both sets are brought to [0, 1] by the range of the real one, unless that lies in [0, 1] already; categorical
    channels become one 0/1 channel a category. Nothing is held out from the generator here, and the judge is weak:
    a low score is necessary, not sufficient.

    >>> rng = np.random.default_rng(0)
    >>> near, far = rng.random((40, 6, 1)), rng.random((40, 6, 1)) + 3
    >>> discriminative_score(near, far, judges=1, iterations=20) <= 0.5
    True
    """
    return float(discriminative_scores([pair(real, synthetic)], judges=judges, iterations=iterations, seed=seed).mean())


def predictive_score(real: Any, synthetic: Any, *, repeats: int = 5, iterations: int = 5000, seed: int = 0) -> float:
    """Mean absolute error, on real windows, of a small predictor trained on synthetic ones; lower is better.

    The other channels' past predicts the next value of the last continuous channel; with one channel, that channel's
    own past does. Compare with ``predictive_score(real, real)``.

    Args:
        real: windows (n, t, d) as an array, or ``Windows``; no missing cells.
        synthetic: windows of the same channels, any number of them.
        repeats: how many predictors the score is the mean of.
        iterations: training steps of a predictor; 5000 as published.
        seed: fixes the batches and the weights.

    Raises:
        DataError: other channels, no continuous channel, missing cells, or fewer than 10 windows.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((20, 4, 2))
    >>> 0 < predictive_score(x, x, repeats=1, iterations=20) < 1
    True
    """
    return float(predictive_scores([pair(real, synthetic)], repeats=repeats, iterations=iterations, seed=seed).mean())


def pair(real: Any, synthetic: Any) -> tuple[Panel, Panel]:
    """Both sets as panels with the same channels in the same order."""
    first = as_panel(real, "real")
    return first, aligned(as_panel(synthetic, "synthetic", first), first, "synthetic")


@one_thread()
def discriminative_scores(
    pairs: Sequence[tuple[Panel, Panel]],
    *,
    judges: int = 5,
    iterations: int = 2000,
    seed: int = 0,
    tick: Callable[[int], object] | None = None,
) -> NDArray[np.float64]:
    """Scores (pairs, judges) of every judge of every (real, synthetic) pair; all sets hold the same number of windows.

    ``tick`` is called with the number of iterations done since its last call. Raises as ``discriminative_score``.
    """
    sets = ready(pairs)
    sizes = {len(x) for both in sets for x, _ in both}
    if len(sizes) != 1:
        raise DataError(
            f"the discriminative score wants as many synthetic windows as real ones; found {sorted(sizes)}: "
            f"cut the larger set, for instance real[:{min(sizes)}]"
        )
    n, rng, torch_rng = sizes.pop(), np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    held = n - int(TAUGHT * n)
    order = torch.from_numpy(np.stack([[rng.permutation(n) for _ in range(2)] for _ in range(len(sets) * judges)]))
    values = torch.stack([torch.stack([x for x, _ in both]) for both in sets])  # (pairs, 2, n, t, d)
    lengths = torch.stack([torch.stack([k for _, k in both]) for both in sets])
    which = torch.arange(len(sets)).repeat_interleave(judges)[:, None]
    truth = torch.tensor([1.0, 0.0])

    def score(index: Tensor) -> Tensor:  # (networks, 2, b) positions -> logits (networks, 2, b)
        one, side = which[:, :, None], torch.arange(2)[None, :, None]
        x, k = values[one, side, index], lengths[one, side, index]
        return judge(x.flatten(1, 2), k.flatten(1, 2), last=True).unflatten(1, (2, -1))

    judge = SmallGRUs(len(sets) * judges, values.shape[-1], torch_rng)
    target = truth[None, :, None]

    def loss() -> Tensor:
        draw = [rng.choice(n - held, min(BATCH, n - held), replace=False, shuffle=False) for _ in range(2)]
        index = torch.stack([order[:, c, held:][:, torch.from_numpy(draw[c])] for c in range(2)], 1)
        logits = score(index)
        entropy = nn.functional.binary_cross_entropy_with_logits(logits, target.expand_as(logits), reduction="none")
        return entropy.mean(2).sum()

    train(judge, loss, iterations, tick)
    with torch.no_grad():
        logits = torch.cat([score(part) for part in order[:, :, :held].split(1024, -1)], -1)
        accuracy = ((logits > 0) == (target > 0.5)).double().mean((1, 2))
    return np.abs(0.5 - accuracy.numpy()).reshape(len(sets), judges)


@one_thread()
def predictive_scores(
    pairs: Sequence[tuple[Panel, Panel]],
    *,
    repeats: int = 5,
    iterations: int = 5000,
    seed: int = 0,
    tick: Callable[[int], object] | None = None,
) -> NDArray[np.float64]:
    """Errors (pairs, repeats) of predictors trained on the second set of each pair and tested on the first.

    All second sets hold the same number of windows. ``tick`` is called as in ``discriminative_scores``.
    """
    for real, _ in pairs:
        if not real.continuous.any():
            raise DataError("the predictive score predicts a continuous channel; all channels are categorical")
    sets = ready(pairs)
    sizes = {len(fake[0]) for _, fake in sets}
    if len(sizes) != 1:
        raise DataError(f"predictors that train side by side need equally many windows; found {sorted(sizes)}")
    n, rng, torch_rng = sizes.pop(), np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    values, lengths = torch.stack([x for _, (x, _) in sets]), torch.stack([k for _, (_, k) in sets])
    order = torch.from_numpy(np.stack([rng.permutation(n) for _ in range(len(sets) * repeats)]))
    which = torch.arange(len(sets)).repeat_interleave(repeats)[:, None]
    width = values.shape[-1]
    inputs = slice(0, max(1, width - 1))
    predictor = SmallGRUs(len(sets) * repeats, width, torch_rng, inputs=max(1, width - 1))

    def errors(x: Tensor, k: Tensor) -> Tensor:  # (networks, b, t, d) -> mean absolute errors (networks, b)
        guess = torch.sigmoid(predictor(x[:, :, :-1, inputs], k - 1, last=False))
        known = torch.arange(x.shape[2] - 1) < (k - 1)[..., None]
        return ((guess - x[:, :, 1:, -1]).abs() * known).sum(-1) / known.sum(-1)

    def loss() -> Tensor:
        draw = order[:, torch.from_numpy(rng.choice(n, min(BATCH, n), replace=False, shuffle=False))]
        return errors(values[which, draw], lengths[which, draw]).mean(1).sum()

    train(predictor, loss, iterations, tick)
    with torch.no_grad():
        found = torch.empty(len(sets), repeats, dtype=torch.float64)
        for p, ((x, k), _) in enumerate(sets):
            parts = [
                errors(xs.expand(len(which), *xs.shape), ks.expand(len(which), *ks.shape))
                for xs, ks in zip(x.split(1024), k.split(1024), strict=True)
            ]
            found[p] = torch.cat(parts, 1).double().mean(1)[p * repeats : (p + 1) * repeats]
    return found.numpy()


Ready = tuple[Tensor, Tensor]


def ready(pairs: Sequence[tuple[Panel, Panel]]) -> list[tuple[Ready, Ready]]:
    """Each set of each pair as (values (n, t, D) in the real range, lengths (n,)), all padded to one t.

    Categories come first, as 0/1 columns, and numbers last.
    """
    steps = max(panel.values.shape[1] for both in pairs for panel in both)
    out: list[tuple[Ready, Ready]] = []
    for real, synthetic in pairs:
        check(real, "real")
        check(synthetic, "synthetic")
        low, high = np.nanmin(real.values, (0, 1)), np.nanmax(real.values, (0, 1))
        if ((low >= 0) & (high <= 1))[real.continuous].all():
            low, high = np.zeros_like(low), np.ones_like(high)
        span = np.where(high > low, high - low, 1)
        out.append((columns(real, low, span, steps), columns(synthetic, low, span, steps)))
    return out


def check(panel: Panel, name: str) -> None:
    """Refuse sets for which the published scores are not defined."""
    if len(panel) < FEWEST:
        raise DataError(f"{name} has {len(panel)} windows; the published scores need at least {FEWEST}")
    if (panel.lengths < 2).any():
        raise DataError(f"{name} has a window of one row; the published scores need at least 2 rows a window")
    holes = int((~panel.complete()).sum())
    if holes:
        raise DataError(
            f"{holes} of {len(panel)} {name} windows have missing cells, for which the published scores are not "
            f"defined: pass the complete windows only, or fill them first"
        )


def columns(panel: Panel, low: NDArray[np.float32], span: NDArray[np.float32], steps: int) -> Ready:
    """One set as columns; 0 past a window's end."""
    parts = [panel.values[..., [c]] == np.arange(count) for c, count in panel.category_counts()]
    scaled = np.nan_to_num((panel.values - low) / span)[..., panel.continuous]
    full = np.concatenate([*parts, scaled], -1)
    padded = np.zeros((len(panel), steps, full.shape[-1]), np.float32)
    padded[:, : full.shape[1]] = full
    return torch.from_numpy(padded), torch.from_numpy(panel.lengths)


class SmallGRUs(nn.Module):
    r"""Many GRUs with a linear output each, side by side: they share nothing but the loop over time.

    One network is TensorFlow 1's ``GRUCell`` and a dense layer, from the same initial distribution: kernels Glorot
    uniform, that of both gates as one matrix, the gates' bias 1 and all others 0:

        r, u = sigmoid(W x + U h + b),    h' = u h + (1 - u) tanh(V x + Z (r h) + c)

    ``forward(x (networks, b, t, inputs), lengths (networks, b), last)`` gives (networks, b) from each window's last
    state, or (networks, b, t) from all.
    """

    def __init__(self, networks: int, channels: int, generator: torch.Generator, inputs: int | None = None) -> None:
        # int(channels / 2) units, at least one, that read ``inputs`` columns (None: all channels)
        super().__init__()
        columns, self.units = inputs or channels, max(1, channels // 2)
        two = 2 * self.units

        def glorot(rows: int, width: int) -> nn.Parameter:
            limit = math.sqrt(6 / (rows + width))
            return nn.Parameter((torch.rand(networks, rows, width, generator=generator) * 2 - 1) * limit)

        self.gates, self.gates_bias = glorot(two, columns + self.units), nn.Parameter(torch.ones(networks, two, 1))
        self.new = glorot(self.units, columns + self.units)
        self.new_bias = nn.Parameter(torch.zeros(networks, self.units, 1))
        self.out, self.out_bias = glorot(1, self.units), nn.Parameter(torch.zeros(networks, 1, 1))

    def forward(self, x: Tensor, lengths: Tensor, last: bool) -> Tensor:
        """Outputs of the last state, or of every state; the batch comes last inside, so that gates are whole blocks."""
        networks, b, t, columns = x.shape
        ragged, steps = bool((lengths < t).any()), x.permute(2, 0, 3, 1)
        gate_reads = (torch.matmul(self.gates[:, :, :columns], steps) + self.gates_bias).unbind(0)
        new_reads = (torch.matmul(self.new[:, :, :columns], steps) + self.new_bias).unbind(0)
        gate_keep, new_keep = self.gates[:, :, columns:], self.new[:, :, columns:]
        h, states = x.new_zeros(networks, self.units, b), list[Tensor]()
        for step in range(t):
            reset, update = torch.sigmoid(torch.baddbmm(gate_reads[step], gate_keep, h)).chunk(2, 1)
            new = torch.lerp(torch.tanh(torch.baddbmm(new_reads[step], new_keep, reset * h)), h, update)
            h = torch.where((step < lengths)[:, None], new, h) if ragged else new
            states.append(h)
        if last:
            return torch.baddbmm(self.out_bias, self.out, h)[:, 0]
        return (torch.matmul(self.out, torch.stack(states)) + self.out_bias)[:, :, 0].permute(1, 2, 0)


def train(
    network: nn.Module, loss: Callable[[], Tensor], iterations: int, tick: Callable[[int], object] | None
) -> None:
    """Adam 1e-3, as TensorFlow has it: epsilon stands beside sqrt(v) before v's bias is corrected.

    A sum of the networks' losses gives each its own gradient, and Adam treats every weight alone.
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for k in range(1, iterations + 1):
        optimiser.param_groups[0]["eps"] = 1e-8 / math.sqrt(1 - 0.999**k)
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()
        if tick is not None and (k % 100 == 0 or k == iterations):
            tick(100 if k % 100 == 0 else k % 100)
