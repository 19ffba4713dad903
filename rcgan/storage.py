"""One kind of file for models and checkpoints: safetensors with a JSON header, written whole or not at all.

Loading parses numbers and JSON and runs nothing. A file cut at any byte, changed, foreign or newer is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, cast

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from rcgan.data.files import atomic
from rcgan.errors import ModelFileError

__all__ = ["FORMAT", "read", "write"]

FORMAT = 24  # another one wherever files written before cannot be read any more


def _digest(header: str, tensors: Mapping[str, Tensor]) -> str:
    total = hashlib.sha256(header.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        total.update(tensor.contiguous().numpy().tobytes())
    return total.hexdigest()


def write(path: str | os.PathLike[str], kind: str, header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Write tensors and a JSON header as one safetensors file: a new file beside the old one, then a rename.

    Args:
        path: where to; its folder must exist.
        kind: what the file holds, ``"model"`` or ``"checkpoint"``.
        header: anything JSON can say.
        tensors: named tensors; they are copied to the CPU.

    Raises:
        DataError: no permission, no such folder, disk full; the old file, if any, is untouched.
    """
    text = json.dumps(dict(header))
    kept = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    meta = {"rcgan": kind, "format": str(FORMAT), "header": text, "sha256": _digest(text, kept)}
    with atomic(path) as file:
        file.write(save(kept, metadata=meta))


def read(path: str | os.PathLike[str], kind: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read what :func:`write` wrote.

    Raises:
        ModelFileError: not such a file, not of this kind, cut short, changed, or written by a newer version.
        OSError: no such file, a folder, no permission.
    """
    with open(path, "rb"):
        pass
    try:
        with safe_open(os.fspath(path), framework="pt") as file:  # pyright: ignore[reportUnknownVariableType]
            meta = cast("dict[str, str]", file.metadata() or {})
            _check(path, kind, meta)
            tensors = {name: cast(Tensor, file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, RuntimeError, ValueError, KeyError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{path} is no whole rcgan {kind} file: {str(error).splitlines()[0]}") from None
    if _digest(meta["header"], tensors) != meta["sha256"]:
        raise ModelFileError(f"{path} was changed after it was written: its checksum does not fit its content")
    return json.loads(meta["header"]), tensors


def _check(path: str | os.PathLike[str], kind: str, meta: Mapping[str, str]) -> None:
    found = meta.get("rcgan")
    if found is None or "header" not in meta or "sha256" not in meta:
        raise ModelFileError(f"{path} is a safetensors file but not one of rcgan's: its header names no model")
    if found != kind:
        raise ModelFileError(f"{path} holds a {found}, not a {kind}")
    if meta.get("format") != str(FORMAT):
        told = meta.get("format", "")
        older = told.isdigit() and int(told) < FORMAT
        todo = "fit the model again, or take the rcgan that wrote it" if older else "upgrade rcgan"
        raise ModelFileError(f"{path} has format {told}; this version of rcgan reads format {FORMAT}: {todo}")
