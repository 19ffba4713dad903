from __future__ import annotations

import importlib
import pkgutil
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

import rcgan
from rcgan.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def shell_commands(text: str) -> list[list[str]]:
    """The commands of a document's sh blocks, as words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(part) for line in lines for part in line.split("&&") if part.strip()]


def rcgan_commands(text: str) -> list[list[str]]:
    return [words[1:] for words in shell_commands(text) if Path(words[0]).name == "rcgan"]


def test_every_command_of_the_readme_parses():
    commands = rcgan_commands(README)
    assert {words[0] for words in commands} >= {"demo", "fit", "sample", "evaluate"}
    for name, *args in commands:
        command = main.commands[name]
        command.make_parser(click.Context(command)).parse_args(args)


def test_the_commands_that_the_readme_names_exist():
    named = set(re.findall(r"`rcgan (\w+)", README))
    assert named <= set(main.commands)


def test_the_files_that_the_readme_names_exist():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    read = [word for words in rcgan_commands(README) for word in words if word.startswith("datasets/")]
    assert links and read
    for name in {*links, *read, "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "constraints.txt"}:
        assert (ROOT / name).is_file(), name


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    blocks = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    report = rcgan.Report([])
    monkeypatch.setattr(rcgan, "evaluate", lambda *_: report)
    space: dict[str, Any] = {}
    for block in blocks:
        exec(block.replace("steps=3000", "steps=2"), space)
    assert (tmp_path / "waves.rcgan").exists() and (tmp_path / "report.html").exists()


def test_the_changelog_tells_of_this_version():
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1] == PROJECT["version"]


def test_every_public_name_is_there():
    for name in rcgan.__all__:
        assert getattr(rcgan, name) is not None
    for module in pkgutil.walk_packages(rcgan.__path__, "rcgan."):
        found = importlib.import_module(module.name)
        for name in getattr(found, "__all__", []):
            assert hasattr(found, name), f"{module.name}.{name}"


def test_every_requirement_is_pinned():
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), flags=re.MULTILINE))
    pinned = {re.sub(r"[-_.]+", "-", name).lower() for name in pins}
    extras = PROJECT["optional-dependencies"]
    for requirement in [*PROJECT["dependencies"], *(name for extra in extras.values() for name in extra)]:
        name = re.match(r"[\w.-]+", requirement)
        assert name and name[0] in pinned | {"rcgan"}, requirement
    assert all("+" not in version for version in pins.values())


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"rcgan/cli.py", "rcgan/py.typed"}, "missing: rcgan/__init__.py"),
        ({"tests/test_cli.py"}, "does not belong: tests/test_cli.py"),
        ({"rcgan/cli.py"}, "missing: the report's template"),
        ({"rcgan/cli.py"}, "missing: the licence"),
    ],
)
def test_the_wheel_check_finds_what_is_wrong(names: set[str], told: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / ".ci"), *sys.path])
    assert any(line.startswith(told) for line in importlib.import_module("check_wheel").faults(names, ROOT))
