"""What tests of networks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from torch import Tensor, nn


class Given(nn.Module):
    """Writes what it is told to."""

    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.x = nn.Parameter(x)

    def forward(self, *told: Any) -> Tensor:
        return self.x


@pytest.fixture
def writing() -> Callable[[Tensor], Given]:
    """Return what makes a generator of given windows, a parameter ``x``."""
    return Given
