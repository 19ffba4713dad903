"""How near training and sampling come to the machine's own matrix products, and how both grow with the window.

    python benchmarks/speed.py                       # everything, each case in its own process, and the README
    python benchmarks/speed.py --case train-24 sample-10000
    python benchmarks/speed.py --table

Every matrix product, convolution and LSTM that one step runs is written down with its shape, as the matrix products it
comes to: an LSTM of t steps is one product over all inputs and t over the state, its backward pass twice that. Then the
same shapes are timed alone, `torch.mm` on one thread as in training, in the same process. The share is the time that
these products take over the time of the step: 1 would be a step that does nothing else, as fast as the library can.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import RESULTS, into_readme, keep, machine, markdown
from torch.utils._python_dispatch import TorchDispatchMode

import rcgan
from rcgan.threads import one_thread

FILE = RESULTS / "speed.json"
CHANNELS, WINDOWS = 6, 2000
WARM, TIMED = 30, 90  # steps; the history holds a line at both
TRAINED = {f"train-{t}": t for t in (24, 64, 128, 256, 512, 1024)}
SAMPLED = {f"sample-{n}": n for n in (10_000, 100_000)}

Product = tuple[int, int, int]  # (m, k) times (k, n)
aten = torch.ops.aten


class Products(TorchDispatchMode):
    """Counts the matrix products that run while it is on, by shape."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[Product] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for shape, count in products(func.overloadpacket, args, out):
            self.found[shape] += count
        return out


def products(op: Any, args: Any, out: Any) -> list[tuple[Product, int]]:
    """The matrix products that an operation comes to, and how many of each."""
    if op in (aten.mm, aten.bmm):
        (m, k), n = args[0].shape[-2:], args[1].shape[-1]
        return [((m, k, n), args[0].shape[0] if op is aten.bmm else 1)]
    if op is aten.addmm:
        return [((*args[1].shape, args[2].shape[1]), 1)]
    if op is aten.convolution:
        return [(unrolled(out, args[1]), 1)]
    if op is aten.convolution_backward:
        m, k, n = unrolled(args[0], args[2])
        both = [((m, n, k), 1), ((k, m, n), 1)]  # of the input, of the weights
        return [product for product, wanted in zip(both, args[-1], strict=False) if wanted]
    if op is aten.mkldnn_rnn_layer:
        return lstm(args[0], args[1], args[2])
    if op is aten.mkldnn_rnn_layer_backward:
        once = lstm(args[0], args[1], args[2])
        return [each for (m, k, n), count in once for each in (((m, n, k), count), ((k, m, n), count))]
    return []


def unrolled(out: torch.Tensor, weight: torch.Tensor) -> Product:
    """A convolution over time as one product: a row for each place, a column for each output channel."""
    return out.shape[0] * out.shape[2], weight[0].numel(), weight.shape[0]


def lstm(x: torch.Tensor, inward: torch.Tensor, across: torch.Tensor) -> list[tuple[Product, int]]:
    """All steps' inputs at once, and the state step by step; ``x (t, b, k)``."""
    t, b, k = x.shape
    return [((t * b, k, inward.shape[0]), 1), ((b, across.shape[1], across.shape[0]), t)]


@one_thread()
def ideal(found: Counter[Product]) -> float:
    """Seconds that these products take alone."""
    return sum(count * seconds(shape) for shape, count in found.items())


def seconds(shape: Product, least: float = 0.02) -> float:
    """Seconds of one product: the best of five runs of some hundredths of a second."""
    m, k, n = shape
    a, b = torch.randn(m, k), torch.randn(k, n)
    times, best = 1, float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(times):
            torch.mm(a, b)
        taken = time.perf_counter() - started
        best, times = min(best, taken / times), max(times, int(least * times / max(taken, 1e-9)))
    return best


def operations(found: Counter[Product]) -> int:
    """Multiplications and additions."""
    return sum(2 * m * k * n * count for (m, k, n), count in found.items())


def walks(steps: int) -> np.ndarray:
    """Random walks, ``(2000, steps, 6)``."""
    return np.random.default_rng(0).normal(size=(WINDOWS, steps, CHANNELS)).cumsum(1).astype(np.float32)


def trained(x: np.ndarray, steps: int) -> tuple[rcgan.RCGAN, Counter[Product]]:
    """A default model after some steps, and the products that ran."""
    with Products() as mode:
        model = rcgan.RCGAN(steps=steps).fit(x, progress=False)
    return model, mode.found


def train(steps: int) -> dict[str, float]:
    """One step of training over windows of so many steps; what two runs of unequal length differ by is one step."""
    x = walks(steps)
    found = trained(x, 2)[1]
    found.subtract(trained(x, 1)[1])
    history = rcgan.RCGAN(steps=TIMED).fit(x, progress=False).history_.set_index("step")["seconds"]
    taken = float(history[TIMED] - history[WARM]) / (TIMED - WARM)
    return told(found, taken)


@one_thread()
def sample(count: int) -> dict[str, float]:
    """Windows of 24 x 6 to a Parquet file, as ``rcgan sample`` writes them; on one thread, as the products alone."""
    model, _ = trained(walks(24), 1)
    with Products() as mode:
        model.sample(1000)
    found = Counter({shape: times * count // 1000 for shape, times in mode.found.items()})
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        new = model.sample(count)
        made = time.perf_counter() - started
        new.to_parquet(Path(folder) / "new.parquet")
        taken = time.perf_counter() - started
    return {**told(found, taken), "made in": made, "windows a second": count / taken}


def told(found: Counter[Product], taken: float) -> dict[str, float]:
    """The figures of a case."""
    bound = ideal(found)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": taken,
        "seconds of the products alone": bound,
        "share": bound / taken,
        "billion operations a second": operations(found) / taken / 1e9,
        "of the products alone": operations(found) / bound / 1e9,
        "peak MiB": peak,
    }


def table(result: dict[str, Any]) -> str:
    """A line a case."""
    heads = ["case", "ms", "products alone", "share", "Gflop/s", "products alone", "peak MiB"]
    rows: list[list[str]] = []
    for name, case in result["cases"].items():
        times = (1000 * case[seconds] for seconds in ("seconds", "seconds of the products alone"))
        rates = (case[rate] for rate in ("billion operations a second", "of the products alone"))
        ms, alone, rate, most = (f"{value:.1f}" for value in (*times, *rates))
        rows.append([name, ms, alone, f"{case['share']:.2f}", rate, most, f"{case['peak MiB']:.0f}"])
    return markdown(heads, rows)


def main() -> None:
    """Measure each case in a process of its own, and store what it prints."""
    cases = [*TRAINED, *SAMPLED]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--case", choices=cases, nargs="+", default=cases)
    parser.add_argument("--alone", choices=cases, help=argparse.SUPPRESS)
    parser.add_argument("--table", action="store_true", help="print what is stored as Markdown, and run nothing")
    given = parser.parse_args()
    if given.alone:
        print(json.dumps(train(TRAINED[given.alone]) if given.alone in TRAINED else sample(SAMPLED[given.alone])))
        return
    result = json.loads(FILE.read_text()) if FILE.exists() else {"machine": machine(), "cases": {}}
    for name in () if given.table else given.case:
        command = [sys.executable, __file__, "--alone", name]
        result["cases"][name] = json.loads(
            subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        )
        keep(FILE, {**result, "machine": machine()})
    print(table(result))
    if not given.table:
        into_readme("speed", table(result))


if __name__ == "__main__":
    main()
