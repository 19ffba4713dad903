"""How long an evaluation takes, and how much memory: 5,000 windows of 24 x 6 in full and quick, and 100,000 windows.

python benchmarks/evaluation_speed.py
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
from common import RESULTS, store

import rcgan

CASES = {"full": (5000, False), "quick": (5000, True), "many": (100_000, False)}


def walks(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labelled random walks, ``(count, 24, 6)``."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, count)
    return rng.normal(size=(count, 24, 6)).cumsum(1) * (1 + 0.3 * y)[:, None, None], y


def measure(case: str) -> None:
    """Evaluate once and print seconds and the largest memory, in MiB."""
    count, quick = CASES[case]
    sets = [walks(count, seed) for seed in range(3)]
    started = time.monotonic()
    report = rcgan.evaluate(*sets, quick=quick)
    scored = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report.to_html(f"{folder}/report.html")
    drawn = time.monotonic()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{scored - started:.1f} {drawn - scored:.1f} {peak:.0f}")


def main() -> None:
    """Run every case in a process of its own and store what they print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=sorted(CASES))
    parser.add_argument("--cases", choices=sorted(CASES), nargs="+", default=list(CASES), help="measured again alone")
    given = parser.parse_args()
    if given.case:
        return measure(given.case)
    stored = RESULTS / "evaluation_speed.json"
    found = json.loads(stored.read_text())["cases"] if stored.exists() else {}
    for case in given.cases:
        count, quick = CASES[case]
        told = subprocess.run([sys.executable, __file__, "--case", case], stdout=subprocess.PIPE, text=True, check=True)
        seconds, page, peak = (float(part) for part in told.stdout.split())
        found[case] = {"windows": count, "quick": quick, "seconds": seconds, "page_seconds": page, "peak_mib": peak}
    store("evaluation_speed", {"shape": [24, 6], "cases": found})


if __name__ == "__main__":
    main()
