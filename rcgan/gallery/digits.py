"""Digits read as 8 steps of 8 channels: labels on demand, and few labels."""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

import rcgan
from rcgan.gallery.data import Floats, digits
from rcgan.gallery.row import Goal, Shown, axes_of

__all__ = ["cgan", "semi_supervised"]

SEEDS = range(5)
KNOWN = 10  # labels of each digit


def cgan(steps: int = 5000) -> Shown:
    """One digit of each class on demand, judged by a support vector machine trained on real digits."""
    (X, y), (X_test, y_test) = digits()
    model = rcgan.CGAN(hidden=128, steps=steps).fit(X, y, progress=False)
    new = model.sample(labels=np.tile(np.arange(10), 100), seed=1)
    judge = SVC(C=10).fit(_flat(X), y)
    agreed = float(np.mean(judge.predict(_flat(new.values)) == new.labels))
    figure, axes = axes_of(2, 10, height=0.75)
    for label in range(10):
        for place, picture in zip(axes[:, label], (X[y == label][0], new.values[label]), strict=True):
            place.imshow(picture, cmap="gray_r", vmin=0, vmax=16)
            place.axis("off")
    beside = {"accuracy of the judge on real held-out digits": float(judge.score(_flat(X_test), y_test))}
    goals = [Goal("agreement of a classifier of real digits with the label asked for", agreed, 0.95, higher=True)]
    return Shown(goals, figure, "Above a real digit of each class, below one made on demand", beside)


def _flat(pictures: Floats) -> Floats:
    return pictures.reshape(len(pictures), -1) / 16


def semi_supervised(steps: int = 3000) -> Shown:
    """Ten labels of each digit and 1,300 digits without, against the same classifiers trained on the ten alone."""
    ours, alone = [], []
    for seed in SEEDS:
        (X, y), (X_test, y_test) = digits(seed)
        known = np.concatenate([np.flatnonzero(y == digit)[:KNOWN] for digit in range(10)])
        hidden = np.full(len(y), -1)
        hidden[known] = y[known]
        model = rcgan.SemiSupervisedGAN(hidden=256, steps=steps, seed=seed)
        ours.append(float(np.mean(model.fit(X, hidden, progress=False).predict(X_test) == y_test)))
        model.fit(X[known], y[known], progress=False)
        dense = MLPClassifier((128, 64), max_iter=1000, random_state=seed).fit(_flat(X[known]), y[known])
        plain = float(dense.score(_flat(X_test), y_test))
        alone.append(max(float(np.mean(model.predict(X_test) == y_test)), plain))
    gain = np.subtract(ours, alone)
    figure, ((axes,),) = axes_of(1, 1, height=2)
    axes.plot([alone, ours], color="#5b6770", marker="o", linewidth=1)
    axes.set_xticks([0, 1], ["100 labels alone", "and 1,300 digits without label"], fontsize=8)
    axes.set_ylabel("accuracy", fontsize=8)
    goals = [Goal("least gain in accuracy on held-out digits, of 5 seeds", float(gain.min()), 0.002, higher=True)]
    beside = {"accuracy, mean": float(np.mean(ours)), "accuracy with the labels alone, mean": float(np.mean(alone))}
    return Shown(goals, figure, "Accuracy on held-out digits; one line a seed", beside)
