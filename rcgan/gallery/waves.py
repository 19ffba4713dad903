"""Sines and sawtooths: convolutional, Wasserstein and Cramer GANs, and the recurrent conditional one."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

import rcgan
from rcgan.data.windows import Windows
from rcgan.estimator import WindowGAN
from rcgan.gallery.data import Floats, fitted_waves, rising_waves
from rcgan.gallery.row import NEW, REAL, Goal, Shown, axes_of, lines, rank
from rcgan.training import sliced

__all__ = ["cramer_gan", "dcgan", "recurrent", "wgan", "wgan_gp"]

FARNESS = "sliced Wasserstein distance to held-out waves, as a multiple of that of real ones"
FAR = 3.0  # times as far from held-out waves as as many real ones


def _split() -> tuple[Windows, Windows]:
    return rcgan.load_dataset("waves").split(0.8, seed=0)


def _distance(a: Windows, b: Windows) -> float:
    return sliced(torch.from_numpy(a.values), torch.from_numpy(b.values))


def _far(train: Windows, test: Windows, model: WindowGAN) -> float:
    """How far samples are from held-out windows, as a multiple of how far real training windows are."""
    return _distance(test, model.sample(len(test), seed=1)) / _distance(test, train[: len(test)])


def _values(windows: Windows) -> NDArray[np.float32]:
    return windows.values[..., 0]


def dcgan(steps: int = 3000) -> Shown:
    """Waves from a convolutional generator."""
    train, test = _split()
    model = rcgan.DCGAN(steps=steps).fit(train, progress=False)
    goals = [Goal(FARNESS, _far(train, test, model), FAR, higher=False)]
    return Shown(goals, _beside(test, model), "Real held-out waves, and made ones")


def _beside(test: Windows, model: WindowGAN) -> Figure:
    return lines([("real", _values(test)), ("made", _values(model.sample(8, seed=1)))])


def wgan(steps: int = 2000) -> Shown:
    """A critic's loss that tells the distance, with clipped weights."""
    return _loss_tells(rcgan.WGAN(steps=steps, learning_rate=5e-5, critic_rate=20))


def wgan_gp(steps: int = 1000) -> Shown:
    """A critic's loss that tells the distance, with a penalty on the slope."""
    return _loss_tells(rcgan.WGANGP(steps=steps, learning_rate=5e-5, critic_rate=20))


def _loss_tells(model: WindowGAN) -> Shown:
    train, test = _split()
    history = model.fit(train, progress=False).history_
    told = -history["critic wasserstein"]
    figure, axes = axes_of(1, 2, height=2)
    axes[0, 0].plot(history["step"], told, color=NEW)
    axes[0, 0].set_title("critic's estimate, by step", fontsize=8)
    axes[0, 1].plot(history["step"], history["distance"], color=REAL)
    axes[0, 1].set_title("sliced Wasserstein distance, by step", fontsize=8)
    together = rank(told, history["distance"])
    goals = [Goal("rank correlation of the critic's estimate and the sliced distance", together, 0.8, higher=True)]
    return Shown(goals, figure, "Both fall together over the run", {FARNESS: _far(train, test, model)})


def cramer_gan(steps: int = 1500) -> Shown:
    """Waves under the energy distance, beside the Wasserstein GAN with a penalty."""
    train, test = _split()
    model = rcgan.CramerGAN(steps=steps).fit(train, progress=False)
    other = rcgan.WGANGP(steps=steps).fit(train, progress=False)
    made = [("Cramer", _values(model.sample(8, seed=1))), ("WGAN-GP", _values(other.sample(8, seed=1)))]
    goals = [Goal(FARNESS, _far(train, test, model), FAR, higher=False)]
    beside = {"the same of WGAN-GP after as many steps": _far(train, test, other)}
    return Shown(goals, lines([("real", _values(test)), *made]), "Real held-out waves, and made ones", beside)


def recurrent(steps: int = 4000) -> Shown:
    """A sine or a sawtooth on demand, and a smooth change along the two latents."""
    train, _ = _split()
    model = rcgan.RCGAN(latent_dim=2, steps=steps).fit(train, progress=False)
    new = model.sample(labels=np.repeat(["sine", "sawtooth"], 500), seed=1)
    fitted, spreads = fitted_waves(_values(new)), _values(new).std(1)
    agreed = float(np.mean(fitted["shape"] == new.labels))
    grid = np.linspace(-2, 2, 41)
    path = [np.stack([grid, np.full(41, level)], 1) for level in (-1.0, 0.0, 1.0)]
    path += [along[:, ::-1] for along in path]
    path = [np.pad(along, ((0, 0), (0, 1))) for along in path]  # sawtooths jump at the same steps all along
    walks = [
        (label, _values(model.sample(latents=along, labels=label))) for along in path for label in ("sine", "sawtooth")
    ]
    steps_taken = [_step(walk) / _step(rising_waves(label, 41)) for label, walk in walks]
    figure, axes = axes_of(2, 9, height=1.0)
    for row, label in zip(axes, ("sine", "sawtooth"), strict=True):
        for place, wave in zip(row, _values(model.sample(latents=path[1][::5], labels=label)), strict=True):
            place.plot(wave, color=NEW, linewidth=1)
            place.set_ylim(-2, 2)
            place.axis("off")
    goals = [
        Goal("share of waves of the shape asked for", agreed, 0.95, higher=True),
        Goal(
            "left by the best wave, as a share of the standard deviation (median)",
            float(np.median(fitted["error"] / spreads)),
            0.05,
            higher=False,
        ),
        Goal(
            "change over a fortieth of the latents' range, as a multiple of that from 1 to 3 periods in real waves",
            max(steps_taken),
            1.5,
            higher=False,
        ),
    ]
    return Shown(goals, figure, "One latent from -2 to 2, the label held: sines above, sawtooths below")


def _step(walk: Floats) -> float:
    """Return the mean distance of windows to the next."""
    return float(np.linalg.norm(np.diff(walk, axis=0), axis=1).mean())
