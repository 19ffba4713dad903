"""Checks of arguments: the value as it is, or an error that names the argument."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from rcgan.errors import DataError, nearest

__all__ = ["one_of", "positive", "positive_range", "share", "whole"]


def whole(name: str, value: Any, least: int = 1, of: str = "") -> int:
    """Return a whole number (no truth value) of at least so much.

    >>> whole("steps", 3)
    3
    >>> whole("n", 2.5, of="windows")
    Traceback (most recent call last):
        ...
    rcgan.errors.DataError: n=2.5 must be a whole number of windows, at least 1
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        kind = f"a whole number of {of}, " if of else "a whole number of "
        raise DataError(f"{name}={value!r} must be {kind}at least {least}")
    return int(value)


def positive(name: str, value: Any) -> float:
    """Return a finite number above 0.

    >>> positive("sd", 0.5)
    0.5
    """
    if not _number(value) or value <= 0:
        raise DataError(f"{name}={value!r} must be a positive number")
    return value


def positive_range(name: str, value: Any) -> tuple[float, float]:
    """Return two positive numbers, the second no smaller.

    >>> positive_range("periods", (3, 1))
    Traceback (most recent call last):
        ...
    rcgan.errors.DataError: periods=(3, 1) must be two positive numbers, the smaller first, as in periods=(1, 3)
    """
    pair: tuple[Any, ...] = tuple(value) if isinstance(value, list | tuple | np.ndarray) else ()
    if len(pair) != 2 or not all(_number(each) for each in pair) or not 0 < pair[0] <= pair[1]:
        raise DataError(f"{name}={value!r} must be two positive numbers, the smaller first, as in {name}=(1, 3)")
    return float(pair[0]), float(pair[1])


def share(name: str, value: Any) -> float:
    """Return a number from 0 to 1.

    >>> share("taught", 1)
    1
    """
    if not _number(value) or not 0 <= value <= 1:
        raise DataError(f"{name}={value!r} must be between 0 and 1")
    return value


def one_of(name: str, value: Any, known: Collection[str]) -> str:
    """Return one of the names that there are.

    >>> one_of("heads", "softmx", ["gumbel", "softmax"])
    Traceback (most recent call last):
        ...
    rcgan.errors.DataError: no heads 'softmx'; there are ['gumbel', 'softmax']; did you mean 'softmax'?
    """
    if value not in known:
        raise DataError(f"no {name} {value!r}; there are {sorted(known)}{nearest(value, known)}")
    return value


def _number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float | np.number) and bool(np.isfinite(value))
