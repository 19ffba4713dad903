"""Cuts a long series into overlapping windows and prints time and extra memory as JSON."""

from __future__ import annotations

import time
import tracemalloc

import click
import numpy as np
from common import store

from rcgan.data import Windows


def measure(rows: int, channels: int, window: int, stride: int) -> dict[str, float]:
    """Seconds of the fastest of three cuts, and the peak of memory beside the series while cutting."""
    table = np.random.default_rng(0).standard_normal((rows, channels), dtype=np.float32)
    seconds: list[float] = []
    for _ in range(3):
        begin = time.perf_counter()
        Windows.from_series(table, window=window, stride=stride)
        seconds.append(time.perf_counter() - begin)
    tracemalloc.start()
    windows = Windows.from_series(table, window=window, stride=stride)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "rows": rows,
        "channels": channels,
        "window": window,
        "stride": stride,
        "windows": len(windows),
        "seconds": round(min(seconds), 3),
        "series_bytes": table.nbytes,
        "memory_ratio": round(1 + peak / table.nbytes, 4),
    }


@click.command()
@click.option("--rows", default=10_000_000, show_default=True)
@click.option("--channels", default=8, show_default=True)
@click.option("--window", default=64, show_default=True)
@click.option("--stride", default=1, show_default=True)
def main(rows: int, channels: int, window: int, stride: int) -> None:
    store("cutting", measure(rows, channels, window, stride))


if __name__ == "__main__":
    main()
