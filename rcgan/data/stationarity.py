"""Stationarity: windows of vibration, which look the same whenever they are cut, each with a spectrum of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcgan.data.labelwise import whole_labels

__all__ = ["phases_at_random", "stationary_labels"]

LONG = 24  # steps from which on windows are looked at,
FEWEST = 8  # and how many there must be of a label
ASKED = 100  # windows of a label that are looked at
DRAWS = 5  # sets with phases at random that they are compared with
FAR = 1.5  # times their distance from the stationary covariance, up to which windows are called stationary
FAST = 4  # periods in a window from which on it is long beside them
SHARE = 1 / 3  # of what varies in a window, the least that does so with such periods in every channel

Floats = NDArray[np.floating[Any]]


def stationary_labels(x: Floats, mask: Floats, labels: NDArray[np.integer[Any]], seed: int) -> tuple[int, ...]:
    r"""Return the labels whose windows are cut from vibration, at no time that matters.

    A third of what varies in each of their channels does so four times a window or more often, and their covariance

    .. math:: C = \frac1n \sum_j r_j r_j^\top, \qquad \bar C_{st} = \bar c_{s - t \bmod T}

    less each window's level, lies as near to that of a stationary law as what is left when their phases are drawn at
    random: :math:`|C - \bar C|^2` less than 1.5 times theirs. A shape that comes at one time, or with phases that
    belong together, is farther. Labels of fewer than 8 windows, of fewer than 24 steps, or with holes or unequal
    lengths are left out.

    Args:
        x: windows ``(n, t, c)``.
        mask: which of their cells were observed.
        labels: of each window, ``(n,)``.
        seed: of the phases.
    """
    if x.shape[1] < LONG or not x.shape[2]:
        return ()
    rng = np.random.default_rng(seed)
    each = whole_labels(x, mask, labels, rng, fewest=FEWEST, most=ASKED)
    return tuple(label for label, some in each if _vibrates(some - some.mean(1, keepdims=True), rng))


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


def _vibrates(x: Floats, rng: np.random.Generator) -> bool:
    """Return whether windows less their levels vary often, and at no time that matters."""
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
