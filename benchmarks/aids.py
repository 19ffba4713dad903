"""What each training aid is worth: the same game without it and with it, three seeds, on waves and on Stocks.

    python benchmarks/aids.py --seeds 0 1 2                 # what is stored already is not run again
    python benchmarks/aids.py --set waves --aid unrolled    # some of it
    python benchmarks/aids.py --table                       # Markdown, from what is stored

The game is DCGAN's over time (non-saturating, strided convolutions, batch normalisation on both sides), without labels,
views or penalties: the one that the aids were made for. One aid is added at a time, with its paper's setting where that
says one, and nothing else is tuned. All take as many steps; what an aid costs stands beside it, in milliseconds a step.

Figures: the sliced Wasserstein distance of as many generated windows to the held-out ones, standardised by the training
windows, and the published discriminative score between the two; beside them the same for training windows in the place
of generated ones. The windows of Stocks overlap, held-out ones too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from common import RESULTS, arguments, keep, machine, markdown, parsed
from numpy.typing import NDArray
from quality import scaled

import rcgan
from rcgan.data.traits import Traits
from rcgan.estimator import Transforming
from rcgan.evaluation import discriminative_score
from rcgan.evaluation.distances.sliced import sliced_wasserstein
from rcgan.game.latents import Latents, Normal
from rcgan.game.objectives import hinge, non_saturating
from rcgan.game.pairs import noisy, packed, windows
from rcgan.game.round import Game, Pair, Terms
from rcgan.game.terms import (
    adversarial,
    feature_matching,
    historical_averaging,
    label_smoothing,
    owed_by,
    zero_centred_penalty,
)
from rcgan.game.unrolling import unrolled
from rcgan.networks.crowd import MinibatchDeviation, MinibatchDiscrimination
from rcgan.networks.spectral import spectral
from rcgan.parts import Parts

FILE = RESULTS / "aids.json"
BASE = "none"
PLAIN = adversarial(non_saturating, windows)
Floats = NDArray[np.float32]


def with_terms(parts: Parts, terms: Terms, networks: str = "dcgan") -> Game:
    """The base game with other terms, or other networks."""
    made = Parts(parts.traits, parts.latents, parts.hidden, networks, plain=True)
    return made.duel(terms, made.critic())


def with_pair(parts: Parts, pair: Pair, pack: int = 1) -> Game:
    return parts.duel(adversarial(non_saturating, pair), parts.critic(pack=pack))


def with_spectral(parts: Parts, terms: Terms) -> Game:
    """Without batch normalisation in the critic, as in the paper."""
    made = Parts(parts.traits, parts.latents, parts.hidden, "convolutional", plain=True)
    return made.duel(terms, spectral(made.critic()))


AIDS: dict[str, Callable[[Parts], Game]] = {
    BASE: lambda parts: with_terms(parts, PLAIN),
    "critic without batch normalisation": lambda parts: with_terms(parts, PLAIN, "convolutional"),
    "reference batch normalisation": lambda parts: with_terms(parts, PLAIN, "reference"),
    "virtual batch normalisation": lambda parts: with_terms(parts, PLAIN, "virtual"),
    "label smoothing": lambda parts: with_terms(parts, PLAIN + label_smoothing(windows)),
    "feature matching alone": lambda parts: with_terms(parts, owed_by("critic", PLAIN) + feature_matching(windows)),
    "feature matching beside": lambda parts: with_terms(parts, PLAIN + feature_matching(windows)),
    "historical averaging": lambda parts: with_terms(
        parts, PLAIN + historical_averaging("critic", "critic") + historical_averaging("generator", "generator")
    ),
    "minibatch discrimination": lambda parts: parts.duel(PLAIN, parts.critic(around=MinibatchDiscrimination)),
    "minibatch standard deviation": lambda parts: parts.duel(PLAIN, parts.critic(around=MinibatchDeviation)),
    "packing 2": lambda parts: with_pair(parts, packed(windows), 2),
    "packing 4": lambda parts: with_pair(parts, packed(windows, 4), 4),
    "instance noise": lambda parts: with_pair(parts, noisy(windows)),
    "unrolling 5": lambda parts: with_terms(parts, unrolled(PLAIN, 5)),
    "spectral normalisation": partial(with_spectral, terms=PLAIN),
    "spectral normalisation, hinge": partial(with_spectral, terms=adversarial(hinge, windows)),
    "critic at 4 times the rate": lambda parts: parts.duel(PLAIN, parts.critic(), rate=4.0),
    "two turns of the critic": lambda parts: parts.duel(PLAIN, parts.critic(), turns=2),
    "zero-centred penalty": lambda parts: with_terms(parts, PLAIN + zero_centred_penalty(windows, 1.0)),
}


@dataclass(eq=False, repr=False)
class Aided(Transforming):
    """The base game with one aid."""

    conditional: ClassVar[bool] = False

    aid: str = BASE

    def _game(self, traits: Traits) -> Game:
        return AIDS[self.aid](Parts(traits, Latents((Normal(self.latent_dim),)), self.hidden, "dcgan", plain=True))


def split(x: Floats) -> tuple[Floats, Floats]:
    """Four fifths to train on, and the rest."""
    order = np.random.default_rng(0).permutation(len(x))
    return x[order[len(x) // 5 :]], x[order[: len(x) // 5]]


SETS: dict[str, Callable[[], Floats]] = {
    "waves": lambda: rcgan.load_dataset("waves").values,
    "stocks": lambda: scaled("stocks"),
}


def figures(train: Floats, test: Floats, new: Floats) -> dict[str, float]:
    """How far windows are from the held-out ones; as many of them."""
    mean, sd = train.mean((0, 1)), train.std((0, 1))
    flat = [((x - mean) / sd).reshape(len(x), -1).astype(np.float64) for x in (test, new)]
    return {"sliced": sliced_wasserstein(*flat), "discriminative": discriminative_score(test, new, judges=3)}


def measure(name: str, aid: str, seed: int, steps: int) -> dict[str, Any]:
    """Train once, and measure what comes out."""
    train, test = split(SETS[name]())
    model = Aided(aid=aid, steps=steps, seed=seed).fit(train, progress=False)
    seconds = float(model.history_["seconds"].iloc[-1])
    found = figures(train, test, model.sample(len(test), seed=seed).values)
    told = {"seconds": seconds, "variety": float(model.history_["variety"].iloc[-1])}
    return {"set": name, "aid": aid, "seed": seed, "steps": steps, **told, **found}


def stored() -> dict[str, Any]:
    """What was found so far."""
    return json.loads(FILE.read_text()) if FILE.exists() else {"machine": machine(), "real": {}, "runs": []}


def run(names: list[str], aids: list[str], seeds: list[int], steps: int) -> None:
    """Run what is not stored yet, seed by seed, so that the table is whole early."""
    result = stored()
    for name in names:
        if name not in result["real"]:
            train, test = split(SETS[name]())
            result["real"][name] = figures(train, test, train[: len(test)])
            keep(FILE, result)
    done = {(r["set"], r["aid"], r["seed"], r["steps"]) for r in result["runs"]}
    for seed in seeds:
        for aid in aids:
            for name in names:
                if (name, aid, seed, steps) not in done:
                    result["runs"].append(measure(name, aid, seed, steps))
                    keep(FILE, result)
                    print(result["runs"][-1], flush=True)


def table(result: dict[str, Any]) -> str:
    """A line an aid: mean over the seeds and, in brackets, the worst of them; the time is that of the quickest."""
    columns = [f"{name}, {figure}" for name in SETS for figure in ("sliced", "discriminative", "ms a step")]
    real = [result["real"].get(name, {}).get(figure) for name in SETS for figure in ("sliced", "discriminative", "")]
    rows = [["*real windows*", *("" if v is None else f"{v:.3f}" for v in real)]]
    for aid in AIDS:
        cells: list[str] = []
        for name in SETS:
            runs = [r for r in result["runs"] if (r["set"], r["aid"]) == (name, aid)]
            values = [[r[figure] for r in runs] for figure in ("sliced", "discriminative")]
            cells += [f"{np.mean(v):.3f} ({max(v):.3f})" if v else "" for v in values]
            cells.append(f"{min(1000 * r['seconds'] / r['steps'] for r in runs):.1f}" if runs else "")
        if any(cells):
            rows.append([aid, *cells])
    return markdown(["aid", *columns], rows)


def main() -> None:
    """Run aids, or make the table."""
    parser = arguments(__doc__, SETS)
    parser.add_argument("--aid", choices=list(AIDS), nargs="+", default=list(AIDS))
    parser.add_argument("--steps", type=int, default=3000)
    given = parsed(parser, lambda: table(stored()))
    run(given.set, given.aid, given.seeds, given.steps)


if __name__ == "__main__":
    main()
