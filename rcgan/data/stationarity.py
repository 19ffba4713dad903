"""Stationarity: windows cut from a series at no time that matters, and those of vibration among them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcgan.data.labelwise import answers, saying_yes

__all__ = ["phases_at_random", "shapes", "stationary_labels", "timeless", "vibrating_labels"]

LONG = 24  # steps from which on windows are looked at,
FEWEST = 20  # and how many there must be of a label: ten say nothing of phases
ASKED = 100  # windows of a label that are looked at,
WHOLE = 0.5  # and the share of them that has to be without holes
DRAWS = 5  # sets with phases at random that they are compared with
FAR = 1.5  # times their distance from the stationary covariance, up to which windows are called stationary
FAST = 4  # periods in a window from which on it is long beside them
SHARE = 1 / 3  # of what varies in a window, the least that does so with such periods in every channel
MIXED = 8  # channels up to which windows with phases at random are no copies of those whose spectra they have
SHORT = 8  # steps from which on windows are asked whether they are cut at no time that matters,
VALUES = 1536  # and how many values a window may have, whose covariances are all looked at
STEEP = 4.0  # times the squared mean of such windows, up to which theirs is called 0
FAINT = 1e-3  # least standard deviation of a channel within a window, in those over all

Floats = NDArray[np.floating[Any]]


def vibrating_labels(x: Floats, mask: Floats, labels: NDArray[np.integer[Any]], seed: int) -> tuple[int, ...]:
    r"""Return the labels whose windows are cut from vibration, at no time that matters.

    A third of what varies in each of their channels does so four times a window or more often, and their covariance

    .. math:: C = \frac1n \sum_j r_j r_j^\top, \qquad \bar C_{st} = \bar c_{s - t \bmod T}

    less each window's level, lies as near to that of a stationary law as what is left when their phases are drawn at
    random: :math:`|C - \bar C|^2` less than 1.5 times theirs. A shape that comes at one time, or with phases that
    belong together, is farther. Labels of fewer than 20 windows without holes, of fewer than 24 steps or more than 8
    channels, or more than half of whose windows have holes or are shorter, are left out.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        seed: of the phases.
    """
    if x.shape[2] > MIXED:
        return ()
    return saying_yes(answers(_vibrates, x, mask, labels, seed, shortest=LONG, fewest=FEWEST, most=ASKED, share=WHOLE))


def stationary_labels(
    x: Floats, mask: Floats, labels: NDArray[np.integer[Any]], seed: int, *, thinned: bool = False
) -> tuple[int, ...]:
    r"""Return the labels whose windows are cut from series at no time that matters.

    Less their levels and in units of their own standard deviations, their mean products :math:`C` lie as near to those
    that are the same at any time (:func:`timeless`) as the mean products of normal windows of that law do:
    :math:`|C - \bar C|^2` less than 1.5 times theirs; and so does their mean to 0, less than 4 times. The law of a walk
    is one too: it moves alike at any time. Shapes that begin when the window does are farther by far. Labels of fewer
    than 20 windows without holes, of fewer than 8 steps or more than 1,536 values, or more than half of whose windows
    have holes or are shorter, are left out.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        seed: of the normal windows.
        thinned: whether windows of more values are asked too, by every second step, or third, and so on.
    """
    apart = -(-x.shape[1] * x.shape[2] // VALUES)
    if apart > 1 and not thinned:
        return ()
    x, mask = x[:, ::apart], mask[:, ::apart]
    return saying_yes(
        answers(_at_any_time, x, mask, labels, seed, shortest=SHORT, fewest=FEWEST, most=ASKED, share=WHOLE)
    )


def shapes(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return levels ``(n, c)``, standard deviations ``(n, c)`` and what is left, in these units, of windows."""
    level = x.mean(1)
    apart = x - level[:, None]
    usual = np.sqrt((apart**2).mean((0, 1)))
    size = np.maximum(np.sqrt((apart**2).mean(1)), FAINT * np.where(usual > 0, usual, 1.0))
    return level, size, apart / size[:, None]


def timeless(products: Floats, channels: int) -> Floats:
    r"""Return the covariance, less the level, whose increments are at any time the mean ones of this one.

    .. math:: \bar C = P\, T P, \qquad
              T_{s, s + h} = \frac{1}{t - h} \sum_u C_{u, u + h} - \tfrac12 (C_{u, u} + C_{u + h, u + h})

    where ``P`` takes the mean over time off: with one channel, :math:`-T_{s, s + h}` is the variogram of Matheron
    (1963), "Principles of geostatistics", which windows less their levels tell as well as any, of walks too.

    Args:
        products: ``(t c, t c)``, channels next to each other.
        channels: ``c``.
    """
    steps = len(products) // channels
    each = products.reshape(steps, channels, steps, channels).transpose(0, 2, 1, 3)
    own = np.diagonal(each).transpose(2, 0, 1)
    apart = each - (own[:, None] + own[None]) / 2
    lags = np.stack([np.diagonal(apart, lag).mean(-1) for lag in range(steps)])
    both = np.concatenate([lags[:0:-1].transpose(0, 2, 1), lags])
    place = np.arange(steps)
    even = both[place[None] - place[:, None] + steps - 1]
    even = even - even.mean(0, keepdims=True)
    even = even - even.mean(1, keepdims=True)
    return even.transpose(0, 2, 1, 3).reshape(products.shape)


def _at_any_time(windows: Floats, rng: np.random.Generator) -> bool:
    """Return whether windows differ from those of a stationary normal law by no more than these from each other."""
    shape = shapes(windows)[2]
    flat = shape.reshape(len(shape), -1)
    values, vectors = np.linalg.eigh(timeless(flat.T @ flat / len(flat), shape.shape[2]))
    factor = vectors * np.sqrt(values.clip(0))
    drawn = ((rng.normal(size=flat.shape) @ factor.T).reshape(shape.shape) for _ in range(DRAWS))
    off, mean = np.mean([_off(shapes(some)[2]) for some in drawn], axis=0)
    own_off, own_mean = _off(shape)
    return own_off <= FAR * off and own_mean <= STEEP * mean


def _off(shape: Floats) -> tuple[float, float]:
    """Return the squared distance of mean products from those that are the same at any time, and of the mean from 0."""
    flat = shape.reshape(len(shape), -1)
    products = flat.T @ flat / len(flat)
    return float(((products - timeless(products, shape.shape[2])) ** 2).sum()), float((flat.mean(0) ** 2).sum())


def phases_at_random(x: Floats, rng: np.random.Generator) -> Floats:
    """Return windows ``(n, t, c)`` with the spectra of these, and between channels the same lags: surrogates.

    Prichard, Theiler (1994), "Generating surrogate data for time series with several simultaneously measured
    variables", eq. 5.
    """
    spectra = np.fft.rfft(x, axis=1)
    turn = np.exp(2j * np.pi * rng.random((len(x), spectra.shape[1], 1)))
    turn[:, 0] = 1
    if x.shape[1] % 2 == 0:
        turn[:, -1] = rng.choice([-1, 1], (len(x), 1))
    return np.fft.irfft(spectra * turn, n=x.shape[1], axis=1)


def _vibrates(windows: Floats, rng: np.random.Generator) -> bool:
    """Return whether windows less their levels vary often, and at no time that matters."""
    x = windows - windows.mean(1, keepdims=True)
    if _fast(x) < SHARE:
        return False
    return _far(x) <= FAR * float(np.mean([_far(phases_at_random(x, rng)) for _ in range(DRAWS)]))


def _fast(x: Floats) -> float:
    """Return the share of what varies that does so so often a window, in the channel where it is least."""
    power = (np.abs(np.fft.rfft(x, axis=1)) ** 2).sum(0)
    return float((power[FAST:].sum(0) / np.maximum(power.sum(0), 1e-300)).min())


def _far(x: Floats) -> float:
    r"""Return the squared distance of the windows' covariance from the stationary one nearest to it.

    That one is the circulant of mean products, diagonal by frequency, so that
    :math:`|C - \bar C|^2 = |C|^2 - |\bar C|^2`.
    """
    flat = x.reshape(len(x), -1)
    spectra = np.fft.fft(x, axis=1, norm="ortho")
    each = np.einsum("nfc,nfd->fcd", spectra, spectra.conj()) / len(x)
    return float(((flat @ flat.T / len(x)) ** 2).sum() - (np.abs(each) ** 2).sum())
