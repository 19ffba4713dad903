"""A file loads as it was written, or is refused."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from rcgan import storage
from rcgan.errors import DataError, ModelFileError

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.zeros(0, 4), "c": torch.ones((), dtype=torch.int32)}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "m.rcgan"
    storage.write(path, "model", {"x": [1, None, "é"]}, TENSORS)
    header, tensors = storage.read(path, "model")
    assert header == {"x": [1, None, "é"]}
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert torch.equal(tensors[name], tensor) and tensors[name].dtype == tensor.dtype
    assert [p.name for p in tmp_path.iterdir()] == ["m.rcgan"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "m"
    storage.write(path, "model", {"x": 1}, TENSORS)
    return path.read_bytes()


def test_cut_at_any_byte_is_refused(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(ModelFileError):
            storage.read(path, "model")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_changed_at_any_byte_is_refused_or_the_same(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(whole)
    changed[place] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "changed"
    path.write_bytes(bytes(changed))
    try:
        header, tensors = storage.read(path, "model")
    except ModelFileError:
        return
    assert header == {"x": 1}
    assert all(torch.equal(tensors[name], tensor) for name, tensor in TENSORS.items())


def test_foreign_newer_older_and_hostile_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m"
    save_file(TENSORS, path)
    with pytest.raises(ModelFileError, match="not one of rcgan's"):
        storage.read(path, "model")
    save_file(TENSORS, path, metadata={"rcgan": "model", "format": "99", "header": "{}", "sha256": ""})
    with pytest.raises(ModelFileError, match="upgrade rcgan"):
        storage.read(path, "model")
    save_file(TENSORS, path, metadata={"rcgan": "model", "format": "1", "header": "{}", "sha256": ""})
    with pytest.raises(ModelFileError, match="fit the model again"):
        storage.read(path, "model")
    storage.write(path, "checkpoint", {}, TENSORS)
    with pytest.raises(ModelFileError, match="holds a checkpoint, not a model"):
        storage.read(path, "model")

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "owned",))

    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelFileError, match="no whole rcgan model file"):
        storage.read(path, "model")
    assert not (tmp_path / "owned").exists()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "m"
    storage.write(path, "model", {"x": 1}, TENSORS)
    with pytest.raises(TypeError):
        storage.write(path, "model", {"x": object()}, TENSORS)
    assert storage.read(path, "model")[0] == {"x": 1}
    with pytest.raises(DataError, match="cannot be written: No such file"):
        storage.write(tmp_path / "nowhere" / "m", "model", {}, TENSORS)
    with pytest.raises(OSError, match="directory"):
        storage.read(tmp_path, "model")
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


FULL_DISK = """
import resource, signal, sys, torch
from rcgan import DataError, storage
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    storage.write(sys.argv[1], "model", {"x": 2}, {"a": torch.zeros(100_000)})
except DataError as error:
    print("refused:", error)
"""


def test_no_room_is_an_error_and_leaves_the_old_file(tmp_path: Path) -> None:
    """The operating system refuses the bytes past a limit, as it does on a full disk."""
    pytest.importorskip("resource")
    path = tmp_path / "m"
    storage.write(path, "model", {"x": 1}, TENSORS)
    ran = subprocess.run([sys.executable, "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True)
    assert "cannot be written" in ran.stdout, ran.stdout + ran.stderr
    assert storage.read(path, "model")[0] == {"x": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["m"]
