"""One thread: networks of this size gain little by more, and lose all where other programs want the cores too.

Two threads train 1.3 times as fast on two idle cores. Where one of the cores is taken, they wait for each other at
every operation, and a step can take a hundred times as long. One thread also makes a run the same on any number of
cores.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

__all__ = ["one_thread"]


@contextmanager
def one_thread() -> Generator[None]:
    """Run torch, OpenMP and the linear algebra on one thread; also a decorator."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
