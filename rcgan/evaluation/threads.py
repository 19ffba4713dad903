"""One thread: what an evaluation trains is so small that sharing its work out costs more than it saves."""

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
