"""Context-FID written a second time, from the papers and the algorithm of their authors, and whether both agree.

    OMP_NUM_THREADS=1 python benchmarks/restated_context_fid.py --seeds 0 1 2 3 4

Nothing of the package is used in the restatement, and little of its way: weights in a dictionary instead of modules,
losses row by row and window by window instead of in one table, a mean of weights kept by hand, numpy's random
numbers, the matrix root of scipy. Two comparisons on Stocks, scaled to [0, 1]: two halves of the real windows, and real
windows against themselves with noise of standard deviation 0.1. Each seed trains both; their means are compared.

Weights of the one are also put into the other, and both take the same twenty steps from there: encodings and losses
must be equal but for rounding. This does not hang on the seed, as the comparison of means does.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import Any

import numpy as np
import torch
from common import store
from numpy.typing import NDArray
from quality import halves, scaled
from scipy.linalg import sqrtm
from torch import Tensor
from torch.nn import functional as F

from rcgan.evaluation import context_fid
from rcgan.evaluation.distances.ts2vec import Encoder, hierarchical_loss, overlapping_crops

WINDOWS = 1500
NOISE = 0.1
Weights = dict[str, Tensor]


def initial(channels: int) -> Weights:
    """Draw weights and biases as torch does by default: uniform in +- 1 / sqrt(inputs of a unit)."""
    weights: Weights = {}

    def layer(name: str, outputs: int, inputs: int, *width: int) -> None:
        bound = 1 / math.sqrt(inputs * math.prod(width))
        weights[f"{name}.weight"] = torch.empty(outputs, inputs, *width).uniform_(-bound, bound)
        weights[f"{name}.bias"] = torch.empty(outputs).uniform_(-bound, bound)

    layer("project", 64, channels)
    for block in range(11):
        outputs = 320 if block == 10 else 64
        layer(f"blocks.{block}.first", outputs, 64, 3)
        layer(f"blocks.{block}.second", outputs, outputs, 3)
    layer("blocks.10.past", 320, 64, 1)
    return weights


def representation(w: Weights, x: Tensor, masked: NDArray[np.bool_] | None, dropped: float) -> Tensor:
    """Encode windows (n, t, channels) as (n, 320, t)."""
    hidden = F.linear(x, w["project.weight"], w["project.bias"])
    if masked is not None:
        hidden = hidden.clone()
        hidden[torch.from_numpy(masked)] = 0
    h = hidden.permute(0, 2, 1)
    for block in range(11):
        aside = h if block < 10 else F.conv1d(h, w["blocks.10.past.weight"], w["blocks.10.past.bias"])
        for part in ("first", "second"):
            name, far = f"blocks.{block}.{part}", 2**block
            h = F.conv1d(F.gelu(h), w[f"{name}.weight"], w[f"{name}.bias"], padding=far, dilation=far)
        h = h + aside
    return F.dropout(h, dropped, training=dropped > 0)


def instance_loss(a: Tensor, b: Tensor) -> Tensor:
    """Eq. 2: at each row, a window's own other view against all other views of the batch; (n, c, t) each."""
    n, _, t = a.shape
    total = torch.zeros(())
    for row in range(t):
        for here, there in ((a[:, :, row], b[:, :, row]), (b[:, :, row], a[:, :, row])):
            cross, own = here @ there.T, here @ here.T
            own = own - torch.diag(torch.full((n,), torch.inf))
            total = total + (torch.cat([cross, own], 1).logsumexp(1) - cross.diag()).sum()
    return total / (2 * n * t)


def temporal_loss(a: Tensor, b: Tensor) -> Tensor:
    """Eq. 1: in each window, a row's own other view against all rows of both views; (n, c, t) each."""
    n, _, t = a.shape
    total = torch.zeros(())
    for i in range(n):
        for here, there in ((a[i], b[i]), (b[i], a[i])):
            cross, own = here.T @ there, here.T @ here
            own = own - torch.diag(torch.full((t,), torch.inf))
            total = total + (torch.cat([cross, own], 1).logsumexp(1) - cross.diag()).sum()
    return total / (2 * n * t)


def whole_loss(a: Tensor, b: Tensor) -> Tensor:
    """Algorithm 1: the mean of both losses, and of these over all scales; the last scale has one row and no eq. 1."""
    total, depth = torch.zeros(()), 0
    while a.shape[2] > 1:
        total = total + 0.5 * instance_loss(a, b) + 0.5 * temporal_loss(a, b)
        a, b, depth = F.max_pool1d(a, 2), F.max_pool1d(b, 2), depth + 1
    return (total + 0.5 * instance_loss(a, b)) / (depth + 1)


def fitted(x: NDArray[np.float32], seed: int) -> Weights:
    """Train, and return the mean of the weights at the start and after each iteration."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(1000 + seed)
    now = {name: weight.requires_grad_() for name, weight in initial(x.shape[2]).items()}
    total = {name: weight.detach().double() for name, weight in now.items()}
    optimiser = torch.optim.AdamW(now.values(), lr=0.001)
    wanted, done = (200 if x.size <= 100_000 else 600), 0
    while done < wanted:
        order = rng.permutation(len(x))
        for begin in range(0, len(x) - 7, 8):
            if done == wanted:
                break
            batch, t = x[order[begin : begin + 8]], x.shape[1]
            length = rng.integers(2, t + 1)
            left = rng.integers(0, t - length + 1)
            early, late = rng.integers(0, left + 1), rng.integers(left + length, t + 1)
            shifts = rng.integers(-early, t - late + 1, size=8)
            views = list[Tensor]()
            for begins, ends in ((early, left + length), (left, late)):
                crop = torch.from_numpy(
                    np.stack([w[s + begins : s + ends] for w, s in zip(batch, shifts, strict=True)])
                )
                views.append(representation(now, crop, rng.random(crop.shape[:2]) >= 0.5, 0.1))
            loss = whole_loss(views[0][:, :, left - early :], views[1][:, :, :length])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            done += 1
            for name, weight in now.items():
                total[name] += weight.detach().double()
    return {name: (weight / (done + 1)).float() for name, weight in total.items()}


@torch.no_grad()
def summarised(w: Weights, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Encode windows, eight at a time, as the largest of their rows in each of the 320."""
    parts = [representation(w, torch.from_numpy(x[i : i + 8]), None, 0.0).max(2).values for i in range(0, len(x), 8)]
    return torch.cat(parts).numpy().astype(np.float64)


def gaussian_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Take the Frechet distance through the root of the product of both covariances."""
    one, two = np.cov(a.T), np.cov(b.T)
    root = np.real(sqrtm(one @ two))
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(one) + np.trace(two) - 2 * np.trace(root))


def restated(real: NDArray[np.float32], other: NDArray[np.float32], seed: int) -> float:
    """Return Context-FID."""
    w = fitted(real, seed)
    return gaussian_distance(summarised(w, real), summarised(w, other))


def same_weights(x: NDArray[np.float32], steps: int = 20) -> dict[str, float]:
    """Return the largest differences when both start from the same weights and see the same crops, nothing masked."""
    torch.manual_seed(0)
    start = initial(x.shape[2])
    encoder, w = Encoder(x.shape[2]).eval(), {name: weight.clone().requires_grad_() for name, weight in start.items()}
    encoder.load_state_dict(start)
    one, two = torch.from_numpy(x[:8]), torch.from_numpy(x[8:16])
    optimisers = [torch.optim.AdamW(weights, lr=1e-3) for weights in (encoder.parameters(), w.values())]
    found = {"encoding": apart(encoder, w, one)}
    for step in range(steps):
        a, b, shared = overlapping_crops(torch.from_numpy(x[8 * step : 8 * step + 8]))
        losses = (
            hierarchical_loss(encoder(a)[:, -shared:], encoder(b)[:, :shared]),
            whole_loss(representation(w, a, None, 0.0)[:, :, -shared:], representation(w, b, None, 0.0)[:, :, :shared]),
        )
        if step == 0:
            found["loss"] = abs(losses[0].item() - losses[1].item())
        for loss, optimiser in zip(losses, optimisers, strict=True):
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return {**found, f"encoding after {steps} steps": apart(encoder, w, two), "of standard deviation": spread(w, two)}


@torch.no_grad()
def apart(encoder: Encoder, w: Weights, x: Tensor) -> float:
    """Return the largest difference between encodings."""
    return float((encoder(x).transpose(1, 2) - representation(w, x, None, 0.0)).abs().max())


@torch.no_grad()
def spread(w: Weights, x: Tensor) -> float:
    """Return the standard deviation of encodings."""
    return float(representation(w, x, None, 0.0).std())


def main() -> None:
    """Compare and store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    given = parser.parse_args()
    torch.set_num_threads(1)
    real = scaled("stocks")[:WINDOWS]
    noisy = (real + np.random.default_rng(0).normal(0, NOISE, real.shape)).astype(np.float32)
    pairs = {"halves": halves(real), "noise": (real, noisy)}
    result: dict[str, Any] = {"set": "stocks", "windows": list(real.shape), "same weights": same_weights(real)}
    for name, (one, two) in pairs.items():
        found: dict[str, Any] = {"package": [], "restated": [], "seconds": {"package": [], "restated": []}}
        for seed in given.seeds:
            for which, function in (("package", context_fid), ("restated", restated)):
                begin = time.process_time()
                found[which].append(function(one, two, seed=seed))
                found["seconds"][which].append(round(time.process_time() - begin, 1))
                print(name, seed, which, found[which][-1], found["seconds"][which][-1], flush=True)
        means = {which: float(np.mean(found[which])) for which in ("package", "restated")}
        spread = {which: float(np.std(found[which], ddof=1)) for which in ("package", "restated")}
        ratio = means["package"] / means["restated"]
        result[name] = {**found, "mean": means, "sd over seeds": spread, "package over restated": ratio}
    store("context_fid_agreement", result)


if __name__ == "__main__":
    main()
