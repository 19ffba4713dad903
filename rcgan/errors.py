"""What can go wrong, by kind: every message says what is wrong, what was found and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["CollapseWarning", "DataError", "DivergedError", "ModelFileError", "nearest"]


class DataError(ValueError):
    """The data or an argument cannot be used as given; nothing was written."""


class ModelFileError(ValueError):
    """The file is not a whole rcgan model that this version can read."""


class DivergedError(RuntimeError):
    """Training left the finite numbers."""


class CollapseWarning(UserWarning):
    """Generated windows vary far less than real ones."""


def nearest(name: object, known: Iterable[object]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name closest to ``name``, or an empty string.

    >>> nearest("wavs", ["waves", "sines"])
    "; did you mean 'waves'?"
    >>> nearest("q", ["waves", "sines"])
    ''
    """
    match = difflib.get_close_matches(str(name), [str(k) for k in known], n=1)
    return f"; did you mean {match[0]!r}?" if match else ""
