"""Run systems side by side, and write what they showed as one page and one JSON file."""

from __future__ import annotations

import inspect
import json
import multiprocessing
import os
import platform
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from tqdm import tqdm

from rcgan.errors import DataError, nearest
from rcgan.evaluation.report import png, write_whole
from rcgan.gallery import SYSTEMS
from rcgan.gallery.row import Goal

__all__ = ["Exhibit", "chosen", "exhibit", "to_json", "write_page"]


@dataclass(frozen=True)
class Exhibit:
    """A row as it was shown.

    Args:
        name: of the system.
        goals: its figures; the first is the row's.
        beside: further figures.
        picture: a PNG as base64.
        caption: how to read it.
        tables: HTML by heading.
        seconds: how long it took.
    """

    name: str
    goals: list[Goal]
    beside: dict[str, float]
    picture: str
    caption: str
    tables: dict[str, str]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every figure is at or past its limit."""
        return all(goal.passed for goal in self.goals)


def chosen(names: Sequence[str]) -> list[str]:
    """Return the names of the systems asked for, all of them for none.

    Raises:
        DataError: there is no such system.

    >>> chosen(["wgan"])
    ['wgan']
    """
    known = [system.name for system in SYSTEMS]
    for name in names:
        if name not in known:
            raise DataError(f"no system {name!r}{nearest(name, known)} (there are: {', '.join(known)})")
    return [name for name in known if name in names or not names]


def exhibit(names: Sequence[str], *, steps: int | None = None, workers: int | None = None) -> list[Exhibit]:
    """Show systems, as many at a time as there are cores, with a progress bar.

    Args:
        names: of the systems, in the order in which they come back.
        steps: of each training; None for what each row needs.
        workers: processes; None for one a core.
    """
    count = min(workers or len(os.sched_getaffinity(0)), len(names))
    found: dict[str, Exhibit] = {}
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        running: dict[Future[Exhibit], str] = {pool.submit(_show, name, steps): name for name in names}
        bar = tqdm(as_completed(running), total=len(names), desc="gallery", unit="system")
        for done in bar:
            found[running[done]] = done.result()
            bar.set_postfix_str(f"{running[done]} {found[running[done]].seconds:.0f} s")
    return [found[name] for name in names]


def _show(name: str, steps: int | None) -> Exhibit:
    (system,) = (system for system in SYSTEMS if system.name == name)
    began = time.monotonic()
    shown = system.show() if steps is None else system.show(steps)
    tables = {heading: table.round(3).to_html(border=0) for heading, table in shown.tables.items()}
    seconds = time.monotonic() - began
    return Exhibit(name, shown.goals, shown.beside, png(shown.picture), shown.caption, tables, seconds)


def to_json(exhibits: Sequence[Exhibit], path: str | os.PathLike[str]) -> None:
    """Write one row a system: name, figure, limit, passed; its further goals and figures, and the machine."""
    rows: list[dict[str, Any]] = []
    for e in exhibits:
        first, *others = e.goals
        rows.append(
            {"name": e.name, "figure": first.value, "limit": first.limit, "passed": e.passed, "measured": first.name}
            | {"goals": [_told(goal) for goal in (first, *others)], "beside": e.beside, "seconds": round(e.seconds)}
        )
    facts = {name: version(name) for name in ("rcgan", "torch", "numpy")}
    facts |= {"python": platform.python_version(), "cores": str(len(os.sched_getaffinity(0)))}
    write_whole(path, json.dumps({"machine": facts, "systems": rows}, indent=1) + "\n")


def _told(goal: Goal) -> dict[str, Any]:
    sense = "at least" if goal.higher else "at most"
    return {"measured": goal.name, "figure": goal.value, sense: goal.limit, "passed": goal.passed}


def write_page(exhibits: Sequence[Exhibit], folder: Path) -> Path:
    """Write ``index.html`` into a folder: a picture, the figures and the program of each system. It loads nothing."""
    systems = {system.name: system for system in SYSTEMS}
    rows = [(systems[e.name], e, inspect.getsource(systems[e.name].show)) for e in exhibits]
    source = resources.files("rcgan.gallery").joinpath("page.html").read_text("utf-8")
    page = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
    write_whole(folder / "index.html", page.render(rows=rows))
    return folder / "index.html"
