"""Is the verdict right? Forty tasks whose answer is known: additions that help, that are neutral, that harm.

    python benchmarks/calibration.py

Windows are autoregressive; a label says which of two processes. Ten tasks add fresh windows of the same processes to
few real ones, which helps. Twenty add what holds no news: the training windows again, or, where real windows are so
many that more of them are worth nothing, fresh ones. Ten add white noise with labels at random, which harms. Each is
asked twice, for forecasts one row ahead and for classification. What matters is how often 'it helps' is said where it
does not.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from common import store

from rcgan.evaluation.classify import classification_scores
from rcgan.evaluation.forecast import forecast_scores
from rcgan.evaluation.panel import as_panel
from rcgan.evaluation.square import square
from rcgan.evaluation.utility import BOTH, RELATIVE
from rcgan.evaluation.verdict import find, judged

STEPS, TEST = 24, 300
KINDS = {"fresh": (10, "helps"), "copies": (10, "neutral"), "plenty": (10, "neutral"), "noise": (10, "harms")}


def windows(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return labelled windows of two autoregressive processes of order two, ``(count, STEPS, 2)``."""
    y = np.arange(count) % 2
    strength = np.where(y, 1.5, 1.1)[:, None]
    x = np.zeros((count, STEPS + 20, 2))
    for t in range(2, STEPS + 20):
        x[:, t] = strength * x[:, t - 1] - 0.7 * x[:, t - 2] + rng.normal(size=(count, 2))
    return x[:, 20:], y


def task(kind: str, seed: int) -> tuple[Any, Any, Any]:
    """Return train, test and what is added."""
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    train = windows(1500 if kind == "plenty" else 24, rng)
    test = windows(TEST, rng)
    if kind == "fresh":
        return train, test, windows(400, rng)
    if kind == "copies":
        return train, test, train
    if kind == "plenty":
        return train, test, windows(100, rng)
    return train, test, (rng.normal(size=(100, STEPS, 2)), rng.integers(0, 2, 100))


def asked(kind: str, seed: int) -> list[dict[str, Any]]:
    """Return what is said of a task, for both questions."""
    sets = square(*(as_panel(part, "windows") for part in task(kind, seed)), seed, classical=())
    found = []
    for question, metric, horizon, told in (
        ("forecast", "MASE", 1, forecast_scores(sets, [1])),
        ("classification", "balanced accuracy", None, classification_scores(sets)),
    ):
        score = find(told, metric + RELATIVE, BOTH, horizon)
        assert score is not None
        found.append(
            {
                "kind": kind,
                "truth": KINDS[kind][1],
                "seed": seed,
                "question": question,
                "ratio": score.value,
                "low": score.low,
                "high": score.high,
                "said": judged(score),
            }
        )
        print(found[-1], flush=True)
    return found


def main() -> None:
    """Ask every task and count."""
    answers = [a for kind, (count, _) in KINDS.items() for seed in range(count) for a in asked(kind, seed)]
    others = [a for a in answers if a["truth"] != "helps"]
    counts = Counter((a["kind"], a["question"], a["said"]) for a in answers)
    wrongly = sum(a["said"] == "it helps" for a in others)
    result = {
        "counts": [{"kind": k, "question": q, "said": s, "times": n} for (k, q, s), n in sorted(counts.items())],
        "helps_said_wrongly": wrongly,
        "asked_where_it_does_not_help": len(others),
        "asked": len(answers),
        "answers": answers,
    }
    store("verdict_calibration", result)


if __name__ == "__main__":
    main()
