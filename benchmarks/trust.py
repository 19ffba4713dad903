"""Can the evaluation be believed? The figures of four benchmarks in one Markdown table; runs nothing.

    python benchmarks/trust.py

They are made by agreement.py, restated_context_fid.py, faults.py, calibration.py and evaluation_speed.py.
"""

from __future__ import annotations

import json
from typing import Any

from common import RESULTS, markdown


def result(name: str) -> dict[str, Any]:
    """Return what a benchmark stored."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def agreement() -> list[tuple[str, str]]:
    """The published scores, and Context-FID, beside re-statements of their code."""
    scores, fid = result("published_agreement")["together"], result("context_fid_agreement")
    within = f"{scores['within two standard errors']} of {scores['cells']} cells"
    together = f"{within} within two standard errors; all together p = {scores['joint p']:.2f}"
    ratios = ", ".join(
        f"{fid[pair]['package over restated']:.3f} ({what}, {len(fid[pair]['package'])} seeds)"
        for pair, what in (("halves", "two halves of real windows"), ("noise", "real ones against noisy"))
    )
    return [
        ("discriminative and predictive score against a re-statement of the published code", together),
        ("Context-FID over its re-statement", ratios),
    ]


def judged() -> list[tuple[str, str]]:
    """What the strong judge says of each fault."""
    cases = result("strong_judge_faults")["cases"]
    return [(f"strong judge: {name}", f"{c['lowest']:.3f} to {c['highest']:.3f}") for name, c in cases.items()]


def said() -> list[tuple[str, str]]:
    """How often the verdict is 'it helps', where it does not and where it does."""
    told = result("verdict_calibration")
    helps = sum(c["times"] for c in told["counts"] if c["kind"] == "fresh" and c["said"] == "it helps")
    asked = told["asked"] - told["asked_where_it_does_not_help"]
    wrongly = f"{told['helps_said_wrongly']} of {told['asked_where_it_does_not_help']}"
    return [("'it helps', where it does not", wrongly), ("'it helps', where it does", f"{helps} of {asked}")]


def speed() -> list[tuple[str, str]]:
    """Time and memory of the whole evaluation."""
    cases = result("evaluation_speed")["cases"].values()
    return [
        (
            f"{c['windows']:,} windows of 24 x 6{', quick' if c['quick'] else ''}",
            f"{c['seconds']:.0f} s on two cores, {c['peak_mib'] / 1024:.1f} GiB at most",
        )
        for c in cases
    ]


def main() -> None:
    """Print the table."""
    lines = [*agreement(), *judged(), *said(), *speed()]
    print(markdown(["what", "figure"], lines))


if __name__ == "__main__":
    main()
