"""What every benchmark needs: the data folder, the machine's facts, and results as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import t

from rcgan.data.files import atomic

RESULTS = Path(__file__).parent / "results"


def data_folder() -> Path:
    """Return where the real series lie: RCGAN_DATA, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("RCGAN_DATA", Path(__file__).parent.parent.parent / "shared" / "data"))
    if not folder.is_dir():
        raise SystemExit(f"no data folder {folder}: set RCGAN_DATA to one that holds timegan_stock, skab, cmapss, ...")
    return folder


def machine() -> dict[str, Any]:
    """Return what a figure depends on besides the code."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    model = [line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip() or None,
        "processor": model[0] if model else platform.processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "numpy", "scikit-learn")},
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def store(name: str, result: dict[str, Any]) -> None:
    """Print a result and keep it as benchmarks/results/NAME.json, with the machine's facts."""
    told = {"machine": machine(), **result}
    keep(RESULTS / f"{name}.json", told)
    print(json.dumps(told, indent=1))


def keep(path: Path, result: dict[str, Any]) -> None:
    """Write a result as JSON: whole, or not at all."""
    path.parent.mkdir(exist_ok=True)
    with atomic(path) as file:
        file.write((json.dumps(result, indent=1) + "\n").encode())


def once(path: Path, measure: Callable[[], dict[str, Any]]) -> None:
    """Measure what is not stored yet, and store it."""
    if not path.exists():
        keep(path, measure())


def retry(path: Path) -> None:
    """Forget a stored result that only says what was missing."""
    if path.exists() and "missing" in json.loads(path.read_text()):
        path.unlink()


def interval(values: Sequence[float], form: str = ".4f") -> str:
    """Mean and half of the 95 % interval that Student's t gives it; of a single value itself, and of none nothing."""
    if not values:
        return ""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return f"{mean:{form}}"
    half = t.ppf(0.975, n - 1) * float(np.std(values, ddof=1)) / n**0.5
    return f"{mean:{form}} ± {half:{form}}"


def markdown(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table: its heads, and a line a row."""
    lines = [f"| {' | '.join(map(str, line))} |" for line in (heads, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(heads), *lines[1:]])


def into_readme(name: str, text: str) -> None:
    """Put a table into benchmarks/README.md, between its marks, in the place of the last one."""
    path, begin, end = Path(__file__).parent / "README.md", f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = path.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{path} has no place for the table: write {begin} and {end} where it belongs")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def arguments(told: str | None, sets: Iterable[str]) -> argparse.ArgumentParser:
    """Return the options of a benchmark that keeps each run: which sets and seeds, or the table of what is stored."""
    names = list(sets)
    parser = argparse.ArgumentParser(description=(told or "").splitlines()[0])
    parser.add_argument("--set", choices=names, nargs="+", default=names)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--table", action="store_true", help="print what is stored as Markdown, and run nothing")
    return parser


def parsed(parser: argparse.ArgumentParser, table: Callable[[], str], place: str | None = None) -> argparse.Namespace:
    """Return what was given; where that is --table, print the table instead, put it into its place, and end."""
    given = parser.parse_args()
    if given.table:
        told = table()
        print(told)
        if place:
            into_readme(place, told)
        raise SystemExit
    return given
