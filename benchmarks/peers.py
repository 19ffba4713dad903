"""The default RCGAN beside its peers, each with the same minutes of one core, in one program on one machine.

    python benchmarks/peers.py --minutes 2 5 15 --diffusion-ts ../Diffusion-TS  # everything; what is stored stays
    python benchmarks/peers.py --set stocks --peer rcgan timegan --seeds 0      # some of it
    python benchmarks/peers.py --table                                          # what is stored, into README.md

`rivals/` holds one file a peer, which says what it is and where its settings come from. A peer that cannot be run is
stored as missing, with the reason, and is tried again the next time. The windows are those of `quality.py`, and so are
the scores, but for their number: Diffusion-TS makes a few windows a second on one core, so that every peer makes
`--windows` of them, and is scored against as many real ones drawn at random. Fewer windows than published teach a judge
less; the row of real windows in the place of generated ones shows what that does.

Peers whose training depends on the budget are trained once for each, the others once, with samples taken on the way
while the clock stands. The minutes are on the wall: `core_seconds` in the JSON falls short of `seconds` where another
program wanted the core, and such a run is not to be compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, arguments, interval, machine, markdown, once, parsed, retry
from quality import SETS, WINDOW, answers, at_hand, compared, halves, held_out
from rivals.clock import Floats, Made, Missing, Task, Trained
from rivals.default import default
from rivals.dgan import defaults, notebook
from rivals.diffusion_ts import diffusion_ts
from rivals.rgan import rgan
from rivals.timegan import timegan

from rcgan.threads import one_thread

REAL, OURS = "real", "rcgan"
PEERS: dict[str, Callable[[Task], Trained]] = {
    OURS: default,
    "diffusion-ts": diffusion_ts,
    "dgan-notebook": notebook,
    "dgan-defaults": defaults,
    "rgan-2017": rgan,
    "timegan": timegan,
}
SPEED = "windows a second"
SCORES = ("discriminative", "context-FID", "correlational", "strong judge")
PUBLISHED = {  # Diffusion-TS's own
    "sines": 0.006,
    "stocks": 0.067,
    "etth1": 0.061,
    "energy": 0.122,
    "fmri": 0.167,
    "mujoco": 0.008,
}


def drawn(real: Floats, count: int, seed: int) -> Floats:
    """So many windows at random, or all."""
    return real[np.random.default_rng(seed).permutation(len(real))[:count]]


def shape(windows: Floats) -> dict[str, float]:
    """What tells broken windows at a glance: values, and the mean absolute change from one step to the next."""
    change = float(np.abs(np.diff(windows, axis=1)).mean())
    values = {"mean": windows.mean(), "sd": windows.std(), "lowest": windows.min(), "highest": windows.max()}
    return {**{name: float(value) for name, value in values.items()}, "change": change}


def real_run(task: Task, judges: int) -> dict[str, Any]:
    """Real windows in the place of generated ones."""
    real = task.windows
    one, two = (half[: task.count] for half in halves(real, task.seed))
    asked = compared(one, two, judges, task.seed) | held_out(real, None, task.seed)
    return {"windows": len(one), **shape(real), **answers(asked)}


def scored(task: Task, made: Made, judges: int) -> dict[str, Any]:
    """One budget of one peer."""
    told = {name: getattr(made, name) for name in ("minutes", "steps", "seconds", "core_seconds")}
    if made.windows is None or not np.isfinite(made.windows).all():
        return {**told, "failed": made.failed or "some values are not finite"}
    told |= {"windows": len(made.windows), SPEED: len(made.windows) / made.sampling_seconds}
    real = drawn(task.windows, task.count, task.seed)
    asked = compared(real, made.windows, judges, task.seed) | held_out(task.windows, made.windows, task.seed)
    return {**told, **shape(made.windows), **answers(asked)}


@one_thread()
def measure(peer: str, task: Task, judges: int) -> dict[str, Any]:
    """Train a peer and score what it makes, or say why it is missing."""
    told = {
        "set": task.name,
        "peer": peer,
        "seed": task.seed,
        "shape": list(task.windows.shape),
        "minutes": list(task.minutes),
        "judges": judges,
        "machine": machine(),
    }
    if peer == REAL:
        return {**told, "runs": [{"minutes": None, **real_run(task, judges)}]}
    try:
        trained = PEERS[peer](task)
    except Missing as why:
        return {**told, "missing": str(why)}
    return {**told, "settings": trained.settings, "runs": [scored(task, made, judges) for made in trained.made]}


def stored(name: str, peer: str, seed: int) -> Path:
    """Where a peer's runs lie."""
    return RESULTS / f"peers_{name}_{peer}_{seed}.json"


def run(task: Task, peers: Sequence[str], judges: int) -> None:
    """Run what is not stored yet."""
    for peer in (REAL, *peers):
        path = stored(task.name, peer, task.seed)
        retry(path)
        if not path.exists():
            print(f"{task.name}, {peer}, seed {task.seed}", flush=True)
        once(path, partial(measure, peer, task, judges))


def table() -> str:
    """For each set and budget a line a peer: means of its trainings, with the 95 % interval where there are several."""
    columns = ["set", "minutes", "peer", "trainings", *SCORES, "steps", SPEED, "share of a core"]
    rows: list[list[str]] = []
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("peers_*_*_*.json"))]
    met: list[str] = []
    for name in SETS:
        alike = [result for result in results if result["set"] == name]
        for minutes in sorted({m for result in alike for m in result["minutes"]}):
            for peer in (REAL, *PEERS):
                cells = line([result for result in alike if result["peer"] == peer], minutes)
                rows.append([name, f"{minutes:g}", peer, *cells])
        met += reached(name, [result for result in alike if result["peer"] == OURS])
    return "\n".join([markdown(columns, rows), "", *met])


def line(results: Sequence[dict[str, Any]], minutes: float) -> list[str]:
    """The cells of a peer at a budget."""
    runs = [r for result in results for r in result.get("runs", []) if r["minutes"] in (None, minutes)]
    whole, failed = [r for r in runs if "failed" not in r], [r["failed"] for r in runs if "failed" in r]
    missing = [result["missing"] for result in results if "missing" in result]
    if not whole:
        why = [f"missing: {reason}" for reason in missing] + [f"failed: {reason}" for reason in failed]
        return ["0", (why or ["missing: not run yet"])[0], *[""] * (len(SCORES) + 2)]
    without = [f"{len(those)} {what}" for what, those in (("failed", failed), ("missing", missing)) if those]
    trainings = ", ".join([str(len(whole)), *without])
    ends = [f"{np.mean([r[name] for r in whole]):,.0f}" if name in whole[0] else "" for name in ("steps", SPEED)]
    shares = [r["core_seconds"] / r["seconds"] for r in whole if "seconds" in r]
    ends.append(f"{np.mean(shares):.2f}" if shares else "")
    return [trainings, *(interval([r[score] for r in whole]) for score in SCORES), *ends]


def reached(name: str, results: Sequence[dict[str, Any]]) -> list[str]:
    """The smallest budget at which ours is as good as Diffusion-TS says it is: on average, and in every training."""
    runs = [r for result in results for r in result["runs"] if "failed" not in r]
    found: list[str] = []
    for told, worst in (("on average", np.mean), ("in every training", max)):
        good = [
            m
            for m in sorted({r["minutes"] for r in runs})
            if worst([r["discriminative"] for r in runs if r["minutes"] == m]) <= PUBLISHED[name]
        ]
        found.append(f"{told} {f'at {good[0]:g} minutes' if good else 'at no budget'}")
    text = f"- {name}: {OURS} reaches Diffusion-TS's published discriminative score, {PUBLISHED[name]}, "
    return [text + ", ".join(found)] if runs else []


def main() -> None:
    """Run what is not stored yet, seed by seed, so that the table is whole early; or make the table."""
    parser = arguments(__doc__, SETS)
    parser.add_argument("--peer", choices=list(PEERS), nargs="+", default=list(PEERS))
    parser.add_argument("--minutes", type=float, nargs="+", default=[2, 5, 15], help="budgets of each peer")
    parser.add_argument("--windows", type=int, default=2000, help="made at each budget, by everybody")
    parser.add_argument("--judges", type=int, default=5)
    parser.add_argument("--diffusion-ts", type=Path, metavar="FOLDER", help="a checkout of its repository")
    given = parsed(parser, table, "peers")
    names = at_hand(given.set)
    for seed in given.seeds:
        for name in names:
            series = SETS[name](WINDOW)
            count = min(given.windows, len(series.windows))
            task = Task(name, series, tuple(sorted(given.minutes)), seed, count, given.diffusion_ts)
            run(task, given.peer, given.judges)


if __name__ == "__main__":
    main()
