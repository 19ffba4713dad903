"""Which features tell labels apart? Learned without labels, beside ready-made ones, all read by one linear probe.

    python benchmarks/features.py --minutes 2 --seeds 0 1 2     # every set and way; what is stored is not run again
    python benchmarks/features.py --set waves --minutes 0.2     # a first look
    python benchmarks/features.py --table                       # Markdown, from what is stored

Every way sees all training windows without their labels. The probe, a logistic regression over standardised features,
is trained on some labelled training windows; its strength is chosen there by cross-validation over whole series. The
score is its balanced accuracy on held-out windows. A seed decides training, kernels and which windows are labelled.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from common import RESULTS, arguments, keep, machine, markdown, parsed
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from utility import skab, ucr

import rcgan

Features = tuple[list[NDArray[np.floating]], dict[str, Any]]
Way = Callable[[str, int, float], Features]

STORE = RESULTS / "features.json"
WIDTH = 16
KERNELS = 500
STRENGTHS = np.logspace(-4, 2, 7)
FOLDS = 5
LABELLED = {"waves": 20, "ecg5000": 20, "skab": 1000}  # windows that the probe is trained on, at most


@cache
def parts(name: str) -> tuple[rcgan.Windows, rcgan.Windows]:
    """Training and held-out windows with their labels.

    Waves of two kinds; heart beats, normal (class 1) or not, as the other four classes have too few; a pump rig with an
    anomaly or none, whose runs are held out whole.
    """
    if name == "waves":
        return rcgan.load_dataset("waves").split(0.8, seed=0)
    if name == "skab":
        return skab()[:2]
    train, test = (
        rcgan.Windows.from_arrays(part.values, np.where(part.labels == "1", "normal", "other"))
        for part in ucr("ECG5000")[:2]
    )
    return train, test


@cache
def arrays(name: str) -> tuple[NDArray[np.float64], ...]:
    """Both parts as (n, t, d), standardised by the training part's channels; a missing value is the channel's mean."""
    train, test = (part.values.astype(np.float64) for part in parts(name))
    mean, sd = np.nanmean(train, (0, 1)), np.nanstd(train, (0, 1))
    return tuple(np.nan_to_num((x - mean) / np.where(sd > 0, sd, 1.0)) for x in (train, test))


def learned(make: Callable[..., Any]) -> Way:
    """Features of a model trained without labels for so many minutes."""

    def features(name: str, seed: int, minutes: float) -> Features:
        train, test = (part.bare() for part in parts(name))
        model = make(steps=10**6, minutes=minutes, seed=seed).fit(train)
        steps = getattr(model, "model_", model).n_steps_trained_
        return [model.transform(part) for part in (train, test)], {"minutes": minutes, "steps": steps}

    return features


def untrained(make: Callable[..., Any]) -> Way:
    """Features of the same networks after a single step: what their shape alone is worth."""

    def features(name: str, seed: int, minutes: float) -> Features:
        train, test = (part.bare() for part in parts(name))
        model = make(steps=1, seed=seed).fit(train)
        return [model.transform(part) for part in (train, test)], {"steps": 1}

    return features


def bigan(**told: Any) -> rcgan.BiGAN:
    """An encoder learned beside a generator."""
    return rcgan.BiGAN(WIDTH, **told)


def aae(**told: Any) -> rcgan.AAE:
    """An autoencoder's codes."""
    return rcgan.AAE(WIDTH, **told)


def critic(**told: Any) -> rcgan.CriticFeatures:
    """What the critic of the default model reads."""
    return rcgan.CriticFeatures(rcgan.RCGAN(**told))


def raw(name: str, seed: int, minutes: float) -> Features:
    """The values themselves."""
    return [x.reshape(len(x), -1) for x in arrays(name)], {}


def principal(name: str, seed: int, minutes: float) -> Features:
    """As many principal components as the encoders have codes."""
    (train, test), _ = raw(name, seed, minutes)
    found = PCA(WIDTH, random_state=seed).fit(train)
    return [found.transform(train), found.transform(test)], {}


def convolutions(name: str, seed: int, minutes: float) -> Features:
    """Shares of positive values of random convolutions: MiniRocket, Dempster, Schmidt, Webb (2021)."""
    from sktime.transformations.rocket import MiniRocketMultivariate

    train, test = (x.swapaxes(1, 2).astype(np.float32) for x in arrays(name))
    drawn: Any = MiniRocketMultivariate(KERNELS, n_jobs=1, random_state=seed).fit(train)
    return [np.asarray(drawn.transform(x)) for x in (train, test)], {}


@cache
def statistics(name: str) -> list[NDArray[np.floating]]:
    """22 canonical statistics of each channel: Lubba et al. (2019), "catch22"."""
    from sktime.transformations.panel.catch22 import Catch22

    found: list[NDArray[np.floating]] = []
    for x in arrays(name):
        channels = [Catch22(replace_nans=True).fit_transform(x[:, None, :, c]) for c in range(x.shape[2])]
        found.append(np.nan_to_num(np.concatenate([np.asarray(c, dtype=np.float64) for c in channels], axis=1)))
    return found


WAYS: dict[str, Way] = {
    "BiGAN": learned(bigan),
    "AAE": learned(aae),
    "InfoGAN": learned(rcgan.InfoGAN),
    "RCGAN's critic": learned(critic),
    "BiGAN, untrained": untrained(bigan),
    "RCGAN's critic, untrained": untrained(critic),
    "raw values": raw,
    "PCA": principal,
    "catch22": lambda name, seed, minutes: (statistics(name), {}),
    "random convolutions": convolutions,
}


def labelled(name: str, seed: int) -> NDArray[np.int64]:
    """Which training windows the probe sees: all, or so many drawn at random, two of each label at least."""
    codes = np.asarray(parts(name)[0].codes)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(codes))
    first = np.concatenate([order[codes[order] == code][:2] for code in np.unique(codes)])
    rest = order[~np.isin(order, first)]
    return np.sort(np.concatenate([first, rest])[: LABELLED[name]])


def probe(name: str, features: list[NDArray[np.floating]], seed: int) -> dict[str, float]:
    """Train the linear probe, its strength chosen on the training part alone, and score it on held-out windows."""
    (train, test), rows = parts(name), labelled(name, seed)
    x, y, groups = features[0][rows], np.asarray(train.labels)[rows], train.series_of[rows]
    reading = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    asked = {"logisticregression__C": STRENGTHS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels too rare for every fold; strengths that are too weak to converge
        found = GridSearchCV(reading, asked, scoring="balanced_accuracy", cv=folds).fit(x, y, groups=groups)
        score = balanced_accuracy_score(np.asarray(test.labels), found.predict(features[1]))
    return {"C": float(found.best_params_["logisticregression__C"]), "balanced accuracy": float(score)}


def measure(name: str, way: str, seed: int, minutes: float) -> dict[str, Any]:
    """Make one set's features in one way, and score them."""
    began = time.monotonic()
    features, told = WAYS[way](name, seed, minutes)
    made = time.monotonic() - began
    scores = probe(name, features, seed)
    train, test = parts(name)
    return {
        "set": name,
        "way": way,
        "seed": seed,
        **told,
        "features": features[0].shape[1],
        "windows": [len(train), len(labelled(name, seed)), len(test)],
        "seconds": {"features": round(made, 1), "probe": round(time.monotonic() - began - made, 1)},
        **scores,
        "commit": machine()["commit"],
    }


def stored() -> list[dict[str, Any]]:
    """The runs so far."""
    return json.loads(STORE.read_text())["runs"] if STORE.exists() else []


def run(names: Sequence[str], ways: Sequence[str], seeds: Sequence[int], minutes: float) -> None:
    """Run what is not stored yet; a model's runs of other minutes are others."""
    for seed in seeds:
        for name in names:
            for way in ways:
                runs = stored()
                if any(key(r) == (name, way, seed, r.get("minutes") and minutes) for r in runs):
                    continue
                runs.append(measure(name, way, seed, minutes))
                print(json.dumps(runs[-1]), flush=True)
                keep(STORE, {"machine": machine(), "runs": runs})


def key(told: dict[str, Any]) -> tuple[Any, ...]:
    """What tells one run from another."""
    return told["set"], told["way"], told["seed"], told.get("minutes")


def table() -> str:
    """The Markdown table of everything stored: a line a way and minutes, a column a set."""
    runs = stored()
    names = [name for name in LABELLED if any(r["set"] == name for r in runs)]
    rows: list[list[str]] = []
    for way in WAYS:
        for minutes in sorted({r.get("minutes") for r in runs if r["way"] == way}, key=str):
            alike = [r for r in runs if (r["way"], r.get("minutes")) == (way, minutes)]
            of = [[r for r in alike if r["set"] == name] for name in names]
            widths = " / ".join(dict.fromkeys(str(some[0]["features"]) for some in of if some))
            rows.append([way, "" if minutes is None else f"{minutes:g}", widths, *map(cell, of)])
    return markdown(["features", "minutes", "how many", *names], rows)


def cell(runs: list[dict[str, Any]]) -> str:
    """Mean and spread over seeds of the balanced accuracy."""
    values = [r["balanced accuracy"] for r in runs]
    if not values:
        return ""
    spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread} ({len(values)})"


def main() -> None:
    """Run, or make the table."""
    parser = arguments(__doc__, LABELLED)
    parser.add_argument("--way", choices=list(WAYS), nargs="+", default=list(WAYS))
    parser.add_argument("--minutes", type=float, default=2, help="of training, for each model")
    given = parsed(parser, table)
    run(given.set, given.way, given.seeds, given.minutes)


if __name__ == "__main__":
    main()
