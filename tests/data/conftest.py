from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def real() -> Callable[[str], Path]:
    """Finds a file or folder of the real data; skips the test where it is absent."""

    def find(name: str) -> Path:
        path = Path(os.environ.get("RCGAN_DATA", ROOT.parent / "shared" / "data")) / name
        if not path.exists():
            pytest.skip(f"no {path}")
        return path

    return find


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT
